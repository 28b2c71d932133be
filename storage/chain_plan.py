"""A chain held against one draft's facts: which stages are asked, which are skipped and why; and
what of that an envelope keeps (`chain_uses`)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_conditions import Facts, missing
from domain.chains import ChainSlot, ChainStage, kept_stages
from domain.events import Json, canonical
from domain.forms import FormProblems
from domain.refusals import Words
from storage import chains
from storage.tables import Chain, ChainUse, Envelope, Member

NO_CHAIN = Words(
    "この承認ルートは使えなくなりました。選び直してください。",
    "This approval route is no longer available. Choose another one.",
)
_NOBODY = Words(
    "この金額・種類・部署では、この承認ルートの段階がすべて省かれ、誰にも依頼されません。"
    "別の承認ルートを選ぶか、管理者に相談してください。",
    "With this amount, kind and department every stage of this route is skipped. Choose another "
    "route, or ask an administrator.",
)


@dataclass(frozen=True)
class JudgedStage:
    """A stage, its people, and why it is skipped: nothing where it is asked."""

    stage: ChainStage
    people: tuple[tuple[ChainSlot, Member], ...]
    why: tuple[Words, ...]

    @property
    def asked(self) -> bool:
        """Whether its people will be asked."""
        return not self.why


@dataclass(frozen=True)
class JudgedChain:
    """A chain for one draft. `lacking` says, by field, what the draft has to say first."""

    chain: Chain
    facts: Facts
    stages: tuple[JudgedStage, ...]
    lacking: Mapping[str, Words]

    @property
    def mark(self) -> str:
        """Chain version and stages asked: differs exactly where the route differs."""
        numbers = [str(index) for index, stage in enumerate(self.stages) if stage.asked]
        return f"{self.chain.id}:{','.join(numbers)}"

    def acts(self, member_id: UUID) -> bool:
        """Whether somebody is asked by a stage that is not skipped."""
        return any(
            person.id == member_id
            for stage in self.stages
            if stage.asked
            for _slot, person in stage.people
        )

    def refuse(self) -> None:
        """Raises FormProblems for a draft that has to say more, or would ask nobody."""
        if self.lacking:
            raise FormProblems(self.lacking)
        if not any(stage.asked for stage in self.stages):
            raise FormProblems({"chain_id": _NOBODY})


def judge(session: Session, sender: Member, chain_id: UUID, facts: Facts) -> JudgedChain:
    """Raises FormProblems for a chain that is not offered any more, or whose people left."""
    offered = chains.newest(session, sender.organisation_id, only_active=True)
    chain = next((row for row in offered if row.id == chain_id), None)
    if chain is None:
        raise FormProblems({"chain_id": NO_CHAIN})
    kept = kept_stages(chain.definition)
    facts = Facts(facts.amount, facts.kind, sender.department)
    lacking = missing([stage.condition for stage in kept], facts)
    return JudgedChain(
        chain, facts, tuple(_judged(session, sender, stage, facts) for stage in kept), lacking
    )


def _judged(session: Session, sender: Member, stage: ChainStage, facts: Facts) -> JudgedStage:
    people = []
    why = stage.condition.unmet(facts)
    for slot in stage.people:
        member = session.get(Member, slot.member_id)
        if member is None or member.organisation_id != sender.organisation_id:
            raise FormProblems({"chain_id": NO_CHAIN})
        if not (member.active or why):
            raise FormProblems({"chain_id": NO_CHAIN})
        people.append((slot, member))
    return JudgedStage(stage, tuple(people), why)


def keep_use(session: Session, envelope: Envelope, judged: JudgedChain, now: datetime) -> ChainUse:
    """What the route was made of, once for each sending; it never changes."""
    row = ChainUse(
        envelope_id=envelope.id,
        version=envelope.version,
        chain_id=judged.chain.id,
        name=judged.chain.name,
        chain_version=judged.chain.version,
        amount=judged.facts.amount,
        kind=judged.facts.kind,
        department=judged.facts.department,
        stages=[_kept(stage) for stage in judged.stages],
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def use_of(session: Session, envelope: Envelope) -> ChainUse | None:
    """Of the newest sending; None where no chain was used, or before that was kept."""
    return session.scalar(
        select(ChainUse)
        .where(ChainUse.envelope_id == envelope.id, ChainUse.version <= envelope.version)
        .order_by(ChainUse.version.desc())
        .limit(1)
    )


def use_data(use: ChainUse) -> dict[str, Json]:
    """For the ledger: ids, numbers and hashes. Skipped stages by number, from 1."""
    skipped: list[Json] = [
        number for number, stage in enumerate(use.stages, 1) if not stage["asked"]
    ]
    said: Json = {
        "amount": use.amount,
        "kind": use.kind,
        "department": use.department,
        "stages": list(use.stages),
    }
    return {
        "chain": str(use.chain_id),
        "chain_version": use.chain_version,
        "amount": use.amount,
        "skipped": skipped,
        "chain_use": hashlib.sha256(canonical(said)).hexdigest(),
    }


def _kept(stage: JudgedStage) -> dict[str, Json]:
    why: list[Json] = [{"ja": one.ja, "en": one.en} for one in stage.why]
    people: list[Json] = [member.name for _slot, member in stage.people]
    return {"name": stage.stage.name, "people": people, "asked": stage.asked, "why": why}
