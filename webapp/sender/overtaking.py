"""Whoever was quicker in the same draft, and what a form says of the page that it comes from."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from domain.ids import read_id
from storage.editions import Edition
from storage.tables import Member
from webapp.language import say
from webapp.login import member, now

_OWN = {"csrf_token", "action", "edition", "pen", "turn"}
"""What a page that compares says itself."""


@dataclass(frozen=True)
class Overtaking:
    """Whoever was quicker."""

    who: str
    at: datetime
    number: int
    own: bool
    """The same member, in another window."""


def overtaking(session: Session, edition: Edition) -> Overtaking:
    """Who wrote the edition, in words."""
    found = read_id(edition.member)
    row = session.get(Member, found) if found else None
    known = row is not None and row.organisation_id == member().organisation_id
    who = row.name if row is not None and known else say("ほかの人")
    at = datetime.fromisoformat(edition.at) if edition.at else now()
    return Overtaking(who, at, edition.number, own=found == member().id)


def seen_edition() -> int | None:
    """The edition that the form's page was made from; None where it names none."""
    return request.form.get("edition", type=int)


def posted(*without: str) -> list[tuple[str, str]]:
    """The form as it was posted, for a page that sends it again; without what that says itself."""
    left_out = _OWN.union(without)
    return [(name, text) for name, text in request.form.items(multi=True) if name not in left_out]
