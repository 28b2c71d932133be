"""A search of texts with more candidates than one request looks at, decided to be printed and taken
out: asked for by a member, made by the documents worker, kept for a day.

What cannot be read may say it, and counts, as in a ZIP (storage.deciding).
"""

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.orm import Session

from domain.deal_search import TypedSearch, check_search
from domain.disclosure import kept_query, typed_of
from domain.events import canonical
from runtime.telemetry import logger
from storage.database import Database
from storage.locks import locked, take_turn
from storage.tables import ListedEnvelope, Member, RegisterList
from storage.text_search import confirmed
from storage.vault import Vault

KEPT_FOR = timedelta(days=1)
"""Then it is made again: what was concluded since is in none."""
OPEN_LISTS = 3
"""Of an organisation, waiting at once: each may be minutes of the worker's."""
RESTS_SECONDS = 600.0
"""How long one waits that could not be decided."""
_AT_ONCE = 500

log = logger(__name__)


class TooManyLists(Exception):
    """The organisation has as many waiting as may wait at once."""


def find(session: Session, organisation_id: UUID, typed: TypedSearch) -> RegisterList | None:
    """The list of exactly these conditions, in whatever order it is shown."""
    return session.scalar(
        select(RegisterList).where(
            RegisterList.organisation_id == organisation_id,
            RegisterList.query_sha256 == _key(_conditions(typed)),
        )
    )


def current(
    session: Session, organisation_id: UUID, typed: TypedSearch, now: datetime
) -> RegisterList | None:
    """The same; None also where it is kept no longer, but not swept yet."""
    row = find(session, organisation_id, typed)
    until = kept_until(row) if row is not None else None
    return None if until is not None and until <= now else row


def kept_until(row: RegisterList) -> datetime | None:
    """None while it is not decided."""
    return None if row.decided_at is None else row.decided_at + KEPT_FOR


def listed(row: RegisterList) -> Select[UUID]:
    """Its envelopes."""
    return select(ListedEnvelope.envelope_id).where(ListedEnvelope.list_id == row.id)


def ask(session: Session, member: Member, typed: TypedSearch, now: datetime) -> RegisterList:
    """Have it made; one that is there is made again. Raises TooManyLists."""
    take_turn(session, f"lists of {member.organisation_id}")
    known = find(session, member.organisation_id, typed)
    if known is not None and known.decided_at is None:
        return known
    if known is not None:
        _forget(session, known.id)
    waiting = select(func.count()).where(
        RegisterList.organisation_id == member.organisation_id, RegisterList.decided_at.is_(None)
    )
    if (session.scalar(waiting) or 0) >= OPEN_LISTS:
        raise TooManyLists
    conditions = _conditions(typed)
    row = RegisterList(
        organisation_id=member.organisation_id,
        member_id=member.id,
        query_sha256=_key(conditions),
        conditions=conditions,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    return row


def forget_expired(session: Session, now: datetime) -> int:
    """Returns how many."""
    old = session.scalars(
        select(RegisterList.id).where(RegisterList.decided_at <= now - KEPT_FOR)
    ).all()
    for list_id in old:
        _forget(session, list_id)
    return len(old)


class ListDecider:
    """Decides what waits. Every step may be repeated, or done by several."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._vault = vault
        self._now = now
        self._clock = clock
        self._resting: dict[UUID, float] = {}
        """Those that failed, and when they are tried again."""

    def decide_all(self) -> int:
        """Whatever waits, the oldest first. Returns how many were decided."""
        count = 0
        while (list_id := self._next()) is not None:
            try:
                self._decide(list_id)
                count += 1
            except Exception as error:  # noqa: BLE001 - one that fails keeps no other waiting
                self._resting[list_id] = self._clock() + RESTS_SECONDS
                log.warning("list_delayed", list=str(list_id), error=repr(error))
        return count

    def _next(self) -> UUID | None:
        at = self._clock()
        self._resting = {one: until for one, until in self._resting.items() if until > at}
        with self._database.reading() as session:
            return session.scalar(
                select(RegisterList.id)
                .where(RegisterList.decided_at.is_(None), RegisterList.id.not_in(self._resting))
                .order_by(RegisterList.asked_at)
                .limit(1)
            )

    def _decide(self, list_id: UUID) -> None:
        """By decrypting each document that may say it; written down in one step at the end."""
        begun = self._now()
        with self._database.reading() as session:
            row = session.get_one(RegisterList, list_id)
            search = check_search(typed_of(row.conditions))
            found = confirmed(session, self._vault, row.organisation_id, search, patient=True)
        rows = [{"list_id": list_id, "envelope_id": one} for one in sorted(found or ())]
        with self._database.transaction() as session:
            kept = locked(session, RegisterList, list_id)
            if kept is None or kept.decided_at is not None:
                return
            for start in range(0, len(rows), _AT_ONCE):
                session.execute(insert(ListedEnvelope), rows[start : start + _AT_ONCE])
            kept.decided_at, kept.envelopes = begun, len(rows)


def _conditions(typed: TypedSearch) -> dict[str, Any]:
    return {name: value for name, value in kept_query(typed).items() if name != "sort"}


def _key(conditions: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(conditions)).hexdigest()


def _forget(session: Session, list_id: UUID) -> None:
    session.execute(delete(ListedEnvelope).where(ListedEnvelope.list_id == list_id))
    session.execute(delete(RegisterList).where(RegisterList.id == list_id))
