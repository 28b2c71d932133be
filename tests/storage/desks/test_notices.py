"""Mails as rows: the right people, each once, with everything that the mail says."""

from typing import Any
from uuid import UUID

import pytest

from domain.drafts import Order
from domain.kinds import (
    ActKind,
    EnvelopeState,
    Language,
    LinkPurpose,
    NoticeKind,
    NoticeState,
    ParticipantKind,
    PartyKind,
)
from domain.messages import Ending, NoticeOrder
from domain.ports.notices import PendingNotice
from domain.refusals import RefusalCode
from storage.tables import Link, Notice
from tests.storage import consent
from tests.storage.attaching import asking
from tests.storage.world import RECIPIENT, Journey, World, column, now, person


def order(journey: Journey, kind: NoticeKind, *names: str, **changes: Any) -> NoticeOrder:
    ids = tuple(journey.world.participant(journey.envelope_id, name).id for name in names)
    words: dict[str, Any] = {
        "envelope_id": journey.envelope_id,
        "kind": kind,
        "occasion": "end",
        "participant_ids": ids or None,
    }
    return NoticeOrder(**(words | changes))


def mails(notices: tuple[PendingNotice, ...]) -> list[str]:
    return [notice.to_mail for notice in notices]


def end(journey: Journey, state: EnvelopeState, act_id: UUID | None = None) -> None:
    journey.route.finish(state)
    journey.world.envelopes.end(Ending(snapshot=journey.route.snapshot(), act_id=act_id, at=now()))


def test_a_request_says_everything_to_the_asked_person_only(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), person("r", RECIPIENT))
    [notice] = world.notices.enqueue(order(journey, NoticeKind.REQUEST, "a", "b", "r"))
    link = world.link(journey.envelope_id, "a", LinkPurpose.ACT)
    envelope = world.envelope(journey.envelope_id)
    assert link is not None
    assert (notice.to_name, notice.to_mail, notice.to_company) == ("a", "a@example.jp", "青山建設")
    assert (notice.organisation, notice.contact) == ("あおば市", "契約課 03-0000-0000")
    assert (notice.title, notice.message) == ("工事請負契約", "よろしく")
    assert notice.documents == ("契約書0",)
    assert (notice.envelope_number, notice.zone) == (envelope.number, "Asia/Tokyo")
    assert (notice.link_id, notice.link_generation) == (link.id, 1)
    assert (notice.link_purpose, notice.deadline_at) == (LinkPurpose.ACT, envelope.deadline_at)
    assert notice.message_id.endswith("@sign.example.jp>")
    assert str(notice.notice_id) not in notice.message_id
    assert (notice.participant_kind, notice.trial) == (ParticipantKind.SIGNER, True)
    assert not notice.to_sender


def test_a_request_names_the_files_that_its_person_will_be_asked_for(world: World) -> None:
    journey = asking(world, label="建設業許可通知書の写し")
    wanted = order(journey, NoticeKind.REQUEST, "a")
    assert {notice.to_name: notice.asked_files for notice in world.notices.enqueue(wanted)} == {
        "a": ("建設業許可通知書の写し",),
    }


def test_a_request_says_that_consent_comes_first_until_the_party_has_given_it(
    world: World,
) -> None:
    consent.ask_for(world)
    journey = Journey.begin(
        world, person("a"), person("b", party=PartyKind.OWN), order=Order.PARALLEL
    )
    wanted = order(journey, NoticeKind.REQUEST, "a", "b")
    asked = {one.to_name: one.asks_consent for one in world.notices.enqueue(wanted)}
    assert asked == {"a": True, "b": False}
    consent.give(journey, "a")
    later = order(journey, NoticeKind.REMINDER, "a", occasion="later")
    assert [one.asks_consent for one in world.notices.enqueue(later)] == [False]


