"""What the administrator's pages read; every query names the organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import SlotKind, StageRule
from storage import chains
from storage.tables import Chain, Member


@dataclass(frozen=True)
class ChainStage:
    """One stage of a chain, with the names of its people."""

    name: str
    rule: StageRule
    need: int
    days: int | None
    people: tuple[tuple[str, SlotKind], ...]


@dataclass(frozen=True)
class ChainRow:
    """A chain's newest version as the page shows it, and the numbers of those before it."""

    id: UUID
    name: str
    version: int
    active: bool
    stages: tuple[ChainStage, ...]


def members_of(session: Session, organisation_id: UUID) -> Sequence[Member]:
    """All members, by name."""
    return session.scalars(
        select(Member)
        .where(Member.organisation_id == organisation_id)
        .order_by(Member.active.desc(), Member.name, Member.mail)
    ).all()


def chains_of(session: Session, organisation_id: UUID) -> list[ChainRow]:
    """All chains, by name."""
    names = {str(row.id): row.name for row in members_of(session, organisation_id)}
    return [
        ChainRow(chain.id, chain.name, chain.version, chain.active, _stages(chain, names))
        for chain in chains.newest(session, organisation_id)
    ]


def _stages(chain: Chain, names: dict[str, str]) -> tuple[ChainStage, ...]:
    return tuple(
        ChainStage(
            name=str(stage.get("name", "")),
            rule=StageRule(stage.get("rule", StageRule.ALL)),
            need=int(stage.get("need") or 1),
            days=stage.get("days"),
            people=tuple(
                (names.get(str(slot["member_id"]), "―"), SlotKind(slot["kind"]))
                for slot in stage["slots"]
            ),
        )
        for stage in chain.definition["stages"]
    )
