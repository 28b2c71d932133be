"""The chain's form: stages and people as typed, numbered in their order."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from domain.chain_slots import TypedSlot
from domain.chains import MAX_CHAIN_STAGES, MAX_STAGE_PEOPLE, TypedChain, TypedChainStage
from domain.forms import MAX_TYPED_CHARACTERS

_STAGE = re.compile(
    r"stages-(\d{1,3})-(kind|name|rule|need|days|reminders|least|below|kinds|departments|title|opener)"
)
_RECIPIENT = re.compile(r"recipients-(\d{1,3})-(member|who|role|among|unit|label)")
_PERSON = re.compile(r"stages-(\d{1,3})-people-(\d{1,3})-(kind|member|who|role|among|unit|label)")


@dataclass(frozen=True)
class TypedTrial:
    """The made-up envelope that a chain is tried with, as typed."""

    amount: str = ""
    kind: str = ""
    sender: str = ""

    @property
    def begun(self) -> bool:
        """Whether anything was typed."""
        return bool(self.amount or self.kind or self.sender)


def trial_from(form: Mapping[str, str]) -> TypedTrial:
    """Of the same form; nothing of it is kept."""
    return TypedTrial(
        *(
            form.get(f"trial-{name}", "")[:MAX_TYPED_CHARACTERS]
            for name in ("amount", "kind", "sender")
        )
    )


def typed_from(form: Mapping[str, str]) -> TypedChain:
    """The whole form. A stage whose people were all taken out has none."""
    stages: dict[int, dict[str, str]] = defaultdict(dict)
    people: dict[int, dict[int, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    recipients: dict[int, dict[str, str]] = defaultdict(dict)
    for name, value in form.items():
        text = value[:MAX_TYPED_CHARACTERS]
        if found := _STAGE.fullmatch(name):
            stages[int(found[1])][found[2]] = text
        elif found := _PERSON.fullmatch(name):
            people[int(found[1])][int(found[2])][found[3]] = text
        elif found := _RECIPIENT.fullmatch(name):
            recipients[int(found[1])][found[2]] = text
    return TypedChain(
        name=form.get("name", "")[:MAX_TYPED_CHARACTERS],
        stages=tuple(
            TypedChainStage(**stages[index], people=_people(people[index]))
            for index in sorted(stages)[: MAX_CHAIN_STAGES + 1]
        ),
        recipients=_people(recipients),
    )


def _people(rows: Mapping[int, dict[str, str]]) -> tuple[TypedSlot, ...]:
    return tuple(TypedSlot(**rows[index]) for index in sorted(rows)[: MAX_STAGE_PEOPLE + 1])
