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
from domain.kinds import ActKind, NoticeKind, SlotState
from domain.questions import MOST, QuestionKind
from domain.refusals import Refusal, RefusalCode
from storage import ledger
from storage.followers import follower
from storage.locks import locked, take_turn
from storage.outbox import Outgoing, Receiver, When, queue
from storage.tables import (
    Act,
    Envelope,
    Member,
    Notice,
    Participant,
    Question,
    Slot,
    SlotCandidate,
)

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


def open_word(session: Session, person_id: UUID) -> Question | None:
    """心当たりがない, as long as the sender has done nothing about it: he answers, corrects the
    address, or asks the person anew."""
    said = session.scalar(
        select(Question)
        .where(
            Question.participant_id == person_id,
            Question.kind == QuestionKind.WRONG_PERSON.value,
        )
        .order_by(Question.asked_at.desc())
        .limit(1)
    )
    if said is None or said.answered_at is not None or _asked_anew(session, said):
        return None
    return said


def pausing(session: Session, person_id: UUID) -> Question | None:
    """The open word for which an asked person is not reminded; None where he is."""
    asked = (
        select(Slot.id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .where(SlotCandidate.participant_id == person_id, Slot.state == SlotState.ASKED.value)
        .limit(1)
    )
    return open_word(session, person_id) if session.scalar(asked) is not None else None


def _asked_anew(session: Session, said: Question) -> bool:
    """Whether the sender has corrected the address, or asked again, since it was said."""
    places = select(SlotCandidate.slot_id).where(
        SlotCandidate.participant_id == said.participant_id
    )
    targets = {str(slot_id) for slot_id in session.scalars(places)}
    acts = session.scalars(
        select(Act).where(
            Act.envelope_id == said.envelope_id,
            Act.kind.in_([ActKind.REREQUEST.value, ActKind.READDRESS.value]),
            Act.accepted.is_(True),
            Act.posted_at > said.asked_at,
        )
    )
    return any(_is_about(act, said.participant_id, targets) for act in acts)


def _is_about(act: Act, person_id: UUID, targets: set[str]) -> bool:
    """Where several share a place, a new request names the one whom it goes to."""
    named = act.evidence.get("about_id")
    if named is not None:
        return bool(named == str(person_id))
    return act.evidence.get("target_slot_id") in targets


def ask(
    session: Session, envelope: Envelope, person: Participant, asking: Asking, when: When
) -> Question:
    """Keep it and queue the mail to the sender; the same nonce gives the same question, and a word
    of the wrong person that is open already is not said twice.

    Raises Refusal NOT_ALLOWED after more of its kind than anybody needs.
    """
    take_turn(session, f"questions of {person.id}")
    mine = of_person(session, person.id)
    known = next((row for row in mine if row.nonce == asking.nonce), None)
    if known is not None:
        return known
    if asking.kind is QuestionKind.WRONG_PERSON:
        said = open_word(session, person.id)
        if said is not None:
            return said
    if sum(row.kind == asking.kind for row in mine) >= MOST[asking.kind]:
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
