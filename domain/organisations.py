"""What an organisation is called, and whom its counterparties may ask, as its form says it."""

from dataclasses import dataclass

from domain.forms import FormCheck, FormProblems
from domain.limits import MAX_NAME_CHARACTERS
from domain.phones import BAD_TELEPHONE, plain_number, read_phone
from domain.refusals import Words

_NO_NAME = Words("組織の名前を入力してください。", "Enter the organisation's name.")
_NO_PHONE = Words(
    "電話番号を入力してください。署名を依頼された方の問い合わせ先になります。",
    "Enter a telephone number. It is whom people who are asked to sign may call.",
)


@dataclass(frozen=True)
class Contact:
    """The form as typed, or as it will be kept; names and contact stand in every mail."""

    name: str = ""
    name_en: str = ""
    department: str = ""
    phone: str = ""
    mail: str = ""


def check_contact(typed: Contact) -> Contact:
    """The same, tidied. Raises FormProblems."""
    check = FormCheck()
    checked = Contact(
        name=check.line("name", typed.name, _NO_NAME, MAX_NAME_CHARACTERS),
        name_en=check.line("name_en", typed.name_en, None, MAX_NAME_CHARACTERS),
        department=check.line("department", typed.department, None, MAX_NAME_CHARACTERS),
        phone=_phone(check, typed.phone),
        mail=check.mail("mail", typed.mail) if typed.mail.strip() else "",
    )
    if check.problems:
        raise FormProblems(check.problems)
    return checked


def _phone(check: FormCheck, typed: str) -> str:
    """For people to read, so that it keeps its groups: 03-1234-5678."""
    plain = plain_number(typed)
    if not plain:
        check.problems["phone"] = _NO_PHONE
    elif not isinstance(read_phone(plain), str):
        check.problems["phone"] = BAD_TELEPHONE
    return plain
