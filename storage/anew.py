"""同じ内容で作り直す: a new draft with everything of an envelope that ended without conclusion.

Its documents are copies (`storage.copies`) of what versions are made from.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.anew import UNCONCLUDED, again, moved, with_register
from domain.drafts import TypedDraft, typed_draft
from domain.events import Event
from domain.follow_ups import with_last
from domain.kinds import ENDED, IMPORTS, ActKind, EnvelopeState
from domain.refusals import Refusal, RefusalCode
from domain.typed_fields import TypedField
from storage import anew_fields, deals, drafts, ledger, own_fields, placing
from storage.copies import copy_document, finish_copy
from storage.follow_ups import reached
from storage.locks import locked
from storage.tables import Act, Document, Envelope, Member
from storage.template_drafts import newest_chain
from storage.uploads import Upload
from storage.vault import Vault
from storage.versions import documents_of_version

_NEVER = frozenset({*ENDED, *IMPORTS, EnvelopeState.DRAFT}) - UNCONCLUDED


class MadeMeanwhile(Exception):
    """Another draft was made of it since the page was shown: the newest one, by its id."""

    def __init__(self, envelope_id: UUID) -> None:
        super().__init__(str(envelope_id))
        self.envelope_id = envelope_id


@dataclass(frozen=True)
class Copied:
    """A document of the earlier envelope on its way into the draft."""

    document: Document
    upload: Upload


@contextmanager
def copied(session: Session, vault: Vault, envelope: Envelope) -> Iterator[Sequence[Copied]]:
    """Copies of every document of the newest version."""
    found: list[Copied] = []
    try:
        for document in documents_of_version(session, envelope.id):
            upload = copy_document(session, vault, document)
            found.append(Copied(document, upload))
        yield found
    finally:
        for one in found:
            one.upload.abandon()


def check(session: Session, envelope: Envelope) -> None:
    """Raise Refusal NOT_ALLOWED unless it ended without conclusion, or is bound to: its withdrawal
    was accepted."""
    if envelope.state not in UNCONCLUDED and not _is_withdrawn(session, envelope):
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _is_withdrawn(session: Session, envelope: Envelope) -> bool:
    withdrawn = select(Act.id).where(
        Act.envelope_id == envelope.id,
        Act.kind == ActKind.WITHDRAW.value,
        Act.accepted.is_(True),
    )
    return envelope.state not in _NEVER and session.scalar(withdrawn.limit(1)) is not None


def draft_anew(  # noqa: PLR0913 - of what, for whom, when
    session: Session,
    envelope_id: UUID,
    copies: Sequence[Copied],
    member: Member,
    now: datetime,
    seen: int,
) -> Envelope:
    """A new draft with everything of the envelope. Its documents are checked like every upload.
    `seen` is how many were made of it before, as far as the page said (`count_of`).

    Raises Refusal NOT_ALLOWED for an envelope that is under way or concluded, MadeMeanwhile, and
    Refusal as an upload does.
    """
    before = locked(session, Envelope, envelope_id)
    if before is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    check(session, before)
    made = made_of(session, before)
    if made and count_of(session, before) > seen:
        raise MadeMeanwhile(made[-1].id)
    draft = drafts.create_draft(session, member, now, {"anew_of": before.id})
    draft.anew_of = before.id
    draft.template_id, draft.template_version = before.template_id, before.template_version
    ids = _documents(session, draft, copies, member, now)
    ids |= _earlier_ids(session, before, ids)
    _fill(session, before, draft, ids, member, now)
    ledger.append(
        session,
        Event.ENVELOPE_MADE_ANEW,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=before.id,
        organisation_id=before.organisation_id,
        data={"envelope": draft.id, "number": draft.number},
    )
    return draft


def _documents(
    session: Session, draft: Envelope, copies: Sequence[Copied], member: Member, now: datetime
) -> dict[str, str]:
    """Their ids by those of what they are copies of."""
    ids = {}
    for one in copies:
        before = one.document
        document = finish_copy(session, draft, one.upload, before, before.title, member, now)
        document.dismissed = one.document.dismissed
        ids[str(one.document.id)] = str(document.id)
    return ids


def _earlier_ids(session: Session, before: Envelope, ids: Mapping[str, str]) -> dict[str, str]:
    """What a correction replaced is called by the id of what replaced it."""
    rows = session.scalars(select(Document).where(Document.envelope_id == before.id)).all()
    earlier = {str(row.id): str(row.replaces_id) for row in rows if row.replaces_id}
    found = {}
    for newest, made in ids.items():
        older = earlier.get(newest)
        while older is not None and older not in found:
            found[older] = made
            older = earlier.get(older)
    return found


def _fill(  # noqa: PLR0913 - from where to where, for whom, when
    session: Session,
    before: Envelope,
    draft: Envelope,
    ids: Mapping[str, str],
    member: Member,
    now: datetime,
) -> None:
    typed = _as_it_was(session, before)
    fields = moved(_fields(session, before, typed), ids)
    people = again(typed.people, ids)
    chain_id = newest_chain(session, member.organisation_id, typed.chain_id)
    drafts.save_draft(draft, replace(typed, people=people, chain_id=chain_id), now)
    for document in dict.fromkeys(ids.values()):
        here = [row for row in fields if row.document == document]
        placing.save_fields(draft, UUID(document), here, now)
    session.flush()


def _as_it_was(session: Session, before: Envelope) -> TypedDraft:
    """The form of the earlier envelope, with what was corrected since it was sent."""
    typed = replace(typed_draft(before.draft), title=before.title)
    typed = replace(typed, people=with_last(typed.people, reached(session, before)))
    row = deals.find(session, before)
    if row is None:
        return typed
    own = own_fields.values_of(session, before.id)
    base = deals.drafted_at_sending(session, row, own)
    return replace(with_register(typed, deals.deal_of(row), base), own=tuple(own.items()))


def _fields(session: Session, before: Envelope, typed: TypedDraft) -> Sequence[TypedField]:
    """As they were placed on the draft, or where a correction placed them anew since."""
    corrected = anew_fields.placed_anew(session, before, typed.people)
    return placing.fields_of(before) if corrected is None else corrected


# -- what was made of what ---------------------------------------------------------------------


def made_of(session: Session, envelope: Envelope) -> Sequence[Envelope]:
    """Drafts and envelopes that were made anew of it, the oldest first; not those that are gone."""
    rows = session.scalars(
        select(Envelope)
        .where(Envelope.anew_of == envelope.id, _is_there(envelope.organisation_id))
        .order_by(Envelope.created_at, Envelope.number)
    )
    return rows.all()


def count_of(session: Session, envelope: Envelope) -> int:
    """How many were ever made anew of it: one that was given up since counts, so that an older page
    is never taken for the newest."""
    query = select(func.count()).where(
        Envelope.anew_of == envelope.id, Envelope.organisation_id == envelope.organisation_id
    )
    return session.scalars(query).one()


def origin_of(session: Session, envelope: Envelope) -> Envelope | None:
    """What it was made anew of."""
    if envelope.anew_of is None:
        return None
    return drafts.own_envelope(session, envelope.organisation_id, envelope.anew_of)


def _is_there(organisation_id: UUID) -> ColumnElement[bool]:
    gone = [EnvelopeState.DISCARDED.value, EnvelopeState.DELETED.value]
    return (Envelope.organisation_id == organisation_id) & Envelope.state.not_in(gone)
