"""Pairs of letters of titles and partners, which both databases keep themselves."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select, text

from domain.deals import Deal
from storage import named
from storage.migrations import downgrade, upgrade
from storage.named import few_titled, few_with
from storage.tables import Deal as DealRow
from storage.tables import Envelope, NameMark
from tests.storage.test_deals import change, sent
from tests.storage.world import World


def titled(world: World, typed: str) -> set[UUID] | None:
    with world.reading() as session:
        return few_titled(session, world.organisation_id, typed)


def partnered(world: World, typed: str) -> set[UUID] | None:
    with world.reading() as session:
        return few_with(session, world.organisation_id, typed)


def url_of(world: World) -> str:
    return world.database.url.render_as_string(hide_password=False)


def marks(world: World, envelope_id: UUID) -> set[str]:
    with world.reading() as session:
        rows = select(NameMark.mark).where(NameMark.envelope_id == envelope_id)
        return set(session.scalars(rows))


def test_every_part_of_two_letters_and_more_finds_its_title(world: World) -> None:
    one = sent(world)
    title = "令和8年度 ごみ収集(株)🐟_100%"
    world.set(Envelope, one, title=title)
    even = "令和8年度ゴミ収集株式会社🐟_100%"
    for start in range(len(even) - 1):
        for end in range(start + 2, len(even) + 1):
            assert one in (titled(world, even[start:end]) or ()), even[start:end]
    assert titled(world, "見当たらない") == set()


def test_a_title_that_changes_is_found_by_its_new_letters_alone(world: World) -> None:
    one = sent(world)
    world.set(Envelope, one, title="公園の整備")
    world.set(Envelope, one, title="公民館の整備")
    assert titled(world, "公園") == set()
    assert titled(world, "民館") == titled(world, "整備") == {one}
    for short in ("あ", ""):
        world.set(Envelope, one, title=short)
        assert not {mark for mark in marks(world, one) if mark.startswith("t")}


def test_partners_are_found_by_their_names_and_whole_codes(world: World) -> None:
    one, other = sent(world, "青山建設"), sent(world, "白川工務店")
    assert partnered(world, "青山") == {one}
    assert change(world, one, Deal(partner="株式会社 あおやま", partner_code="青山"))
    assert partnered(world, "アオヤマ") == partnered(world, "青山") == {one}
    assert partnered(world, "白川") == {other}
    assert change(world, one, Deal(partner="赤城", partner_code="A-1"), revision=1)
    assert partnered(world, "青山") == partnered(world, "アオヤマ") == set()
    assert partnered(world, "A-1") == partnered(world, "Ａ－１") == partnered(world, "a-1") == {one}


def test_letters_that_many_have_and_single_ones_are_looked_for_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {sent(world), sent(world)}
    for one in both:
        world.set(Envelope, one, title="委託契約書")
    assert titled(world, "委託契約") == both
    assert titled(world, "約") is titled(world, "・") is partnered(world, "青") is None
    monkeypatch.setattr(named, "FEW", 1)
    assert titled(world, "委託契約") is partnered(world, "青山") is None


def test_another_organisation_has_none_of_them(world: World) -> None:
    sent(world)
    with world.reading() as session:
        assert few_with(session, uuid4(), "青山") == set()


def test_a_deal_that_goes_takes_its_marks_along(world: World) -> None:
    one = sent(world)
    assert {mark for mark in marks(world, one) if mark.startswith("p")}
    with world.database.transaction() as session:
        session.execute(delete(DealRow).where(DealRow.envelope_id == one))
    assert not {mark for mark in marks(world, one) if mark.startswith("p")}


def test_names_from_before_get_their_marks(world: World) -> None:
    one, other = sent(world), sent(world, "白川工務店")
    assert change(world, one, Deal(partner="赤城", partner_code="A-1"))
    world.set(Envelope, one, title="")
    before = marks(world, one), marks(world, other)
    assert all(before)
    downgrade(url_of(world), "0071")
    assert {f"c{code}" for code in ("A-1",)} <= marks(world, one)
    downgrade(url_of(world), "0069")
    upgrade(url_of(world))
    assert (marks(world, one), marks(world, other)) == before
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(NameMark)) == sum(map(len, before))


def test_names_from_before_are_evened_anew(world: World) -> None:
    one = sent(world, "（公財）髙山協会")
    world.set(Envelope, one, title="（公財）髙山協会の件")
    downgrade(url_of(world), "0072")
    with world.database.transaction() as session:
        session.execute(text("UPDATE deals SET partner_even = '(公財)髙山協会'"))
        session.execute(text("UPDATE envelopes SET title_even = '(公財)髙山協会ノ件'"))
    assert partnered(world, "公益財団法人高山協会") == set()
    upgrade(url_of(world))
    assert partnered(world, "公益財団法人高山協会") == partnered(world, "(公財)髙山") == {one}
    assert titled(world, "公益財団法人高山協会") == {one}
    with world.reading() as session:
        assert session.get_one(DealRow, one).title_even == "公益財団法人高山協会ノ件"


def test_a_program_of_before_writes_codes_that_are_found(world: World) -> None:
    one = sent(world, "白川")
    for code, typed in (("A 01", "a01"), ("B-2", "Ｂ－２")):
        with world.database.transaction() as session:
            session.execute(text("UPDATE deals SET partner_code = :code"), {"code": code})
        assert partnered(world, typed) == {one}
    assert change(world, one, Deal(partner="白川", partner_code="ｃ－３"))
    assert change(world, one, Deal(partner="白川", partner_code="Ｃ－３"), revision=1)
    assert partnered(world, "c-3") == {one}
    assert partnered(world, "B-2") == set()


def test_a_program_of_before_writes_titles_that_are_found(world: World) -> None:
    one = sent(world)
    with world.database.transaction() as session:
        session.execute(text("UPDATE envelopes SET title_even = '鵺谷ノ件'"))
    assert titled(world, "鵺谷") == {one}
