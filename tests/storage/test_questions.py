"""Questions and answers as rows: kept once, mailed once, and nobody else's to read."""

import json
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.drafts import Order
from domain.kinds import ActKind, LinkPurpose, NoticeKind
from domain.messages import NoticeOrder
from domain.ports.notices import PendingNotice
from domain.questions import MOST, QuestionKind
from domain.refusals import Refusal, RefusalCode
from storage import ledger, questions
from storage.bounces import StoredBounceDesk
from storage.evidence import evidence_record
from storage.outbox import HELD, When
from storage.questions import Answering, Asking
from storage.tables import (
    Act,
    Envelope,
    LedgerEvent,
    Member,
    Notice,
    Participant,
    Question,
    SlotCandidate,
)
from tests.storage.world import Journey, World, now, person

HOST = "sign.example.jp"


def ask(
    journey: Journey,
    name: str,
    text: str = "工期は?",
    nonce: str = "",
    kind: QuestionKind = QuestionKind.QUESTION,
) -> UUID:
    found = journey.world.participant(journey.envelope_id, name)
    with journey.world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        asker = session.get_one(Participant, found.id)
        asking = Asking(kind, text, nonce or uuid4().hex)
        return questions.ask(session, envelope, asker, asking, When(now(), HOST)).id


def answer(journey: Journey, question_id: UUID, text: str = "年度末です。") -> None:
    with journey.world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        member = session.get_one(Member, journey.world.member_id)
        questions.answer(session, envelope, member, Answering(question_id, text), When(now(), HOST))


def waiting(world: World) -> tuple[PendingNotice, ...]:
    """Mails that the relay is to send."""
    return StoredBounceDesk(world.database, f"https://{HOST}", trial=True).untold()


