"""A draft whose merge fields are filled in: what the summary shows and what is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.calendar import end_of_day
from domain.days import read_days
from domain.draft_check import check_draft, typed_facts
from domain.drafts import CheckedDraft, TypedDraft, TypedPerson
from domain.forms import FormProblems
from domain.kinds import Language, ParticipantKind, PartyKind
from domain.merging import (
    Merge,
    day_text,
    empty,
    envelope_values,
    lacking,
    merged,
    place_values,
    refused,
    unknown,
)
from domain.refusals import Words

MERGED = ("title", "message")
"""The texts of a draft that are looked through."""


@dataclass(frozen=True)
class MergeFacts:
    """What the form does not say. `language` is the organisation's: one title goes to everybody."""

    number: str
    sender: str
    department: str
    organisation: str
    now: datetime
    zone: str
    language: Language = Language.JA


def check_filled(typed: TypedDraft, facts: MergeFacts) -> CheckedDraft:
    """The draft with its types and its merge fields filled in.

    Raises FormProblems with every field that is wrong, also for a merge field that means nothing
    or has no value.
    """
    filled, wrong = filled_in(typed, facts)
    try:
        checked = check_draft(filled)
    except FormProblems as found:
        raise FormProblems(found.problems | wrong) from found
    if wrong:
        raise FormProblems(wrong)
    return checked


def filled_in(typed: TypedDraft, facts: MergeFacts) -> tuple[TypedDraft, dict[str, Words]]:
    """The draft as it would be sent, and what is wrong with its merge fields, by the text's
    name."""
    values = envelope_values(_values(typed, facts))
    for person in typed.people:
        if person.role:
            values |= place_values(person.role, person.company.strip(), person.name.strip())
    wrong: dict[str, Words] = {}
    for name in MERGED:
        if without := lacking(getattr(typed, name), values):
            wrong[name] = empty(without)
    filled = replace(
        typed, title=merged(typed.title, values), message=merged(typed.message, values)
    )
    return filled, wrong | unknown_merges(typed, places_of(typed.people))


def unknown_merges(typed: TypedDraft, places: Iterable[str]) -> dict[str, Words]:
    """Merge fields that mean nothing, by the text's name."""
    places = tuple(places)
    found = {name: unknown(getattr(typed, name), places) for name in MERGED}
    return {name: refused(names) for name, names in found.items() if names}


def places_of(people: Iterable[TypedPerson]) -> tuple[str, ...]:
    """Names of the places that have one."""
    return tuple(person.role for person in people if person.role)


def _values(typed: TypedDraft, facts: MergeFacts) -> dict[Merge, str]:
    known = typed_facts(typed)
    partners = dict.fromkeys(
        person.company.strip()
        for person in typed.people
        if person.party == PartyKind.COUNTERPARTY and person.kind != ParticipantKind.RECIPIENT
    )
    days = read_days(typed.deadline_days)
    zone = ZoneInfo(facts.zone)
    english = facts.language is Language.EN
    amount = "" if known.amount is None else f"{known.amount:,}"
    found = {
        Merge.PARTNER: (", " if english else "、").join(name for name in partners if name),
        Merge.ORGANISATION: facts.organisation,
        Merge.DEPARTMENT: facts.department,
        Merge.SENDER: facts.sender,
        Merge.NUMBER: facts.number,
        Merge.SENT_ON: day_text(facts.now.astimezone(zone).date(), facts.language),
        Merge.AMOUNT: amount and (f"JPY {amount}" if english else f"{amount}円"),
        Merge.KIND: known.kind,
    }
    if days is not None:
        last = end_of_day(facts.now, days, facts.zone)
        found[Merge.DEADLINE] = day_text(last.date(), facts.language)
    return found
