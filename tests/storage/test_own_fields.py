"""Kinds of contract with own fields, and contracts' values, as rows on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.deal_search import Search
from domain.deals import Deal, changes
from domain.drafts import CheckedDraft, Order
from domain.forms import FormProblems
from domain.kinds import Language
from domain.own_definitions import TypedOwnField, as_typed
from domain.own_fields import OwnKind, scaled
from domain.own_search import NO, YES, OwnCondition
from storage import deals, own_fields, sending
from storage.deal_search import every, kinds_to_search, search_page
from storage.deal_table import deal_heads, own_cells, own_columns
from storage.own_fields import Definition, KindChangedMeanwhile, KindTaken
from storage.tables import ContractKindVersion, DealValue, Envelope, LedgerEvent, Member
from tests.storage.world import World, now, person

ROWS = (
    TypedOwnField(ja="工事場所", en="Site"),
    TypedOwnField(ja="予定価格", kind="money", required="yes"),
    TypedOwnField(ja="延床面積", kind="number"),
    TypedOwnField(ja="着工日", kind="date"),
    TypedOwnField(ja="区分", kind="choice", choices="新築\n改修"),
    TypedOwnField(ja="単価契約", kind="check"),
)
VALUES = ("=本庁舎 東館", "1,200,000", "12.5", "2026-05-01", "改修", "1")


@pytest.fixture
def kind(world: World) -> Definition:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        made = own_fields.add(session, member, "工事請負契約", "Construction", now())
        own_fields.save(session, member, made.id, ROWS, "Construction", 1, now())
    return known(world, made.id)


def known(world: World, kind_id: UUID) -> Definition:
    with world.reading() as session:
        found = own_fields.find(session, world.organisation_id, kind_id)
    assert found is not None
    return found


def typed(kind: Definition, values: Sequence[str] = VALUES) -> tuple[tuple[str, str], ...]:
    return tuple(
        (field.id, value) for field, value in zip(kind.fields, values, strict=False) if value
    )


def send(world: World, own: tuple[tuple[str, str], ...], name: str = "工事請負契約") -> UUID:
    envelope_id = world.draft()
    world.check(envelope_id)
    who = (person("a"),)
    checked = CheckedDraft("工事", "", 30, Order.SEQUENCE, None, who, contract_kind=name, own=own)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        sending.send(session, envelope, checked, session.get_one(Member, world.member_id), now())
    return envelope_id


def found(world: World, *own: OwnCondition, **more: object) -> list[UUID]:
    wanted = replace(Search(own=own), **more)  # type: ignore[arg-type]  # each test names them
    with world.reading() as session:
        page = search_page(session, world.organisation_id, wanted, 1)
    return [row.envelope.id for row in page.rows]


def change(world: World, envelope_id: UUID, deal: Deal, own: dict[str, str]) -> bool:
    with world.database.transaction() as session:
        row = deals.find(session, session.get_one(Envelope, envelope_id))
        assert row is not None
        return deals.change(
            session,
            session.get_one(Envelope, envelope_id),
            deal,
            member=session.get_one(Member, world.member_id),
            reason="訂正",
            revision=row.revision,
            now=now(),
            typed_own=own,
        )


def deal_of(world: World, envelope_id: UUID) -> Deal:
    with world.reading() as session:
        row = deals.find(session, session.get_one(Envelope, envelope_id))
        assert row is not None
        return deals.deal_of(row)


def values(world: World, envelope_id: UUID) -> dict[str, str]:
    with world.reading() as session:
        return own_fields.values_of(session, envelope_id)


def test_an_envelope_is_sent_with_its_values_and_not_without_a_required_one(
    world: World, kind: Definition
) -> None:
    missing = kind.fields[1]
    with pytest.raises(FormProblems) as refused:
        send(world, typed(kind, ("本庁舎",)))
    assert set(refused.value.problems) == {missing.name}
    envelope_id = send(world, typed(kind), "工事 請負契約")  # blanks do not count
    assert deal_of(world, envelope_id).kind == "工事請負契約"
    assert values(world, envelope_id)[missing.id] == "1200000"
    with world.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="envelope:sent").one()
    assert event.data["contract_kind"] == str(kind.kind.id)
    assert event.data["contract_kind_version"] == 2
    assert "本庁舎" not in str(event.data)


def test_another_kinds_values_are_not_sent(world: World, kind: Definition) -> None:
    assert values(world, send(world, typed(kind), "委託")) == {}


@pytest.mark.parametrize(
    ("index", "condition", "hit"),
    [
        (0, {"text": "東館"}, True),
        (0, {"text": "西館"}, False),
        (0, {"text": "%"}, False),
        (1, {"least": 1_200_000, "most": 1_200_000}, True),
        (1, {"least": 1_200_001}, False),
        (2, {"least": scaled(OwnKind.NUMBER, "12.4"), "most": 125_000}, True),
        (2, {"most": scaled(OwnKind.NUMBER, "12.4999")}, False),
        (3, {"since": "2026-05-01", "until": "2026-05-01"}, True),
        (3, {"since": "2026-05-02"}, False),
        (4, {"text": "改修"}, True),
        (4, {"text": "改"}, False),
        (5, {"text": YES}, True),
        (5, {"text": NO}, False),
    ],
)
def test_the_register_is_searched_by_each_type(
    world: World, kind: Definition, index: int, condition: dict[str, object], *, hit: bool
) -> None:
    envelope_id = send(world, typed(kind))
    other = send(world, (), "委託")
    field = kind.fields[index]
    asked = OwnCondition(field.kind, field.id, **condition)  # type: ignore[arg-type]  # by name
    expected = [envelope_id] if hit else [other] if condition.get("text") == NO else []
    assert found(world, asked) == expected


@pytest.mark.parametrize("index", range(5))
def test_what_was_not_filled_in_is_found_for_each_type(
    world: World, kind: Definition, index: int
) -> None:
    full = send(world, typed(kind))
    field = kind.fields[index]
    lacking = send(world, typed(kind))
    with world.database.transaction() as session:
        row = session.get_one(DealValue, (lacking, UUID(field.id)))
        session.delete(row)
    blank = OwnCondition(field.kind, field.id, blank=True)
    assert blank.narrows
    assert found(world, blank, kind="工事請負契約") == [lacking]
    other = kind.fields[(index + 1) % 5]
    assert found(world, blank, OwnCondition(other.kind, other.id, blank=True)) == []
    assert full not in found(world, blank)


def test_conditions_hold_together_and_with_the_others(world: World, kind: Definition) -> None:
    envelope_id = send(world, typed(kind))
    send(world, typed(kind, ("支所", "500")))
    site, price = kind.fields[:2]
    both = OwnCondition(site.kind, site.id, "庁舎"), OwnCondition(price.kind, price.id, least=501)
    assert found(world, *both) == [envelope_id]
    assert found(world, both[0], kind="委託") == []
    with world.reading() as session:
        assert kinds_to_search(session, world.organisation_id) == ["工事請負契約"]


def test_a_change_keeps_old_and_new_values_and_another_kind_takes_them_out(
    world: World, kind: Definition
) -> None:
    envelope_id = send(world, typed(kind))
    site, price = kind.fields[:2]
    deal = deal_of(world, envelope_id)
    assert not change(world, envelope_id, deal, {})
    assert change(world, envelope_id, deal, {site.id: "支所"})
    with pytest.raises(FormProblems) as refused:
        change(world, envelope_id, deal, {price.id: ""})
    assert set(refused.value.problems) == {price.name}
    assert change(world, envelope_id, replace(deal, kind="委託"), {})
    assert values(world, envelope_id) == {}
    with world.reading() as session:
        rows = deals.history(session, envelope_id)[::-1]
    first = changes(rows[0].before, rows[0].after)
    assert [(one.name, one.before, one.after) for one in first] == [
        (f"own:{site.id}", "=本庁舎 東館", "支所")
    ]
    said = {one.name: (one.before, one.after) for one in changes(rows[1].before, rows[1].after)}
    assert said["kind"] == ("工事請負契約", "委託")
    assert said[f"own:{price.id}"] == ("1200000", None)


def test_a_retired_field_keeps_its_values_and_is_asked_no_more(
    world: World, kind: Definition
) -> None:
    envelope_id = send(world, typed(kind))
    rows = [as_typed(field) for field in kind.fields]
    rows[1] = replace(rows[1], retired="yes")
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        assert own_fields.save(session, member, kind.kind.id, rows, "Construction", 2, now())
        assert not own_fields.save(session, member, kind.kind.id, rows, "Construction", 2, now())
    assert values(world, send(world, ())) == {}
    assert change(world, envelope_id, replace(deal_of(world, envelope_id), amount=5), {})
    assert values(world, envelope_id)[kind.fields[1].id] == "1200000"
    price = kind.fields[1]
    assert found(world, OwnCondition(price.kind, price.id, least=1)) == [envelope_id]


def test_tables_have_a_column_a_field_and_no_formula(world: World, kind: Definition) -> None:
    send(world, typed(kind))
    with world.reading() as session:
        one = own_columns(session, world.organisation_id, "工事請負契約")
        all_kinds = own_columns(session, world.organisation_id)
        foreign = own_columns(session, uuid4())
        [row] = every(session, world.organisation_id, Search())
    heads = deal_heads(Language.JA, one)
    assert heads[-6:] == [field.ja for field in kind.fields]
    assert deal_heads(Language.EN, all_kinds)[-6] == "Construction: Site"
    assert foreign == ()
    assert own_cells(one, row.own) == [
        "'=本庁舎 東館", "1200000", "12.5", "2026-05-01", "改修", "1",
    ]  # fmt: skip


def test_a_name_is_taken_once_and_two_who_change_do_not_overwrite_each_other(
    world: World, kind: Definition
) -> None:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        with pytest.raises(KindTaken):
            own_fields.add(session, member, "工事　請負契約", "", now())
        with pytest.raises(KindChangedMeanwhile):
            own_fields.save(session, member, kind.kind.id, (), "", 1, now())
        member.organisation_id = uuid4()
        with pytest.raises(LookupError), session.no_autoflush:
            own_fields.save(session, member, kind.kind.id, (), "", 2, now())
        session.rollback()


def test_a_retired_kind_has_fields_for_its_contracts_only(world: World, kind: Definition) -> None:
    envelope_id = send(world, typed(kind))
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        own_fields.retire(session, member, kind.kind.id, now(), back=False)
    assert values(world, send(world, typed(kind))) == {}
    assert change(world, envelope_id, deal_of(world, envelope_id), {kind.fields[0].id: "支所"})


def test_versions_are_never_changed(world: World, kind: Definition) -> None:
    for statement in (
        "UPDATE contract_kind_versions SET number = 9",
        "DELETE FROM contract_kind_versions",
    ):
        with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as s:
            s.execute(text(statement))
    with pytest.raises(DBAPIError), world.database.transaction() as session:
        session.add(
            ContractKindVersion(
                kind_id=kind.kind.id, number=2, fields=[], member_id=world.member_id,
                created_at=now() + timedelta(days=1),
            )
        )  # fmt: skip
