"""提出用ZIP, asked for, read and forgotten: the documents worker makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from domain.deal_search import Search, TypedSearch, check_search
from domain.disclosure import (
    AMONG,
    BY_SEARCH,
    MAX_ZIP_BYTES,
    PackState,
    conditions_words,
    is_undecided,
    kept_query,
    typed_of,
)
from domain.events import Event
from domain.kinds import EnvelopeState, Language
from domain.lists import Asked, Usual
from domain.own_search import LABELS, labels_of
from domain.refusals import Words
from storage import deal_search, ledger, own_fields, verifications
from storage.blobs import forget_blobs
from storage.deal_narrowing import Among, Listed
from storage.deciding import forget, listed
from storage.listing import Keys, containing, sorted_page
from storage.locks import locked, locked_rows
from storage.orders import order_again
from storage.paging import Page
from storage.tables import (
    Deal,
    Disclosure,
    Document,
    Envelope,
    Member,
    OutboxItem,
    Revision,
    Verification,
    VerificationItem,
)
from storage.verifications import STILL, Run
from storage.versions import of_version

DISCLOSURE = "disclosure"
"""Kind of the outbox item that starts one."""
PACK_SORTS: Usual = {"asked": True, "who": False}


@dataclass(frozen=True)
class Pack:
    """A ZIP, the verification of its documents, and who asked for it."""

    row: Disclosure
    run: Verification
    asked_by: str

    @property
    def state(self) -> PackState:
        """How far it is."""
        if self.row.gone_at is not None:
            return PackState.GONE if self.row.ready_at is not None else PackState.TOO_LARGE
        if self.row.ready_at is not None:
            return PackState.READY
        if self.run.finished_at is not None:
            return PackState.PACKING
        return PackState.VERIFYING if self.run.planned_at is not None else PackState.WAITING

    @property
    def deciding(self) -> bool:
        """It is being found out which documents say what was searched for."""
        return self.state is PackState.WAITING and is_undecided(self.row.conditions)

    @property
    def verified(self) -> Run:
        """Of its documents."""
        return Run(self.run, self.asked_by)

    @property
    def good(self) -> bool:
        """Everything is in it, and nothing was found anywhere."""
        return self.verified.good and not self.row.missing

    @property
    def chained(self) -> bool:
        """The chains held when its documents were verified."""
        return self.verified.chained

    @property
    def words(self) -> Words:
        """What was searched for."""
        return conditions_words(self.row.conditions)


@dataclass(frozen=True)
class Extent:
    """What a ZIP of a search would hold now."""

    envelopes: int
    concluded: int
    documents: int
    size: int

    @property
    def too_large(self) -> bool:
        """The documents alone are more than a ZIP may hold."""
        return self.size > MAX_ZIP_BYTES


class TooLarge(Exception):
    """More than one ZIP may hold was asked for."""


def extent(session: Session, organisation_id: UUID, search: Search, among: Listed = None) -> Extent:
    """Before somebody asks for it."""
    conditions = tuple(deal_search.conditions(organisation_id, search, among))
    of_deal = select(func.count()).select_from(Deal).join(Envelope, Envelope.id == Deal.envelope_id)
    done = Envelope.state == EnvelopeState.DONE.value
    envelopes = session.scalar(of_deal.where(*conditions)) or 0
    concluded = session.scalar(of_deal.where(*conditions, done)) or 0
    finished = (
        select(func.max(Revision.size).label("size"))  # each holds the one before it
        .select_from(Deal)
        .join(Envelope, Envelope.id == Deal.envelope_id)
        .join(Document, Document.envelope_id == Envelope.id)
        .join(
            Revision,
            and_(Revision.document_id == Document.id, Revision.version == Envelope.version),
        )
        .where(*conditions, done, of_version(Envelope.version))
        .group_by(Document.id)
        .subquery()
    )
    documents, size = session.execute(
        select(func.count(), func.coalesce(func.sum(finished.c.size), 0))
    ).one()
    return Extent(envelopes, concluded, documents, int(size))


def ask(  # noqa: PLR0913 - who asks for what, and when
    session: Session,
    member: Member,
    typed: TypedSearch,
    language: Language,
    now: datetime,
    among: Among = None,
) -> Disclosure:
    """Order a ZIP of what these conditions find. The same that is under way is not made twice.
    `among`: the envelopes whose documents say what is searched for, which stay the same; without
    it they are found out later, and with them whether a ZIP can hold them.

    Raises TooLarge, and verifications.TooManyRuns.
    """
    search = check_search(typed)
    decided = among is not None or not search.text
    if decided and extent(session, member.organisation_id, search, among).too_large:
        raise TooLarge
    conditions = kept_query(typed)
    if typed.own:
        conditions[LABELS] = own_labels(session, member.organisation_id, typed)
    if among is not None:
        conditions[AMONG] = sorted(str(one) for one in among)
    asked: Mapping[str, Any] = {"basis": BY_SEARCH, "conditions": conditions}
    run, new = verifications.order(session, member, asked, language, now)
    if not new:
        known = session.scalar(select(Disclosure).where(Disclosure.run_id == run.id))
        if known is not None:
            return known
    row = Disclosure(
        organisation_id=member.organisation_id,
        member_id=member.id,
        run_id=run.id,
        language=language.value,
        conditions=conditions,
        asked_at=now,
        moved_at=now,
    )
    session.add(row)
    session.flush()
    session.add(OutboxItem(kind=DISCLOSURE, subject_id=row.id, created_at=now))
    ledger.append(
        session,
        Event.DISCLOSURE_ASKED,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={
            "disclosure": row.id,
            "verification": run.id,
            "fields": sorted(set(conditions) - {LABELS, AMONG}),
        },
    )
    return row


def fits(session: Session, run: Verification, now: datetime) -> bool:
    """Whether one ZIP can hold what was found out for this run; if not, it is given up."""
    rows = locked_rows(session, select(Disclosure).where(Disclosure.run_id == run.id))
    if not rows:
        return True
    [row] = rows
    search, among = check_search(typed_of(row.conditions)), listed(run.id, row.conditions)
    if not extent(session, run.organisation_id, search, among).too_large:
        return True
    row.gone_at = row.moved_at = now
    forget(session, run.id)
    return False


def own_labels(session: Session, organisation_id: UUID, typed: TypedSearch) -> dict[str, list[str]]:
    """What the own fields of a search are called, for its conditions in words."""
    known = own_fields.definitions(session, organisation_id) if typed.own else []
    return labels_of(typed.own, (field for one in known for field in one.fields))


def find(session: Session, organisation_id: UUID, disclosure_id: UUID) -> Pack | None:
    """One of this organisation; a foreign one does not exist."""
    found = session.execute(_packs(organisation_id).where(Disclosure.id == disclosure_id)).first()
    return Pack(*found) if found else None


def pack_page(session: Session, organisation_id: UUID, asked: Asked) -> Page[Pack]:
    """A page of the organisation's ZIPs."""
    query = _packs(organisation_id).where(*containing(asked.text, Member.name))
    keys: Keys = {
        "asked": (Disclosure.asked_at,),
        "who": (Member.name, Disclosure.asked_at),
    }
    page = sorted_page(session, query, keys, Disclosure.id, asked.sorting, asked.number)
    return Page([Pack(*row) for row in page.rows], page.total, page.number, page.size)


