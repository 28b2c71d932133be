"""I6: the chain holds, and every step left exactly one event."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.faults.oracle.scene import Breach, Scene
from domain.events import Event
from domain.kinds import ENDED, EnvelopeState, NoticeState
from storage import ledger
from storage.tables import Act, Envelope, LedgerEvent, Notice, SignatureIntent

ENDINGS = {
    EnvelopeState.DONE: Event.ENVELOPE_COMPLETED,
    EnvelopeState.DECLINED: Event.ENVELOPE_DECLINED,
    EnvelopeState.WITHDRAWN: Event.ENVELOPE_WITHDRAWN,
    EnvelopeState.EXPIRED: Event.ENVELOPE_EXPIRED,
}


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """The chain over all, then each envelope's."""
    whole = ledger.verify(session)
    if not whole.intact:
        yield Breach("I6", f"the ledger is {whole.fault} at event {whole.position}")
    for envelope in scene.everything(session):
        own = ledger.verify(session, envelope.id)
        if not own.intact:
            words = f"the envelope's ledger is {own.fault} at event {own.position}"
            yield Breach("I6", words, envelope.number)
    for envelope in scene.envelopes(session):
        yield from _steps(session, envelope)


def _steps(session: Session, envelope: Envelope) -> Iterator[Breach]:
    events = session.scalars(
        select(LedgerEvent).where(LedgerEvent.envelope_id == envelope.id)
    ).all()
    for what, wanted, found in _counts(session, envelope, events):
        for key, count in (Counter(found) - Counter(wanted)).items():
            yield Breach("I6", f"{what} of {key} is {count} times too many", envelope.number)
        for key in Counter(wanted) - Counter(found):
            yield Breach("I6", f"{what} of {key} is missing", envelope.number)


def _counts(
    session: Session, envelope: Envelope, events: Sequence[LedgerEvent]
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Per kind of step: its name, the rows that must have an event, the events that are there."""

    def said(tag: Event, key: str) -> list[str]:
        return [str(event.data.get(key)) for event in events if event.tag == tag.value]

    acts = session.scalars(select(Act).where(Act.envelope_id == envelope.id)).all()
    answered = [act for act in acts if act.answered_at is not None]
    yield "act:accepted", [str(a.id) for a in answered if a.accepted], said(
        Event.ACT_ACCEPTED, "act"
    )  # fmt: skip
    intents = session.scalars(
        select(SignatureIntent).join(Act).where(Act.envelope_id == envelope.id)
    ).all()
    made = [str(intent.id) for intent in intents if intent.signature is not None]
    yield "signature:made", made, said(Event.SIGNATURE_MADE, "intent")
    stored = [str(intent.id) for intent in intents if intent.revision_id is not None]
    yield "signature:stamped", stored, said(Event.SIGNATURE_STAMPED, "intent")
    notices = session.scalars(select(Notice).where(Notice.envelope_id == envelope.id)).all()
    sent = [str(row.id) for row in notices if row.sent_at and row.state == NoticeState.SENT]
    bounced = {str(row.id) for row in notices if row.state == NoticeState.BOUNCED}
    yield "notice:sent", sent, [
        key for key in said(Event.NOTICE_SENT, "notice") if key not in bounced
    ]  # fmt: skip
    state = EnvelopeState(envelope.state)
    ends = [event.tag for event in events if event.tag in {tag.value for tag in ENDINGS.values()}]
    yield "the end", [ENDINGS[state].value] if state in ENDED else [], ends
