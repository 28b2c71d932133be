"""Which edition of a part of a draft a page was made from, and who wrote the newest.

A draft's parts are its form and the fields of each of its documents. An edition is a number that
grows with every change; it stands in the draft itself, beside what was typed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.turns import Turn
from storage.tables import Envelope

FORM = "form"
"""The part that is no document's id."""
_KEY = "editions"


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
    """The newest state of a part. `at` is ISO 8601; nobody wrote number 0."""

    number: int = 0
    member: str = ""
    pen: str = ""
    at: str = ""


def edition_of(envelope: Envelope, part: str = FORM) -> Edition:
    """The part's newest."""
    return Edition(**envelope.draft.get(_KEY, {}).get(part, {}))


def kept(envelope: Envelope) -> Mapping[str, Any]:
    """What stays in the draft when its form is written anew."""
    return {_KEY: envelope.draft[_KEY]} if _KEY in envelope.draft else {}


def grown(
    envelope: Envelope, by: Author | None, now: datetime, part: str = FORM
) -> Mapping[str, Any]:
    """All editions with the part's next one, as the draft keeps them. `by` is None where the
    service itself wrote."""
    number = edition_of(envelope, part).number + 1
    member, pen = (str(by.member_id), by.pen) if by else ("", "")
    newest = asdict(Edition(number, member, pen, now.isoformat()))
    return {_KEY: {**envelope.draft.get(_KEY, {}), part: newest}}


def overtaken_by(
    envelope: Envelope, seen: int | None, turn: Turn | None, part: str = FORM
) -> Edition | None:
    """The newest edition, where a page that was made from `seen` knows nothing of it.

    A page's own saves overtake nobody: it may not have read the answer to the last one yet. A
    form that names no edition was made before there were any.
    """
    newest = edition_of(envelope, part)
    own = turn is not None and turn.pen == newest.pen
    return None if seen is None or own or seen >= newest.number else newest
