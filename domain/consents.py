"""承諾: that the other side agrees to electronic means before it reads and acts by them.

建設業法 19条3項 with its 施行令 5条の5: kinds and contents of the means are told first, the other
party then agrees, and may withdraw that. Text, means and statement are hashed here, so that what
somebody agreed to is what was kept.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from domain.consent_words import DEFAULT_EN, DEFAULT_JA, MEANS
from domain.events import Json, canonical
from domain.kinds import ACT_OF_SLOT, Language
from domain.refusals import Words


class ConsentKind(StrEnum):
    """What a party said. Stored: never rename one."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ConsentWay(StrEnum):
    """What an organisation asks for, as its form says it."""

    NONE = "none"
    EACH = "each"
    """For each envelope anew."""
    LASTING = "lasting"
    """Until it is withdrawn or the text changes, by the same address for the same party."""


CONSENTED_ACTS = frozenset(ACT_OF_SLOT.values())
"""Acts that agree to something need it. Whoever declines, asks or hands over needs none."""

MAX_TEXT_CHARACTERS = 10_000
_TEXT_FORMAT = "musubi-consent-text-1"
_STATEMENT_FORMAT = "musubi-consent-1"
_BREAKS = {"\n"}

MISSING = Words("日本語の承諾文を入力してください。", "Enter the Japanese text of the consent.")
TOO_LONG = Words(
    f"承諾文は{MAX_TEXT_CHARACTERS}文字以内にしてください。",
    f"The text has at most {MAX_TEXT_CHARACTERS} characters.",
)
UNPRINTABLE = Words(
    "承諾文に使えない文字（制御文字）が含まれています。",
    "The text contains control characters, which cannot be used.",
)


class ConsentText(NamedTuple):
    """What an organisation wants agreed to. Without an English text, everybody reads Japanese."""

    ja: str
    en: str
    lasting: bool

    def in_language(self, language: Language) -> tuple[str, Language]:
        """The words, and the language that they are in."""
        if language is Language.EN and self.en:
            return self.en, Language.EN
        return self.ja, Language.JA

    @property
    def sha256(self) -> str:
        """Over both languages, and over how long a consent lasts."""
        content: Json = {
            "format": _TEXT_FORMAT,
            "ja": self.ja,
            "en": self.en,
            "lasting": self.lasting,
        }
        return sha256_of(content)


def read_text(typed: str) -> str:
    """NFC, lines separated by LF, nothing around it."""
    lines = unicodedata.normalize("NFC", typed).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in lines.split("\n")).strip()


def text_problems(text: ConsentText) -> dict[str, Words]:
    """What is wrong, by language."""
    found = {name: _problem(part) for name, part in (("ja", text.ja), ("en", text.en))}
    problems = {name: words for name, words in found.items() if words is not None}
    return problems if text.ja else {**problems, "ja": MISSING}


def _problem(text: str) -> Words | None:
    if len(text) > MAX_TEXT_CHARACTERS:
        return TOO_LONG
    kinds = {unicodedata.category(letter) for letter in text if letter not in _BREAKS}
    return UNPRINTABLE if kinds & {"Cc", "Cs"} else None


def sha256_of(value: Json) -> str:
    """Of its canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def shown_sha256(text_sha256: str, means: int) -> str:
    """Of everything that the page shows: the form carries it, so that what was read is what is
    agreed to."""
    told: Json = [
        {"label": list(item.label), "text": list(item.text)} for item in MEANS.get(means, ())
    ]
    whole: Json = {"text": text_sha256, "means": means, "told": told}
    return sha256_of(whole)


def statement(parts: Mapping[str, Json]) -> str:
    """What the ledger's hash and the time-stamp are over: canonical JSON."""
    return canonical({"format": _STATEMENT_FORMAT, **parts}).decode()


def statement_sha256(stated: str) -> str:
    """Hash of a statement, as the ledger and the time-stamp have it."""
    return hashlib.sha256(stated.encode()).hexdigest()


DEFAULT = ConsentText(DEFAULT_JA, DEFAULT_EN, lasting=True)
"""What the form shows before an organisation has a text of its own."""
