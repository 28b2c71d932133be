"""Tables of contacts taken whole or not at all, on both databases."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.contact_table import read_table
from domain.contacts import Contact
from domain.mailbox import FORGOTTEN_AFTER
from storage import contact_imports, contacts
from storage.contact_imports import ImportChanged, Plan, bytes_of, keep, planned, take
from storage.forgetting import forget_old
from storage.tables import Contact as ContactRow
from storage.tables import ContactChange, ContactImport, LedgerEvent, Member
from storage.vault_errors import SealBroken
from tests.storage.test_contacts import TARO, add, change, lines
from tests.storage.world import World, now

TABLE = (
    "氏名,メールアドレス,会社名・団体名,役職\n"
    "山田 太郎,taro@aoyama.example.jp,青山建設,部長\n"
    "佐藤 花子,hanako@example.jp,赤坂設計,\n"
    "山田太郎,other@example.jp,㈱青山建設,\n"
).encode()


def begun(world: World, data: bytes = TABLE, *, updates: bool = True) -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        row = keep(session, world.vault, member, "宛先.csv", data, now(), updates=updates)
        return row.id


def plan_of(world: World, data: bytes = TABLE, *, updates: bool = True) -> Plan:
    with world.reading() as session:
        return planned(session, world.organisation_id, read_table(data), updates=updates)


def took(world: World, key: UUID, shown: str, data: bytes = TABLE) -> tuple[int, int]:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return take(session, member, key, read_table(data), shown, now())


def test_a_plan_says_what_is_new_what_changes_and_who_is_alike(world: World) -> None:
    add(world)
    plan = plan_of(world)
    assert [line.line for line in plan.added] == [3, 4]
    assert [after.title for _, after in plan.changed] == ["部長"]
    assert [line.line for line in plan.alike] == [4]
    left = plan_of(world, updates=False)
    assert (left.left, left.changed) == (1, [])


def test_everything_is_taken_with_its_history(world: World) -> None:
    known = add(world)
    key = begun(world)
    assert took(world, key, plan_of(world).sha256) == (2, 1)
    newest, _ = lines(world, known)
    assert (newest.kind, newest.number) == ("imported", 2)
    assert (newest.before["title"], newest.after["title"]) == ("", "部長")
    with world.reading() as session:
        row = session.get_one(ContactRow, known)
        assert (row.revision, row.title) == (2, "部長")
        assert session.query(ContactRow).count() == 3
        assert session.query(ContactChange).count() == 4
        event = session.scalars(
            select(LedgerEvent).where(LedgerEvent.tag == "contacts:imported")
        ).one()
        assert (event.data["added"], event.data["changed"]) == (2, 1)
        assert session.get_one(ContactImport, key).sealed == b""
    with pytest.raises(ImportChanged):
        took(world, key, plan_of(world).sha256)
    assert plan_of(world).same == 3


def test_nothing_is_taken_when_the_book_has_changed_since_it_was_shown(world: World) -> None:
    known = add(world)
    key, shown = begun(world), plan_of(world).sha256
    assert change(world, known, Contact(**(TARO.as_json() | {"title": "専務"})))  # type: ignore[arg-type]
    with pytest.raises(ImportChanged):
        took(world, key, shown)
    with world.reading() as session:
        assert session.query(ContactRow).count() == 1


def test_nothing_is_taken_of_a_table_with_a_fault(world: World) -> None:
    data = TABLE + "鈴木,no mail,,\n".encode()
    key = begun(world, data)
    plan = plan_of(world, data)
    assert [(fault.line, fault.column) for fault in plan.faults] == [(5, "mail")]
    with pytest.raises(ImportChanged):
        took(world, key, plan.sha256, data)
    with world.reading() as session:
        assert session.query(ContactRow).count() == 0


def test_a_line_that_could_mean_two_is_told(world: World) -> None:
    add(world)
    add(world, knowingly=True)
    assert [fault.line for fault in plan_of(world).faults] == [2]


def test_a_table_is_sealed_and_forgotten(world: World) -> None:
    first = begun(world)
    with world.reading() as session:
        row = session.get_one(ContactImport, first)
        assert bytes_of(session, world.vault, row) == TABLE
        assert "山田".encode() not in row.sealed
        sealed = row.sealed
    second, colleague = begun(world), world.join("other")
    with world.database.transaction() as session:
        assert session.get(ContactImport, first) is None
        other = session.get_one(ContactImport, second)
        other.sealed = sealed
        with pytest.raises(SealBroken):
            bytes_of(session, world.vault, other)
        other.member_id = colleague
        other.created_at = now() - FORGOTTEN_AFTER - timedelta(minutes=1)
    with world.database.transaction() as session:
        assert forget_old(session, now()) == {"contact_imports": 1}
    with world.reading() as session:
        assert session.get(ContactImport, second) is None


def test_another_members_table_does_not_exist(world: World) -> None:
    key = begun(world)
    other = world.join("colleague")
    with world.database.transaction() as session:
        member = session.get_one(Member, other)
        assert contact_imports.find_import(session, member, key) is None
        with pytest.raises(LookupError):
            take(session, member, key, read_table(TABLE), plan_of(world).sha256, now())
        assert contacts.twins(session, member.organisation_id, TARO) == []


def test_many_lines_are_taken_at_once(world: World) -> None:
    data = "氏名,メールアドレス,電話番号\n" + "".join(
        f"人{number},p{number}@example.jp,03-1234-5678\n" for number in range(1_000)
    )
    key = begun(world, data.encode())
    plan = plan_of(world, data.encode())
    assert took(world, key, plan.sha256, data.encode()) == (1_000, 0)
