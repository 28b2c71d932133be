"""Assertions that were taken: each works once, until it would not be believed any more."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from domain.sso import SsoRefused, Why
from storage.locks import take_turn
from storage.tables import SsoAssertion


def take(
    session: Session, connection_id: UUID, assertion: str, until: datetime, now: datetime
) -> None:
    """Note the assertion; those that nobody would believe any more are forgotten. Raises SsoRefused
    where it was taken before."""
    name = hashlib.sha256(f"{connection_id}:{assertion}".encode()).hexdigest()
    take_turn(session, f"assertion:{name}")
    session.execute(delete(SsoAssertion).where(SsoAssertion.until < now))
    if session.get(SsoAssertion, name) is not None:
        raise SsoRefused(Why.UNTRUSTED, "replay")
    session.add(SsoAssertion(id_sha256=name, until=until))
    session.flush()
