"""What the list says of each envelope besides its rows."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.kinds import ParticipantKind, SlotKind, SlotState
from domain.mailbox import Status
from storage.mailbox_list import Entry
from webapp.language import say
from webapp.signer.queries import Person, people_of
from webapp.signer.words import role_name


@dataclass(frozen=True)
class Row:
    """One envelope, and who is expected to act on it besides its reader."""

    entry: Entry
    expected: tuple[Person, ...]

    @property
    def role(self) -> str:
        """署名者, 承認者, 確認者, 受領者."""
        kind = ParticipantKind(self.entry.holder.participant.kind)
        return say("受領者") if kind is ParticipantKind.RECIPIENT else role_name(_SLOTS[kind])


_SLOTS = {
    ParticipantKind.SIGNER: SlotKind.SIGN,
    ParticipantKind.APPROVER: SlotKind.APPROVE,
    ParticipantKind.REVIEWER: SlotKind.CONFIRM,
}


def rows_of(session: Session, entries: tuple[Entry, ...]) -> tuple[Row, ...]:
    """With the people whom the pages of the envelope would name, too."""
    return tuple(Row(entry, _expected(session, entry)) for entry in entries)


def _expected(session: Session, entry: Entry) -> tuple[Person, ...]:
    if entry.status is not Status.OTHERS:
        return ()
    people = people_of(session, entry.holder)
    return tuple(person for person in people if person.state is SlotState.ASKED)