def _packs(organisation_id: UUID) -> Select[Disclosure, Verification, str]:
    return (
        select(Disclosure, Verification, Member.name)
        .join(Verification, Verification.id == Disclosure.run_id)
        .join(Member, Member.id == Disclosure.member_id)
        .where(Disclosure.organisation_id == organisation_id)
    )


def forget_expired(session: Session, now: datetime) -> int:
    """Bytes of ZIPs whose time is over go; their rows stay. Returns how many."""
    rows = session.scalars(
        select(Disclosure).where(Disclosure.expires_at <= now, Disclosure.gone_at.is_(None))
    ).all()
    blobs = [row.blob_id for row in rows]
    for row in rows:
        row.blob_id, row.gone_at = None, now
    forget_blobs(session, blobs)
    return len(rows)


def end_with(session: Session, envelope_id: UUID, now: datetime) -> None:
    """An envelope is deleted: ZIPs that hold its documents, or are about to, go with it. Whoever
    needs the others has one made again."""
    runs = select(VerificationItem.run_id).where(VerificationItem.envelope_id == envelope_id)
    rows = session.scalars(
        select(Disclosure).where(Disclosure.run_id.in_(runs), Disclosure.gone_at.is_(None))
    ).all()
    blobs = []
    for found in rows:
        row = locked(session, Disclosure, found.id)
        if row is None or row.gone_at is not None:
            continue
        blobs.append(row.blob_id)
        forget(session, row.run_id)
        row.blob_id, row.gone_at, row.expires_at = None, now, now
        row.ready_at = row.ready_at or now  # it is no longer kept, which is not too large
    forget_blobs(session, blobs)


def order_still_packs(session: Session, now: datetime) -> int:
    """Have the relay start again what does not move: its workflow may have been ended. Where it
    runs, nothing happens. Returns how many."""
    return order_again(
        session, DISCLOSURE, still_packs(now).with_only_columns(Disclosure.id).scalar_subquery()
    )


def still_packs(now: datetime) -> Select[Disclosure]:
    """What does not move, and whose verification does not either or is over."""
    return (
        select(Disclosure)
        .join(Verification, Verification.id == Disclosure.run_id)
        .where(
            Disclosure.ready_at.is_(None),
            Disclosure.gone_at.is_(None),
            Disclosure.moved_at < now - STILL,
            or_(Verification.moved_at < now - STILL, Verification.finished_at.is_not(None)),
        )
    )
