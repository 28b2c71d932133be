"""Merge fields (差し込み) of an envelope's title and message: {{取引先}} and its like.

A closed list of names, replaced once and from left to right. Nothing is evaluated, and what is put
in is not looked at again: a company that is called {{担当者}} stays so.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from domain.kinds import Language
from domain.refusals import Words


class Merge(StrEnum):
    """What can be put in of the envelope itself."""

    PARTNER = "partner"
    ORGANISATION = "organisation"
    DEPARTMENT = "department"
    SENDER = "sender"
    NUMBER = "number"
    SENT_ON = "sent_on"
    DEADLINE = "deadline"
    AMOUNT = "amount"
    KIND = "kind"


class PlaceMerge(StrEnum):
    """What can be put in of the person in a named place: {{受注者.会社名}}."""

    COMPANY = "company"
    NAME = "name"


MERGE_NAMES: dict[Merge, Words] = {
    Merge.PARTNER: Words("取引先", "partner"),
    Merge.ORGANISATION: Words("組織名", "organisation"),
    Merge.DEPARTMENT: Words("担当部署", "department"),
    Merge.SENDER: Words("担当者", "sender"),
    Merge.NUMBER: Words("封筒番号", "number"),
    Merge.SENT_ON: Words("送信日", "sent on"),
    Merge.DEADLINE: Words("期限", "deadline"),
    Merge.AMOUNT: Words("取引金額", "amount"),
    Merge.KIND: Words("契約の種類", "kind of contract"),
}
"""Either name may be written, whatever language the pages have."""
MERGE_MEANING: dict[Merge, Words] = {
    Merge.PARTNER: Words("相手方の会社名・団体名", "The other side's company or organisation"),
    Merge.ORGANISATION: Words("自組織の名前", "Your organisation's name"),
    Merge.DEPARTMENT: Words("封筒を作った人の部署", "The department of whoever made the envelope"),
    Merge.SENDER: Words("封筒を作った人の氏名", "The name of whoever made the envelope"),
    Merge.NUMBER: Words("10桁の封筒番号", "The envelope's ten digits"),
    Merge.SENT_ON: Words("送信する日", "The day on which it is sent"),
    Merge.DEADLINE: Words("手続きの期限の日", "The last day to act"),
    Merge.AMOUNT: Words("取引金額（円）", "The amount in yen"),
    Merge.KIND: Words("契約の種類の欄", "The kind of contract, as entered"),
}
PLACE_NAMES: dict[PlaceMerge, Words] = {
    PlaceMerge.COMPANY: Words("会社名", "company"),
    PlaceMerge.NAME: Words("氏名", "name"),
}

FIELD = re.compile(r"(?:\{\{|｛｛)([^{}｛｝\n]{0,200})(?:\}\}|｝｝)")
"""A name in brackets. Full-width ones too: that is what a Japanese keyboard gives."""


def unknown(text: str, places: Iterable[str]) -> tuple[str, ...]:
    """Merge fields of the text, as written, that mean nothing. `places` are the people's places
    that have a name."""
    known = known_names(places)
    return tuple(dict.fromkeys(m[0] for m in FIELD.finditer(text) if even(m[1]) not in known))


def known_names(places: Iterable[str]) -> dict[str, Words]:
    """Every name that may be written, evened, with what is said of it where it has no value."""
    found = {even(name): words for words in MERGE_NAMES.values() for name in (words.ja, words.en)}
    for place in places:
        for part, of in _parts(place).items():
            found[part] = Words(f"{place}の{of.ja}", f"{of.en} of {place}")
    return found


def place_values(place: str, company: str, name: str) -> dict[str, str]:
    """What the person of a place puts in, by evened names."""
    values = {PLACE_NAMES[PlaceMerge.COMPANY]: company, PLACE_NAMES[PlaceMerge.NAME]: name}
    return {part: values[of] for part, of in _parts(place).items()}


def envelope_values(values: Mapping[Merge, str]) -> dict[str, str]:
    """What the envelope puts in, by evened names."""
    return {
        even(name): values.get(merge, "")
        for merge, words in MERGE_NAMES.items()
        for name in (words.ja, words.en)
    }


def merged(text: str, values: Mapping[str, str]) -> str:
    """The text with every merge field replaced that has a value; the others stay as written."""
    return FIELD.sub(lambda found: values.get(even(found[1]), "") or found[0], text)


def without(text: str) -> str:
    """The text with its merge fields left out."""
    return " ".join(FIELD.sub(" ", text).split())


def lacking(text: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Merge fields of the text, as written, that are known and have no value yet."""
    return tuple(
        dict.fromkeys(m[0] for m in FIELD.finditer(text) if values.get(even(m[1]), "?") == "")
    )


def day_text(day: date, language: Language) -> str:
    """A day as a title says it."""
    if language is Language.JA:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def refused(names: Iterable[str]) -> Words:
    """What is said of merge fields that mean nothing."""
    listed = "、".join(names)
    return Words(
        f"{listed} は差し込みに使えません。使える差し込みの一覧にある名前に直してください。",
        f"{listed} is no merge field. Use a name of the list of merge fields.",
    )


def empty(names: Iterable[str]) -> Words:
    """What is said of merge fields that have no value yet."""
    listed = "、".join(names)
    return Words(
        f"{listed} に入る値がまだ入力されていません。",
        f"What {listed} stands for has not been entered yet.",
    )


def _parts(place: str) -> dict[str, Words]:
    return {
        even(f"{place}.{name}"): words
        for words in PLACE_NAMES.values()
        for name in (words.ja, words.en)
    }


def even(name: str) -> str:
    """A name as it is compared: whatever width, case and spaces it was typed with."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())
