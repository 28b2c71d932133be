"""Which edition of a draft's form a page was made from, and who wrote the newest.

An edition is a number that grows with every change. It stands in the draft itself, beside what was
typed, and is gone when the envelope is sent.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.turns import Turn
from storage.tables import Envelope

_KEY = "edition"


@dataclass(frozen=True)
class Author:
    """Who writes, and from which open page; a page without scripts has no pen."""

    member_id: UUID
    turn: Turn | None = None

    @property
    def pen(self) -> str:
        """The page's word for itself."""
        return self.turn.pen if self.turn else ""


@dataclass(frozen=True)
class Edition:
    """The newest state of a draft's form. `at` is ISO 8601; nobody wrote number 0."""

    number: int = 0
    member: str = ""
    pen: str = ""
    at: str = ""


def edition_of(envelope: Envelope) -> Edition:
    """The draft's newest."""
    return Edition(**envelope.draft.get(_KEY, {}))


def kept(envelope: Envelope) -> Mapping[str, Any]:
    """What stays in the draft when its form is written anew."""
    return {_KEY: envelope.draft[_KEY]} if _KEY in envelope.draft else {}


def grown(envelope: Envelope, by: Author | None, now: datetime) -> Mapping[str, Any]:
    """The next edition, as the draft keeps it. `by` is None where the service itself wrote."""
    number = edition_of(envelope).number + 1
    member, pen = (str(by.member_id), by.pen) if by else ("", "")
    return {_KEY: asdict(Edition(number, member, pen, now.isoformat()))}


def overtaken_by(envelope: Envelope, seen: int | None, turn: Turn | None) -> Edition | None:
    """The newest edition, where a page that was made from `seen` knows nothing of it.

    A page's own saves overtake nobody: it may not have read the answer to the last one yet. A
    form that names no edition was made before there were any.
    """
    newest = edition_of(envelope)
    own = turn is not None and turn.pen == newest.pen
    return None if seen is None or own or seen >= newest.number else newest
