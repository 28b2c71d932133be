"""What every form's check is made of: lines, texts, addresses, choices; and how it complains."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from domain.limits import MAX_MAIL_CHARACTERS
from domain.refusals import Words

Choice = TypeVar("Choice", bound=StrEnum)

MAX_TYPED_CHARACTERS = 20_000
"""Of one field as typed: room for a paste by mistake, which is kept and complained about."""

_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?=[^@]{4,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]"
    r"[A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
"""The addresses of RFC 5321 that mail programs really use: no quotes, no address literals."""


class FormProblems(Exception):
    """What has to be changed, by the name of the field."""

    def __init__(self, problems: Mapping[str, Words]) -> None:
        super().__init__(", ".join(problems))
        self.problems = dict(problems)


_NO_MAIL = Words("メールアドレスを入力してください。", "Enter a mail address.")
_BAD_MAIL = Words(
    "メールアドレスの形が正しくありません。例：taro@example.jp",
    "This is not a mail address. Example: taro@example.jp",
)
_CONTROL = Words(
    "使用できない文字（改行や制御文字）が含まれています。入力し直してください。",
    "This contains characters that cannot be used (line breaks or control characters).",
)
CHOICE = Words("一覧から選んでください。", "Choose one of the list.")


def too_long(limit: int, length: int) -> Words:
    """What is said to somebody who wrote too much."""
    return Words(
        f"{limit}文字以内で入力してください（現在{length}文字）。",
        f"Use at most {limit} characters (now {length}).",
    )


def printable(character: str) -> bool:
    """No control, no direction override, no lone surrogate: names stand in headers and PDFs.

    Zero-width joiners are allowed; Japanese names use variation selectors, which are marks.
    """
    if character in "\u200c\u200d":
        return True
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass
class FormCheck:
    """Collects what is wrong while the form is read."""

    problems: dict[str, Words] = field(default_factory=dict)

    def line(self, name: str, value: str, missing: Words | None, limit: int) -> str:
        """One line of text without control characters; `missing` None: may be empty."""
        clean = unicodedata.normalize("NFC", value).strip()
        if not clean and missing is not None:
            self.problems[name] = missing
        elif any(not printable(character) for character in clean):
            self.problems[name] = _CONTROL
        elif len(clean) > limit:
            self.problems[name] = too_long(limit, len(clean))
        return clean

    def text(self, name: str, value: str, limit: int) -> str:
        """Several lines."""
        clean = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
        if any(not printable(character) for character in clean if character not in "\n\t"):
            self.problems[name] = _CONTROL
        elif len(clean) > limit:
            self.problems[name] = too_long(limit, len(clean))
        return clean

    def choice(self, name: str, value: str, kind: type[Choice]) -> Choice:
        """One of a closed list."""
        try:
            return kind(value)
        except ValueError:
            self.problems[name] = CHOICE
            return next(iter(kind))

    def mail(self, name: str, value: str) -> str:
        """One address, as it may stand in a header."""
        address = unicodedata.normalize("NFKC", value).strip()
        if not address:
            self.problems[name] = _NO_MAIL
        elif len(address) > MAX_MAIL_CHARACTERS:
            self.problems[name] = too_long(MAX_MAIL_CHARACTERS, len(address))
        elif _MAIL.fullmatch(address) is None or ".." in f".{address.replace('@', '.@', 1)}":
            self.problems[name] = _BAD_MAIL
        return address


def check_mail(name: str, value: str) -> str:
    """One address by itself. Raises FormProblems, by `name`."""
    check = FormCheck()
    address = check.mail(name, value)
    if check.problems:
        raise FormProblems(check.problems)
    return address


def check_text(name: str, typed: str, limit: int, missing: Words | None = None) -> str:
    """Several lines as they are kept; `missing` None: may be empty. Raises FormProblems."""
    check = FormCheck()
    text = check.text(name, typed, limit)
    if missing is not None and not text:
        check.problems[name] = missing
    if check.problems:
        raise FormProblems(check.problems)
    return text
