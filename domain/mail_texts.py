"""メールの文面: an organisation's own words in the mails to its signers and recipients.

They stand before and after what the service itself says, and take nothing of that away: sender,
number, deadline, link, warnings, contact and check word stay, whatever is written here. Variables
({{封筒名}}) are a closed list, replaced once and from left to right; nothing is evaluated.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from domain.forms import FormCheck, FormProblems, printable, too_long
from domain.kinds import Language, NoticeKind
from domain.merging import FIELD, even
from domain.refusals import Words

MAX_SUBJECT_CHARACTERS = 80
MAX_TEXT_CHARACTERS = 1000
MAX_LINES = 20
MAX_SENDER_CHARACTERS = 60
SENDER = "sender"
"""The part of the settings that is no kind of mail."""
_SAID_LINES = 5
"""What is wrong in more lines than this is said when these are mended."""


class MailVariable(StrEnum):
    """What a text may have put in."""

    ORGANISATION = "organisation"
    TITLE = "title"
    NUMBER = "number"
    DEADLINE = "deadline"
    NAME = "name"
    COMPANY = "company"
    CONTACT = "contact"
    DOWNLOAD_UNTIL = "download_until"


VARIABLE_NAMES: dict[MailVariable, Words] = {
    MailVariable.ORGANISATION: Words("組織名", "organisation"),
    MailVariable.TITLE: Words("封筒名", "title"),
    MailVariable.NUMBER: Words("封筒番号", "number"),
    MailVariable.DEADLINE: Words("期限", "deadline"),
    MailVariable.NAME: Words("宛名", "name"),
    MailVariable.COMPANY: Words("会社名", "company"),
    MailVariable.CONTACT: Words("問い合わせ先", "contact"),
    MailVariable.DOWNLOAD_UNTIL: Words("ダウンロード期限", "download until"),
}
"""Either name may be written, in either language's text."""
VARIABLE_MEANING: dict[MailVariable, Words] = {
    MailVariable.ORGANISATION: Words("組織の名前", "Your organisation's name"),
    MailVariable.TITLE: Words("封筒の名前", "The envelope's title"),
    MailVariable.NUMBER: Words("10桁の封筒番号", "The envelope's ten digits"),
    MailVariable.DEADLINE: Words("手続きの期限（日時）", "The last moment to act"),
    MailVariable.NAME: Words("メールを受け取る人の氏名", "The name of whoever gets the mail"),
    MailVariable.COMPANY: Words(
        "メールを受け取る人の会社名（登録がなければ何も入りません）",
        "Company of whoever gets the mail; nothing, where it is not known",
    ),
    MailVariable.CONTACT: Words(
        "組織名と連絡先に登録したお問い合わせ先", "Whom to ask, as in your organisation's contact"
    ),
    MailVariable.DOWNLOAD_UNTIL: Words(
        "ダウンロードできる最後の日時", "The last moment to download"
    ),
}
TEXT_KINDS: dict[NoticeKind, Words] = {
    NoticeKind.REQUEST: Words("署名・承認・確認の依頼", "Request to sign, approve or review"),
    NoticeKind.REMINDER: Words("依頼の再送（リマインド）", "Reminder"),
    NoticeKind.COMPLETED: Words("すべての手続きの完了", "Completion"),
    NoticeKind.DOWNLOAD: Words("完了した文書のリンクの再送", "Link to finished documents, again"),
    NoticeKind.DECLINED: Words("辞退による終了", "Ended: declined"),
    NoticeKind.WITHDRAWN: Words("取り下げによる終了", "Ended: withdrawn"),
    NoticeKind.EXPIRED: Words("期限切れによる終了", "Ended: expired"),
    NoticeKind.CORRECTED: Words("文書の訂正", "Documents corrected"),
    NoticeKind.RETURNED: Words("前の段階への差し戻し", "Sent back to an earlier stage"),
    NoticeKind.RESUMED: Words("差し戻しからの再開", "Resumed after sending back"),
    NoticeKind.RELEASED: Words("対応が不要になったお知らせ", "Not needed any more"),
    NoticeKind.ANSWERED: Words("質問への回答", "Answer to a question"),
    NoticeKind.ACT_REFUSED: Words("手続きを受け付けられないとき", "Step not accepted"),
    NoticeKind.CODE: Words("確認コード", "One-time code"),
    NoticeKind.PASSKEY_REGISTERED: Words("パスキーの登録", "Passkey registered"),
}
"""Mails to whoever takes part in an envelope, in the order of the page. What members are told as
senders (差し戻し, 不達) is the service's."""
OWN_SUBJECTS = frozenset(
    {
        NoticeKind.DOWNLOAD,
        NoticeKind.DECLINED,
        NoticeKind.WITHDRAWN,
        NoticeKind.EXPIRED,
        NoticeKind.CORRECTED,
        NoticeKind.RETURNED,
        NoticeKind.RESUMED,
        NoticeKind.RELEASED,
        NoticeKind.ANSWERED,
    }
)
"""The others' subjects are what people know a real mail by: the requests' and the completion's
stand in the help for signers, and a code's or a warning's must say what it is."""
_DOWNLOADS = frozenset({NoticeKind.COMPLETED, NoticeKind.DOWNLOAD})

