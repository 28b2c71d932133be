"""What an envelope was made anew of, and what was made anew of it, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.anew import UNCONCLUDED
from domain.kinds import EnvelopeState
from storage import anew
from storage.tables import Envelope
from webapp.sender.scope import sees_drafts


@dataclass(frozen=True)
class AnewLinks:
    """`count` is how many were ever made of it, also those that the reader does not see."""

    origin: Envelope | None
    made: Sequence[Envelope]
    count: int
    offered: bool
    """Whether one more may be made: it ended without conclusion."""

    @property
    def origin_is_there(self) -> bool:
        """Whether the earlier one still has a page and a title."""
        return self.origin is not None and self.origin.state != EnvelopeState.DELETED


def anew_links(session: Session, envelope: Envelope) -> AnewLinks:
    """Drafts only for those for whom there are any."""
    made = anew.made_of(session, envelope)
    shown = [one for one in made if one.state != EnvelopeState.DRAFT or sees_drafts()]
    return AnewLinks(
        anew.origin_of(session, envelope),
        shown,
        anew.count_of(session, envelope),
        envelope.state in UNCONCLUDED,
    )
