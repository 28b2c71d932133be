"""What the administrator's pages read; every query names the organisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_checks import Colleague, Finding, findings
from domain.chains import ChainStage, kept_stages
from storage import chains
from storage.tables import Member


@dataclass(frozen=True)
class ChainRow:
    """A chain's newest version as the page shows it, and the numbers of those before it."""

    id: UUID
    name: str
    version: int
    active: bool
    stages: tuple[ChainStage, ...]
    names: Mapping[UUID, str]
    findings: tuple[Finding, ...]
    """What is wrong with it by now: somebody may have left since it was saved."""

    def beside(self, stage: int | None) -> tuple[Finding, ...]:
        """What is said beside one stage; None: of the whole."""
        return tuple(one for one in self.findings if one.stage == stage)


def members_of(session: Session, organisation_id: UUID) -> Sequence[Member]:
    """All members, by name."""
    return session.scalars(
        select(Member)
        .where(Member.organisation_id == organisation_id)
        .order_by(Member.active.desc(), Member.name, Member.mail)
    ).all()


def colleagues(session: Session, organisation_id: UUID) -> dict[UUID, Colleague]:
    """All members, as a chain's check needs to know them."""
    return {
        row.id: Colleague(row.name, row.active, row.department)
        for row in members_of(session, organisation_id)
    }


def chains_of(session: Session, organisation_id: UUID) -> list[ChainRow]:
    """All chains, by name."""
    people = colleagues(session, organisation_id)
    names = {key: one.name for key, one in people.items()}
    return [
        ChainRow(
            chain.id, chain.name, chain.version, chain.active,
            stages := kept_stages(chain.definition), names, findings(stages, people),
        )
        for chain in chains.newest(session, organisation_id)
    ]  # fmt: skip
