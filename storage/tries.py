"""Counted tries against guarded things: how often, and how long a closed door stays closed.

Rows, so that every web process counts together and a restart forgets nothing. A try is counted
before it is judged, so that parallel ones do not slip through; the right person's is given back.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.locks import take_turn
from storage.tables import Attempt

MEMORY = timedelta(days=1)
"""Nothing is counted for longer; housekeeping removes what is older."""
LONGEST_WAIT = timedelta(hours=4)


@dataclass(frozen=True)
class Limit:
    """`tries`, then a wait that doubles with every further row of tries within `memory`.

    With a memory as long as the wait it is a plain sliding window.
    """

    tries: int
    wait: timedelta
    memory: timedelta = MEMORY
    most: int | None = None
    """Within `memory`, however long was waited in between."""

    def closed_until(self, tried: Sequence[datetime]) -> datetime | None:
        """`tried` are the tries within memory, oldest first. None: the door is open."""
        if self.most is not None and len(tried) >= self.most:
            return tried[-self.most] + self.memory
        rounds, rest = divmod(len(tried), self.tries)
        if rest or not rounds:
            return None
        wait: timedelta = min(self.wait * 2 ** min(rounds - 1, 16), max(LONGEST_WAIT, self.wait))
        return min(tried[-1] + wait, tried[0] + self.memory)


@dataclass(frozen=True)
class Tried:
    """What came of counting: `wait` in whole seconds where the door is closed, else None."""

    wait: int | None
    counted: tuple[UUID, ...] = ()


def digest(text: str) -> str:
    """Buckets never hold clear text of what was tried."""
    return hashlib.sha256(text.encode()).hexdigest()


def asks(what: str, mail: str, network: str, by_all: Limit, by_one: Limit) -> dict[str, Limit]:
    """Buckets of mails that anybody may order to an address: those to this address, and of these
    what one network has asked for. `mail` is normal; `network` is a hash."""
    whose = digest(mail)
    return {
        f"{what}-asks:{whose}": by_all,
        f"{what}-asks-network:{digest(whose + network)}": by_one,
    }


def count(session: Session, limits: Mapping[str, Limit], now: datetime) -> Tried:
    """Count one try in each bucket, or in none of them where one is closed.

    A try at a closed door is not counted: whoever goes on knocking makes nobody wait longer.
    Callers name buckets of several kinds in the same order of kinds, so that none waits in a
    circle.
    """
    closed = [
        until
        for bucket, limit in limits.items()
        if (until := _closed_until(session, bucket, limit, now)) is not None and until > now
    ]
    if closed:
        return Tried(_seconds(max(closed) - now))
    rows = [Attempt(id=uuid4(), bucket=bucket, at=now) for bucket in limits]
    session.add_all(rows)
    session.flush()
    return Tried(None, tuple(row.id for row in rows))


def _closed_until(session: Session, bucket: str, limit: Limit, now: datetime) -> datetime | None:
    """In this bucket's turn; what its limit does not remember goes."""
    take_turn(session, bucket)
    since = now - limit.memory
    session.execute(delete(Attempt).where(Attempt.bucket == bucket, Attempt.at <= since))
    return limit.closed_until(_remembered(session, bucket, since))


def _remembered(session: Session, bucket: str, since: datetime) -> Sequence[datetime]:
    query = select(Attempt.at).where(Attempt.bucket == bucket, Attempt.at > since)
    return session.scalars(query.order_by(Attempt.at)).all()


def wait_of(session: Session, bucket: str, limit: Limit, now: datetime) -> int | None:
    """Seconds until the door opens, without counting a try or writing anything."""
    until = limit.closed_until(_remembered(session, bucket, now - limit.memory))
    return None if until is None or until <= now else _seconds(until - now)


def remembered(session: Session, bucket: str, limit: Limit, now: datetime) -> int:
    """How many tries are counted."""
    return len(_remembered(session, bucket, now - limit.memory))


def _seconds(wait: timedelta) -> int:
    return max(1, int(wait.total_seconds()) + 1)


def give_back(session: Session, counted: Sequence[UUID]) -> None:
    """It was the right person: this try was none."""
    session.execute(delete(Attempt).where(Attempt.id.in_(counted)))


def forget(session: Session, bucket: str) -> None:
    """The right person came in: earlier slips do not count any more."""
    session.execute(delete(Attempt).where(Attempt.bucket == bucket))
