"""docs/states.md says what the service says: the pure state function over every row of it."""

import re
from pathlib import Path

import pytest

from domain import states
from domain.kinds import EnvelopeState, HindranceKind, PartyKind, SlotKind, SlotState
from domain.states import SlotView, StateWord, state_words

TEXT = (Path(__file__).parents[2] / "docs" / "states.md").read_text()
KINDS = {"署名": SlotKind.SIGN, "承認": SlotKind.APPROVE, "確認": SlotKind.CONFIRM}
SIDES = {"自社": PartyKind.OWN, "相手": PartyKind.COUNTERPARTY}
STANDS = {
    "順番待ち": SlotState.WAITING,
    "依頼中": SlotState.ASKED,
    "署名処理中": SlotState.ACTED,
    "完了": SlotState.DONE,
    "辞退": SlotState.DECLINED,
    "対応不要": SlotState.RELEASED,
}
WAITS = {
    "タイムスタンプ局が応答しない": HindranceKind.TIMESTAMP,
    "運用者の確認が必要": HindranceKind.OPERATOR,
}
GATE = "条件待ち"
SLOT = re.compile("(.+)（(.+)）：(.+)")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    part = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


RUNNING = rows("While it runs")
STILL = rows("Before, at the end, and while it stands still")


def said(found: tuple[StateWord, ...]) -> list[str]:
    """Both languages, as pages show them."""
    return [
        "、".join(states.WORDS[word].ja for word in found),
        ", ".join(states.WORDS[word].en for word in found),
    ]


@pytest.mark.parametrize("row", RUNNING, ids=lambda row: row[0])
def test_a_running_envelope_says_what_the_table_says(row: list[str]) -> None:
    parts = row[0].split(" / ")
    views = [
        SlotView(KINDS[found[1]], STANDS[found[3]], SIDES[found[2]])
        for part in parts
        if (found := SLOT.fullmatch(part))
    ]
    waits = [WAITS[part] for part in parts if part in WAITS]
    at_gate = GATE in parts
    assert len(views) + len(waits) + at_gate == len(parts)
    assert said(state_words(EnvelopeState.RUNNING, views, waits, at_gate=at_gate)) == row[1:]


@pytest.mark.parametrize("row", STILL, ids=lambda row: row[0])
def test_every_other_state_says_what_the_table_says(row: list[str]) -> None:
    assert said(state_words(EnvelopeState(row[0]), ())) == row[1:]


def test_the_tables_leave_no_word_and_no_state_out() -> None:
    shown = {word for row in [*RUNNING, *STILL] for word in row[1].split("、")}
    assert shown == {words.ja for words in states.WORDS.values()}
    assert {row[0] for row in STILL} == set(EnvelopeState) - {EnvelopeState.RUNNING}
