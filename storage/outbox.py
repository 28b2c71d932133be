"""Mails as rows before anybody sends them: each once, whoever orders it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import NoticeKind, NoticeState
from storage.tables import Member, Notice, Participant

UNNEEDED = "no longer needed"
"""`last_error` of what was not sent any more: its person acted, is released, or has another."""
HELD = "held back: its person says that it is not for him"
"""`last_error` of a reminder that was not sent: he is reminded again once the sender answers."""
TOGETHER = "told together with others"
"""`last_error` of one warning among many: a mail that leads to the list was sent for all."""
NOT_SENT = frozenset({UNNEEDED, HELD, TOGETHER})
"""Nothing went wrong with these, and nobody waits for them."""


@dataclass(frozen=True)
class Receiver:
    """One person: a participant, or the member who sent the envelope."""

    language: str
    participant_id: UUID | None = None
    member_id: UUID | None = None

    @classmethod
    def of(cls, person: Participant | Member) -> "Receiver":
        """The person of this row."""
        if isinstance(person, Member):
            return cls(person.language, member_id=person.id)
        return cls(person.language, participant_id=person.id)

    @property
    def person_id(self) -> UUID | None:
        """Whichever of the two ids is set."""
        return self.participant_id or self.member_id


@dataclass(frozen=True)
class Outgoing:
    """What is said to whom; `occasion` and the person make it one mail of its kind."""

    kind: NoticeKind
    occasion: str
    receiver: Receiver
    act_id: UUID | None = None


@dataclass(frozen=True)
class When:
    """The moment, and the host that gives Message-IDs their right side."""

    at: datetime
    host: str


def message_host(base_url: str) -> str:
    """The host that Message-IDs name."""
    return urlsplit(base_url).hostname or "localhost"


def queue(session: Session, envelope_id: UUID, mail: Outgoing, when: When) -> Notice:
    """Its row; one that is there already stays as it is."""
    receiver = mail.receiver
    once = f"{envelope_id}:{mail.kind.value}:{mail.occasion}:{receiver.person_id}"
    row = session.scalar(select(Notice).where(Notice.once == once))
    if row is not None:
        return row
    row = Notice(
        once=once,
        envelope_id=envelope_id,
        participant_id=receiver.participant_id,
        member_id=receiver.member_id,
        act_id=mail.act_id,
        kind=mail.kind.value,
        occasion=mail.occasion,
        language=receiver.language,
        # 122 random bits, so that only who handled the mail can name it
        message_id=f"<{uuid4().hex}@{when.host}>",
        state=NoticeState.QUEUED.value,
        queued_at=when.at,
    )
    session.add(row)
    session.flush()
    return row
