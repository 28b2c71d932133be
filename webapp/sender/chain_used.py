"""Which chain a sent envelope follows: version, amount, and what was skipped and why."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.refusals import Words
from storage.chain_plan import use_of
from storage.outgrown import outgrown
from storage.tables import ChainUse, Envelope
from webapp.sender.words import gate_title


@dataclass(frozen=True)
class SkippedStage:
    """A stage of the chain that nobody was asked for."""

    number: int
    name: str
    people: tuple[str, ...]
    why: tuple[Words, ...]


@dataclass(frozen=True)
class ChainUsed:
    """As it was when the envelope was sent."""

    use: ChainUse
    skipped: tuple[SkippedStage, ...]
    outgrown: bool
    """Whether the amount or kind that the register holds now would have made another route."""


def chain_used(session: Session, envelope: Envelope) -> ChainUsed | None:
    """None for an envelope without a chain."""
    use = use_of(session, envelope)
    if use is None:
        return None
    skipped = tuple(
        SkippedStage(
            number,
            str(stage["name"]) or (gate_title(stage["gate"]) if "gate" in stage else ""),
            tuple(str(name) for name in stage["people"]),
            tuple(Words(str(one["ja"]), str(one["en"])) for one in stage["why"]),
        )
        for number, stage in enumerate(use.stages, 1)
        if not stage["asked"]
    )
    return ChainUsed(use, skipped, outgrown(session, envelope) is not None)
