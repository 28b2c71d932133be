"""Sending: the checked draft becomes parties, participants, stages, slots and fields.

Rows, state, outbox item and ledger event are one transaction: the workflow is started by the
relay from the outbox item, so that an envelope is sent exactly if it says so.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.calendar import end_of_day
from domain.draft_defaults import defaults_of
from domain.drafts import CheckedDraft, Person
from domain.events import Event
from domain.facts import known_of
from domain.forms import FormProblems
from domain.kinds import (
    DocumentState,
    EnvelopeState,
    PartyKind,
    SlotKind,
)
from domain.refusals import Refusal, RefusalCode, Words
from storage import addressees, deals, ledger, own_side, placing
from storage.chain_plan import keep_use, use_data
from storage.drafts import documents_of
from storage.field_rows import write_fields
from storage.own_fields import used_definition, with_own
from storage.repairs import to_prepare
from storage.route_plan import PlannedRoute, PlannedSlot, PlannedStage, plan_route
from storage.senders import note_sender, senders_of
from storage.tables import (
    Attachment,
    Document,
    Envelope,
    Field,
    Link,
    Member,
    Organisation,
    OutboxItem,
    Participant,
    ParticipantDocument,
    Party,
    PastLink,
    Slot,
    SlotCandidate,
    Stage,
    Stamp,
    TypedValues,
)

_GONE = Words(
    "選んだ文書が封筒にありません。渡す文書を選び直してください。",
    "A chosen document is no longer in the envelope. Choose again.",
)
ENVELOPE = "envelope"
"""Kind of the outbox item that starts the workflow."""


def check_documents(documents: Sequence[Document]) -> None:
    """Raise Refusal unless there are documents and every one may be sent."""
    if not documents:
        raise Refusal(RefusalCode.NO_DOCUMENTS)
    if any(document.state != DocumentState.READY for document in documents):
        raise Refusal(RefusalCode.DOCUMENTS_NOT_READY)


def check_contact(organisation: Organisation) -> None:
    """Raise Refusal where no mail could say whom its reader may call."""
    if not organisation.contact_phone:
        raise Refusal(RefusalCode.NO_CONTACT)


def check_choices(people: Sequence[Person], documents: Sequence[Document]) -> None:
    """Raise FormProblems for a recipient of a document that is not there any more: nobody gets
    everything because what was chosen for him is gone."""
    here = {str(document.id) for document in documents}
    gone = {
        f"people-{person.row}-documents": _GONE
        for person in people
        if not set(person.documents) <= here
    }
    if gone:
        raise FormProblems(gone)


def send(  # noqa: PLR0913 - what, by whom, when, and by which means
    session: Session,
    envelope: Envelope,
    checked: CheckedDraft,
    member: Member,
    now: datetime,
    *,
    sms: bool = True,
) -> None:
    """Send a draft that the caller locked (see `drafts.open_draft`). `sms`: whether this service
    sends any.

    Raises Refusal NO_CONTACT, NO_DOCUMENTS, DOCUMENTS_NOT_READY, NO_SIGNER, ALREADY_SENT;
    FormProblems.
    """
    if envelope.state != EnvelopeState.DRAFT:
        raise Refusal(RefusalCode.ALREADY_SENT)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    check_contact(organisation)
    documents = documents_of(session, envelope.id)
    check_documents(documents)
    check_choices(checked.people, documents)
    addressees.check_people(session, organisation.id, checked.people)
    own_side.check_people(session, organisation.id, checked.people)
    by = senders_of(session, envelope, member)
    checked = with_own(session, organisation.id, checked)
    route = plan_route(session, by, checked, sms=sms)
    placed = placing.checked_fields(session, envelope, documents, placing.signers_of(route), member)
    if session.scalar(select(Stage.id).where(Stage.envelope_id == envelope.id).limit(1)):
        forget_last_sending(session, envelope)
    writer = _write_route(session, envelope, organisation, route)
    write_fields(session, envelope.version, documents, writer.signing, placed)
    note_sender(envelope, member)
    _mark_sent(envelope, checked, organisation, now)
    use = keep_use(session, envelope, route.chain, now) if route.chain else None
    envelope.chain_id = use.chain_id if use else None
    deals.begin(session, envelope, checked, member, now)
    generation = _next_generation(session, envelope.id)
    session.add(
        OutboxItem(kind=ENVELOPE, subject_id=envelope.id, generation=generation, created_at=now)
    )
    ledger.append(
        session,
        Event.ENVELOPE_SENT,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        data={
            "version": envelope.version,
            "documents": [to_prepare(session, document.id).sha256 for document in documents],
            "deadline": envelope.deadline_at,
        }
        | (use_data(use) if use else {})
        | used_definition(session, organisation.id, checked)
        | _origin(envelope)
        | _maker(envelope),
    )


def _origin(envelope: Envelope) -> dict[str, UUID | int | None]:
    """Which version of which template it came from."""
    if envelope.template_id is None:
        return {}
    return {"template": envelope.template_id, "template_version": envelope.template_version}


def _maker(envelope: Envelope) -> dict[str, UUID]:
    """Who made the draft, where somebody else sends it."""
    return {"drafted_by": envelope.drafted_by} if envelope.drafted_by is not None else {}


def _mark_sent(
    envelope: Envelope, checked: CheckedDraft, organisation: Organisation, now: datetime
) -> None:
    envelope.title, envelope.message = checked.title, checked.message
    envelope.reminder_days = list(defaults_of(organisation.draft_defaults).reminder_days)
    envelope.deadline_at = end_of_day(now, checked.deadline_days, organisation.zone)
    envelope.state, envelope.refusal = EnvelopeState.SENDING.value, None
    envelope.sent_at = envelope.changed_at = now
    envelope.consent_version_id = organisation.consent_version_id


def _next_generation(session: Session, envelope_id: UUID) -> int:
    last = session.scalar(
        select(func.max(OutboxItem.generation)).where(
            OutboxItem.kind == ENVELOPE, OutboxItem.subject_id == envelope_id
        )
    )
    return (last or 0) + 1


def _write_route(
    session: Session, envelope: Envelope, organisation: Organisation, route: PlannedRoute
) -> "_Rows":
    writer = _Rows(session, envelope, organisation)
    for position, stage in enumerate(route.stages):
        writer.stage(position, stage)
    for recipient in route.recipients:
        writer.recipient(recipient)
    session.flush()
    return writer


class _Rows:
    """Writes one route; numbers people and fields as it goes."""

    def __init__(self, session: Session, envelope: Envelope, organisation: Organisation) -> None:
        self.session = session
        self.envelope = envelope
        self.organisation = organisation
        self.parties: dict[tuple[PartyKind, str], Party] = {}
        self.people = 0
        self.signing: list[tuple[Slot, Sequence[str]]] = []
        """Signing slots in order, each with the keys of those who may fill it."""

    def party(self, person: Person) -> Party:
        """Own party once; each company of the other side once."""
        own = person.party is PartyKind.OWN
        name = self.organisation.name if own else person.company
        key = (person.party, name)
        if key not in self.parties:
            self.parties[key] = Party(
                envelope_id=self.envelope.id, kind=person.party.value, name=name
            )
            self.session.add(self.parties[key])
            self.session.flush()
        return self.parties[key]

    def participant(self, planned: PlannedSlot) -> Participant:
        """A person of the envelope."""
        person = planned.person
        party = self.party(person)
        row = Participant(
            envelope_id=self.envelope.id,
            party_id=party.id,
            member_id=planned.member_id
            or own_side.named_member(self.session, self.envelope, party, person.mail),
            kind=person.kind.value,
            position=self.people,
            name=person.name,
            mail=person.mail,
            company=person.company,
            language=person.language.value,
            handover=person.handover.value,
            access_code_hash=person.access_code or None,
            mail_code=person.mail_code,
            phone=person.phone or None,
            app_code=person.app_code,
            passkey=person.passkey,
            known=known_of(person.known) or None,
        )
        self.people += 1
        self.session.add(row)
        self.session.flush()
        return row

    def recipient(self, planned: PlannedSlot) -> None:
        """Somebody who gets the finished documents: those that were chosen for him, or all."""
        row = self.participant(planned)
        for document_id in planned.person.documents:
            self.session.add(
                ParticipantDocument(participant_id=row.id, document_id=UUID(document_id))
            )

    def stage(self, position: int, planned: PlannedStage) -> None:
        """A stage with its slots, each meant for one person."""
        stage = Stage(
            envelope_id=self.envelope.id,
            version=self.envelope.version,
            position=position,
            rule=planned.rule.value,
            need=planned.need,
            deadline_days=planned.days,
            reminder_days=None if planned.reminders is None else list(planned.reminders),
            gate_title=planned.gate.title if planned.gate else None,
            gate_opener=planned.gate.opener.word if planned.gate else None,
        )
        self.session.add(stage)
        self.session.flush()
        if planned.gate is not None:
            return
        people = {item: self.participant(item) for item in planned.slots}
        for index, (candidates, (key, _name)) in enumerate(
            zip(planned.places, planned.seats, strict=True)
        ):
            self.slot(stage, index, key, [(item, people[item]) for item in candidates])

    def slot(
        self,
        stage: Stage,
        position: int,
        key: str,
        candidates: Sequence[tuple[PlannedSlot, Participant]],
    ) -> None:
        """A slot and its candidates; only one who is alone holds it from the start. Fields are
        kept under `key`."""
        kind = candidates[0][0].kind
        if kind is None:
            return
        alone = candidates[0][1].id if len(candidates) == 1 else None
        row = Slot(
            envelope_id=self.envelope.id,
            stage_id=stage.id,
            position=position,
            kind=kind.value,
            participant_id=alone,
        )
        self.session.add(row)
        self.session.flush()
        for _planned, participant in candidates:
            self.session.add(SlotCandidate(slot_id=row.id, participant_id=participant.id))
        if kind is SlotKind.SIGN:
            self.signing.append((row, [key]))


def forget_last_sending(session: Session, envelope: Envelope) -> None:
    """A sending that returned to draft asked nobody: its rows go, its version number is used up."""
    slots = select(Slot.id).where(Slot.envelope_id == envelope.id).scalar_subquery()
    people = select(Participant.id).where(Participant.envelope_id == envelope.id).scalar_subquery()
    session.execute(delete(Attachment).where(Attachment.slot_id.in_(slots)))
    session.execute(delete(Field).where(Field.slot_id.in_(slots)))
    session.execute(delete(TypedValues).where(TypedValues.slot_id.in_(slots)))
    session.execute(delete(Stamp).where(Stamp.participant_id.in_(people)))
    session.execute(delete(SlotCandidate).where(SlotCandidate.slot_id.in_(slots)))
    session.execute(delete(Slot).where(Slot.envelope_id == envelope.id))
    session.execute(delete(Stage).where(Stage.envelope_id == envelope.id))
    links = select(Link.id).where(Link.participant_id.in_(people)).scalar_subquery()
    session.execute(delete(PastLink).where(PastLink.link_id.in_(links)))
    session.execute(delete(Link).where(Link.participant_id.in_(people)))
    session.execute(
        delete(ParticipantDocument).where(ParticipantDocument.participant_id.in_(people))
    )
    session.execute(delete(Participant).where(Participant.envelope_id == envelope.id))
    session.execute(delete(Party).where(Party.envelope_id == envelope.id))
    envelope.version += 1
