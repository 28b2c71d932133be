"""Which stages an envelope was sent along stays as it was, whatever becomes of chain and amount."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.chain_slots import TypedSlot
from domain.chains import TypedChain, TypedChainStage, check_chain
from domain.drafts import CheckedDraft, Order
from domain.forms import FormProblems
from domain.kinds import Role
from storage import chains, people, sending
from storage.chain_plan import use_data, use_of
from storage.tables import ChainUse, Envelope, LedgerEvent, Member
from tests.storage.world import World, now, person


def saved(world: World) -> CheckedDraft:
    """A draft along a chain whose second stage is asked from 100 yen on."""
    boss, head = (str(world.join(name, Role.CLERK)) for name in ("boss", "head"))
    typed = TypedChain("標準", (
        TypedChainStage(people=(TypedSlot("approve", boss),)),
        TypedChainStage("部長承認", least="100", people=(TypedSlot("approve", head),)),
    ))  # fmt: skip
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        known = {row.id for row in people.active_members(session, world.organisation_id)}
        chain = chains.save(session, member, check_chain(typed, known), None, now())
        return CheckedDraft("工事請負契約", "", 30, Order.SEQUENCE, chain.id, (person("山田"),))


def sent(world: World, checked: CheckedDraft) -> Envelope:
    envelope_id = world.draft()
    world.check(envelope_id)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        member = session.get_one(Member, world.member_id)
        sending.send(session, envelope, checked, member, now())
    return world.envelope(envelope_id)


def test_what_was_skipped_and_why_is_kept_and_stands_in_the_ledger(world: World) -> None:
    envelope = sent(world, replace(saved(world), amount=99, contract_kind="工事"))
    with world.reading() as session:
        use = use_of(session, envelope)
        assert use is not None
        event = session.query(LedgerEvent).filter_by(tag="envelope:sent").one()
    assert [stage["asked"] for stage in use.stages] == [True, False]
    assert use.stages[1]["why"][0]["ja"] == "取引金額が99円です（条件：100円以上）"
    assert (use.amount, use.kind, use.chain_version) == (99, "工事", 1)
    assert event.data.items() >= use_data(use).items()
    assert event.data["skipped"] == [2]
    for statement in (
        "UPDATE chain_uses SET amount = 5",
        "DELETE FROM chain_uses",
    ):
        with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as s:
            s.execute(text(statement))


def test_nobody_gets_past_the_amount_by_leaving_it_out(world: World) -> None:
    checked = saved(world)
    for amount in (None, -1):
        with pytest.raises(FormProblems) as found:
            sent(world, replace(checked, amount=amount))
        assert set(found.value.problems) == {"amount"}
    with world.reading() as session:
        assert session.query(ChainUse).count() == 0


def test_without_a_chain_nothing_is_kept(world: World) -> None:
    envelope = sent(world, replace(saved(world), chain_id=None, amount=7))
    with world.reading() as session:
        assert use_of(session, envelope) is None
