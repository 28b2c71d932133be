"""What the administrator's pages read; every query names the organisation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy.orm import Session

from domain.chain_checks import findings
from domain.chain_finding import Finding
from domain.chain_seats import Staff
from domain.chain_slots import ChainSlot
from domain.chains import ChainStage, kept_recipients, kept_stages
from domain.lists import Asked
from domain.mandates import CheckedMandate, chain_gaps
from domain.refusals import Words
from storage import mandates, own_fields
from storage.chain_staff import staff_of
from storage.office_lists import chain_page
from storage.paging import Page


@dataclass(frozen=True)
class ChainRow:
    """A chain's newest version as the page shows it, and the numbers of those before it."""

    id: UUID
    name: str
    version: int
    active: bool
    stages: tuple[ChainStage, ...]
    recipients: tuple[ChainSlot, ...]
    staff: Staff
    findings: tuple[Finding, ...]
    """What is wrong with it by now: somebody may have left since it was saved."""

    def beside(self, stage: int | None) -> tuple[Finding, ...]:
        """What is said beside one stage; None: of the whole."""
        return tuple(one for one in self.findings if one.stage == stage)


@dataclass(frozen=True)
class Judge:
    """What is said of chains: what is wrong by themselves, and who could not sign today."""

    staff: Staff
    held: Mapping[UUID, Sequence[CheckedMandate]] | None
    """Authorities to sign, by member; None where nobody looks."""
    kinds: Sequence[str] | None = None
    """Kinds of contract in use; None where none was ever registered."""

    @classmethod
    def of(cls, session: Session, organisation_id: UUID, now: datetime) -> Self:
        """Of an organisation, as it is now."""
        looks = mandates.looked_at(session, organisation_id, now)
        held = mandates.held(session, organisation_id, now) if looks else None
        kinds = own_fields.listed(session, organisation_id)
        used = [kind.name for kind in kinds if kind.retired_at is None]
        return cls(staff_of(session, organisation_id), held, used if kinds else None)

    def findings(
        self, stages: Sequence[ChainStage], recipients: Sequence[ChainSlot] = ()
    ) -> tuple[Finding, ...]:
        """All of one chain."""
        return (
            *findings(stages, self.staff, recipients, self.kinds),
            *self._mandates(stages),
        )

    def _mandates(self, stages: Sequence[ChainStage]) -> Iterator[Finding]:
        """Authorities may be entered until somebody signs, so that they keep no chain back."""
        if self.held is None:
            return
        for index, stage in enumerate(stages):
            for member_id, why in chain_gaps(stage, self.held):
                name = self.staff.names.get(member_id, "―")
                yield Finding(
                    Words(
                        f"{name}さんの署名権限：{why.ja}。「利用者」の「署名権限（委任）」を確かめてください。",
                        f"{name}: {why.en}. See Members, Authority to sign.",
                    ),
                    index,
                )


def chains_of(
    session: Session, organisation_id: UUID, asked: Asked, now: datetime
) -> Page[ChainRow]:
    """A page of the chains."""
    judge = Judge.of(session, organisation_id, now)
    page = chain_page(session, organisation_id, asked)
    rows = [
        ChainRow(
            chain.id, chain.name, chain.version, chain.active,
            stages := kept_stages(chain.definition),
            recipients := kept_recipients(chain.definition),
            judge.staff,
            judge.findings(stages, recipients),
        )
        for chain in page.rows
    ]  # fmt: skip
    return Page(rows, page.total, page.number, page.size)
