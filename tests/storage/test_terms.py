"""Concluded contracts that end, as rows, on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.deals import Deal
from domain.kinds import EnvelopeState, NoticeKind, Role
from domain.lists import Asked
from domain.ports.notices import EndingTerm
from domain.terms import Milestone, Within
from storage import term_warnings
from storage.bounces import StoredBounceDesk
from storage.evidence import evidence_record
from storage.outbox import When, queue
from storage.people import create_organisation
from storage.tables import Envelope, LedgerEvent, Member, Notice
from storage.terms import every_term, term_sorts, terms_page
from tests.storage.test_deals import change, sent
from tests.storage.world import World

TODAY = date(2027, 2, 28)


def ends_in(days: int, **more: object) -> Deal:
    return Deal(ends_on=TODAY + timedelta(days=days), **more)  # type: ignore[arg-type]  # the test names each


def concluded(world: World, deal: Deal, state: EnvelopeState = EnvelopeState.DONE) -> UUID:
    envelope_id = sent(world, deal=deal)
    world.set(Envelope, envelope_id, state=state.value)
    return envelope_id


def listed(world: World, within: Within) -> list[UUID]:
    with world.reading() as session:
        asked = Asked.read({}, term_sorts(within))
        page = terms_page(session, world.organisation_id, within, TODAY, asked)
        rows = list(every_term(session, world.organisation_id, within, TODAY, asked))
    assert [row.envelope.id for row in page.rows] == [row.envelope.id for row in rows]
    assert page.total == len(rows)
    return [row.envelope.id for row in rows]


def test_what_comes_is_listed_by_its_next_day_and_what_passed_the_latest_first(
    world: World,
) -> None:
    thirty, today = concluded(world, ends_in(30)), concluded(world, ends_in(0))
    notice = concluded(world, ends_in(100, renews=True, notice_days=90))
    far = concluded(world, ends_in(31))
    too_late = concluded(world, ends_in(60, renews=True, notice_days=90))
    passed, long_ago = concluded(world, ends_in(-1, renews=True)), concluded(world, ends_in(-400))
    concluded(world, Deal())
    concluded(world, Deal(ends_on=date(1, 1, 5), renews=True, notice_days=3650))
    assert listed(world, Within.MONTH) == [today, notice, thirty]
    assert listed(world, Within.QUARTER) == [today, notice, thirty, far, too_late]
    assert listed(world, Within.OVERDUE)[:3] == [passed, too_late, long_ago]
    assert len(listed(world, Within.OVERDUE)) == 4


def test_only_concluded_contracts_end_and_none_that_a_concluded_one_renews(world: World) -> None:
    for state in set(EnvelopeState) - {EnvelopeState.DONE}:
        concluded(world, ends_in(10), state)
    assert listed(world, Within.MONTH) == []
    old = concluded(world, ends_in(10))
    renewal = Deal(relation="renews", earlier=world.envelope(old).number)
    later = concluded(world, renewal, EnvelopeState.RUNNING)
    assert listed(world, Within.MONTH) == [old]
    world.set(Envelope, later, state=EnvelopeState.DONE.value)
    assert listed(world, Within.MONTH) == []


# -- warnings --------------------------------------------------------------------------------------

OFFICE = datetime(2027, 2, 28, 0, 0, tzinfo=UTC)
"""Nine o'clock of that day in Japan."""
HOST = "sign.example.jp"


def warn(world: World, at: datetime = OFFICE) -> list[tuple[str, str, UUID | None]]:
    """What one more round orders: kind, occasion and whom."""
    before = {row.id for row in warnings(world)}
    term_warnings.order_all(world.database, When(at, HOST))
    rows = [row for row in warnings(world) if row.id not in before]
    return [(row.kind, row.occasion, row.member_id) for row in rows]


def warnings(world: World) -> list[Notice]:
    kinds = [NoticeKind.TERM_ENDING.value, NoticeKind.TERMS_ENDING.value]
    with world.reading() as session:
        rows = select(Notice).where(Notice.kind.in_(kinds)).order_by(Notice.occasion)
        return list(session.scalars(rows))


