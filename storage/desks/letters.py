"""Everything that one mail says, read from rows."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from domain.imports import DueImports
from domain.kinds import (
    LINK_PURPOSES,
    ActKind,
    FieldKind,
    Language,
    LinkPurpose,
    NoticeKind,
    ParticipantKind,
    PartyKind,
    SlotState,
)
from domain.mail_texts import TEXT_KINDS, MailWords
from domain.messages import REMINDING
from domain.phones import masked_phone
from domain.ports.notices import AskedQuestion, EndingTerm, LostMail, PendingNotice
from domain.questions import QuestionKind
from domain.refusals import RefusalCode
from domain.terms import MoreWarnings, TermWarning
from storage import (
    completion_again,
    consents,
    corrections,
    deputies,
    gates,
    handovers,
    mail_texts,
    questions,
    readdressing,
    returns,
    withdrawals,
)
from storage.desks import losses
from storage.desks.links import CLOSED
from storage.desks.rows import documents_in_order
from storage.field_rows import fields_of_slot
from storage.recipients import handed_to
from storage.standing import deadline_of, slot_of
from storage.tables import (
    Act,
    Consent,
    Deal,
    Document,
    Envelope,
    Link,
    Member,
    Notice,
    Organisation,
    Participant,
    Party,
    Question,
    Stage,
)

_ASKING = (NoticeKind.REQUEST, NoticeKind.REMINDER)
_INTERNAL = frozenset({NoticeKind.RESUMED, NoticeKind.RETURNED})


class _Person(NamedTuple):
    name: str
    mail: str
    company: str
    kind: ParticipantKind
    is_sender: bool


def pending(session: Session, envelope: Envelope, notice: Notice, *, trial: bool) -> PendingNotice:
    """The notice with its words; the link's token is derived by the process that mails it."""
    organisation = session.get_one(Organisation, envelope.organisation_id)
    person = _person(session, notice)
    link = _link(session, notice)
    act = session.get(Act, notice.act_id) if notice.act_id else None
    language = Language(notice.language)
    gate = _gate(session, envelope, notice)
    sender = mail_texts.sender_at(session, organisation.id, notice.queued_at)
    return PendingNotice(
        notice_id=notice.id,
        message_id=notice.message_id,
        kind=NoticeKind(notice.kind),
        language=language,
        to_name=person.name,
        to_mail=person.mail,
        to_company=person.company,
        organisation=name_of(organisation, language),
        contact=contact_of(organisation),
        envelope_number=envelope.number,
        title=envelope.title,
        documents=_documents(session, envelope, notice),
        message=envelope.message,
        zone=organisation.zone,
        queued_at=notice.queued_at,
        deadline_at=deadline_of(session, envelope),
        download_until=envelope.download_until,
        link_id=link.id if link else None,
        link_purpose=LinkPurpose(link.purpose) if link else None,
        link_generation=link.generation if link else 0,
        actor_name=_actor_name(session, act, language) or _withdrew(session, notice).name,
        reason=act.reason if act and _may_read_reason(session, notice) else "",
        refusal=RefusalCode(act.refusal) if act and act.refusal else None,
        trial=trial,
        participant_kind=person.kind,
        to_sender=person.is_sender,
        envelope_id=envelope.id,
        reply_to=sender.reply_to or organisation.contact_mail,
        from_name=sender.in_language(language),
        own=_own_words(session, envelope, notice),
        lost=_lost(session, notice),
        handed_over_by=_handed_over_by(session, notice, act),
        deputy_of=_deputy_of(session, notice, gate),
        successor=_successor(act),
        corrected=_corrected(session, notice, act),
        by_sender=completion_again.is_again(notice),
        gate=(gate.gate_title or "") if gate is not None else "",
        gate_since=gate.opened_at if gate is not None and _reminds(notice) else None,
        back_to=_back_to(session, notice, act),
        participant_id=notice.participant_id,
        question=_question(session, notice),
        party=_withdrew(session, notice).party,
        asked_files=_asked_files(session, envelope, notice),
        asks_consent=_asks_consent(session, envelope, notice),
        to_number=_number(session, notice),
        term=_term(session, notice),
        more_terms=_more_terms(notice),
        imports=_imports(notice),
    )


def _own_words(session: Session, envelope: Envelope, notice: Notice) -> MailWords:
    """For whoever takes part; what a member is told as the sender is the service's alone."""
    kind = NoticeKind(notice.kind)
    if notice.participant_id is None or kind not in TEXT_KINDS:
        return MailWords()
    language = Language(notice.language)
    return mail_texts.words_at(session, envelope.organisation_id, kind, language, notice.queued_at)