def test_a_repeated_order_makes_no_second_mail_and_returns_what_is_unsent(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    request = order(journey, NoticeKind.REQUEST, "a", "b")
    first = world.notices.enqueue(request)
    world.notices.sent(first[0].notice_id)
    world.notices.delayed(first[1].notice_id, "451 later")
    again = world.notices.enqueue(request)
    assert again == first[1:]
    world.notices.failed(first[1].notice_id, "550 unknown")
    world.notices.delayed(first[1].notice_id, "too late to matter")
    assert world.notices.enqueue(request) == ()
    with world.reading() as session:
        rows = session.query(Notice).filter_by(kind="request").order_by(Notice.attempts).all()
        states = [(row.state, row.attempts, row.last_error) for row in rows]
    assert states == [(NoticeState.SENT, 1, None), (NoticeState.FAILED, 2, "550 unknown")]
    tags = world.tags(journey.envelope_id)
    assert (tags.count("notice:sent"), tags.count("notice:failed")) == (1, 1)


def test_a_reminder_keeps_the_link_and_spares_who_has_acted(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    [first, _] = world.notices.enqueue(order(journey, NoticeKind.REQUEST, "a", "b"))
    reminder = order(journey, NoticeKind.REMINDER, "a", "b", occasion="day:2026-11-30")
    reminded = world.notices.enqueue(reminder)
    assert reminded[0].link_id == first.link_id
    journey.act("a")
    assert mails(world.notices.enqueue(reminder)) == ["b@example.jp"]
    with world.reading() as session:
        left = session.get_one(Notice, reminded[0].notice_id)
        assert (left.state, left.last_error) == (NoticeState.FAILED, "no longer needed")


def test_completion_reaches_everybody_with_a_download_link_and_the_sender_without(
    world: World,
) -> None:
    journey = Journey.begin(world, person("a"), person("r", RECIPIENT, language=Language.EN))
    journey.sign("a")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    a, r, sender = world.notices.enqueue(order(journey, NoticeKind.COMPLETED))
    assert mails((a, r, sender)) == ["a@example.jp", "r@example.jp", "clerk@aoba.example.jp"]
    assert (a.link_purpose, r.link_purpose) == (LinkPurpose.DOWNLOAD, LinkPurpose.DOWNLOAD)
    assert (r.language, r.organisation) == (Language.EN, "Aoba City")
    assert (sender.link_id, sender.to_sender, sender.link_generation) == (None, True, 0)
    assert a.download_until == journey.route.download_until


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (NoticeKind.DECLINED, EnvelopeState.DECLINED),
        (NoticeKind.EXPIRED, EnvelopeState.EXPIRED),
        (NoticeKind.WITHDRAWN, EnvelopeState.WITHDRAWN),
    ],
)
def test_other_ends_are_told_to_the_sender_and_to_who_was_asked(
    world: World, kind: NoticeKind, state: EnvelopeState
) -> None:
    journey = Journey.begin(world, person("a"), person("b"), person("r", RECIPIENT))
    end(journey, state)
    told = world.notices.enqueue(order(journey, kind))
    assert mails(told) == ["a@example.jp", "clerk@aoba.example.jp"]
    assert all(notice.link_id is None for notice in told)


def test_a_decline_and_a_withdrawal_name_the_person_and_the_reason(world: World) -> None:
    declined = Journey.begin(world, person("a"))
    act_id = declined.act("a", ActKind.DECLINE)
    end(declined, EnvelopeState.DECLINED, act_id)
    told = world.notices.enqueue(order(declined, NoticeKind.DECLINED, act_id=act_id))
    assert {(notice.actor_name, notice.reason) for notice in told} == {("a", "理由です")}
    withdrawn = Journey.begin(world, person("b"))
    act_id = world.withdraw(withdrawn.envelope_id)
    withdrawn.decide(act_id)
    told = world.notices.enqueue(order(withdrawn, NoticeKind.WITHDRAWN, act_id=act_id))
    assert {(n.actor_name, n.reason) for n in told} == {("clerkさん", "内容を改めます")}


def test_a_refused_act_is_told_to_its_person_alone(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    act_id = world.forge_act(world.post(journey.envelope_id, "a"), version_sha256="0" * 64)
    journey.decide(act_id)
    refused = order(journey, NoticeKind.ACT_REFUSED, act_id=act_id, occasion=f"act:{act_id}")
    [notice] = world.notices.enqueue(refused)
    assert (notice.to_mail, notice.refusal) == ("a@example.jp", RefusalCode.VERSION_REPLACED)
    foreign = Journey.begin(world, person("c"))
    assert world.notices.enqueue(order(foreign, NoticeKind.ACT_REFUSED, act_id=act_id)) == ()


def test_a_token_is_kept_as_its_hash_for_the_current_generation_only(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    link = world.link(journey.envelope_id, "a", LinkPurpose.ACT)
    assert link is not None
    for _ in range(2):
        world.notices.token_issued(link.id, 1, "a" * 64)
    world.notices.token_issued(link.id, 2, "b" * 64)
    assert column(world, Link, link.id, "token_sha256") == "a" * 64