def test_the_sender_gets_one_mail_however_often_the_form_is_sent(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    assert ask(journey, "a", nonce="n") == ask(journey, "a", nonce="n")
    (mail,) = waiting(world)
    assert mail.kind is NoticeKind.QUESTION
    assert mail.to_mail == "clerk@aoba.example.jp"
    assert mail.link_id is None
    assert mail.question is not None
    assert (mail.question.name, mail.question.text) == ("a", "工期は?")


def test_whoever_asked_gets_the_answer_with_his_own_link(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    answer(journey, ask(journey, "a"))
    mail = next(mail for mail in waiting(world) if mail.kind is NoticeKind.ANSWERED)
    assert mail.to_mail == "a@example.jp"
    assert mail.link_purpose is LinkPurpose.ACT
    assert mail.question is not None
    assert mail.question.answer == "年度末です。"


def test_an_answer_is_final_and_stays_in_its_envelope(world: World) -> None:
    journey, other = Journey.begin(world, person("a")), Journey.begin(world, person("a"))
    asked = ask(journey, "a")
    with pytest.raises(LookupError):
        answer(other, asked)
    answer(journey, asked)
    with pytest.raises(Refusal) as refused:
        answer(journey, asked, "別の回答")
    assert refused.value.code is RefusalCode.ALREADY_ACTED
    with world.reading() as session:
        row = session.get_one(Question, asked)
        assert (row.answer, row.answered_by) == ("年度末です。", world.member_id)
        kinds = session.scalars(select(Notice.kind).where(Notice.kind == "answered")).all()
        assert len(kinds) == 1


def test_the_ledger_has_hashes_of_both_and_no_words(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    answer(journey, ask(journey, "a"))
    with world.reading() as session:
        events = session.scalars(
            select(LedgerEvent)
            .where(LedgerEvent.tag.in_(["question:asked", "question:answered"]))
            .order_by(LedgerEvent.envelope_sequence)
        ).all()
        assert [event.tag for event in events] == ["question:asked", "question:answered"]
        assert all(len(event.data["sha256"]) == 64 for event in events)
        assert "工期" not in str([event.data for event in events])
        assert ledger.verify(session).fault is None


def test_nobody_reads_what_another_asked(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    ask(journey, "a")
    with world.reading() as session:
        other = world.participant(journey.envelope_id, "b").id
        assert not questions.of_person(session, other)
        assert len(questions.of_envelope(session, journey.envelope_id)) == 1


def test_the_evidence_has_them_for_the_sender_and_for_whoever_asked(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    answer(journey, ask(journey, "a"))
    with world.reading() as session:
        found = {
            name: evidence_record(
                session,
                world.vault,
                journey.envelope_id,
                reader=world.participant(journey.envelope_id, name) if name else None,
            )
            for name in ("", "a", "b")
        }
    assert [(row["text"], row["answer"]) for row in found[""]["questions"]] == [
        ("工期は?", "年度末です。")
    ]
    assert found["a"]["questions"] == found[""]["questions"]
    assert found["b"]["questions"] == []
    digest = sha256("工期は?".encode()).hexdigest()
    assert digest in json.dumps(found["b"]["ledger"])


def test_a_person_asks_no_more_than_anybody_needs(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    for _ in range(MOST[QuestionKind.QUESTION]):
        ask(journey, "a")
    with pytest.raises(Refusal):
        ask(journey, "a")
    assert len(waiting(world)) == MOST[QuestionKind.QUESTION]


def test_whoever_has_the_mailed_link_only_takes_no_question_and_no_reminder_for_long(
    world: World,
) -> None:
    journey = Journey.begin(world, person("a"))
    wrong = QuestionKind.WRONG_PERSON
    for number in range(1, MOST[wrong] + 1):
        said = {ask(journey, "a", text, kind=wrong) for text in ("", "課が違います。", "")}
        assert len(said) == 1, "what is open already is not said twice"
        asked = [notice for notice in waiting(world) if notice.kind is NoticeKind.QUESTION]
        assert len(asked) == number
        answer(journey, said.pop())
    with pytest.raises(Refusal):
        ask(journey, "a", kind=wrong)
    assert ask(journey, "a"), "his own questions are counted apart"


def test_asking_is_no_act(world: World) -> None:
    """The person signs afterwards as if he had not asked."""
    journey = Journey.begin(world, person("a"))
    ask(journey, "a", "", kind=QuestionKind.WRONG_PERSON)
    assert journey.decision(journey.act("a")).accepted


def reminded(journey: Journey, day: int, act_id: UUID | None = None) -> list[str]:
    """Who gets the reminder of a day, or the one that the sender sends by hand."""
    people = tuple(journey.world.participant(journey.envelope_id, name).id for name in ("a", "b"))
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REMINDER,
        occasion=f"act:{act_id}" if act_id else f"day:2026-12-0{day}",
        participant_ids=people,
        act_id=act_id,
    )
    return [notice.to_name for notice in journey.world.notices.enqueue(order)]


def test_whoever_is_the_wrong_one_is_not_reminded_until_he_is_answered(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    ask(journey, "b", "工期は?")
    assert reminded(journey, 1) == ["a", "b"]
    said = ask(journey, "a", "", kind=QuestionKind.WRONG_PERSON)
    assert reminded(journey, 2) == ["b"]
    assert reminded(journey, 2) == ["b"]
    with world.reading() as session:
        held = session.query(Notice).filter_by(last_error=HELD).one()
        assert (held.state, held.occasion) == ("failed", "day:2026-12-02")
        assert held.participant_id == world.participant(journey.envelope_id, "a").id
    assert world.tags(journey.envelope_id).count("notice:held") == 1
    answer(journey, said)
    assert reminded(journey, 3) == ["a", "b"]
    assert "a" not in reminded(journey, 2)  # what was held back stays so


@pytest.mark.parametrize("kind", [ActKind.REREQUEST, ActKind.READDRESS, ActKind.REMIND])
def test_asking_anew_reminds_again_and_sending_again_does_not(world: World, kind: ActKind) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    ask(journey, "a", "", kind=QuestionKind.WRONG_PERSON)
    ask(journey, "b", "", kind=QuestionKind.WRONG_PERSON)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        a = world.participant(journey.envelope_id, "a").id
        place = session.query(SlotCandidate).filter_by(participant_id=a).one().slot_id
        act = Act(
            nonce=uuid4().hex,
            envelope_id=envelope.id,
            member_id=world.member_id,
            kind=kind.value,
            version=envelope.version,
            version_sha256="0" * 64,
            values_sha256="0" * 64,
            language="ja",
            evidence={"target_slot_id": str(place)},
            posted_at=now(),
        )
        session.add(act)
        session.flush()
        act_id = act.id
    assert reminded(journey, 1) == []  # it may be refused
    with world.database.transaction() as session:
        session.get_one(Act, act_id).accepted = True
    assert reminded(journey, 2) == ([] if kind is ActKind.REMIND else ["a"])
    assert "a" in reminded(journey, 3, act_id)  # by hand
