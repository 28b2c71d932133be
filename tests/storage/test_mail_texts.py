"""メールの文面 as versions: a mail says what was newest when it was ordered."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.kinds import Language, NoticeKind
from domain.mail_texts import SENDER, MailSender, MailText, MailWords
from domain.messages import NoticeOrder
from storage import mail_texts
from storage.mail_texts import TextChangedMeanwhile
from storage.tables import Member, Notice, OperationEntry, Organisation
from tests.storage.world import Journey, World, now, person


def write(world: World, words: str, seen: int, kind: NoticeKind = NoticeKind.REQUEST) -> bool:
    content = MailText(ja=MailWords(opening=words)).content()
    return save(world, kind.value, content, seen)


def save(world: World, part: str, content: dict[str, object], seen: int) -> bool:
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        return mail_texts.save(session, admin, part, content, seen, now())


def asked(world: World, journey: Journey, kind: NoticeKind, occasion: str) -> NoticeOrder:
    who = world.participant(journey.envelope_id, "a").id
    return NoticeOrder(
        envelope_id=journey.envelope_id, kind=kind, occasion=occasion, participant_ids=(who,)
    )


def test_a_mail_says_what_was_newest_when_it_was_ordered_also_when_it_is_tried_again(
    world: World,
) -> None:
    journey = Journey.begin(world, person("a"))
    write(world, "一", 0)
    save(world, SENDER, MailSender("結市 契約課", "", "bid@city.example").content(), 0)
    order = asked(world, journey, NoticeKind.REQUEST, "stage:1")
    [first] = world.notices.enqueue(order)
    assert (first.own.opening, first.from_name) == ("一", "結市 契約課")
    assert first.reply_to == "bid@city.example"
    write(world, "二", 1)
    [again] = world.notices.enqueue(order)
    assert again.own.opening == "一"
    [later] = world.notices.enqueue(asked(world, journey, NoticeKind.REQUEST, "rerequest:1"))
    assert later.own.opening == "二"
    write(world, "", 2)
    [standard] = world.notices.enqueue(asked(world, journey, NoticeKind.REQUEST, "rerequest:2"))
    assert not standard.own


def test_what_the_sender_himself_is_told_has_no_words_of_the_organisation(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    write(world, "お世話になっております。", 0, NoticeKind.EXPIRED)
    order = NoticeOrder(envelope_id=journey.envelope_id, kind=NoticeKind.EXPIRED, occasion="end")
    told = world.notices.enqueue(order)
    assert {one.to_sender: bool(one.own) for one in told} == {False: True, True: False}


def test_who_was_slower_replaces_nothing_unseen_and_nothing_changes_without_a_change(
    world: World,
) -> None:
    assert write(world, "一", 0)
    with pytest.raises(TextChangedMeanwhile):
        write(world, "二", 0)
    assert not write(world, "一", 1)
    assert write(world, "二", 1)
    assert write(world, "", 2)
    with world.reading() as session:
        page = mail_texts.versions(session, organisation(world), NoticeKind.REQUEST.value, 1)
        rows = session.query(OperationEntry).filter_by(tag="organisation:changed").all()
    said = [MailText.of(one.row.content).ja.opening for one in page.rows]
    before = [MailText.of(one.before).ja.opening for one in page.rows]
    assert (said, before) == (["", "二", "一"], ["二", "一", ""])
    assert [row.data["version"] for row in rows] == [1, 2, 3]


def test_versions_never_change_and_are_their_organisations_own(world: World) -> None:
    write(world, "一", 0)
    for statement in (
        "UPDATE mail_text_versions SET version = 7",
        "DELETE FROM mail_text_versions",
    ):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            world.database.transaction() as session,
        ):
            session.execute(text(statement))
    with world.database.transaction() as session:
        other = Organisation(name="みどり市", created_at=now())
        session.add(other)
        session.flush()
        later = now() + timedelta(hours=1)
        own = mail_texts.words_at(session, other.id, NoticeKind.REQUEST, Language.JA, later)
        assert not own
        assert mail_texts.newest_of_all(session, other.id) == {}
        assert mail_texts.versions(session, other.id, "request", 1).total == 0
        assert session.query(Notice).count() == 0


def organisation(world: World) -> UUID:
    with world.reading() as session:
        return session.get_one(Member, world.member_id).organisation_id