_MARKUP = re.compile(r"</?[A-Za-z!][^<>]{0,40}>?|<%|\{%|%\}|\{#|#\}|\$\{")
_BRACKETS = re.compile(r"\{\{|\}\}|｛｛|｝｝")


@dataclass(frozen=True)
class MailWords:
    """One language's own words; an empty part adds nothing, an empty subject is the service's."""

    subject: str = ""
    opening: str = ""
    closing: str = ""

    def __bool__(self) -> bool:
        return any(asdict(self).values())


NO_WORDS = MailWords()


@dataclass(frozen=True)
class MailText:
    """What an organisation wrote for one kind. Without English words, English mails are as the
    service wrote them: nobody is sent a paragraph that he cannot read."""

    ja: MailWords = NO_WORDS
    en: MailWords = NO_WORDS

    def in_language(self, language: Language) -> MailWords:
        """The words for one reader."""
        return self.en if language is Language.EN else self.ja

    def __bool__(self) -> bool:
        return bool(self.ja) or bool(self.en)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "MailText":
        """As it was kept."""
        return cls(*(MailWords(**content.get(one, {})) for one in ("ja", "en")))

    def content(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class MailSender:
    """差出人の表示名, by the mail's language, and where answers go; empty: as the installation has
    it, and the organisation's contact."""

    name: str = ""
    name_en: str = ""
    reply_to: str = ""

    def in_language(self, language: Language) -> str:
        """The name for one reader."""
        return (self.name_en if language is Language.EN else "") or self.name

    def content(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


PARTS = tuple(one.name for one in fields(MailWords))


def variables_of(kind: NoticeKind) -> tuple[MailVariable, ...]:
    """What mails of this kind have a value for."""
    downloads = kind in _DOWNLOADS
    return tuple(one for one in MailVariable if downloads or one is not MailVariable.DOWNLOAD_UNTIL)


def filled(text: str, values: Mapping[MailVariable, str]) -> str:
    """The text with its variables replaced, once; what is put in is not looked at again."""
    known = {name: values.get(one, "") for one in MailVariable for name in _names(one)}
    return FIELD.sub(lambda found: known.get(even(found[1]), found[0]), text)


def check_sender(typed: MailSender) -> MailSender:
    """The same, tidied. Raises FormProblems."""
    check = FormCheck()
    checked = MailSender(
        name=_sender_name(check, "name", typed.name),
        name_en=_sender_name(check, "name_en", typed.name_en),
        reply_to=check.mail("reply_to", typed.reply_to) if typed.reply_to.strip() else "",
    )
    if checked.name_en and not checked.name and "name" not in check.problems:
        check.problems["name"] = _NAME_FIRST
    if check.problems:
        raise FormProblems(check.problems)
    return checked


def check_text(kind: NoticeKind, typed: MailText) -> MailText:
    """The same, tidied. Raises FormProblems by `ja-opening` and its like; each says the lines."""
    check = FormCheck()
    checked = MailText(
        *(_words(check, kind, lang, typed.in_language(lang)) for lang in (Language.JA, Language.EN))
    )
    if check.problems:
        raise FormProblems(check.problems)
    return checked


_NAME_FIRST = Words(
    "英語の表示名を使うときは、日本語の表示名も入力してください。",
    "Enter a Japanese name too when there is an English one.",
)
_LIKE_ADDRESS = Words(
    "表示名に「@」「<」「>」は使えません。メールアドレスに見える名前は、なりすましと判定されます。",
    "A name cannot contain @, < or >: one that looks like an address is taken for a forgery.",
)
_ONE_LINE = Words("件名は1行で入力してください。", "A subject is one line.")


def _sender_name(check: FormCheck, field: str, typed: str) -> str:
    name = check.line(field, typed, None, MAX_SENDER_CHARACTERS)
    if field not in check.problems and set(name) & set("@＠<>"):
        check.problems[field] = _LIKE_ADDRESS
    return name


def _words(check: FormCheck, kind: NoticeKind, language: Language, typed: MailWords) -> MailWords:
    kept = {part: tidied(getattr(typed, part)) for part in PARTS}
    if kind not in OWN_SUBJECTS:
        kept["subject"] = ""
    for part, text in kept.items():
        problem = _problem(kind, part, text)
        if problem is not None:
            check.problems[f"{language.value}-{part}"] = problem
    return MailWords(**kept)


def tidied(text: str) -> str:
    """Lines as they are kept: separated by LF, nothing behind them or around the whole."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n").rstrip()


def _problem(kind: NoticeKind, part: str, text: str) -> Words | None:
    limit = MAX_SUBJECT_CHARACTERS if part == "subject" else MAX_TEXT_CHARACTERS
    if len(text) > limit:
        return too_long(limit, len(text))
    lines = text.split("\n")
    if part == "subject" and len(lines) > 1:
        return _ONE_LINE
    if len(lines) > MAX_LINES:
        return Words(
            f"{MAX_LINES}行以内で入力してください（現在{len(lines)}行）。",
            f"Use at most {MAX_LINES} lines (now {len(lines)}).",
        )
    said = [
        Words(f"{number}行目：{words.ja}", f"Line {number}: {words.en}")
        for number, line in enumerate(lines, 1)
        for words in _line_problems(kind, line)
    ][:_SAID_LINES]
    if not said:
        return None
    return Words("".join(one.ja for one in said), " ".join(one.en for one in said))


def _line_problems(kind: NoticeKind, line: str) -> Iterator[Words]:
    strange = next((one for one in line if not printable(one) and one != "\t"), None)
    if strange is not None:
        yield Words(
            f"見えない文字（U+{ord(strange):04X}）は使えません。",
            f"The invisible character U+{ord(strange):04X} cannot be used.",
        )
    markup = _MARKUP.search(line)
    if markup is not None:
        yield Words(
            f"「{markup[0]}」のようなHTMLのタグやプログラムの記号は使えません。",
            f"Tags and program code such as “{markup[0]}” cannot be used.",
        )
    for found in FIELD.finditer(line):
        yield from _variable_problems(kind, found)
    if _BRACKETS.search(FIELD.sub("", line)):
        yield Words(
            "差し込みの「{{」と「}}」の組が合っていません。",
            "A variable needs both {{ and }}.",
        )


def _variable_problems(kind: NoticeKind, found: re.Match[str]) -> Iterator[Words]:
    name = even(found[1])
    variable = next((one for one in MailVariable if name in _names(one)), None)
    if variable is None:
        yield Words(
            f"{found[0]} は使えません。使える差し込みの一覧にある名前に直してください。",
            f"{found[0]} is unknown. Use a name of the list of variables.",
        )
    elif variable not in variables_of(kind):
        yield Words(
            f"{found[0]} は、このメールでは使えません。",
            f"{found[0]} cannot be used in this mail.",
        )


def _names(variable: MailVariable) -> tuple[str, str]:
    words = VARIABLE_NAMES[variable]
    return even(words.ja), even(words.en)
