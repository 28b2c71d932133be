"""What envelopes begin with: deadline and days of reminders, as typed and kept."""

from dataclasses import replace

import pytest

from domain.chain_slots import TypedSlot
from domain.chains import TypedChain, TypedChainStage, check_chain, kept_stages, typed_chain
from domain.days import read_reminders, reminders_typed
from domain.demands import Demand, OwnDemand
from domain.draft_defaults import (
    DraftDefaults,
    TypedDefaults,
    check_defaults,
    defaults_of,
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
    more = replace(
        wanted.typed, sms_kinds="工事", code_kinds="用地", own_demand="app",
        app_kinds="委託", own_passkey_kinds="用地、工事",
    )  # fmt: skip
    wanted = check_defaults(more)
    assert (wanted.own_demand, wanted.own_passkey_kinds) == (OwnDemand.APP, ("用地", "工事"))
    assert (wanted.typed, defaults_of(wanted.as_json())) == (more, wanted)
    before = {"demand": "mail", "mail_kinds": ["工事"], "passkey_kinds": []}
    assert defaults_of(before) == DraftDefaults(demand=Demand.MAIL, mail_kinds=("工事",))


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


PERSON = Person(
    "山田",
    "y@example.jp",
    "山田組",
    PartyKind.COUNTERPARTY,
    ParticipantKind.SIGNER,
    Language.JA,
)
OWN = replace(PERSON, party=PartyKind.OWN)


def test_the_other_side_is_asked_for_what_the_kind_demands_and_never_for_less() -> None:
    defaults = DraftDefaults(mail_kinds=("工事",), passkey_kinds=("用地",))
    assert defaults.demands("委託").of(PERSON) == PERSON
    assert defaults.demands("工 事").of(PERSON) == replace(PERSON, mail_code=True)
    assert defaults.demands("用地").of(PERSON) == replace(PERSON, passkey=True)
    for more in ({"passkey": True}, {"phone": "+819012345678"}, {"mail_code": True}):
        asked = replace(PERSON, **more)
        assert defaults.demands("工事").of(asked) == asked
    reader = replace(PERSON, kind=ParticipantKind.RECIPIENT)
    assert [defaults.demands("用地").of(one) for one in (OWN, reader)] == [OWN, reader]
    both = DraftDefaults(demand=Demand.PASSKEY, mail_kinds=("工事",)).demands("工事")
    assert both.other == {Demand.PASSKEY, Demand.MAIL}
    assert both.of(PERSON) == replace(PERSON, passkey=True)


def test_the_own_side_is_asked_for_what_its_members_have_and_the_other_side_is_not() -> None:
    defaults = DraftDefaults(own_demand=OwnDemand.APP, own_passkey_kinds=("用地",))
    assert defaults.demands("").of(OWN) == replace(OWN, app_code=True)
    assert defaults.demands("用地").of(OWN) == replace(OWN, app_code=True, passkey=True)
    assert defaults.demands("用地").of(PERSON) == PERSON
    reader = replace(OWN, kind=ParticipantKind.RECIPIENT)
    assert defaults.demands("用地").of(reader) == reader
    chosen = replace(OWN, passkey=True, mail_code=True)
    assert DraftDefaults().demands("").of(chosen) == chosen


def test_what_a_sender_has_to_type_is_asked_for_beside_each_person() -> None:
    demands = DraftDefaults(sms_kinds=("工事",), code_kinds=("工事",)).demands("工事")
    people = [
        replace(PERSON, row=0),
        replace(PERSON, row=1, phone="+819012345678"),
        replace(PERSON, row=2, phone="+819012345678", access_code="hash"),
        replace(PERSON, row=3, kind=ParticipantKind.RECIPIENT),
        replace(OWN, row=4),
    ]
    assert set(demands.lacking(people)) == {
        "people-0-smscode", "people-0-code", "people-1-code",
    }  # fmt: skip
    assert demands.lacking(people[2:]) == {}
    assert demands.typed == (Demand.SMS, Demand.CODE)
    assert demands.added == ()
    assert DraftDefaults().demands("工事").lacking(people) == {}
