"""Where one participant stands: what his rows say that he may do now.

One reading for the mailed link, the pages of a visit and the writer of acts, so that they cannot
disagree. Rows lag behind the workflow by moments at most; the workflow has the last word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.kinds import (
    ENDED,
    FILLING_ACTS,
    ActKind,
    EnvelopeState,
    LinkPurpose,
    SlotKind,
    SlotState,
)
from storage import deputy_limits
from storage.locks import locked_rows
from storage.own_side import has_left
from storage.places import place_of
from storage.tables import (
    Act,
    Envelope,
    Link,
    Organisation,
    Participant,
    Slot,
    SlotCandidate,
    Stage,
)

CORRECTED = "corrected"
"""`revoked_why` of a link that a correction killed."""


class Standing(StrEnum):
    """What a link is good for now."""

    OPEN = "open"
    """The participant is asked, or (for a download link) the files are there."""
    WAITING = "waiting"
    """Others act before him."""
    ACTED = "acted"
    """He has posted an act that was not refused."""
    RELEASED = "released"
    """Others met the rule: he is no longer needed."""
    ENDED = "ended"
    """The envelope was declined, withdrawn or completed without him."""
    LATE = "late"
    """The deadline has passed."""
    SENT_BACK = "sent_back"
    """The envelope stands still until its sender has decided."""
    CORRECTING = "correcting"
    """A corrected version is being made ready."""
    CORRECTED = "corrected"
    """The documents were corrected since: another mail comes, or has come."""
    HANDED_OVER = "handed_over"
    """He named somebody else, who is asked instead."""
    REVOKED = "revoked"
    CLOSED = "closed"
    """The download window is over."""


_ASKED = frozenset({Standing.OPEN, Standing.WAITING, Standing.SENT_BACK})
_READS = frozenset({Standing.OPEN, Standing.WAITING, Standing.ACTED, Standing.SENT_BACK})


@dataclass(frozen=True)
class Holder:
    """A link's holder, with the rows that pages show about him."""

    link: Link
    participant: Participant
    envelope: Envelope
    organisation: Organisation
    slot: Slot | None
    act: Act | None
    """His newest act on the current version, if any."""
    standing: Standing
    deadline_at: datetime | None = None
    """Until when he may act: his stage's own deadline, or the envelope's."""
    again: bool = False
    """Whether his stage is asked once more, since it was sent back."""

    @property
    def envelope_state(self) -> EnvelopeState:
        """The envelope's state, typed."""
        return EnvelopeState(self.envelope.state)

    @property
    def slot_kind(self) -> SlotKind:
        """Which act is asked of him; CONFIRM for somebody without a slot."""
        return SlotKind(self.slot.kind) if self.slot else SlotKind.CONFIRM

    @property
    def may_act(self) -> bool:
        """Whether an act of his would be taken now, as far as rows tell."""
        return self.standing is Standing.OPEN and self.link.purpose == LinkPurpose.ACT

    @property
    def may_read(self) -> bool:
        """Whether the documents may be read as they were asked about: by whoever is asked, will be
        again, or has acted. Whom they do not concern any more reads them no longer, whatever page
        is still open in his browser."""
        return self.standing in _READS and self.link.purpose == LinkPurpose.ACT

    def download_open(self, now: datetime) -> bool:
        """Whether the finished documents may be fetched. Decided by the date in the database, so
        that a window closes even when no worker runs. Never for somebody who handed over: the
        finished contract is his successor's."""
        envelope = self.envelope
        return (
            self.participant.left_at is None
            and self.envelope_state is EnvelopeState.DONE
            and envelope.download_closed_at is None
            and envelope.download_until is not None
            and now <= envelope.download_until
        )

    @property
    def late_download(self) -> bool:
        """Whether the window is over and the organisation hands over later too, to whoever shows
        that the mailbox is his: a visit of this link is asked for a code that a mail brings."""
        return (
            self.standing is Standing.CLOSED
            and self.link.purpose == LinkPurpose.DOWNLOAD
            and self.participant.left_at is None
            and self.organisation.late_downloads
        )


def holder_of(session: Session, link: Link, now: datetime) -> Holder:
    """Everything about the holder of `link` at `now` (aware)."""
    participant, envelope, organisation = _around(session, link)
    slot = slot_of(session, participant, envelope)
    act = (
        _newest_act(session, participant.id, slot)
        if participant.left_at is None
        else _last_act(session, participant.id)
    )
    holder = Holder(
        link=link,
        participant=participant,
        envelope=envelope,
        organisation=organisation,
        slot=slot,
        act=act,
        standing=Standing.OPEN,
        deadline_at=deadline_of(session, envelope),
        again=slot is not None and session.get_one(Stage, slot.stage_id).returned_by is not None,
    )
    if has_left(session, participant):
        return replace(holder, standing=Standing.REVOKED)
    standing = (
        _download_standing(holder, now)
        if link.purpose == LinkPurpose.DOWNLOAD
        else _act_standing(holder, now)
    )
    asked = standing in _ASKED and link.purpose == LinkPurpose.ACT
    if asked and deputy_limits.is_closed_to(session, participant, now):
        standing = Standing.RELEASED
    return replace(holder, standing=standing)


def _around(session: Session, link: Link) -> tuple[Participant, Envelope, Organisation]:
    """At once: each page of a visit asks for them, a signer's button twice."""
    query = (
        select(Participant, Envelope, Organisation)
        .join(Envelope, Envelope.id == Participant.envelope_id)
        .join(Organisation, Organisation.id == Envelope.organisation_id)
        .where(Participant.id == link.participant_id)
    )
    return session.execute(query).one()


