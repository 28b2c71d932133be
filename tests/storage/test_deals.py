"""The register of transactions as rows, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from domain.deal_search import Blank, Search, Sort
from domain.deals import Deal
from domain.drafts import CheckedDraft, Order, Person
from domain.forms import FormProblems
from domain.kinds import EnvelopeState
from domain.messages import Ending
from storage import deals, discarding, sending
from storage.deal_search import every, kinds_of, kinds_to_search, search_page
from storage.tables import Deal as DealRow
from storage.tables import DealChange, Envelope, LedgerEvent, Member
from tests.storage.world import Journey, World, now, person

DAY = date(2026, 4, 1)


def sent(world: World, company: str = "青山建設", deal: Deal | None = None) -> UUID:
    envelope_id = world.send(person("a", company=company))
    if deal is not None:
        change(world, envelope_id, deal)
    return envelope_id


def change(world: World, envelope_id: UUID, deal: Deal, revision: int = 0) -> bool:
    with world.database.transaction() as session:
        return deals.change(
            session,
            session.get_one(Envelope, envelope_id),
            deal,
            member=session.get_one(Member, world.member_id),
            reason="入力",
            revision=revision,
            now=now(),
        )


def known(world: World, envelope_id: UUID) -> Deal:
    with world.reading() as session:
        row = deals.find(session, session.get_one(Envelope, envelope_id))
        assert row is not None
        return deals.deal_of(row)


def found(world: World, organisation_id: UUID | None = None, **search: object) -> list[UUID]:
    with world.reading() as session:
        wanted = Search(**search)  # type: ignore[arg-type]  # the test names each
        page = search_page(session, organisation_id or world.organisation_id, wanted, 1)
        rows = list(every(session, organisation_id or world.organisation_id, wanted))
    assert [row.deal.envelope_id for row in rows] == [row.deal.envelope_id for row in page.rows]
    assert page.total == len(rows)
    return [row.envelope.id for row in page.rows]


def history(world: World, envelope_id: UUID) -> list[DealChange]:
    with world.reading() as session:
        return list(deals.history(session, envelope_id))


def test_a_sent_envelope_stands_in_the_register_and_a_draft_does_not(world: World) -> None:
    world.draft()
    envelope_id = world.send(person("a"), person("b", company="赤坂設計"), person("c"))
    assert found(world) == [envelope_id]
    assert known(world, envelope_id) == Deal(partner="赤坂設計、青山建設")
    assert history(world, envelope_id) == []


def test_a_change_keeps_both_values_who_when_and_why(world: World) -> None:
    envelope_id = sent(world)
    before = known(world, envelope_id)
    after = Deal(made_on=DAY, amount=1_000_000, partner="青山建設", kind="工事請負契約")
    assert change(world, envelope_id, after)
    assert known(world, envelope_id) == after
    [row] = history(world, envelope_id)
    assert (row.before, row.after) == (before.as_json(), after.as_json())
    assert (row.member_id, row.reason, row.number) == (world.member_id, "入力", 1)
    with world.reading() as session:
        event = session.scalars(select(LedgerEvent).where(LedgerEvent.tag == "deal:changed")).one()
    assert event.actor == f"member:{world.member_id}"
    assert event.data["fields"] == "made_on,amount,kind"
    assert "1000000" not in str(event.data)


def test_the_same_values_again_are_no_change(world: World) -> None:
    envelope_id = sent(world)
    assert not change(world, envelope_id, known(world, envelope_id), revision=7)
    assert history(world, envelope_id) == []


def test_two_who_change_at_once_do_not_overwrite_each_other(world: World) -> None:
    envelope_id = sent(world, deal=Deal(amount=1))
    with pytest.raises(deals.DealChangedMeanwhile):
        change(world, envelope_id, Deal(amount=2), revision=0)
    assert change(world, envelope_id, Deal(amount=2), revision=1)
    assert [row.number for row in history(world, envelope_id)] == [2, 1]


def test_history_is_never_changed(world: World) -> None:
    envelope_id = sent(world, deal=Deal(amount=1))
    for statement in (update(DealChange).values(reason="anders"), delete(DealChange)):
        with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as s:
            s.execute(statement)
    assert [row.reason for row in history(world, envelope_id)] == ["入力"]


def test_a_concluded_envelope_is_dated_by_its_last_signature(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    for name in ("a", "b"):
        if name == "b":
            journey.open()
        journey.sign(name)
    with world.reading() as session:
        last = deals._last_signature(session, session.get_one(Envelope, journey.envelope_id))
    assert last is not None
    late = now() + timedelta(days=3)
    world.envelopes.end(Ending(snapshot=journey.complete(), at=late))
    day = known(world, journey.envelope_id).made_on
    assert day is not None
    assert day < late.date()
    [row] = history(world, journey.envelope_id)
    assert row.member_id is None


def test_a_date_that_somebody_entered_stays(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    change(world, journey.envelope_id, Deal(made_on=DAY))
    journey.sign("a")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    assert known(world, journey.envelope_id).made_on == DAY
    assert len(history(world, journey.envelope_id)) == 1


def test_ranges_partner_kind_number_and_title_narrow_together(world: World) -> None:
    first = sent(world, deal=Deal(made_on=DAY, amount=100, partner="株式会社あおやま", kind="工事"))
    second = sent(
        world, deal=Deal(made_on=date(2026, 5, 1), amount=200, partner="赤坂", kind="工事")
    )
    third = sent(world, deal=Deal(partner_code="T-1", contract_number="第12号"))
    assert found(world, since=DAY, until=DAY) == [first]
    assert found(world, since=DAY) == [second, first]
    assert found(world, least=150) == [second]
    assert found(world, least=100, most=100) == [first]
    assert found(world, partner="（株）アオヤマ") == [first]
    assert found(world, partner="T-1") == [third]
    assert found(world, kind="工事", most=150) == [first]
    assert found(world, kind="工事", partner="青山") == []
    assert found(world, number="第12") == [third]
    assert found(world, number=world.envelope(second).number) == [second]
    assert set(found(world, title="請負")) == {first, second, third}
    assert found(world, title="%") == []


def test_every_form_of_a_company_and_shape_of_a_letter_finds_the_others(world: World) -> None:
    names = ("公益財団法人日本協会", "（公財）日本協会", "日本協会（公財）")
    every = {sent(world, deal=Deal(partner=name)) for name in names}
    for typed in (*names, "日本協会"):
        assert set(found(world, partner=typed)) == every, typed
    one = sent(world, deal=Deal(partner="髙﨑ヴァイオリン Limited"))
    assert found(world, partner="高崎バイオリン") == [one]
    assert found(world, partner="髙﨑ヴァイオリン") == [one]


def test_codes_and_numbers_are_found_however_they_were_typed(world: World) -> None:
    first = sent(world, deal=Deal(partner_code="A-001", contract_number="R8-12"))
    second = sent(world, deal=Deal(partner_code="Ｂ００２", contract_number="契委－123"))
    for typed in ("A-001", "Ａ－００１", "a-001", "ａ‐001", "A - 001"):
        assert found(world, partner=typed) == [first], typed
    assert found(world, partner="B002") == found(world, partner="ｂ００２") == [second]
    assert found(world, partner="A-00") == []
    for typed in ("Ｒ８－１２", "r8-12", "8-1"):
        assert found(world, number=typed) == [first], typed
    for typed in ("123", "契委-123", "委－１２"):
        assert found(world, number=typed) == [second], typed
    assert found(world, number="%") == []
    with world.reading() as session:
        deal = session.get_one(DealRow, second)
        assert (deal.partner_code, deal.contract_number) == ("Ｂ００２", "契委－123")


def test_what_was_not_entered_is_found_by_itself(world: World) -> None:
    dated = sent(world, deal=Deal(made_on=DAY, partner="赤坂"))
    priced = sent(world, deal=Deal(amount=0))
    assert found(world, blank=frozenset({Blank.MADE_ON})) == [priced]
    assert found(world, blank=frozenset({Blank.AMOUNT})) == [dated]
    assert found(world, blank=frozenset({Blank.PARTNER})) == [priced]
    assert found(world, blank=frozenset({Blank.MADE_ON, Blank.AMOUNT})) == []


def test_orders_put_what_was_not_entered_last(world: World) -> None:
    small = sent(world, deal=Deal(made_on=date(2026, 6, 1), amount=1, partner="い"))
    large = sent(world, deal=Deal(made_on=DAY, amount=9, partner="あ"))
    blank = sent(world, deal=Deal())
    assert found(world, sort=Sort.NEWEST) == [small, large, blank]
    assert found(world, sort=Sort.OLDEST) == [large, small, blank]
    assert found(world, sort=Sort.LARGEST) == [large, small, blank]
    assert found(world, sort=Sort.SMALLEST) == [small, large, blank]
    assert found(world, sort=Sort.PARTNER) == [large, small, blank]


def test_another_organisation_finds_nothing(world: World) -> None:
    sent(world, deal=Deal(kind="工事"))
    with world.database.transaction() as session:
        from storage import people

        other = people.create_organisation(session, "ほか市", now(), name_en="Other").id
    assert found(world, organisation_id=other) == []
    with world.reading() as session:
        assert kinds_of(session, other) == []
        assert kinds_of(session, world.organisation_id) == ["工事"]


def test_kinds_behind_the_first_hundred_are_searched_by_too(world: World) -> None:
    names = [f"契約{number:03}" for number in range(101)]
    for name in names:
        sent(world, deal=Deal(kind=name))
    with world.reading() as session:
        assert kinds_to_search(session, world.organisation_id) == names


def test_pages_end_where_the_results_end(world: World) -> None:
    ids = {sent(world) for _ in range(5)}
    with world.reading() as session:
        pages = [
            search_page(session, world.organisation_id, Search(), number, 2) for number in (1, 2, 9)
        ]
    assert [len(page.rows) for page in pages] == [2, 2, 1]
    assert {row.envelope.id for page in pages for row in page.rows} == ids
    assert pages[-1].number == pages[-1].last == 3


def amend(world: World, envelope_id: UUID, number: str) -> bool:
    """The envelope's contract amends that of this number, whatever it amended before."""
    with world.reading() as session:
        envelope = session.get_one(Envelope, envelope_id)
        row = deals.find(session, envelope)
        assert row is not None
        revision = row.revision
    return change(world, envelope_id, Deal(relation="amends", earlier=number), revision)


