"""What a provider said of somebody, from his arrival until he is let in: minutes at most.

A statement with all groups of somebody is longer than what browsers keep as a cookie, so that they
keep a secret name of it, whose hash is here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.tables import SsoArrival


def keep(
    session: Session, token_sha256: str, kept: Mapping[str, Any], until: datetime, now: datetime
) -> None:
    """Plain JSON, until then; those whose time is over are forgotten."""
    session.execute(delete(SsoArrival).where(SsoArrival.until <= now))
    session.add(SsoArrival(token_sha256=token_sha256, kept=dict(kept), until=until))
    session.flush()


def find(session: Session, token_sha256: str, now: datetime) -> dict[str, Any] | None:
    """What was kept, while it counts."""
    query = select(SsoArrival.kept).where(
        SsoArrival.token_sha256 == token_sha256, SsoArrival.until > now
    )
    found = session.scalar(query)
    return dict(found) if found is not None else None


def forget(session: Session, token_sha256: str) -> None:
    """It was taken, or refused."""
    session.execute(delete(SsoArrival).where(SsoArrival.token_sha256 == token_sha256))
