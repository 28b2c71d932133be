"""Whether the register says by now what would have made another route."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.chain_checks import asked
from domain.chain_conditions import Facts
from domain.chains import kept_stages
from storage import deals
from storage.chain_plan import use_of
from storage.tables import Chain, Envelope


@dataclass(frozen=True)
class Outgrown:
    """`skipped`: numbers and names of the stages that were skipped, and would be asked for the
    amount and kind of now."""

    skipped: Sequence[str]


def outgrown(session: Session, envelope: Envelope) -> Outgrown | None:
    """None where the route fits, and where no chain was used."""
    use, row = use_of(session, envelope), deals.find(session, envelope)
    if use is None or row is None:
        return None
    stages = kept_stages(session.get_one(Chain, use.chain_id).definition)
    facts = Facts(row.amount, row.kind, use.department, use.maker_department)
    before = [one["asked"] or one.get("merged", False) for one in use.stages]
    after = list(asked(stages, facts))
    if after == before:
        return None
    return Outgrown(
        [
            f"{number} {use.stages[number - 1]['name']}".strip()
            for number, (was, holds) in enumerate(zip(before, after, strict=True), 1)
            if holds and not was
        ]
    )
