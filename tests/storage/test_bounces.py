"""Lost mail as rows: marked once, told once, and in the way only while it matters."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from domain.drafts import Order
from domain.kinds import (
    ActKind,
    EnvelopeState,
    HindranceKind,
    Language,
    LinkPurpose,
    NoticeKind,
    NoticeState,
)
from domain.messages import Ending, HindranceChange, NoticeOrder
from domain.ports.bounces import DeliveryReport, ReportAction
from domain.ports.notices import LostMail, PendingNotice
from storage import completion_again, ledger
from storage.bounces import StoredBounceDesk
from storage.outbox import When
from storage.tables import Envelope, Hindrance, Link, Member, Notice, Visit
from tests.storage.world import RECIPIENT, Journey, World, column, now, person

FAILED = DeliveryReport(ReportAction.FAILED, "5.1.1")
EXPIRED = DeliveryReport(ReportAction.FAILED, "4.4.7")
"""A server gave up; codes that an outage of ours kept back have the same status."""
DELAYED = DeliveryReport(ReportAction.DELAYED, "4.4.1")


@pytest.fixture
def desk(world: World) -> StoredBounceDesk:
    return StoredBounceDesk(world.database, "https://sign.example.jp:8443", trial=True)


def ask(journey: Journey, *names: str, kind: NoticeKind = NoticeKind.REQUEST) -> PendingNotice:
    """The first of the mails that ask these people, sent."""
    ids = tuple(journey.world.participant(journey.envelope_id, name).id for name in names)
    order = NoticeOrder(
        envelope_id=journey.envelope_id, kind=kind, occasion=uuid4().hex, participant_ids=ids
    )
    sent = journey.world.notices.enqueue(order)
    for notice in sent:
        journey.world.notices.sent(notice.notice_id)
    return sent[0]


def hindrances(world: World) -> list[tuple[str, str, bool]]:
    """Kind, reason, whether it is over."""
    with world.reading() as session:
        rows = session.scalars(select(Hindrance).order_by(Hindrance.since)).all()
        return [(row.kind, row.reason, row.ended_at is not None) for row in rows]


def state(world: World, notice_id: UUID) -> str:
    found: str = column(world, Notice, notice_id, "state")
    return found


def count(world: World) -> int:
    with world.reading() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0


def test_a_reported_loss_marks_the_mail_hinders_the_envelope_and_tells_the_sender(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    lost = ask(journey, "a")
    assert desk.report(lost.notice_id, FAILED)
    assert state(world, lost.notice_id) == NoticeState.BOUNCED
    assert column(world, Notice, lost.notice_id, "report_status") == "5.1.1"
    assert column(world, Notice, lost.notice_id, "bounced_at") is not None
    assert hindrances(world) == [("operator", "mail_bounced", False)]
    [told] = desk.untold()
    assert (told.kind, told.to_mail, told.to_sender) == (
        NoticeKind.BOUNCED, "clerk@aoba.example.jp", True,
    )  # fmt: skip
    assert told.lost == LostMail(NoticeKind.REQUEST, "a", "a@example.jp", "5.1.1", correctable=True)
    assert told.link_id is None
    assert world.tags(journey.envelope_id)[-2:] == ["operator:needed", "notice:bounced"]
    with world.reading() as session:
        assert ledger.verify(session).events > 0


def test_a_repeated_report_changes_nothing_and_the_sender_is_told_once(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    lost = ask(journey, "a")
    answers = [desk.report(lost.notice_id, FAILED) for _ in range(5)]
    assert answers == [True, False, False, False, False]
    [told] = desk.untold()
    world.notices.sent(told.notice_id)
    desk.report(lost.notice_id, FAILED)
    assert desk.untold() == ()
    assert world.tags(journey.envelope_id).count("notice:bounced") == 1
    assert count(world) == 2


def test_each_lost_mail_is_told_but_the_envelope_is_hindered_once(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    for kind in (NoticeKind.REQUEST, NoticeKind.REMINDER):
        desk.report(ask(journey, "a", kind=kind).notice_id, FAILED)
    kinds = [notice.lost.kind for notice in desk.untold() if notice.lost]
    assert kinds == [NoticeKind.REQUEST, NoticeKind.REMINDER]
    assert len(hindrances(world)) == 1


def test_each_person_s_request_that_a_server_gave_up_is_told(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    for name in ("a", "b"):
        desk.report(ask(journey, name).notice_id, EXPIRED)
    told = [notice.lost for notice in desk.untold() if notice.lost]
    assert [lost.name for lost in told] == ["a", "b"]
    assert not any(lost.timed_out for lost in told)


def test_the_sender_is_told_in_his_language(world: World, desk: StoredBounceDesk) -> None:
    with world.database.transaction() as session:
        session.get_one(Member, world.member_id).language = "en"
    journey = Journey.begin(world, person("a"))
    desk.report(ask(journey, "a").notice_id, FAILED)
    assert [notice.language for notice in desk.untold()] == [Language.EN]


def test_a_mail_to_the_sender_that_is_lost_is_followed_by_none(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    desk.report(ask(journey, "a").notice_id, FAILED)
    [told] = desk.untold()
    world.notices.sent(told.notice_id)
    assert desk.report(told.notice_id, FAILED)
    assert (state(world, told.notice_id), desk.untold()) == (NoticeState.BOUNCED, ())
    assert count(world) == 2


def test_a_refusal_by_the_next_server_is_told_like_a_later_report(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    ids = (world.participant(journey.envelope_id, "a").id,)
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REQUEST,
        occasion="x",
        participant_ids=ids,
    )
    [refused] = world.notices.enqueue(order)
    world.notices.failed(refused.notice_id, "smtp 550 5.1.1")
    world.notices.failed(refused.notice_id, "smtp 550 5.1.1")
    assert state(world, refused.notice_id) == NoticeState.FAILED
    assert [notice.lost.status for notice in desk.untold() if notice.lost] == ["5.1.1"]
    operator = HindranceChange(
        envelope_id=journey.envelope_id,
        kind=HindranceKind.OPERATOR,
        begins=True,
        reason="mail_failed",
    )
    world.envelopes.hinder(operator)
    assert hindrances(world) == [("operator", "mail_bounced", False)]
    assert not desk.report(refused.notice_id, FAILED)


def test_a_delay_is_kept_and_stops_nothing(world: World, desk: StoredBounceDesk) -> None:
    journey = Journey.begin(world, person("a"))
    slow = ask(journey, "a")
    assert desk.report(slow.notice_id, DELAYED)
    assert (state(world, slow.notice_id), hindrances(world)) == (NoticeState.SENT, [])
    assert column(world, Notice, slow.notice_id, "delayed_at") is not None
    assert desk.untold() == ()
    assert not desk.report(slow.notice_id, DeliveryReport(ReportAction.DELIVERED, "2.0.0"))
    assert desk.report(slow.notice_id, FAILED)
    assert state(world, slow.notice_id) == NoticeState.BOUNCED


def test_a_report_that_is_faster_than_our_own_row_is_not_overwritten(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    ids = (world.participant(journey.envelope_id, "a").id,)
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REQUEST,
        occasion="x",
        participant_ids=ids,
    )
    [fast] = world.notices.enqueue(order)
    assert desk.report(fast.notice_id, FAILED)
    world.notices.sent(fast.notice_id)
    assert state(world, fast.notice_id) == NoticeState.BOUNCED
    assert column(world, Notice, fast.notice_id, "sent_at") is not None
    assert world.notices.enqueue(order) == ()


def test_a_mail_is_found_by_its_message_id_and_by_nothing_that_evidence_names(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    mail = ask(journey, "a")
    assert desk.notice_of(mail.message_id) == mail.notice_id
    assert desk.notice_of(f"<{mail.notice_id}@sign.example.jp>") is None
    assert not desk.report(uuid4(), FAILED)
    with world.reading() as session:
        exported = str(ledger.export(session, journey.envelope_id))
    assert mail.message_id.strip("<>").split("@")[0] not in exported


def visits_by_another_way(journey: Journey) -> None:
    journey.world.visit(journey.envelope_id, "a")


def acts(journey: Journey) -> None:
    journey.act("a", ActKind.SIGN)


def gets_a_new_link(journey: Journey) -> None:
    with journey.world.database.transaction() as session:
        for link in session.scalars(select(Link).where(Link.purpose == LinkPurpose.ACT.value)):
            link.issued_at = now() + timedelta(seconds=1)


def ends(journey: Journey) -> None:
    journey.route.finish(EnvelopeState.EXPIRED)
    journey.world.envelopes.end(Ending(snapshot=journey.route.snapshot(), act_id=None, at=now()))


@pytest.mark.parametrize("happens", [visits_by_another_way, acts, gets_a_new_link, ends])
def test_the_hindrance_ends_when_the_loss_matters_no_more(
    world: World, desk: StoredBounceDesk, happens: object
) -> None:
    journey = Journey.begin(world, person("a"))
    desk.report(ask(journey, "a").notice_id, FAILED)
    assert desk.settle() == 0
    assert callable(happens)
    happens(journey)
    assert desk.settle() == 1
    assert hindrances(world) == [("operator", "mail_bounced", True)]
    assert desk.settle() == 0


def test_other_hindrances_and_lost_mail_leave_each_other_alone(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"))
    other = {"envelope_id": journey.envelope_id, "kind": HindranceKind.OPERATOR, "reason": "stuck"}
    desk.report(ask(journey, "a").notice_id, FAILED)
    world.envelopes.hinder(HindranceChange.model_validate({**other, "begins": True}))
    assert [row[1:] for row in hindrances(world)] == [("mail_bounced", False), ("stuck", False)]
    world.envelopes.hinder(HindranceChange.model_validate({**other, "begins": False}))
    assert [row[1:] for row in hindrances(world)] == [("mail_bounced", False), ("stuck", True)]
    visits_by_another_way(journey)
    world.envelopes.hinder(HindranceChange.model_validate({**other, "begins": True}))
    desk.settle()
    assert [row[1:] for row in hindrances(world)] == [
        ("mail_bounced", True), ("stuck", True), ("stuck", False),
    ]  # fmt: skip


def completed(world: World, *names: str) -> tuple[Journey, list[PendingNotice]]:
    """Signed by the first and handed over to all by mail."""
    first, *others = names
    people = [person(first), *(person(name, RECIPIENT) for name in others)]
    journey = Journey.begin(world, *people)
    journey.sign(first)
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    order = NoticeOrder(envelope_id=journey.envelope_id, kind=NoticeKind.COMPLETED, occasion="end")
    mails = list(world.notices.enqueue(order))
    for notice in mails:
        world.notices.sent(notice.notice_id)
    return journey, [mail for mail in mails if not mail.to_sender]


def send_again(world: World, journey: Journey, lost_id: UUID | None) -> None:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        member = session.get_one(Member, world.member_id)
        completion_again.send_again(session, envelope, member, lost_id, When(now(), "x"))


def unreached(world: World, journey: Journey) -> list[str]:
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        return [one.person.name for one in completion_again.unreached(session, envelope)]


def test_a_lost_completion_mail_waits_for_somebody_until_it_is_sent_again(
    world: World, desk: StoredBounceDesk
) -> None:
    journey, mails = completed(world, "a", "r")
    for notice in mails:
        desk.report(notice.notice_id, FAILED)
    lost = [notice.lost for notice in desk.untold() if notice.lost]
    assert [(mail.kind, mail.name) for mail in lost] == [
        (NoticeKind.COMPLETED, "a"), (NoticeKind.COMPLETED, "r"),
    ]  # fmt: skip
    assert hindrances(world) == [("operator", "mail_bounced", False)]
    assert unreached(world, journey) == ["a", "r"]
    for _ in range(2):
        send_again(world, journey, mails[0].notice_id)
    [again] = [mail for mail in desk.untold() if mail.kind is NoticeKind.DOWNLOAD]
    assert (again.to_mail, again.by_sender) == ("a@example.jp", True)
    assert again.link_id == mails[0].link_id
    assert world.tags(journey.envelope_id).count("notice:again") == 1
    assert unreached(world, journey) == ["r"]
    assert desk.settle() == 0
    send_again(world, journey, mails[1].notice_id)
    assert desk.settle() == 1
    world.notices.sent(again.notice_id)
    desk.report(again.notice_id, FAILED)
    assert unreached(world, journey) == ["a"]
    assert [row[2] for row in hindrances(world)] == [True, False]
    send_again(world, journey, again.notice_id)
    assert unreached(world, journey) == []


def test_only_a_lost_mail_that_handed_over_is_sent_again(
    world: World, desk: StoredBounceDesk
) -> None:
    journey, [mail] = completed(world, "a")
    other, [foreign] = completed(world, "b")
    desk.report(foreign.notice_id, FAILED)
    for lost_id in (None, uuid4(), mail.notice_id, foreign.notice_id):
        with pytest.raises(LookupError):
            send_again(world, journey, lost_id)
    running = Journey.begin(world, person("c"))
    asked = ask(running, "c")
    desk.report(asked.notice_id, FAILED)
    with pytest.raises(LookupError):
        send_again(world, running, asked.notice_id)
    assert unreached(world, other) == ["b"]


def test_whoever_got_the_documents_in_another_way_is_not_waited_for_and_the_ledger_says_who_said_so(
    world: World, desk: StoredBounceDesk
) -> None:
    journey, mails = completed(world, "a", "r")
    for notice in mails:
        desk.report(notice.notice_id, FAILED)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        member = session.get_one(Member, world.member_id)
        completion_again.settle(session, envelope, member, mails[0].notice_id, now())
        with pytest.raises(LookupError):
            completion_again.settle(session, envelope, member, mails[0].notice_id, now())
    assert unreached(world, journey) == ["r"]
    assert world.tags(journey.envelope_id).count("notice:settled") == 1
    assert desk.settle() == 0
    send_again(world, journey, mails[1].notice_id)
    assert desk.settle() == 1


def test_who_has_fetched_the_documents_is_not_waited_for(
    world: World, desk: StoredBounceDesk
) -> None:
    journey, [mail] = completed(world, "a")
    desk.report(mail.notice_id, FAILED)
    link = world.link(journey.envelope_id, "a", LinkPurpose.DOWNLOAD)
    assert link is not None
    with world.database.transaction() as session:
        session.add(
            Visit(
                cookie_sha256=uuid4().hex * 2, link_id=link.id, generation=1,
                participant_id=link.participant_id, opened_at=now(), last_seen_at=now(),
            )
        )  # fmt: skip
    assert unreached(world, journey) == []
    assert desk.settle() == 1
    with pytest.raises(LookupError):
        send_again(world, journey, mail.notice_id)


def test_mails_that_wait_too_long_are_found_whatever_their_kind(
    world: World, desk: StoredBounceDesk
) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    ids = (world.participant(journey.envelope_id, "a").id,)
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REQUEST,
        occasion="x",
        participant_ids=ids,
    )
    [waiting] = world.notices.enqueue(order)
    assert desk.overdue(now() - timedelta(hours=1)) == ()
    assert desk.overdue(now()) == (waiting.notice_id,)
    world.notices.failed(waiting.notice_id, "gave up")
    assert len(desk.untold()) == 1