def deadline_of(session: Session, envelope: Envelope) -> datetime | None:
    """Until when the open stage takes acts: its own deadline, or the envelope's."""
    own = session.scalar(
        select(Stage.deadline_at)
        .where(
            Stage.envelope_id == envelope.id,
            Stage.version == envelope.version,
            Stage.opened_at.is_not(None),
        )
        .order_by(Stage.position.desc())
        .limit(1)
    )
    whole = envelope.deadline_at
    return min(whole, own or whole) if whole is not None else None


def slot_of(
    session: Session, participant: Participant, envelope: Envelope, *, lock: bool = False
) -> Slot | None:
    """The participant's slot in the current version: the one he is asked for, else the first that
    still waits, else the last one he filled, else the last one.

    Of several slots that he may fill in one stage, it is the one that he has acted on, or somebody
    in his stead, else one that nobody is about to fill: two people who act at once are given two
    slots.
    """
    query = (
        select(Slot)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            SlotCandidate.participant_id == participant.id,
            Stage.version == envelope.version,
            Slot.envelope_id == envelope.id,
        )
        .order_by(Stage.position, Slot.position)
    )
    slots = locked_rows(session, query, of=Slot) if lock else session.scalars(query).all()
    if not slots:
        return None
    acts = _filling_acts(session, slots)
    seat = place_of(session, participant) if any(acts.values()) else {participant.id}
    own = [slot for slot in slots if seat.intersection(acts[slot.id].values())]
    done_with = {slot.stage_id for slot in own}
    to_come = [slot for slot in slots if slot.stage_id not in done_with]
    for state in (SlotState.ASKED, SlotState.WAITING):
        found = [slot for slot in to_come if slot.state == state]
        if found:
            return next((slot for slot in found if not _pending(acts[slot.id])), found[0])
    return own[-1] if own else slots[-1]


def _filling_acts(session: Session, slots: Sequence[Slot]) -> dict[UUID, dict[Act, UUID | None]]:
    """Acts that were not refused, by slot, with their people."""
    found: dict[UUID, dict[Act, UUID | None]] = {slot.id: {} for slot in slots}
    rows = session.scalars(
        select(Act)
        .where(
            Act.slot_id.in_(list(found)),
            Act.kind.in_([kind.value for kind in FILLING_ACTS]),
            or_(Act.accepted.is_(None), Act.accepted.is_(True)),
        )
        .order_by(Act.posted_at)
    )
    for act in rows:
        if act.slot_id is not None:
            found[act.slot_id][act] = act.participant_id
    return found


def _pending(acts: Mapping[Act, UUID | None]) -> bool:
    return any(act.accepted is None and act.kind != ActKind.DECLINE for act in acts)


def _newest_act(session: Session, participant_id: UUID, slot: Slot | None) -> Act | None:
    if slot is None:
        return None
    return session.scalar(
        select(Act)
        .where(Act.participant_id == participant_id, Act.slot_id == slot.id)
        .order_by(Act.posted_at.desc())
        .limit(1)
    )


def _last_act(session: Session, participant_id: UUID) -> Act | None:
    """Of somebody who has no slot any more."""
    return session.scalar(
        select(Act)
        .where(Act.participant_id == participant_id, Act.accepted.is_(True))
        .order_by(Act.posted_at.desc())
        .limit(1)
    )


def _download_standing(holder: Holder, now: datetime) -> Standing:
    envelope = holder.envelope
    if holder.download_open(now) and holder.link.revoked_at is None:
        return Standing.OPEN
    if holder.envelope_state is EnvelopeState.DONE and (
        envelope.download_closed_at is not None
        or (envelope.download_until is not None and now > envelope.download_until)
    ):
        return Standing.CLOSED
    return Standing.REVOKED


_BY_SLOT = {
    SlotState.ACTED: Standing.ACTED,
    SlotState.DONE: Standing.ACTED,
    SlotState.DECLINED: Standing.ACTED,
    SlotState.WAITING: Standing.WAITING,
}


def _act_standing(holder: Holder, now: datetime) -> Standing:
    slot = holder.slot
    if holder.participant.left_at is not None:
        return Standing.HANDED_OVER
    if slot is None:
        return Standing.REVOKED
    if holder.act is not None and _counts(holder.act):
        return Standing.ACTED
    by_slot = _BY_SLOT.get(SlotState(slot.state), Standing.OPEN)
    if by_slot is Standing.ACTED:
        # A slot that several people may fill was filled by another.
        return Standing.ACTED if slot.participant_id == holder.participant.id else Standing.RELEASED
    return _closed_to_all(holder, slot, now) or by_slot


def _counts(act: Act) -> bool:
    """It has filled the slot, or is about to be decided."""
    return act.accepted is None or (act.accepted and act.kind in FILLING_ACTS)


def _closed_to_all(holder: Holder, slot: Slot, now: datetime) -> Standing | None:
    """Why nobody may fill the slot any more; None while somebody may."""
    if holder.envelope_state in ENDED:
        expired = holder.envelope_state is EnvelopeState.EXPIRED
        return Standing.LATE if expired else Standing.ENDED
    if slot.state == SlotState.RELEASED:
        return Standing.RELEASED
    if holder.link.revoked_at is not None:
        corrected = holder.link.revoked_why == CORRECTED
        return Standing.CORRECTED if corrected else Standing.REVOKED
    if holder.deadline_at is not None and now > holder.deadline_at:
        return Standing.LATE
    halted = {
        EnvelopeState.SENT_BACK: Standing.SENT_BACK,
        EnvelopeState.SENDING: Standing.CORRECTING,
    }
    return halted.get(holder.envelope_state)
