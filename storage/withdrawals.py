"""Who is told that a consent was taken back."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kinds import ENDED, IMPORTS, EnvelopeState, NoticeKind, PartyKind
from storage.followers import follower
from storage.outbox import Outgoing, Receiver, When, queue
from storage.tables import Consent, ConsentVersion, Envelope, Notice, Participant, Party

_OCCASION = "consent:"
UNDER_WAY = [
    state.value
    for state in EnvelopeState
    if state not in ENDED | IMPORTS | {EnvelopeState.DRAFT, EnvelopeState.COMPLETING}
]


def about(notice: Notice) -> UUID | None:
    """The withdrawal that a notice of kind CONSENT_WITHDRAWN tells of."""
    if not notice.occasion.startswith(_OCCASION):
        return None
    return UUID(notice.occasion.removeprefix(_OCCASION))


def under_way(
    session: Session, given: Consent, party: Party, mails: Collection[str]
) -> list[Envelope]:
    """Envelopes under way that stood on a lasting consent of the party's people; none where it was
    for one envelope."""
    if not session.get_one(ConsentVersion, given.version_id).lasting:
        return []
    wanted = _of_party(given, party, mails).where(Envelope.state.in_(UNDER_WAY))
    return list(dict.fromkeys(session.scalars(wanted.order_by(Envelope.number))))


def latest(session: Session, given: Consent, party: Party, mails: Collection[str]) -> Envelope:
    """The newest envelope that asked the party's people for it."""
    sent = _of_party(given, party, mails).where(Envelope.sent_at.is_not(None))
    found = session.scalars(sent.order_by(Envelope.sent_at.desc(), Envelope.number.desc())).first()
    return found or session.get_one(Envelope, given.envelope_id)


def _of_party(given: Consent, party: Party, mails: Collection[str]) -> Any:  # noqa: ANN401 - a select
    return (
        select(Envelope)
        .join(Party, Party.envelope_id == Envelope.id)
        .join(Participant, Participant.party_id == Party.id)
        .where(
            Envelope.organisation_id == given.organisation_id,
            Envelope.consent_version_id == given.version_id,
            Party.kind == PartyKind.COUNTERPARTY.value,
            Party.name == party.name,
            Participant.left_at.is_(None),
            func.lower(Participant.mail).in_(mails),
        )
    )


def tell(session: Session, envelopes: Iterable[Envelope], withdrawal: Consent, when: When) -> None:
    """Queue the mails to whoever follows these envelopes."""
    for envelope in envelopes:
        sender = Receiver.of(follower(session, envelope))
        occasion = f"{_OCCASION}{withdrawal.id}"
        queue(session, envelope.id, Outgoing(NoticeKind.CONSENT_WITHDRAWN, occasion, sender), when)
