"""Who sends is judged as well as who made the draft, and neither decides alone."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.absences import NoDeputy
from domain.chain_slots import TypedSlot
from domain.chains import TypedChain, TypedChainStage, check_chain
from domain.drafts import CheckedDraft, Order, Person
from domain.events import Event
from domain.forms import FormProblems
from domain.handovers import Successor
from domain.kinds import Language, Role
from domain.refusals import Refusal, RefusalCode
from storage import chains, corrections, departments, sending
from storage.chain_plan import use_data, use_of
from storage.people import active_members
from storage.tables import Envelope, LedgerEvent, Member, Participant
from tests.storage.test_chain_sides import OTHERS
from tests.storage.test_corrections import begun, propose
from tests.storage.test_deputies import absent, member, reason
from tests.storage.test_handovers import MAY, code_of, post
from tests.storage.world import APPROVER, Journey, World, now, person

ANY_APPROVER = TypedSlot("sign", who="role", role="approver")


@pytest.fixture
def staff(world: World) -> dict[str, UUID]:
    """A colleague who sends and approves, and a boss who approves."""
    found = {
        "colleague": world.join("colleague", Role.CLERK, Role.APPROVER),
        "boss": world.join("boss", Role.APPROVER),
    }
    with world.database.transaction() as session:
        session.get_one(Member, world.member_id).roles = [Role.CLERK.value, Role.APPROVER.value]
    return found


def save(world: World, *rows: TypedChainStage) -> UUID:
    """A chain of its own."""
    with world.database.transaction() as session:
        clerk = session.get_one(Member, world.member_id)
        known = {row.id for row in active_members(session, world.organisation_id)}
        made = check_chain(TypedChain(str(uuid4()), rows), known)
        return chains.save(session, clerk, made, None, now()).id


def checked(chain_id: UUID, *people: Person, amount: int = 100) -> CheckedDraft:
    who = tuple(replace(one, row=row) for row, one in enumerate((person("山田"), *people)))
    return CheckedDraft("契約", "", 30, Order.SEQUENCE, chain_id, who, amount=amount)


def send(world: World, sender: UUID, what: CheckedDraft) -> UUID:
    """Made by the world's clerk, sent by somebody."""
    envelope_id = world.draft()
    world.check(envelope_id)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        sending.send(session, envelope, what, session.get_one(Member, sender), now())
    return envelope_id


def asked(world: World, envelope_id: UUID) -> set[str]:
    with world.reading() as session:
        people = select(Participant.name).where(Participant.envelope_id == envelope_id)
        return set(session.scalars(people))


def test_neither_who_sends_nor_who_made_the_draft_is_asked_by_a_role(
    world: World, staff: dict[str, UUID]
) -> None:
    chain_id = save(world, TypedChainStage("決裁", people=(ANY_APPROVER,)), OTHERS)
    envelope_id = send(world, staff["colleague"], checked(chain_id))
    assert asked(world, envelope_id) == {"bossさん", "山田"}
    envelope = world.envelope(envelope_id)
    assert (envelope.created_by, envelope.drafted_by) == (staff["colleague"], world.member_id)
    with world.reading() as session:
        told = session.scalars(
            select(LedgerEvent).where(
                LedgerEvent.envelope_id == envelope_id,
                LedgerEvent.tag == Event.ENVELOPE_SENT.value,
            )
        ).one()
        assert told.actor == f"member:{staff['colleague']}"
        assert told.data["drafted_by"] == str(world.member_id)
    own = world.envelope(send(world, world.member_id, checked(chain_id)))
    assert (own.created_by, own.drafted_by) == (world.member_id, None)
    assert asked(world, own.id) == {"colleagueさん", "bossさん", "山田"}


def test_a_department_counts_of_who_made_the_draft_and_of_who_sends(
    world: World, staff: dict[str, UUID]
) -> None:
    """Nobody leads a draft past a stage by having somebody else press the button."""
    with world.database.transaction() as session:
        clerk = session.get_one(Member, world.member_id)
        for number, who in (("1", world.member_id), ("2", staff["colleague"])):
            unit = departments.save(session, clerk, None, number, f"{number}課", now())
            departments.assign(session, session.get_one(Member, who), unit.id)
    boss = (TypedSlot("sign", str(staff["boss"])),)
    for number in ("1", "2"):
        stage = TypedChainStage("決裁", people=boss, departments=f"{number}課")
        other = TypedChainStage("ほか", people=(ANY_APPROVER,))
        chain_id = save(world, stage, other, OTHERS)
        with pytest.raises(FormProblems) as found:  # the boss is asked in the first stage
            send(world, staff["colleague"], checked(chain_id))
        assert "依頼できる人がいません" in found.value.problems["chain_id"].ja
    chain_id = save(world, TypedChainStage("決裁", people=boss, departments="1課"), OTHERS)
    envelope_id = send(world, staff["colleague"], checked(chain_id))
    with world.reading() as session:
        use = use_of(session, world.envelope(envelope_id))
        assert use is not None
        assert (use.department, use.maker_department) == ("2課", "1課")
        before = use_data(use)["chain_use"]
        use.maker_department = "3課"
        assert use_data(use)["chain_use"] != before


