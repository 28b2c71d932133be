"""A chain's form: how its buttons rearrange it, and which of its stages it shows unfolded."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.chain_slots import TypedSlot
from domain.chains import (
    MAX_CHAIN_STAGES,
    MAX_STAGE_PEOPLE,
    ChainStageKind,
    TypedChain,
    TypedChainStage,
)
from domain.kinds import SlotKind
from domain.stages import ANY_CLERK

MOST_OPEN_STAGES = 10
"""A longer chain's form shows the stages that somebody works on; the others are a line each."""


def rearranged(typed: TypedChain, action: str) -> TypedChain:
    """The chain after `add-stage`, `add-gate`, `add-others`, `drop-stage-1`, `up-stage-1`,
    `down-stage-0`, `add-person-0`, `drop-person-0-2`, `add-recipient` or `drop-recipient-1`; any
    other word changes nothing."""
    word, _, rest = action.partition("-")
    what, *numbers = rest.split("-")
    if not all(number.isascii() and number.isdigit() and len(number) < 4 for number in numbers):
        return typed
    at = [int(number) for number in numbers]
    stages = list(typed.stages)
    if (word, what) in _NEW and not numbers:
        return replace(typed, stages=_one_more(typed.stages, _NEW[word, what]))
    if what == "stage":
        return replace(typed, stages=tuple(_moved(stages, word, at)))
    if what == "recipient":
        return replace(typed, recipients=_with_recipients(typed.recipients, word, at))
    if what == "person" and at and at[0] < len(stages):
        stages[at[0]] = _with_people(stages[at[0]], word, at[1:])
    return replace(typed, stages=tuple(stages))


def open_stages(
    number: int, action: str, wrong: Iterable[str], before: Iterable[str] = ()
) -> frozenset[int]:
    """Which of so many stages the form shows with all their fields: all of a short chain; else
    the one that a button was about, and those of the fields that are wrong. A button that is about
    no stage, and the Enter key, leave open what was open `before`, as the form says it."""
    if number <= MOST_OPEN_STAGES:
        return frozenset(range(number))
    word, _, rest = action.partition("-")
    what, *numbers = rest.split("-")
    at = int(numbers[0]) if numbers and numbers[0].isascii() and numbers[0].isdigit() else 0
    found = {int(name.split("-")[1]) for name in wrong if name.startswith("stages-")}
    if (word, what) in _NEW:
        found.add(number - 1)
    elif what == "person" or (what == "stage" and word != "drop"):
        found.add(at + {"up": -1, "down": 1}.get(word, 0))
    elif what != "stage":
        places = (int(text) for text in before if text.isascii() and text.isdigit())
        found |= {place for place in places if place < number}
    return frozenset(found)


_NEW = {
    ("add", "stage"): TypedChainStage(),
    ("add", "gate"): TypedChainStage(
        kind=ChainStageKind.GATE.value, opener=ANY_CLERK.word, people=()
    ),
    ("add", "others"): TypedChainStage(kind=ChainStageKind.OTHERS.value, people=()),
}
"""What the buttons that add a stage put at the end."""


def _one_more(
    stages: tuple[TypedChainStage, ...], new: TypedChainStage
) -> tuple[TypedChainStage, ...]:
    there = new.kind == ChainStageKind.OTHERS and any(one.kind == new.kind for one in stages)
    return stages if there or len(stages) >= MAX_CHAIN_STAGES else (*stages, new)


def _moved(stages: list[TypedChainStage], word: str, at: Sequence[int]) -> list[TypedChainStage]:
    if len(at) != 1 or at[0] >= len(stages):
        return stages
    [index] = at
    if word == "drop":
        return stages[:index] + stages[index + 1 :]
    other = {"up": index - 1, "down": index + 1}.get(word, -1)
    if 0 <= other < len(stages):
        stages[index], stages[other] = stages[other], stages[index]
    return stages


def _with_people(stage: TypedChainStage, word: str, at: Sequence[int]) -> TypedChainStage:
    people = stage.people
    if word == "add" and len(people) < MAX_STAGE_PEOPLE:
        kind = people[-1].kind if people else SlotKind.APPROVE.value
        return replace(stage, people=(*people, TypedSlot(kind)))
    if word == "drop" and len(at) == 1 and at[0] < len(people):
        return replace(stage, people=people[: at[0]] + people[at[0] + 1 :])
    return stage


def _with_recipients(
    rows: tuple[TypedSlot, ...], word: str, at: Sequence[int]
) -> tuple[TypedSlot, ...]:
    if word == "add" and len(rows) < MAX_STAGE_PEOPLE:
        return (*rows, TypedSlot())
    if word == "drop" and len(at) == 1:
        return rows[: at[0]] + rows[at[0] + 1 :]
    return rows