def _term(session: Session, notice: Notice) -> EndingTerm | None:
    """The day is that of the warning; the rest is what the register says now."""
    deal = session.get(Deal, notice.envelope_id)
    if notice.kind != NoticeKind.TERM_ENDING or deal is None:
        return None
    told = TermWarning.read(notice.occasion)
    return EndingTerm(told.milestone, told.day, deal.ends_on or told.day, deal.renews, deal.partner)


def _more_terms(notice: Notice) -> int:
    if notice.kind != NoticeKind.TERMS_ENDING:
        return 0
    return MoreWarnings.read(notice.occasion).count


def _imports(notice: Notice) -> DueImports | None:
    return DueImports.read(notice.occasion) if notice.kind == NoticeKind.IMPORT_DUE else None


def _asked_files(session: Session, envelope: Envelope, notice: Notice) -> tuple[str, ...]:
    """Whoever has to look for a certificate learns of it before he opens the link."""
    if notice.kind not in _ASKING or notice.participant_id is None:
        return ()
    slot = slot_of(session, session.get_one(Participant, notice.participant_id), envelope)
    fields = fields_of_slot(session, slot) if slot is not None else ()
    return tuple(row.field.label for row in fields if row.kind is FieldKind.ATTACHMENT)


def _asks_consent(session: Session, envelope: Envelope, notice: Notice) -> bool:
    """Whether the first thing that he will be asked for is his party's consent."""
    if notice.kind not in _ASKING or notice.participant_id is None:
        return False
    person = session.get_one(Participant, notice.participant_id)
    party = session.get_one(Party, person.party_id)
    asked = consents.demanded(envelope, party)
    return asked and consents.relied_on(session, envelope, party) is None


def _number(session: Session, notice: Notice) -> str:
    if notice.kind != NoticeKind.SMS_CODE or notice.participant_id is None:
        return ""
    return session.get_one(Participant, notice.participant_id).phone or ""


class _Withdrew(NamedTuple):
    """Who took a consent back, and for whom."""

    name: str = ""
    party: str = ""


def _withdrew(session: Session, notice: Notice) -> _Withdrew:
    consent_id = withdrawals.about(notice)
    if consent_id is None:
        return _Withdrew()
    row = session.get_one(Consent, consent_id)
    person = session.get_one(Participant, row.participant_id)
    return _Withdrew(person.name, session.get_one(Party, row.party_id).name)


def _question(session: Session, notice: Notice) -> AskedQuestion | None:
    question_id = questions.about(notice)
    if question_id is None:
        return None
    row = session.get_one(Question, question_id)
    person = session.get_one(Participant, row.participant_id)
    return AskedQuestion(
        QuestionKind(row.kind), person.name, person.company, row.text, row.answer or ""
    )


def _may_read_reason(session: Session, notice: Notice) -> bool:
    """What the own side says to itself; the other side learns only that it goes on, or goes back.
    Whom it is sent back to reads why, whoever he is."""
    if notice.kind not in _INTERNAL or notice.participant_id is None:
        return True
    act = session.get(Act, notice.act_id) if notice.act_id else None
    if act is not None and returns.is_addressed(session, act, notice.participant_id):
        return True
    participant = session.get_one(Participant, notice.participant_id)
    return session.get_one(Party, participant.party_id).kind == PartyKind.OWN


def _handed_over_by(session: Session, notice: Notice, act: Act | None) -> str:
    """Who named the reader of a request; of no other mail."""
    asks = notice.kind == NoticeKind.REQUEST and act is not None
    if act is None or not (asks and _is_handover(act)):
        return ""
    return _actor_name(session, act, Language(notice.language))


def _deputy_of(session: Session, notice: Notice, gate: Stage | None) -> str:
    reader = session.get(Participant, notice.participant_id) if notice.participant_id else None
    if reader is None or reader.deputy_of is None:
        return _opener_of(session, notice, gate)
    return session.get_one(Participant, reader.deputy_of).name


def _opener_of(session: Session, notice: Notice, gate: Stage | None) -> str:
    """Instead of whom a member hears of a gate."""
    member = session.get(Member, notice.member_id) if notice.member_id else None
    if member is None or gate is None:
        return ""
    absence = gates.instead_of(session, gate, member, notice.queued_at)
    return session.get_one(Member, absence.member_id).name if absence is not None else ""


def _successor(act: Act | None) -> str:
    successor = handovers.successor_of(act.evidence) if _is_handover(act) and act else None
    return successor.name if successor is not None else ""