@pytest.mark.parametrize("sender", ["clerk", "colleague"])
def test_nobody_decides_alone_about_what_he_made_or_sends(
    world: World, staff: dict[str, UUID], sender: str
) -> None:
    everybody = staff | {"clerk": world.member_id}
    both = tuple(TypedSlot("sign", str(everybody[one])) for one in ("clerk", "colleague"))
    for people in ((both[0],), both[:1] if sender == "clerk" else both):
        chain_id = save(world, TypedChainStage("決裁", people=people), OTHERS)
        with pytest.raises(FormProblems) as found:
            send(world, everybody[sender], checked(chain_id))
        assert "自分だけで決める" in found.value.problems["chain_id"].ja
    boss = member("boss", kind=APPROVER)
    assert "boss" in asked(world, send(world, everybody[sender], checked(chain_id, boss)))


def test_where_one_of_several_is_enough_others_have_to_be_enough_without_him(
    world: World, staff: dict[str, UUID]
) -> None:
    people = tuple(TypedSlot("sign", str(one)) for one in (world.member_id, staff["boss"]))
    chain_id = save(world, TypedChainStage("決裁", rule="any", people=people), OTHERS)
    with pytest.raises(FormProblems) as found:
        send(world, world.member_id, checked(chain_id))
    assert "自分だけで決める" in found.value.problems["chain_id"].ja
    chain_id = save(world, TypedChainStage("決裁", rule="n_of", need="2", people=people), OTHERS)
    assert send(world, world.member_id, checked(chain_id))


def test_who_made_the_draft_stands_in_for_nobody_and_takes_nothing_over(
    world: World, staff: dict[str, UUID]
) -> None:
    journey = Journey.begin(world, member("boss", **MAY), person("b"))
    world.set(Envelope, journey.envelope_id, created_by=staff["colleague"],
              drafted_by=world.member_id)  # fmt: skip
    absent(world, staff["boss"], world.member_id)
    assert reason(journey) is NoDeputy.SENDER
    for name in ("clerk", "colleague"):
        to = Successor(name, f"{name}@aoba.example.jp", Language.JA)
        assert code_of(world, journey.envelope_id, "boss", to) is RefusalCode.OWN_DRAFT
    world.join("other", Role.APPROVER)
    to = Successor("other", "other@aoba.example.jp", Language.JA)
    assert post(world, journey.envelope_id, "boss", to)


def test_one_of_several_who_decide_does_not_correct_what_they_decide_on(
    world: World, staff: dict[str, UUID]
) -> None:
    chain_id = save(world, TypedChainStage("決裁", people=(ANY_APPROVER,)), OTHERS)
    world.join("third", Role.APPROVER)
    shared = world.envelope(send(world, world.member_id, checked(chain_id)))
    boss = TypedChainStage("決裁", people=(TypedSlot("sign", str(staff["boss"])),))
    alone = world.envelope(send(world, world.member_id, checked(save(world, boss, OTHERS))))
    with world.reading() as session:
        people = {one: session.get_one(Member, key) for one, key in staff.items()}
        clerk = session.get_one(Member, world.member_id)
        for one in people.values():
            with pytest.raises(Refusal) as found:
                corrections.check_corrector(session, shared, one)
            assert found.value.code is RefusalCode.CORRECTOR_DECIDES
        corrections.check_corrector(session, shared, clerk)
        corrections.check_corrector(session, alone, people["boss"])


def test_a_correction_by_one_of_several_is_refused_by_form_and_by_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = begun(world)
    monkeypatch.setattr(corrections, "shares_a_decision", lambda *_: True)
    with pytest.raises(Refusal) as found:
        propose(journey)
    assert found.value.code is RefusalCode.CORRECTOR_DECIDES
    monkeypatch.setattr(corrections, "shares_a_decision", lambda *_: False)
    act_id = propose(journey)
    monkeypatch.setattr(corrections, "shares_a_decision", lambda *_: True)
    facts = world.acts.facts(journey.envelope_id, act_id, 0)
    assert facts.refusal is RefusalCode.CORRECTOR_DECIDES
