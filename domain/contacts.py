"""宛先帳: whom an organisation sends to again and again, as typed, checked and compared.

Names and companies are compared as the register of transactions does (`domain.deals.evened`), so
that 「（株）青山建設」 and 「株式会社 アオヤマ建設」 do not stand beside each other unnoticed.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from domain.deals import MAX_CODE_CHARACTERS, evened
from domain.events import Json
from domain.forms import FormCheck, FormProblems
from domain.kinds import Language
from domain.limits import MAX_MESSAGE_CHARACTERS, MAX_NAME_CHARACTERS
from domain.patterns import WRONG_SHAPE, TextPattern, shaped
from domain.phones import read_phone, shown_phone
from domain.refusals import Words

MAX_ADDRESS_CHARACTERS = 300
_NUMBER_DIGITS = 13
_NO_NAME = Words("氏名を入力してください。", "Enter a name.")
_KANA = Words(
    "フリガナはカタカナで入力してください。例：ヤマダ タロウ",
    "Write the reading in katakana. Example: ヤマダ タロウ",
)
_CORPORATE_NUMBER = Words(
    "法人番号は13桁の数字です。表計算ソフトで桁が変わっていないか、番号の写し間違いがないかをお確かめください。",
    "A corporate number has 13 digits. Did a spreadsheet change it, or is a digit wrong?",
)


class ContactEvent(StrEnum):
    """What made a line of a contact's history. Stored: never rename one."""

    ADDED = "added"
    IMPORTED = "imported"
    CHANGED = "changed"
    RETIRED = "retired"
    RESTORED = "restored"
    MERGED = "merged"


CONTACT_WORDS = {
    "name": Words("氏名", "Name"),
    "kana": Words("フリガナ", "Reading (kana)"),
    "mail": Words("メールアドレス", "Mail address"),
    "company": Words("会社名・団体名", "Company"),
    "corporate_number": Words("法人番号", "Corporate number"),
    "partner_code": Words("取引先コード", "Partner code"),
    "department": Words("部署", "Department"),
    "title": Words("役職", "Title"),
    "postal_code": Words("郵便番号", "Postal code"),
    "address": Words("住所", "Address"),
    "phone": Words("電話番号", "Telephone"),
    "language": Words("言語", "Language"),
    "note": Words("備考", "Note"),
}
"""What each value is called, in the order of the form and of the table."""


@dataclass(frozen=True)
class ContactValues:
    """What the form, a line of a table and a row all have. Empty: not entered."""

    name: str = ""
    kana: str = ""
    mail: str = ""
    company: str = ""
    corporate_number: str = ""
    """法人番号 of the National Tax Agency."""
    partner_code: str = ""
    """What the organisation's own books call the company."""
    department: str = ""
    title: str = ""
    postal_code: str = ""
    address: str = ""
    phone: str = ""
    language: str = Language.JA.value
    note: str = ""


@dataclass(frozen=True)
class TypedContact(ContactValues):
    """The form, or a line of a table, as typed."""


@dataclass(frozen=True)
class Contact(ContactValues):
    """What is known of somebody: `kana` in katakana, `corporate_number` with 13 digits, `phone` in
    E.164."""

    def as_json(self) -> dict[str, Json]:
        """For the history."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def as_typed(self) -> TypedContact:
        """For the form."""
        return TypedContact(**{one.name: self.shown(one.name) for one in fields(self)})

    def shown(self, name: str) -> str:
        """A value as people write it."""
        value = str(getattr(self, name))
        return shown_phone(value) if name == "phone" and value else value

    @property
    def mail_even(self) -> str:
        """The address as addresses are compared."""
        return self.mail.lower()

    @property
    def company_even(self) -> str:
        """Without width, kana's kind, blanks and the company's form."""
        return evened(self.company)

    @property
    def person_even(self) -> str:
        """The name likewise."""
        return evened(self.name)

    @property
    def searched(self) -> str:
        """Everything that a search looks at, evened, a line each."""
        parts = (
            self.name, self.kana, self.company, self.mail, self.partner_code,
            self.corporate_number, self.shown("phone"),
        )  # fmt: skip
        return "\n".join(evened(part) for part in parts if part)


@dataclass(frozen=True)
class ContactChange:
    """One value that is another now."""

    name: str
    before: str
    after: str


def contact_changes(
    before: Mapping[str, Json], after: Mapping[str, Json]
) -> tuple[ContactChange, ...]:
    """What differs, in the order of the form."""
    found = [(name, str(before.get(name, "")), str(after.get(name, ""))) for name in CONTACT_WORDS]
    return tuple(ContactChange(*row) for row in found if row[1] != row[2])


def check_contact(typed: TypedContact) -> Contact:
    """Raises FormProblems, by the name of the field."""
    check = FormCheck()
    contact = Contact(
        name=check.line("name", typed.name, _NO_NAME, MAX_NAME_CHARACTERS),
        kana=_kana(check, typed.kana),
        mail=check.mail("mail", typed.mail),
        company=check.line("company", typed.company, None, MAX_NAME_CHARACTERS),
        corporate_number=_corporate_number(check, typed.corporate_number),
        partner_code=check.line("partner_code", typed.partner_code, None, MAX_CODE_CHARACTERS),
        department=check.line("department", typed.department, None, MAX_NAME_CHARACTERS),
        title=check.line("title", typed.title, None, MAX_NAME_CHARACTERS),
        postal_code=_postal_code(check, typed.postal_code),
        address=check.line("address", typed.address, None, MAX_ADDRESS_CHARACTERS),
        phone=_phone(check, typed.phone),
        language=check.choice("language", typed.language, Language).value,
        note=check.text("note", typed.note, MAX_MESSAGE_CHARACTERS),
    )
    if check.problems:
        raise FormProblems(check.problems)
    return contact


def _kana(check: FormCheck, typed: str) -> str:
    clean = check.line("kana", typed, None, MAX_NAME_CHARACTERS)
    found = shaped(TextPattern.KATAKANA, clean) if clean else ""
    if found is None:
        check.problems.setdefault("kana", _KANA)
    return found or ""


def _postal_code(check: FormCheck, typed: str) -> str:
    if not typed.strip():
        return ""
    found = shaped(TextPattern.POSTAL_CODE, typed[:40])
    if found is None:
        check.problems["postal_code"] = WRONG_SHAPE[TextPattern.POSTAL_CODE]
    return found or ""


def _phone(check: FormCheck, typed: str) -> str:
    if not typed.strip():
        return ""
    read = read_phone(typed)
    if isinstance(read, Words):
        check.problems["phone"] = read
        return ""
    return read


def _corporate_number(check: FormCheck, typed: str) -> str:
    digits = re.sub(r"[\s\-‐-―−ー]", "", unicodedata.normalize("NFKC", typed[:40]))
    if digits and not is_corporate_number(digits):
        check.problems["corporate_number"] = _CORPORATE_NUMBER
        return ""
    return digits


def is_corporate_number(digits: str) -> bool:
    """Thirteen digits of which the first follows from the others (法人番号の指定等に関する省令
    2条: 9 − Σ PnQn mod 9, counted from the last digit, Qn 1 and 2 in turn)."""
    if not (digits.isascii() and digits.isdigit() and len(digits) == _NUMBER_DIGITS):
        return False
    total = sum(
        int(digit) * (1 if place % 2 == 0 else 2) for place, digit in enumerate(digits[:0:-1])
    )
    return int(digits[0]) == 9 - total % 9