def _corrected(session: Session, notice: Notice, act: Act | None) -> tuple[str, ...]:
    """Titles of what the correction replaced."""
    if notice.kind != NoticeKind.CORRECTED or act is None:
        return ()
    rows = [session.get(Document, row.document_id) for row in corrections.replaced_by(act.evidence)]
    return tuple(row.title for row in sorted(filter(None, rows), key=lambda row: row.position))


def _documents(session: Session, envelope: Envelope, notice: Notice) -> tuple[str, ...]:
    found = documents_in_order(session, envelope.id)
    if notice.participant_id is not None:
        found = handed_to(session, notice.participant_id, found)
    return tuple(row.title for row in found)


def _gate(session: Session, envelope: Envelope, notice: Notice) -> Stage | None:
    waits = notice.kind == NoticeKind.GATE_WAITING
    return gates.waiting_gate(session, envelope) if waits else None


def _reminds(notice: Notice) -> bool:
    return notice.occasion.startswith(REMINDING)


def _back_to(session: Session, notice: Notice, act: Act | None) -> int:
    """In the sender's mail: the number of the stage that it was sent back to, 0 for himself."""
    if act is None or notice.kind != NoticeKind.SENT_BACK:
        return 0
    return returns.stage_of(session, act) or 0


def _is_handover(act: Act | None) -> bool:
    return act is not None and act.kind == ActKind.HAND_OVER


def _lost(session: Session, notice: Notice) -> LostMail | None:
    lost_id = losses.about(notice)
    if lost_id is None:
        return None
    lost = session.get_one(Notice, lost_id)
    person = _person(session, lost)
    return LostMail(
        NoticeKind(lost.kind),
        person.name,
        person.mail,
        lost.report_status or "",
        _is_correctable(session, lost),
        masked_phone(number) if (number := _number(session, lost)) else "",
    )


def _is_correctable(session: Session, lost: Notice) -> bool:
    """An address is corrected before the act, and only of somebody without an account."""
    if lost.participant_id is None:
        return False
    envelope = session.get_one(Envelope, lost.envelope_id)
    participant = session.get_one(Participant, lost.participant_id)
    slot = slot_of(session, participant, envelope)
    if slot is None or slot.state not in {SlotState.ASKED, SlotState.WAITING}:
        return False
    return readdressing.person_of(session, slot, participant.id) is participant


def _person(session: Session, notice: Notice) -> _Person:
    if notice.participant_id is not None:
        row = session.get_one(Participant, notice.participant_id)
        return _Person(row.name, row.mail, row.company, ParticipantKind(row.kind), is_sender=False)
    member = session.get_one(Member, notice.member_id)
    signer = ParticipantKind.SIGNER
    return _Person(member.name, member.mail, member.department, signer, is_sender=True)


def _link(session: Session, notice: Notice) -> Link | None:
    purpose = LINK_PURPOSES.get(NoticeKind(notice.kind))
    if purpose is None or notice.participant_id is None:
        return None
    if notice.kind == NoticeKind.RETURNED and not _is_asked(session, notice.participant_id):
        return None  # his link lives, and has nothing to offer before his turn
    # After the window, its page asks for a code or says whom to ask.
    late = notice.kind == NoticeKind.DOWNLOAD
    closed = Link.revoked_why == CLOSED if late else false()
    good = or_(Link.revoked_at.is_(None), closed)
    return session.scalar(
        select(Link).where(
            Link.participant_id == notice.participant_id, Link.purpose == purpose.value, good
        )
    )


def _is_asked(session: Session, participant_id: UUID) -> bool:
    person = session.get_one(Participant, participant_id)
    slot = slot_of(session, person, session.get_one(Envelope, person.envelope_id))
    return slot is not None and slot.state == SlotState.ASKED


def name_of(organisation: Organisation, language: Language) -> str:
    """What readers of the language know it as."""
    english = organisation.name_en if language is Language.EN else ""
    return english or organisation.name


def contact_of(organisation: Organisation) -> str:
    """Whom readers may ask: department, telephone and address, as far as they are known."""
    parts = (
        organisation.contact_department,
        organisation.contact_phone,
        organisation.contact_mail,
    )
    return " ".join(part for part in parts if part)


def _actor_name(session: Session, act: Act | None, language: Language) -> str:
    """Who acted; a deputy with the words that say in whose absence."""
    if act is None:
        return ""
    if act.participant_id is not None:
        person = session.get_one(Participant, act.participant_id)
        stands_in = deputies.stands_in(session, person)
        return person.name + (f" {stands_in.in_language(language)}" if stands_in else "")
    return session.get_one(Member, act.member_id).name if act.member_id else ""
