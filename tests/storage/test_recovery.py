"""Recovery codes as rows: one works once, also for two who use it at the same moment."""

from storage import recovery
from storage.desks.rows import now
from storage.tables import Member, MemberRecoveryCode
from tests.storage.world import World


def test_two_who_found_the_same_code_spend_it_once_and_only_its_own_member_does(
    world: World,
) -> None:
    other = world.join("other")
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        recovery.replace(session, member, [("ABCD", "hash 1"), ("EFGH", "hash 2")], now())
    with world.database.reading() as session:
        found = [recovery.find(session, world.member_id, "ABCD") for _ in range(2)]
        assert recovery.find(session, other, "ABCD") is None
    spent = []
    for member_id, row in (
        (other, found[0]),
        (world.member_id, found[0]),
        (world.member_id, found[1]),
    ):
        assert row is not None
        with world.database.transaction() as session:
            member = session.get_one(Member, member_id)
            spent.append(recovery.spend(session, member, row.id, now()))
    assert spent == [False, True, False]
    with world.database.reading() as session:
        assert recovery.left(session, world.member_id) == 1
        assert session.query(MemberRecoveryCode).count() == 2