def test_a_warning_is_told_once_to_the_sender_and_again_where_its_day_is_another(
    world: World,
) -> None:
    envelope_id = concluded(world, ends_in(30, renews=True, notice_days=5))
    early = datetime(2027, 2, 27, 22, 59, tzinfo=UTC)  # 7:59 in Japan
    assert warn(world, early) == []
    first = ("term_ending", "notice-30:2027-03-25", world.member_id)
    assert warn(world) == [first]
    assert warn(world) == warn(world, OFFICE + timedelta(days=10)) == []
    change(world, envelope_id, ends_in(31, renews=True, notice_days=5), revision=1)
    assert warn(world) == [("term_ending", "notice-30:2027-03-26", world.member_id)]
    later = OFFICE + timedelta(days=19)
    assert warn(world, later) == [("term_ending", "notice-7:2027-03-26", world.member_id)]
    assert warn(world, later) == []
    [mail, *_] = StoredBounceDesk(world.database, f"https://{HOST}", trial=True).untold()
    assert mail.term == EndingTerm(
        Milestone.NOTICE, date(2027, 3, 25), date(2027, 3, 31), renews=True, partner=""
    )


def test_the_day_of_a_renewal_is_told_too_and_no_day_twice_by_another_name(world: World) -> None:
    concluded(world, ends_in(30, renews=True, notice_days=90))
    assert warn(world) == [("term_ending", "renewal-30:2027-03-30", world.member_id)]
    assert warn(world) == []
    other = concluded(world, ends_in(30, renews=True))
    assert warn(world) == [("term_ending", "notice-30:2027-03-30", world.member_id)]
    change(world, other, ends_in(30, renews=True, notice_days=60), revision=1)
    assert warn(world) == []
    later = OFFICE + timedelta(days=23)
    assert warn(world, later) == [("term_ending", "renewal-7:2027-03-30", world.member_id)] * 2


def test_whoever_left_is_not_told_and_nobody_is_told_again_for_that(world: World) -> None:
    concluded(world, ends_in(5))
    boss, chief = world.join("boss", Role.ADMIN), world.join("chief", Role.ADMIN, Role.CLERK)
    world.set(Member, world.member_id, active=False)
    told = warn(world)
    assert {member for _, _, member in told} == {boss, chief}
    concluded(world, ends_in(6))
    world.set(Member, world.member_id, successor_id=chief)
    world.set(Member, boss, active=False)
    assert [member for _, _, member in warn(world)] == [chief]


def test_nobody_gets_more_than_he_reads_and_one_mail_tells_of_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_warnings, "MOST_MAILS", 1)
    for days in (3, 2, 1):
        concluded(world, ends_in(days))
    told = warn(world)
    assert [kind for kind, *_ in told].count("terms_ending") == 1
    desk = StoredBounceDesk(world.database, f"https://{HOST}", trial=True)
    mails = {mail.kind: mail for mail in desk.untold()}
    assert set(mails) == {NoticeKind.TERM_ENDING, NoticeKind.TERMS_ENDING}
    assert mails[NoticeKind.TERMS_ENDING].more_terms == 2
    assert warn(world) == []
    concluded(world, ends_in(5))
    assert [kind for kind, *_ in warn(world, OFFICE + timedelta(hours=1))] == ["term_ending"]
    concluded(world, ends_in(4))
    assert len(warn(world, OFFICE + timedelta(days=1))) == 1  # another day, another mail


def test_a_round_that_breaks_off_leaves_nothing_half_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    concluded(world, ends_in(3))
    concluded(world, ends_in(4))
    calls = []

    def breaking(*words: Any) -> Notice:
        calls.append(words)
        if len(calls) > 1:
            raise RuntimeError
        return queue(*words)

    monkeypatch.setattr("storage.term_warnings.queue", breaking)
    assert warn(world) == []
    monkeypatch.undo()
    assert len(warn(world)) == 2


def test_what_fails_for_one_organisation_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.transaction() as session:
        create_organisation(session, "となり市", OFFICE)
    asked = []

    def failing(_: object, organisation_id: UUID, __: object) -> int:
        asked.append(organisation_id)
        raise RuntimeError

    monkeypatch.setattr(term_warnings, "_order_for", failing)
    warn(world)
    assert len(asked) == 2


def test_the_other_side_reads_nothing_of_warnings_in_the_record(world: World) -> None:
    envelope_id = concluded(world, ends_in(5))
    warn(world)
    desk = StoredBounceDesk(world.database, f"https://{HOST}", trial=True)
    for mail in desk.untold():
        world.notices.sent(mail.notice_id)
    with world.reading() as session:
        reader = world.participant(envelope_id, "a")
        record = evidence_record(session, world.vault, envelope_id, reader=reader)
        kept = session.scalars(select(LedgerEvent).where(LedgerEvent.tag == "notice:sent")).all()
    assert "term_ending" not in str(record)
    [event] = [row for row in kept if row.data["kind"] == "term_ending"]
    assert (event.envelope_id, event.organisation_id) == (None, world.organisation_id)
    assert event.data["envelope"] == str(envelope_id)
