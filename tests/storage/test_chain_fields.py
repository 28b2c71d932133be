"""Fields of a chain's people hang on their places, whoever comes to sit there."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.chain_slots import TypedSlot, filled_key
from domain.chains import TypedChain, TypedChainStage, check_chain
from domain.drafts import CheckedDraft, Order, TypedDraft
from domain.forms import FormProblems
from domain.kinds import FieldKind, ParticipantKind, PartyKind, Role
from storage import chains, departments, drafts, people, placing, sending
from storage.tables import Envelope, Field, Member, Participant, Slot
from tests.storage.filling import KEYS, field, place
from tests.storage.world import World, now, person

LABEL = "主管課長"
ROLE = TypedSlot("sign", who="role", role="approver")


@pytest.fixture
def staff(world: World) -> dict[str, UUID]:
    """Two approvers, and two who may be chosen."""
    found = {name: world.join(name, Role.APPROVER) for name in ("one", "two")}
    found |= {name: world.join(name, Role.VIEWER) for name in ("x", "y")}
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        unit = departments.save(session, member, None, "10", "契約課", now(), found["y"])
        departments.assign(session, member, unit.id)
    return found


def chain(world: World, *stages: TypedChainStage, name: str = "標準") -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        known = {row.id for row in people.active_members(session, world.organisation_id)}
        checked = check_chain(TypedChain(name, stages), known)
        return chains.save(session, member, checked, None, now()).id


def draft(world: World, chain_id: UUID, **typed: object) -> UUID:
    envelope_id = world.draft()
    world.check(envelope_id)
    save(world, envelope_id, chain_id, **typed)
    return envelope_id


def save(world: World, envelope_id: UUID, chain_id: UUID, **typed: object) -> None:
    with world.database.transaction() as session:
        whole = TypedDraft(chain_id=str(chain_id), people=(), **typed)  # type: ignore[arg-type]
        drafts.save_draft(session.get_one(Envelope, envelope_id), whole, now())


def seats(world: World, envelope_id: UUID) -> list[str]:
    with world.reading() as session:
        envelope = session.get_one(Envelope, envelope_id)
        return [seat.key for seat in placing.seats_of(session, envelope)]


def placed(world: World, envelope_id: UUID, *keys: str) -> None:
    [document] = world.documents(envelope_id)
    rows = [
        replace(field(document, next(iter(KEYS)), FieldKind.TEXT, f"{n:x}"), person=key)
        for n, key in enumerate(keys, 1)
    ]
    place(world, envelope_id, document, *rows)


def live(world: World, envelope_id: UUID) -> list[str]:
    with world.reading() as session:
        envelope = session.get_one(Envelope, envelope_id)
        documents = drafts.documents_of(session, envelope_id)
        return [row.person for row in placing.live_fields(session, envelope, documents)]


def sent(world: World, envelope_id: UUID, checked: CheckedDraft) -> list[str]:
    """Labels of the fields that are asked for."""
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        sending.send(session, session.get_one(Envelope, envelope_id), checked, member, now())
        slots = select(Slot.id).where(Slot.envelope_id == envelope_id)
        rows = session.scalars(select(Field.label).where(Field.slot_id.in_(slots)))
        return sorted(label for label in rows if label)


def test_fields_of_a_role_are_kept_and_sent(world: World, staff: dict[str, UUID]) -> None:
    both = TypedChainStage(rule="n_of", need="2", people=(ROLE,))
    for stages, keys in (
        ((TypedChainStage(people=(ROLE,)),), ["role-approver-"]),
        ((both,), ["role-approver-", "role-approver--1"]),
    ):
        chain_id = chain(world, *stages, name=keys[-1])
        envelope_id = draft(world, chain_id)
        assert seats(world, envelope_id) == keys
        placed(world, envelope_id, *keys)
        assert live(world, envelope_id) == keys
        checked = CheckedDraft("契約", "", 30, Order.SEQUENCE, chain_id, (person("山田"),))
        assert sent(world, envelope_id, checked) == [f"欄{n}" for n, _ in enumerate(keys, 1)]


def test_a_signer_of_the_clerks_is_not_asked_by_his_role(
    world: World, staff: dict[str, UUID]
) -> None:
    chain_id = chain(world, TypedChainStage(people=(replace(ROLE, kind="approve"),)))
    envelope_id = draft(world, chain_id)
    mine = member(world, staff["one"])
    own = person("oneさん", mail=mine, party=PartyKind.OWN, company="")
    sent(world, envelope_id, CheckedDraft("契約", "", 30, Order.SEQUENCE, chain_id, (own,)))
    with world.reading() as session:
        rows = session.query(Participant).filter_by(envelope_id=envelope_id)
        asked = {(row.mail, row.kind) for row in rows}
    assert asked == {(member(world, staff["two"]), "approver"), (mine, "signer")}
    again = draft(world, chain_id)
    recipient = replace(own, kind=ParticipantKind.RECIPIENT)
    people = (recipient, person("山田"))
    with pytest.raises(FormProblems):
        sent(world, again, CheckedDraft("契約", "", 30, Order.SEQUENCE, chain_id, people))


def member(world: World, member_id: UUID) -> str:
    with world.reading() as session:
        return session.get_one(Member, member_id).mail


def test_another_person_in_the_place_is_asked_for_the_same_fields(
    world: World, staff: dict[str, UUID]
) -> None:
    wanted = filled_key(LABEL)
    stages = (
        TypedChainStage(people=(TypedSlot("sign", who="filled", label=LABEL),)),
        TypedChainStage(people=(TypedSlot("sign", who="head"),)),
    )
    chain_id = chain(world, *stages)
    x, y = str(staff["x"]), str(staff["y"])
    envelope_id = draft(world, chain_id, filled=((wanted, x),))
    keys = [f"filled-{wanted}", "head-sender"]
    assert seats(world, envelope_id) == keys
    placed(world, envelope_id, *keys)
    save(world, envelope_id, chain_id, filled=((wanted, str(staff["one"])),))
    assert live(world, envelope_id) == keys
    # as drafts of before kept them, by persons
    placed(world, envelope_id, x, y)
    save(world, envelope_id, chain_id, filled=((wanted, x),))
    assert live(world, envelope_id) == keys
