"""A draft as each of its people will meet it: his mail, his documents, what he is asked to fill in.

Nothing is written, and nothing is asked for twice: route, fields and mail are planned by what
plans them when the envelope is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from domain.calendar import end_of_day
from domain.drafts import CheckedDraft, Person, typed_draft
from domain.facts import known_of
from domain.fields import DraftField
from domain.filling_in import check_filled
from domain.kinds import (
    LINK_PURPOSES,
    FieldKind,
    NoticeKind,
    PartyKind,
    SlotKind,
)
from domain.limits import DOWNLOAD_DAYS
from domain.mail_texts import MailSender
from domain.ports.notices import PendingNotice
from domain.prefill import Facts, asked_of, prefilled
from storage import consents, mail_texts, placing
from storage.desks.letters import contact_of, name_of
from storage.drafts import documents_of
from storage.letters import FontLettering
from storage.merging import merge_facts
from storage.route_plan import PlannedRoute, PlannedSlot, PlannedStage, plan_route
from storage.senders import senders_of
from storage.sending import check_choices, check_documents
from storage.tables import Document, Envelope, Member, Organisation

_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Previewed:
    """One person of the draft."""

    person: Person
    kind: SlotKind | None
    """None for a recipient."""
    stage: int
    """From 1; 0 for a recipient."""
    documents: Sequence[Document]
    fields: tuple[DraftField, ...]
    """His, in the order in which he is asked for them."""
    values: Mapping[str, str]
    """What is filled in for him, by the field's key."""
    asks_consent: bool
    """Whether his party agrees to electronic means before he reads."""
    notice: PendingNotice
    """His first mail."""

    def on_page(self, document_id: UUID, page: int) -> list[DraftField]:
        """His fields on a page, from 1."""
        return [one for one in self.fields if one.document == document_id and one.page == page - 1]


def previews(  # noqa: PLR0913 - what, by whom, when, and by which means
    session: Session,
    envelope: Envelope,
    member: Member,
    now: datetime,
    *,
    trial: bool,
    sms: bool = True,
) -> tuple[Previewed, ...]:
    """Everybody in the order of the route, then the recipients, as `member` would send it;
    `sms`: whether this service sends any. Raises FormProblems and Refusal as sending does."""
    checked = check_filled(typed_draft(envelope.draft), merge_facts(session, envelope, now, member))
    documents = documents_of(session, envelope.id)
    check_documents(documents)
    check_choices(checked.people, documents)
    route = plan_route(session, senders_of(session, envelope, member), checked, sms=sms)
    fields = placing.checked_fields(session, envelope, documents, placing.signers_of(route), member)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    writer = _Writer(
        session,
        envelope,
        checked,
        documents,
        now,
        trial,
        organisation,
        mail_texts.sender_at(session, organisation.id, now),
        asks=consents.asked_by(session, organisation.id) is not None,
    )
    return tuple(writer.seen(*one, fields) for one in _everybody(route))


def _everybody(
    route: PlannedRoute,
) -> Iterator[tuple[PlannedSlot, int, PlannedStage | None]]:
    for number, stage in enumerate(route.stages, 1):
        for slot in stage.slots:
            yield slot, number, stage
    for recipient in route.recipients:
        yield recipient, 0, None


@dataclass(frozen=True)
class _Writer:
    session: Session
    envelope: Envelope
    checked: CheckedDraft
    documents: Sequence[Document]
    now: datetime
    trial: bool
    organisation: Organisation
    sender: MailSender
    asks: bool
    """Whether the organisation asks the other side for consent."""

    def seen(
        self,
        slot: PlannedSlot,
        number: int,
        stage: PlannedStage | None,
        fields: Sequence[DraftField],
    ) -> Previewed:
        """One person's."""
        person = slot.person
        handed = [
            row for row in self.documents if not person.documents or str(row.id) in person.documents
        ]
        own = tuple(one for one in fields if one.person in _seats_of(slot, stage))
        facts = Facts(person.name, person.mail, person.company, known_of(person.known))
        consent = self.asks and person.party is PartyKind.COUNTERPARTY and stage is not None
        files = tuple(one.label for one in own if one.kind is FieldKind.ATTACHMENT)
        return Previewed(
            person=person,
            kind=slot.kind,
            stage=number,
            documents=handed,
            fields=own,
            values=prefilled([asked_of(one) for one in own], {}, facts, FontLettering()),
            asks_consent=consent,
            notice=self.notice(person, stage, [row.title for row in handed], files, asks=consent),
        )

    def notice(
        self,
        person: Person,
        stage: PlannedStage | None,
        titles: Sequence[str],
        files: tuple[str, ...],
        *,
        asks: bool,
    ) -> PendingNotice:
        """As storage.desks.letters would have it of rows."""
        organisation, sender = self.organisation, self.sender
        kind = NoticeKind.COMPLETED if stage is None else NoticeKind.REQUEST
        days = min(self.checked.deadline_days, (stage and stage.days) or self.checked.deadline_days)
        return PendingNotice(
            notice_id=_NOBODY,
            message_id="preview@example.invalid",
            kind=kind,
            language=person.language,
            to_name=person.name,
            to_mail=person.mail,
            to_company=person.company,
            organisation=name_of(organisation, person.language),
            contact=contact_of(organisation),
            envelope_number=self.envelope.number,
            title=self.checked.title,
            documents=tuple(titles),
            message=self.checked.message,
            zone=organisation.zone,
            queued_at=self.now,
            deadline_at=end_of_day(self.now, days, organisation.zone),
            download_until=self.now + timedelta(days=DOWNLOAD_DAYS),
            link_id=_NOBODY,
            link_purpose=LINK_PURPOSES[kind],
            link_generation=1,
            trial=self.trial,
            participant_kind=person.kind,
            reply_to=sender.reply_to or organisation.contact_mail,
            participant_id=_NOBODY,
            asked_files=files,
            asks_consent=asks,
            own=mail_texts.words_at(self.session, organisation.id, kind, person.language, self.now),
            from_name=sender.in_language(person.language),
        )


def _seats_of(slot: PlannedSlot, stage: PlannedStage | None) -> frozenset[str]:
    """Keys of the places that he may come to sit in; where several are alike, of one of them."""
    if stage is None or slot.kind is not SlotKind.SIGN:
        return frozenset()
    found = [
        key
        for candidates, (key, _name) in zip(stage.places, stage.seats, strict=True)
        if slot in candidates
    ]
    return frozenset(found[:1])
