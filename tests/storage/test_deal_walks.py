"""The register's pages: by one walk, in one table, whatever is asked of it, on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import event, select, text

from domain.deal_search import PLACES, Blank, Search, Sort
from domain.imports import Origin
from domain.kinds import EnvelopeState
from domain.own_definitions import TypedOwnField
from domain.own_fields import OwnKind
from domain.own_search import OwnCondition
from storage import deal_search, named, own_fields
from storage.deal_search import every, search_page
from storage.paging import Page
from storage.tables import Deal, DealValue, Envelope, Member
from tests.storage.world import World, now, person

DAY = date(2026, 4, 1)
COPIED = {"number", "title_even", "origin", "place"}
WORDS = {
    "since": DAY,
    "least": 1,
    "partner": "青山",
    "kind": "覚書",
    "number": "R08",
    "title": "契約",
    "origin": Origin.SENT,
}


@pytest.fixture
def seven(world: World) -> list[UUID]:
    """Contracts of which some have no date, some no amount, some no partner, kind, or end."""
    found = []
    for number in range(7):
        envelope_id = world.send(person("a"))
        world.set(
            Deal,
            envelope_id,
            made_on=None if number % 3 == 2 else DAY + timedelta(days=number // 2),
            amount=None if number % 4 == 3 else number // 2,
            partner_even="" if number in {1, 5} else f"青山{number // 3}",
            kind="" if number == 4 else "覚書" if number % 2 else "単価契約",
            contract_number=f"R08-{number}",
            ends_on=None if number % 2 else DAY + timedelta(days=number % 3),
        )
        state = (EnvelopeState.RUNNING, EnvelopeState.DONE, EnvelopeState.DECLINED)[number % 3]
        world.set(Envelope, envelope_id, title=f"契約{number % 4}", state=state.value)
        found.append(envelope_id)
    return found


def page(world: World, search: Search, number: int, size: int = 2) -> Page[UUID]:
    with world.reading() as session:
        found = search_page(session, world.organisation_id, search, number, size)
    return Page(
        [row.envelope.id for row in found.rows], found.total, found.number, size, found.more
    )


def test_columns_run_both_ways_and_what_is_empty_stays_last(
    world: World, seven: list[UUID]
) -> None:
    world.set(Envelope, seven[3], title="・")

    def values(sort: Sort, name: str) -> list[object]:
        with world.reading() as session:
            found = every(session, world.organisation_id, Search(sort=sort))
            return [getattr(row.deal, name) for row in found]

    for up, down, name in (
        (Sort.PARTNER, Sort.PARTNER_DOWN, "partner_even"),
        (Sort.KIND, Sort.KIND_DOWN, "kind"),
        (Sort.TITLE, Sort.TITLE_DOWN, "title_even"),
        (Sort.NUMBER, Sort.NUMBER_DOWN, "number"),
        (Sort.ENDING, Sort.ENDING_DOWN, "ends_on"),
        (Sort.STATE, Sort.STATE_DOWN, "place"),
    ):
        upwards, downwards = ([one for one in values(sort, name) if one] for sort in (up, down))
        assert upwards == downwards[::-1], name
        assert len(set(upwards)) > 1, name
        if name in {"number", "ends_on", "place"}:  # of texts, each database has its own order
            assert upwards == sorted(upwards)  # type: ignore[type-var]  # one column's values
        lacking = len(values(up, name)) - len(upwards)
        for sort in (up, down):
            assert not any(values(sort, name)[len(upwards) :]), name
        assert lacking or name in {"number", "place"}


def whole(world: World, search: Search) -> list[UUID]:
    with world.reading() as session:
        return [row.envelope.id for row in every(session, world.organisation_id, search)]


@pytest.mark.usefixtures("seven")
def test_pages_together_are_the_whole_list_in_every_order(world: World) -> None:
    asked: tuple[dict[str, object], ...] = (
        {},
        {"title": "契約"},
        {"kind": "覚書"},
        {"least": 0},
        {"blank": frozenset({Blank.MADE_ON})},
        {"blank": frozenset({Blank.KIND})},
    )
    for sort, more in product(Sort, asked):
        search = Search(sort=sort, **more)  # type: ignore[arg-type]  # each is named above
        expected = whole(world, search)
        pages = [page(world, search, number) for number in range(1, -(-len(expected) // 2) + 1)]
        assert [one for found in pages for one in found.rows] == expected
        assert {found.total for found in pages} == {len(expected)}
        beyond = page(world, search, 99)
        assert (beyond.number, beyond.rows) == (pages[-1].number, pages[-1].rows)


@pytest.mark.usefixtures("seven")
def test_what_comes_after_the_limit_is_not_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deal_search, "COUNTED", 4)
    for sort in Sort:
        expected = whole(world, Search(sort=sort))
        first, last = page(world, Search(sort=sort), 1), page(world, Search(sort=sort), 9)
        assert (first.rows, first.total, first.more) == (expected[:2], 4, True)
        assert (last.number, last.rows, last.more) == (2, expected[2:4], True)


@pytest.mark.usefixtures("seven")
def test_a_page_counts_a_little_more_than_what_is_on_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deal_search, "AHEAD", 3)
    for sort in Sort:
        expected = whole(world, Search(sort=sort))
        for number, counted in ((1, 4), (2, 6), (3, 7), (4, 7)):
            found = page(world, Search(sort=sort), number)
            assert found.rows == expected[2 * number - 2 : 2 * number]
            assert (found.total, found.more) == (counted, counted < 7)


def test_the_register_follows_number_title_and_origin_of_its_envelopes(
    world: World, seven: list[UUID]
) -> None:
    one = seven[0]
    number = world.envelope(one).number
    assert whole(world, Search(number=number)) == [one]
    world.set(Envelope, one, title="鵺谷の件", origin=Origin.IMPORTED.value)
    assert whole(world, Search(title="ヌエ谷")) == []
    assert whole(world, Search(title="鵺谷")) == [one]
    assert whole(world, Search(origin=Origin.IMPORTED)) == [one]
    assert set(whole(world, Search(title="契約"))) == set(seven[1:])


def test_every_state_has_its_place_in_the_register(world: World, seven: list[UUID]) -> None:
    one = seven[0]
    for state, place in PLACES.items():
        world.set(Envelope, one, state=state.value)
        with world.reading() as session:
            assert session.get_one(Deal, one).place == place, state
    nowhere = {EnvelopeState.IMPORTING, EnvelopeState.DISCARDED}
    assert set(EnvelopeState) - set(PLACES) == nowhere
    assert sorted(PLACES.values()) == [*PLACES.values()]
    assert whole(world, Search(sort=Sort.STATE_DOWN))[0] == one


def test_a_program_of_before_writes_deals_that_are_found(world: World, seven: list[UUID]) -> None:
    one = seven[0]
    names = [column.name for column in Deal.__table__.columns]
    newer = COPIED | {"partner_code_even", "contract_number_even"}
    older = ", ".join(name for name in names if name not in newer)
    with world.database.transaction() as session:
        session.execute(text(f"CREATE TEMPORARY TABLE kept AS SELECT {older} FROM deals"))  # noqa: S608
        session.execute(text("DELETE FROM deals"))
        session.execute(text(f"INSERT INTO deals ({older}) SELECT {older} FROM kept"))  # noqa: S608
        session.execute(text("DROP TABLE kept"))
    assert set(whole(world, Search(title="契約"))) == set(seven)
    assert whole(world, Search(number=world.envelope(one).number)) == [one]
    assert whole(world, Search(number="Ｒ０８－0")) == [one]


def test_own_values_that_few_and_that_many_have_find_the_same(
    world: World, seven: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        kind = own_fields.add(session, member, "覚書", "", now())
        rows = [TypedOwnField(ja="場所"), TypedOwnField(ja="価格", kind=OwnKind.MONEY.value)]
        own_fields.save(session, member, kind.id, rows, "", 1, now())
        made = own_fields.find(session, world.organisation_id, kind.id)
        assert made is not None
        where, price = (UUID(field.id) for field in made.fields)
        for place, one in enumerate(seven[1:]):
            even = f"青山{place}丁目"
            session.add(DealValue(envelope_id=one, field_id=where, value=even, even=even))
            session.add(DealValue(envelope_id=one, field_id=price, value=f"{place}", number=place))
    both = Search(
        own=(
            OwnCondition(OwnKind.TEXT, str(where), text="丁目"),
            OwnCondition(OwnKind.MONEY, str(price), least=2),
        )
    )
    looked_up = page(world, both, 1, 9)
    assert set(looked_up.rows) == set(seven[3:])
    monkeypatch.setattr(deal_search, "FEW", 0)
    assert page(world, both, 1, 9) == looked_up
    assert whole(world, both) == looked_up.rows


@pytest.fixture
def statements(world: World) -> Iterator[list[tuple[str, object]]]:
    """What SQLite is asked; on PostgreSQL statistics decide, and a few rows have none."""
    if world.database.engine.dialect.name != "sqlite":
        pytest.skip("a matter of SQLite")
    asked: list[tuple[str, object]] = []

    def note(_c: object, _k: object, statement: str, values: object, *_: object) -> None:
        asked.append((statement, values))

    event.listen(world.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(world.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        (Sort.NEWEST, "ix_deals_by_day"),
        (Sort.OLDEST, "ix_deals_by_day"),
        (Sort.LARGEST, "ix_deals_by_amount"),
        (Sort.SMALLEST, "ix_deals_by_amount"),
        (Sort.PARTNER, "ix_deals_by_partner"),
        (Sort.PARTNER_DOWN, "ix_deals_by_partner"),
        (Sort.KIND, "ix_deals_by_kind"),
        (Sort.KIND_DOWN, "ix_deals_by_kind"),
        (Sort.TITLE, "ix_deals_by_title_even"),
        (Sort.TITLE_DOWN, "ix_deals_by_title_even"),
        (Sort.NUMBER, "ix_deals_by_number"),
        (Sort.NUMBER_DOWN, "ix_deals_by_number"),
        (Sort.ENDING, "ix_deals_by_ends_on"),
        (Sort.ENDING_DOWN, "ix_deals_by_ends_on"),
        (Sort.STATE, "ix_deals_by_place"),
        (Sort.STATE_DOWN, "ix_deals_by_place"),
    ],
)
def test_sqlite_reads_nothing_but_the_index_of_the_order(
    world: World,
    statements: list[tuple[str, object]],
    sort: Sort,
    index: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(named, "FEW", -1)
    for words in (WORDS, {}, *({name: value} for name, value in WORDS.items())):
        statements.clear()
        page(world, Search(sort=sort, **words), 1)  # type: ignore[arg-type]  # each is named above
        walks = [one for one in statements if one[0].startswith("WITH found")]
        assert walks
        for walk in walks:
            steps = steps_in_deals(world, walk)
            assert len(steps) == 1, steps
            assert f"USING COVERING INDEX {index} " in steps[0], words


def test_sqlite_looks_up_the_few_that_have_the_letters(
    world: World, statements: list[tuple[str, object]], seven: list[UUID]
) -> None:
    assert page(world, Search(title="契約3"), 1).rows == [seven[3]]
    walks = [one for one in statements if one[0].startswith("WITH found")]
    for walk in walks:
        (step,) = steps_in_deals(world, walk)
        assert "sqlite_autoindex_deals_1 (envelope_id=?)" in step
    assert walks
    statements.clear()
    assert page(world, Search(title="見当たらない"), 1).rows == []
    assert not [one for one, _ in statements if "FROM deals" in one]


def steps_in_deals(world: World, walk: tuple[str, object]) -> list[str]:
    """How SQLite says that it comes to the table's rows."""
    statement, values = walk
    with world.database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]  # as it was given
        return [row[3] for row in plan if " deals " in row[3]]


def test_titles_of_signs_alone_are_looked_for_as_they_were_typed(
    world: World, seven: list[UUID]
) -> None:
    world.set(Envelope, seven[2], title="甲・乙")
    assert whole(world, Search(title="・")) == [seven[2]]
    with world.reading() as session:
        assert session.scalar(select(Deal.title_even).where(Deal.envelope_id == seven[2])) == "甲乙"
