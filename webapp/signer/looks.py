"""How a person's visible signature will show, as his pages choose and tell it."""

from dataclasses import dataclass

from domain.kinds import DocumentState, Look
from domain.refusals import WORDS, RefusalCode
from storage.desks.signing_fills import look_lines
from storage.filling import Filling
from storage.standing import Holder
from storage.tables import Stamp
from webapp.language import words


@dataclass(frozen=True)
class LookPart:
    """What a visible signature shows: the choice, the picture's state, and what is wrong."""

    chosen: Look
    stamp: Stamp | None
    error: str
    lines: tuple[str, ...]
    """The signature in type, but for the time."""

    def amiss(self, *, missing: bool) -> str:
        """What is said of it: a picture that has yet to come is no fault before he says that he
        has finished (`missing`)."""
        return self.error if missing or self.chosen is not Look.STAMP else ""

    @property
    def state(self) -> str:
        """Of the newest picture; empty without one."""
        return self.stamp.state if self.stamp is not None else ""

    @property
    def mark(self) -> str:
        """What a page has shown: the same mark means that nothing has changed since."""
        return f"{self.stamp.id}-{self.state}" if self.stamp is not None else ""

    @property
    def checking(self) -> bool:
        """Whether the picture will change by itself."""
        return self.state == DocumentState.CHECKING

    @property
    def refusal(self) -> str:
        """Why no stamp can be made of the picture."""
        code = self.stamp.refusal if self.stamp is not None else None
        return words(WORDS[RefusalCode(code)]) if code else ""


def look_part(filling: Filling, holder: Holder) -> LookPart:
    """How a person's signature will show, as he has chosen it so far."""
    problem = filling.look_problem
    return LookPart(
        chosen=filling.typed.look,
        stamp=filling.stamp,
        error=words(problem) if problem is not None else "",
        lines=look_lines(holder.participant, holder.envelope.created_at, holder.organisation.zone)[
            :-1
        ],
    )
