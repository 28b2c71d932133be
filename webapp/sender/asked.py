"""What people asked about an envelope, for the sender's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from domain.questions import QuestionKind
from storage import questions
from storage.tables import Member, Participant, Question


@dataclass(frozen=True)
class AskedQuestion:
    """A question with who asked, and who answered."""

    row: Question
    person: Participant
    answered_by: str = ""
    pauses: bool = False
    """Whether its person gets no reminders because of it."""

    @property
    def wrong_person(self) -> bool:
        """Whether it says that the mail reached somebody whom it does not concern."""
        return self.row.kind == QuestionKind.WRONG_PERSON

    @property
    def open(self) -> bool:
        """Whether nobody has answered."""
        return self.row.answered_at is None


@dataclass(frozen=True)
class TriedAnswer:
    """An answer that cannot be kept as it is, and why."""

    question_id: UUID | None
    text: str
    problem: str


def asked_questions(session: Session, envelope_id: UUID) -> Sequence[AskedQuestion]:
    """Everybody's; those that nobody has answered first, then by time."""
    found = []
    for row in questions.of_envelope(session, envelope_id):
        member = session.get(Member, row.answered_by) if row.answered_by else None
        person = session.get_one(Participant, row.participant_id)
        pauses = row is questions.pausing(session, person.id)
        found.append(AskedQuestion(row, person, member.name if member else "", pauses))
    return sorted(found, key=lambda asked: (not asked.open, asked.row.asked_at))
