"""What envelopes begin with: deadline and days of reminders, as typed and kept."""

from dataclasses import replace

import pytest

from domain.chain_slots import TypedSlot
from domain.chains import TypedChain, TypedChainStage, check_chain, kept_stages, typed_chain
from domain.draft_defaults import (
    Demand,
    DraftDefaults,
    TypedDefaults,
    check_defaults,
    defaults_of,
    read_reminders,
    reminders_typed,
)
from domain.drafts import Person
from domain.forms import FormProblems
from domain.kinds import Language, ParticipantKind, PartyKind


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
    wanted = check_defaults(TypedDefaults("45", "0", "mail", "工事、委託", "用地"))
    assert wanted == DraftDefaults(45, (), Demand.MAIL, ("工事", "委託"), ("用地",))
    assert check_defaults(wanted.typed) == wanted
    assert defaults_of(wanted.as_json()) == wanted
    with pytest.raises(FormProblems) as found:
        check_defaults(TypedDefaults("0", "x", "often"))
    assert set(found.value.problems) == {"deadline_days", "reminder_days", "demand"}


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


def test_the_other_side_is_asked_for_what_the_kind_demands_and_never_for_less() -> None:
    defaults = DraftDefaults(mail_kinds=("工事",), passkey_kinds=("用地",))
    person = Person(
        "山田",
        "y@example.jp",
        "山田組",
        PartyKind.COUNTERPARTY,
        ParticipantKind.SIGNER,
        Language.JA,
    )
    assert defaults.of(person, "委託") == person
    assert defaults.of(person, "工 事") == replace(person, mail_code=True)
    assert defaults.of(person, "用地") == replace(person, passkey=True)
    for more in ({"passkey": True}, {"phone": "+819012345678"}, {"mail_code": True}):
        asked = replace(person, **more)
        assert defaults.of(asked, "工事") == asked
    own = replace(person, party=PartyKind.OWN)
    reader = replace(person, kind=ParticipantKind.RECIPIENT)
    assert [defaults.of(one, "用地") for one in (own, reader)] == [own, reader]
    assert DraftDefaults(demand=Demand.PASSKEY).demanded("") is Demand.PASSKEY
