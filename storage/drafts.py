"""Drafts: created, kept as typed, and their documents' names and order.

Only the sender's organisation reaches a draft; whoever asks names it.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_slots import kept_filled
from domain.drafts import KEPT, TypedDraft, TypedPerson, typed_draft
from domain.events import Event
from domain.facts import still_known
from domain.kinds import EnvelopeState
from domain.limits import MAX_TITLE_CHARACTERS
from domain.own_fields import filled
from domain.refusals import Refusal, RefusalCode
from storage import editions, ledger, placing
from storage.draft_defaults import defaults_for
from storage.editions import Author
from storage.locks import locked
from storage.tables import Document, Envelope, Member
from storage.versions import documents_of_version

_KEY = re.compile("[0-9a-f]{8}")
_KEY_BYTES = 4
_NUMBERS = 9 * 10**9
_FIRST_NUMBER = 10**9


def create_draft(
    session: Session, member: Member, now: datetime, origin: Mapping[str, Any] | None = None
) -> Envelope:
    """An empty draft with a number of its own. `origin` is what it came from, for the ledger."""
    envelope = Envelope(
        organisation_id=member.organisation_id,
        number=free_number(session),
        created_by=member.id,
        state=EnvelopeState.DRAFT.value,
        draft=_with_keys(_first(session, member), ()).as_json(),
        created_at=now,
        changed_at=now,
    )
    session.add(envelope)
    session.flush()
    ledger.append(
        session,
        Event.ENVELOPE_CREATED,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=member.organisation_id,
        data=dict(origin or {}),
    )
    return envelope


def _first(session: Session, member: Member) -> TypedDraft:
    """As the organisation's envelopes begin."""
    defaults = defaults_for(session, member.organisation_id)
    return TypedDraft(deadline_days=str(defaults.deadline_days))


def free_number(session: Session) -> str:
    """Ten digits that tell nobody how many envelopes there are."""
    while True:
        number = str(_FIRST_NUMBER + secrets.randbelow(_NUMBERS))
        taken = session.scalar(select(Envelope.id).where(Envelope.number == number))
        if taken is None:
            return number


def own_envelope(session: Session, organisation_id: UUID, envelope_id: UUID) -> Envelope | None:
    """The envelope, if it belongs to the organisation; a foreign one does not exist."""
    return session.scalar(
        select(Envelope).where(
            Envelope.id == envelope_id, Envelope.organisation_id == organisation_id
        )
    )


def open_draft(session: Session, organisation_id: UUID, envelope_id: UUID) -> Envelope:
    """The draft, locked for this transaction.

    Raises LookupError for a foreign or unknown id and for a discarded draft, Refusal ALREADY_SENT
    for a sent envelope.
    """
    envelope = locked(session, Envelope, envelope_id)
    if envelope is None or envelope.organisation_id != organisation_id:
        raise LookupError(str(envelope_id))
    if envelope.state == EnvelopeState.DISCARDED:
        raise LookupError(str(envelope_id))
    if envelope.state != EnvelopeState.DRAFT:
        raise Refusal(RefusalCode.ALREADY_SENT)
    return envelope


def save_draft(
    envelope: Envelope, typed: TypedDraft, now: datetime, by: Author | None = None
) -> None:
    """Keep the whole form as typed; the title also where lists and searches read it. `by` is who
    typed it, for those who write in the same draft."""
    keyed = as_kept(envelope, typed)
    same = keyed == typed_draft(envelope.draft)
    edition = editions.kept(envelope) if same else editions.grown(envelope, by, now)
    envelope.draft = {**keyed.as_json(), **placing.kept_with(envelope, keyed), **edition}
    envelope.title = typed.title.strip()[:MAX_TITLE_CHARACTERS]
    envelope.changed_at = now


def as_kept(envelope: Envelope, typed: TypedDraft) -> TypedDraft:
    """The form with what it did not bring along: keys of its rows, codes that stay."""
    stored = typed_draft(envelope.draft)
    # of a kind that the form does not show now: whoever chooses it again finds what he typed
    own = filled((dict(stored.own) | dict(typed.own)).items())
    named = kept_filled(stored.filled, typed.filled)
    kept = _with_kept(_with_keys(typed, stored.people), stored.people)
    return replace(kept, own=own, filled=named)


def has_other_people(envelope: Envelope, typed: TypedDraft) -> bool:
    """Whether rows of people were added, removed or moved since the page of this form was made. A
    form that saved itself and was overtaken by such a button would take that back."""
    sent = [person.key for person in typed.people]
    stored = [person.key for person in typed_draft(envelope.draft).people]
    return all(sent) and sent != stored


def _with_keys(typed: TypedDraft, before: Sequence[TypedPerson]) -> TypedDraft:
    """Every row has a key of its own, which stays with it when rows move.

    A page that was opened before its rows had keys sends none: its rows are the stored ones.
    """
    taken = {person.key for person in typed.people}
    stored = [person.key for person in before] if len(before) == len(typed.people) else []
    seen: set[str] = set()
    people = []
    for index, person in enumerate(typed.people):
        key = person.key if _KEY.fullmatch(person.key) and person.key not in seen else ""
        if not key and index < len(stored) and stored[index] not in taken | seen:
            key = stored[index]
        key = key or secrets.token_hex(_KEY_BYTES)
        seen.add(key)
        people.append(replace(person, key=key))
    return replace(typed, people=tuple(people))


def _with_kept(typed: TypedDraft, before: Sequence[TypedPerson]) -> TypedDraft:
    """What the form did not bring along stays with its row."""
    stored = {person.key: person for person in before}
    return replace(
        typed,
        people=tuple(_kept(person, stored.get(person.key)) for person in typed.people),
    )


def _kept(person: TypedPerson, stored: TypedPerson | None) -> TypedPerson:
    code, known, role = person.code, person.known, person.role
    if code == KEPT:
        code = stored.code if stored else ""
    if known == KEPT:
        known = stored.known if stored else ""
    if role == KEPT:
        role = stored.role if stored else ""
    known = still_known(known, person.name, person.mail)
    return replace(person, code=code, known=known, role=role)


def documents_of(session: Session, envelope_id: UUID) -> Sequence[Document]:
    """The envelope's documents in the order of the tabs."""
    return documents_of_version(session, envelope_id)


def remove_document(
    session: Session, envelope: Envelope, document_id: UUID, member: Member, now: datetime
) -> None:
    """Take a document out of the draft; its row stays for the ledger. Raises LookupError."""
    document = _document(session, envelope, document_id)
    document.removed_at = now
    placing.forget_document(envelope, document_id)
    envelope.changed_at = now
    ledger.append(
        session,
        Event.DOCUMENT_REMOVED,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        data={"document": document.id},
    )


def rename_document(
    session: Session, envelope: Envelope, document_id: UUID, title: str, now: datetime
) -> None:
    """Another title for the tab; an empty one keeps the old. Raises LookupError."""
    document = _document(session, envelope, document_id)
    clean = "".join(character for character in title if character.isprintable()).strip()
    document.title = clean[:MAX_TITLE_CHARACTERS] or document.title
    envelope.changed_at = now


def _document(session: Session, envelope: Envelope, document_id: UUID) -> Document:
    document = session.get(Document, document_id)
    if document is None or document.envelope_id != envelope.id or document.removed_at is not None:
        raise LookupError(str(document_id))
    return document
