"""What the administrator's pages read; every query names the organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import SlotKind, StageRule
from storage.tables import Chain, Member


@dataclass(frozen=True)
class ChainStage:
    """One stage of a chain, with the names of its people."""

    name: str
    rule: StageRule
    people: tuple[tuple[str, SlotKind], ...]


@dataclass(frozen=True)
class ChainRow:
    """A chain as the page shows it."""

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
    """All chains, by name, the newest version first."""
    names = {str(row.id): row.name for row in members_of(session, organisation_id)}
    chains = session.scalars(
        select(Chain)
        .where(Chain.organisation_id == organisation_id)
        .order_by(Chain.name, Chain.version.desc())
    )
    return [
        ChainRow(chain.name, chain.version, chain.active, _stages(chain, names)) for chain in chains
    ]


def _stages(chain: Chain, names: dict[str, str]) -> tuple[ChainStage, ...]:
    return tuple(
        ChainStage(
            name=str(stage.get("name", "")),
            rule=StageRule(stage.get("rule", StageRule.ALL)),
            people=tuple(
                (names.get(str(slot["member_id"]), "―"), SlotKind(slot["kind"]))
                for slot in stage["slots"]
            ),
        )
        for stage in chain.definition["stages"]
    )
