"""What became of a mail, in the ledger.

Warnings of terms and of imports concern the sending organisation alone: their events stand in its
chain and in no envelope's, whose record the other side takes along.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import NoticeKind
from storage import ledger
from storage.desks.rows import SYSTEM, known_envelope
from storage.tables import Notice

_OWN = frozenset({NoticeKind.TERM_ENDING, NoticeKind.TERMS_ENDING, NoticeKind.IMPORT_DUE})


def note(
    session: Session, tag: Event, notice: Notice, at: datetime, once: str, **data: str | int | None
) -> None:
    """Write it once; `data` is what this event says beside whose mail it was."""
    session.flush()
    envelope = known_envelope(session, notice.envelope_id)
    own = notice.kind in _OWN
    ledger.append(
        session,
        tag,
        at=at,
        actor=SYSTEM,
        envelope_id=None if own else envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "notice": notice.id,
            "kind": notice.kind,
            "participant": notice.participant_id,
            "member": notice.member_id,
            **({"envelope": envelope.id} if own else {}),
            **data,
        },
        once=once,
    )
