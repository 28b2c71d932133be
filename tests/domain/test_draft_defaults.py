"""What envelopes begin with: deadline and days of reminders, as typed and kept."""

import pytest

from domain.chain_slots import TypedSlot
from domain.chains import TypedChain, TypedChainStage, check_chain, kept_stages, typed_chain
from domain.draft_defaults import (
    DraftDefaults,
    check_defaults,
    defaults_of,
    read_reminders,
    reminders_typed,
)
from domain.forms import FormProblems


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("7、14, 21 28", (7, 14, 21, 28)),
        ("１４，７、7", (7, 14)),
        ("0", ()),
        ("", None),
        ("7、soon", None),
        ("0、7", None),
        ("366", None),
        ("、".join(str(day) for day in range(1, 12)), None),
    ],
)
def test_days_of_reminders_are_read(typed: str, days: tuple[int, ...] | None) -> None:
    assert read_reminders(typed) == days
    if days is not None:
        assert read_reminders(reminders_typed(days)) == days


def test_what_is_kept_comes_back_and_nothing_kept_is_as_ever() -> None:
    assert defaults_of(None) == DraftDefaults(30, (7, 14, 21, 28))
    wanted = check_defaults("45", "0")
    assert wanted == DraftDefaults(45, ())
    assert defaults_of(wanted.as_json()) == wanted
    with pytest.raises(FormProblems) as found:
        check_defaults("0", "x")
    assert set(found.value.problems) == {"deadline_days", "reminder_days"}


def test_a_stage_has_days_of_its_own_or_none_or_says_nothing() -> None:
    rows = tuple(
        TypedChainStage(reminders=typed, people=(TypedSlot(who="head"),))
        for typed in ("3、5", "0", "")
    )
    typed = TypedChain("標準", rows)
    definition = check_chain(typed, []).definition
    assert [stage.reminders for stage in kept_stages(definition)] == [(3, 5), (), None]
    assert typed_chain("標準", definition) == typed
    wrong = TypedChain("標準", (TypedChainStage(reminders="soon", people=rows[0].people),))
    with pytest.raises(FormProblems) as found:
        check_chain(wrong, [])
    assert set(found.value.problems) == {"stages-0-reminders"}