def found_by_number(world: World, envelope_id: UUID) -> list[UUID]:
    return found(world, number=number_of(world, envelope_id))


def number_of(world: World, envelope_id: UUID) -> str:
    with world.reading() as session:
        return session.get_one(Envelope, envelope_id).number


def test_contracts_that_follow_one_are_found_from_both_sides(world: World) -> None:
    first, second, third = (sent(world) for _ in range(3))
    for envelope_id in (second, third):
        assert amend(world, envelope_id, number_of(world, first))
    with world.reading() as session:
        rows = deals.related(session, session.get_one(Envelope, first))
        assert [(row[0].id, row[1]) for row in rows] == [(second, "amends"), (third, "amends")]
        assert deals.related(session, session.get_one(Envelope, second)) == []
        row = deals.numbered(session, world.organisation_id, number_of(world, first))
        assert row is not None
        assert row.envelope_id == first
    assert set(found_by_number(world, first)) == {first, second, third}


def test_no_contract_follows_itself_a_draft_or_what_does_not_exist(world: World) -> None:
    first, second, third = (sent(world) for _ in range(3))
    assert amend(world, second, number_of(world, first))
    assert amend(world, third, number_of(world, second))
    wrong = [
        (first, number_of(world, first)),
        (first, number_of(world, third)),
        (first, number_of(world, world.draft())),
        (first, "0000000000"),
    ]
    for envelope_id, number in wrong:
        with pytest.raises(FormProblems) as problem:
            amend(world, envelope_id, number)
        assert set(problem.value.problems) == {"earlier"}
    assert known(world, first).earlier == ""


