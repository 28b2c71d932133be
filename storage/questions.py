"""Questions and answers as rows: the mails that tell of them are queued with them.

They are no acts. Nothing waits for an answer but the person who asked, and no deadline moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import NoticeKind
from domain.questions import MAX_QUESTIONS, QuestionKind
from domain.refusals import Refusal, RefusalCode
from storage import ledger
from storage.followers import follower
from storage.locks import locked, take_turn
from storage.outbox import Outgoing, Receiver, When, queue
from storage.tables import Envelope, Member, Notice, Participant, Question

_OCCASION = "question:"


@dataclass(frozen=True)
class Asking:
    """A question as it was posted; `nonce` makes it one, however often it is sent."""

    kind: QuestionKind
    text: str
    nonce: str


@dataclass(frozen=True)
class Answering:
    """An answer as it was posted."""

    question_id: UUID
    text: str


def about(notice: Notice) -> UUID | None:
    """The question that a notice of kind QUESTION or ANSWERED is about."""
    if not notice.occasion.startswith(_OCCASION):
        return None
    return UUID(notice.occasion.removeprefix(_OCCASION))


def of_envelope(session: Session, envelope_id: UUID) -> Sequence[Question]:
    """Everybody's, oldest first."""
    return session.scalars(
        select(Question).where(Question.envelope_id == envelope_id).order_by(Question.asked_at)
    ).all()


def of_person(session: Session, participant_id: UUID) -> Sequence[Question]:
    """One person's own, oldest first: nobody reads another's."""
    return session.scalars(
        select(Question)
        .where(Question.participant_id == participant_id)
        .order_by(Question.asked_at)
    ).all()


def unanswered(session: Session, envelope_id: UUID) -> int:
    """How many wait for an answer."""
    waiting = (Question.envelope_id == envelope_id, Question.answered_at.is_(None))
    return session.scalar(select(func.count()).select_from(Question).where(*waiting)) or 0


def ask(
    session: Session, envelope: Envelope, person: Participant, asking: Asking, when: When
) -> Question:
    """Keep it and queue the mail to the sender; the same nonce gives the same question.

    Raises Refusal NOT_ALLOWED after more questions than anybody needs.
    """
    take_turn(session, f"questions of {person.id}")
    mine = of_person(session, person.id)
    known = next((row for row in mine if row.nonce == asking.nonce), None)
    if known is not None:
        return known
    if len(mine) >= MAX_QUESTIONS:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    question = Question(
        envelope_id=envelope.id,
        participant_id=person.id,
        nonce=asking.nonce,
        kind=asking.kind.value,
        text=asking.text,
        asked_at=when.at,
    )
    session.add(question)
    session.flush()
    sender = follower(session, envelope)
    _queue(session, question, NoticeKind.QUESTION, sender, when)
    actor = f"participant:{person.id}"
    _note(session, Event.QUESTION_ASKED, question, actor, question.text)
    return question


def answer(
    session: Session, envelope: Envelope, member: Member, answering: Answering, when: When
) -> None:
    """Keep the answer and queue the mail to whoever asked.

    Raises LookupError for a question of another envelope, Refusal ALREADY_ACTED where somebody
    has answered before.
    """
    question = locked(session, Question, answering.question_id)
    if question is None or question.envelope_id != envelope.id:
        raise LookupError(str(answering.question_id))
    if question.answered_at is not None:
        raise Refusal(RefusalCode.ALREADY_ACTED)
    question.answer, question.answered_at = answering.text, when.at
    question.answered_by = member.id
    session.flush()
    person = session.get_one(Participant, question.participant_id)
    _queue(session, question, NoticeKind.ANSWERED, person, when)
    _note(session, Event.QUESTION_ANSWERED, question, f"member:{member.id}", answering.text)


def _queue(
    session: Session,
    question: Question,
    kind: NoticeKind,
    receiver: Member | Participant,
    when: When,
) -> None:
    mail = Outgoing(kind, f"{_OCCASION}{question.id}", Receiver.of(receiver))
    queue(session, question.envelope_id, mail, when)


def _note(session: Session, event: Event, question: Question, actor: str, text: str) -> None:
    """With a hash of the words, so that they cannot be changed afterwards."""
    ledger.append(
        session,
        event,
        at=question.answered_at or question.asked_at,
        actor=actor,
        envelope_id=question.envelope_id,
        data={
            "question": question.id,
            "kind": question.kind,
            "participant": question.participant_id,
            "sha256": sha256(text.encode()).hexdigest(),
        },
        once=f"{event.value}:{question.id}",
    )
