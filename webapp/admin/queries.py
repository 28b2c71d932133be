"""What the administrator's pages read; every query names the organisation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_checks import Colleague, Finding, findings
from domain.chains import ChainStage, kept_stages
from domain.mandates import CheckedMandate, chain_gaps
from domain.refusals import Words
from storage import chains, mandates
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


@dataclass(frozen=True)
class Judge:
    """What is said of chains: what is wrong by themselves, and who could not sign today."""

    people: Mapping[UUID, Colleague]
    held: Mapping[UUID, Sequence[CheckedMandate]] | None
    """Authorities to sign, by member; None where nobody looks."""

    @classmethod
    def of(cls, session: Session, organisation_id: UUID, now: datetime) -> Self:
        """Of an organisation, as it is now."""
        looks = mandates.looked_at(session, organisation_id, now)
        held = mandates.held(session, organisation_id, now) if looks else None
        return cls(colleagues(session, organisation_id), held)

    def findings(self, stages: Sequence[ChainStage]) -> tuple[Finding, ...]:
        """All of one chain."""
        return (*findings(stages, self.people), *self._mandates(stages))

    def _mandates(self, stages: Sequence[ChainStage]) -> Iterator[Finding]:
        """Authorities may be entered until somebody signs, so that they keep no chain back."""
        if self.held is None:
            return
        for index, stage in enumerate(stages):
            for member_id, why in chain_gaps(stage, self.held):
                name = self.people[member_id].name if member_id in self.people else "―"
                yield Finding(
                    Words(
                        f"{name}さんの署名権限：{why.ja}。「利用者」の「署名権限（委任）」を確かめてください。",
                        f"{name}: {why.en}. See Members, Authority to sign.",
                    ),
                    index,
                )


def chains_of(session: Session, organisation_id: UUID, now: datetime) -> list[ChainRow]:
    """All chains, by name."""
    judge = Judge.of(session, organisation_id, now)
    names = {key: one.name for key, one in judge.people.items()}
    return [
        ChainRow(
            chain.id, chain.name, chain.version, chain.active,
            stages := kept_stages(chain.definition), names,
            judge.findings(stages),
        )
        for chain in chains.newest(session, organisation_id)
    ]  # fmt: skip