def test_two_at_once_do_not_close_a_circle_from_both_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [sent(world), sent(world)]
    both, written = threading.Barrier(2), deals._change

    def together(*row: Any, **values: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(1)
        written(*row, **values)

    def name(other: int) -> bool:
        try:
            return amend(world, ends[1 - other], number_of(world, ends[other]))
        except FormProblems:
            return False

    monkeypatch.setattr(deals, "_change", together)
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(name, (0, 1))) == 1


def send_again(world: World, envelope_id: UUID, who: Person, deal: Deal) -> None:
    """It came back to draft, and is sent with these words."""
    world.set(Envelope, envelope_id, state=EnvelopeState.DRAFT.value)
    checked = CheckedDraft("契約", "", 30, Order.SEQUENCE, None, (who,), deal=deal)
    with world.database.transaction() as session:
        envelope, member = (
            session.get_one(Envelope, envelope_id),
            session.get_one(Member, world.member_id),
        )
        sending.send(
            session,
            envelope,
            replace(checked, amount=deal.amount, contract_kind=deal.kind),
            member,
            now(),
        )


def test_a_draft_sent_again_changes_what_it_says_anew_and_nothing_else(world: World) -> None:
    envelope_id = sent(world)
    first = Deal(amount=5, kind="工事", contract_number="1", notice_days=30)
    send_again(world, envelope_id, person("a"), first)
    mended = replace(known(world, envelope_id), contract_number="第1号")
    assert change(world, envelope_id, mended, revision=1)
    who = person("a", company="赤坂設計")
    send_again(world, envelope_id, who, replace(first, amount=0, kind="", notice_days=None))
    after = Deal(amount=0, partner="赤坂設計", contract_number="第1号")
    assert known(world, envelope_id) == after
    change(world, envelope_id, replace(after, begins_on=DAY), revision=3)
    with pytest.raises(FormProblems):  # each right by itself, and not together
        send_again(world, envelope_id, who, replace(first, ends_on=DAY - timedelta(days=1)))


def test_a_contract_whose_own_earlier_one_was_discarded_can_be_followed(world: World) -> None:
    first, second, third = (sent(world) for _ in range(3))
    assert amend(world, second, number_of(world, first))
    world.set(Envelope, first, state=EnvelopeState.DRAFT.value)
    with world.database.transaction() as session:
        discarding.discard(
            session,
            world.vault,
            session.get_one(Envelope, first),
            session.get_one(Member, world.member_id),
            now(),
        )
    assert amend(world, third, number_of(world, second))
    with pytest.raises(FormProblems):
        amend(world, third, number_of(world, first))
