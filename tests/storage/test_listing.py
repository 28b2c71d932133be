"""Lists in the order that is asked for: what is empty, retired or alike, on several pages, both
ways, on both databases."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.contact_search import ContactSearch, ContactSort
from domain.lists import Asked, Sorting, Usual
from storage.contact_search import contact_page
from storage.listing import Keys, behind, containing, endless, only, ordering, sorted_page, told
from storage.office_lists import (
    DEPARTMENT_SORTS,
    SEAL_SORTS,
    Standing,
    department_page,
    mandate_page,
    mandate_sorts,
    seal_page,
)
from storage.tables import (
    Contact,
    Deletion,
    Department,
    Envelope,
    ImportBatch,
    Mandate,
    OfficialSeal,
    Template,
    Verification,
)
from tests.storage.world import World, now

DAY = date(2026, 12, 1)
LATER = DAY + timedelta(days=1)
ROWS = 7
SIZE = 3
UP, DOWN = False, True
BOTH_WAYS = pytest.mark.parametrize("down", [UP, DOWN])


def seals(world: World, *rows: dict[str, Any]) -> None:
    """Each with the name that tells it, unless it says another one."""
    with world.database.transaction() as session:
        for number, row in enumerate(rows):
            usual = {
                "organisation_id": world.organisation_id, "name": "abcdefgh"[number], "mm": 20,
                "members": [], "departments": [], "roles": [], "size": 1,
                "created_by": world.member_id, "created_at": now(),
            }  # fmt: skip
            session.add(OfficialSeal(**(usual | row)))
            session.flush()


def asked(usual: Usual, key: str, *, down: bool, number: int = 1) -> Asked:
    return Asked("", Sorting(key, down, usual), number)


def listed(session: Session, keys: Keys, *, down: bool, number: int = 1, size: int = 50) -> str:
    """The rows of the key `by`, one after the other."""
    sorting = Sorting("by", down, {"by": False})
    query = select(OfficialSeal)
    page = only(sorted_page(session, query, keys, OfficialSeal.id, sorting, number, size=size))
    return "".join(row.name or "-" for row in page.rows)


def test_what_is_empty_stays_last_whichever_way_the_list_runs(world: World) -> None:
    late, early = {"valid_until": DAY}, {"valid_until": DAY - timedelta(days=1)}
    seals(world, {}, late, early, {"name": ""})
    with world.reading() as session:
        dated: Keys = {"by": (OfficialSeal.valid_until, told(OfficialSeal.name))}
        assert listed(session, dated, down=UP) == "cba-"
        assert listed(session, dated, down=DOWN) == "bca-"
        named: Keys = {"by": (told(OfficialSeal.name),)}
        assert listed(session, named, down=UP) == "abc-"
        assert listed(session, named, down=DOWN) == "cba-"


def test_what_is_retired_stays_behind_and_what_has_no_end_ends_latest(world: World) -> None:
    seals(world, {"retired_at": now()}, {"valid_until": DAY}, {}, {"valid_until": DAY})
    with world.reading() as session:
        for down, expected in ((UP, "bcda"), (DOWN, "dcba")):
            last = behind(OfficialSeal.retired_at.is_not(None), Sorting("by", down, {"by": False}))
            keys: Keys = {"by": (last, OfficialSeal.name)}
            assert listed(session, keys, down=down) == expected
        ends: Keys = {
            "by": (endless(OfficialSeal.valid_until), OfficialSeal.valid_until, OfficialSeal.name)
        }
        assert listed(session, ends, down=UP) == "bdac"
        assert listed(session, ends, down=DOWN) == "cadb"


@BOTH_WAYS
def test_rows_that_are_alike_stand_on_one_page_each(world: World, *, down: bool) -> None:
    ids = [UUID(int=number << 96 | 1) for number in range(ROWS, 0, -1)]
    seals(world, *({"id": key, "name": name} for key, name in zip(ids, "gfedcba", strict=True)))
    keys: Keys = {"by": (OfficialSeal.mm,)}
    with world.reading() as session:
        pages = [listed(session, keys, down=down, number=one, size=SIZE) for one in (1, 2, 3, 9)]
    assert pages == ["abc", "def", "g", "g"]


@BOTH_WAYS
def test_seals_and_mandates_without_a_limit_reach_furthest(world: World, *, down: bool) -> None:
    seals(world, {}, {"valid_until": DAY}, {"retired_at": now()})
    turn = -1 if down else 1
    with world.database.transaction() as session:
        for title, most, ends_on in (("a", None, DAY), ("b", 5, None), ("c", 7, LATER)):
            session.add(_mandate(world, title, most=most, ends_on=ends_on, begins_on=DAY))
    with world.reading() as session:
        organisation = world.organisation_id
        until = seal_page(session, organisation, asked(SEAL_SORTS, "until", down=down)).rows
        assert [row.name for row in until][::turn] == ["b", "a", "c"]
        usual = mandate_sorts(Standing.NOW)
        for key, expected in (("most", "bca"), ("last", "acb")):
            wanted = asked(usual, key, down=down)
            page = mandate_page(session, organisation, Standing.NOW, wanted, DAY)
            assert "".join(entry.row.title for entry in page.rows)[::turn] == expected, key


def test_mandates_that_are_over_usually_run_from_the_newest_back(world: World) -> None:
    with world.database.transaction() as session:
        for number in range(3):
            begins = DAY + timedelta(days=number)
            session.add(_mandate(world, str(number), begins_on=begins, ends_on=begins))
    with world.reading() as session:
        found = {}
        for standing, today in ((Standing.OVER, DAY + timedelta(days=9)), (Standing.NOW, DAY)):
            usual = Asked.read({}, mandate_sorts(standing))
            page = mandate_page(session, world.organisation_id, standing, usual, today)
            found[standing] = "".join(entry.row.title for entry in page.rows)
    assert found == {Standing.OVER: "210", Standing.NOW: "0"}


def _mandate(world: World, title: str, **values: Any) -> Mandate:
    return Mandate(
        organisation_id=world.organisation_id, member_id=world.member_id, title=title, kinds=[],
        basis="規則", sha256="0" * 64, entered_by=world.member_id, created_at=now(), **values,
    )  # fmt: skip


@BOTH_WAYS
def test_a_department_without_a_head_is_last_by_heads(world: World, *, down: bool) -> None:
    heads = {"a": None, "b": world.member_id, "c": world.join("zoe")}
    with world.database.transaction() as session:
        for code, head in heads.items():
            row = {"organisation_id": world.organisation_id, "code": code, "name": code}
            session.add(Department(**row, head_id=head, created_at=now()))
    with world.reading() as session:
        wanted = asked(DEPARTMENT_SORTS, "head", down=down)
        rows = department_page(session, world.organisation_id, wanted).rows
    assert [row[0].code for row in rows] == (["c", "b", "a"] if down else ["b", "c", "a"])


@BOTH_WAYS
def test_a_contact_without_a_reading_is_last_by_readings(world: World, *, down: bool) -> None:
    with world.database.transaction() as session:
        for name, kana in (("b", ""), ("a", "イ"), ("c", "ア"), ("d", "")):
            texts = dict.fromkeys(_texts(Contact), "") | {"name": name, "kana": kana}
            row = {"organisation_id": world.organisation_id, "revision": 1, "changed_at": now()}
            session.add(Contact(**texts, **row))
    with world.reading() as session:
        search = ContactSearch(sort=ContactSort.KANA, down=down)
        page = contact_page(session, world.organisation_id, search)
        assert "".join(row.name for row in page.rows) == ("acdb" if down else "cabd")


def _texts(table: type[Any]) -> list[str]:
    return [column.name for column in table.__table__.columns if column.type.python_type is str]


INDEXED: Sequence[tuple[type[Any], InstrumentedAttribute[Any]]] = (
    (Deletion, Deletion.proposed_at),
    (Template, Template.changed_at),
    (Verification, Verification.asked_at),
    (ImportBatch, ImportBatch.created_at),
    (Contact, Contact.mail_even),
)


@BOTH_WAYS
def test_long_lists_are_read_in_the_order_of_an_index(world: World, *, down: bool) -> None:
    with world.reading() as session:
        for table, column in INDEXED:
            query: Select[Any] = select(table.id).where(
                table.organisation_id == world.organisation_id
            )
            order = ordering({"by": (column,)}, table.id, Sorting("by", down, {"by": False}))
            plan = _plan(session, query.order_by(*order).limit(50))
            assert f"ix_{table.__tablename__}_organisation_id" in plan, plan
            # The column itself comes in order; only rows that are alike in it are sorted, by ids.
            of_ids = "Incremental Sort" if "cost=" in plan else "PART OF ORDER BY"
            assert of_ids in plan or "LAST TERM OF ORDER BY" in plan, plan


def _plan(session: Session, query: Select[Any]) -> str:
    server = session.get_bind().dialect.name == "postgresql"
    dialect = postgresql.dialect() if server else sqlite.dialect()  # type: ignore[no-untyped-call]
    said = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    if server:  # of an empty table it would sort what it read whole
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
    rows = session.execute(text(("EXPLAIN " if server else "EXPLAIN QUERY PLAN ") + said))
    return "\n".join(str(row[-1]) for row in rows)


def test_what_is_typed_is_found_in_other_widths_and_cases(world: World) -> None:
    key = world.draft(0)
    world.set(Envelope, key, title="Ｗｅｂ ｻｰﾊﾞｰ保守　契約")
    world.set(Envelope, world.draft(0), title="100%")
    with world.database.transaction() as session:
        session.add(Department(
            organisation_id=world.organisation_id, code="A1", name="契約課", created_at=now()
        ))  # fmt: skip
    with world.reading() as session:

        def found(typed: str) -> bool:
            query = select(Envelope.id).where(*containing(typed, Envelope.title))
            return session.scalars(query).all() == [key]

        assert all(map(found, ["Ｗｅｂ", "web", "WEBサーバー", "ｻｰﾊﾞｰ", "保守契約", " 契約 "]))
        assert not any(map(found, ["保守の契約", "_", "%"]))
        for typed, expected in (("a1", 1), ("Ａ１", 1), ("_", 0)):
            wanted = Asked(typed, Sorting.read({}, DEPARTMENT_SORTS), 1)
            page = department_page(session, world.organisation_id, wanted)
            assert page.total == expected, typed
        assert containing(" ", Department.name) == []
