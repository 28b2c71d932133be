"""What has another name now keeps its place in the conditions of approval chains.

Conditions name departments as text. A chain that names one gets a next version with the new name,
in the transaction that renames, so that no stage falls away from what is sent afterwards.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_conditions import among, same_name
from domain.chain_names import renamed
from domain.chains import ChainStage, CheckedChain, kept_recipients, kept_stages
from storage import chains, departments
from storage.locks import locked, take_turn
from storage.tables import Chain, Department, Member


def save_department(  # noqa: PLR0913 - whose, which, code, name and head, when
    session: Session,
    actor: Member,
    department: Department,
    code: str,
    name: str,
    now: datetime,
    head_id: UUID | None = None,
) -> Sequence[Chain]:
    """New words for a department, and for the conditions that name it: the new versions of their
    chains, by name. Raises as `departments.save`."""
    take_turn(session, f"departments:{actor.organisation_id}")
    row = locked(session, Department, department.id)
    before = row.name if row is not None else name
    saved = departments.save(session, actor, department, code, name, now, head_id)
    if same_name(before, name):
        return []
    return _carry(session, actor, before, name, now, stays=_has(session, saved, before))


def _has(session: Session, but: Department, name: str) -> bool:
    """Whether another department is called so, or somebody belongs to one that was never listed."""
    others = session.scalars(
        select(Department.name).where(
            Department.organisation_id == but.organisation_id, Department.id != but.id
        )
    )
    written = session.scalars(
        select(Member.department).where(
            Member.organisation_id == but.organisation_id,
            Member.active.is_(True),
            Member.department_id.is_(None),
        )
    )
    return among(name, {*others, *written} - {""})


def _carry(  # noqa: PLR0913 - from which name to which, by whom, when
    session: Session, actor: Member, before: str, after: str, now: datetime, *, stays: bool
) -> Sequence[Chain]:
    """Chains that are stopped, too: they may be offered again."""
    saved = []
    for seen in chains.newest(session, actor.organisation_id):
        if not any(_names(stage, before) for stage in kept_stages(seen.definition)):
            continue
        row = chains.latest(session, seen)
        stages = tuple(
            replace(
                stage,
                condition=replace(
                    stage.condition,
                    departments=renamed(stage.condition.departments, before, after, stays=stays),
                ),
            )
            for stage in kept_stages(row.definition)
        )
        checked = CheckedChain(row.name, stages, kept_recipients(row.definition))
        saved.append(chains.save(session, actor, checked, row, now))
    return saved


def _names(stage: ChainStage, department: str) -> bool:
    return among(department, stage.condition.departments)
