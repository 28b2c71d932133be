"""Names in conditions that nothing has.

Departments and kinds are compared by their names, so that a stage whose condition names one that
does not exist is never asked. What has another name now is carried along where it is renamed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal
from uuid import UUID

from domain.chain_conditions import Facts, among, same_name
from domain.chain_finding import Finding
from domain.chain_seats import Colleague, Staff
from domain.chains import ChainStage
from domain.refusals import Words


def lost_departments(
    stages: Sequence[ChainStage], people: Mapping[UUID, Colleague]
) -> Iterable[Finding]:
    """Beside each stage, the departments of its condition to which nobody belongs."""
    known = [person.department for person in people.values() if person.active]
    for index, stage in enumerate(stages):
        lost = [one for one in stage.condition.departments if not among(one, known)]
        if lost:
            names = "・".join(lost)
            yield Finding(
                Words(
                    f"部署「{names}」の利用者がいません。"
                    "部署名を確かめるか、条件から外してください。",
                    f"No member belongs to “{names}”. Check the department’s name, or remove it.",
                ),
                index,
                error=True,
                part="departments",
            )


def lost_kinds(stages: Sequence[ChainStage], kinds: Sequence[str]) -> Iterable[Finding]:
    """Beside each stage, the kinds of its condition that are none of `kinds`: a misspelt one, or
    one that is not used any more. A warning: whoever makes a draft may type a kind of his own. What
    was never registered nor entered keeps drafts back that it would lead past its stage."""
    for index, stage in enumerate(stages):
        if lost := [one for one in stage.condition.kinds if not among(one, kinds)]:
            names = "・".join(lost)
            yield Finding(
                Words(
                    f"種類「{names}」は、登録されて使われている契約の種類にありません。"
                    "登録された種類の封筒では、この条件は当てはまりません。名前を確かめてください。",
                    f"“{names}” is no registered kind of contract in use: this condition holds for "
                    "none of those. Check the name.",
                ),
                index,
                part="kinds",
            )


def unjudged(stages: Sequence[ChainStage], facts: Facts, staff: Staff) -> Iterator[Words]:
    """Why nobody can say whether a stage is asked: only its departments would have it skipped, and
    there is none of such a name. A department that is empty by now is still one."""
    known = [unit.name for unit in staff.units.values()]
    known += [person.department for person in staff.people.values() if person.active]
    for stage, names in _hanging_on(stages, facts, "departments", known):
        yield Words(
            f"段階{stage}の条件にある部署「{names}」が見つからないため、この段階が必要かどうか"
            "分かりません。承認ルートの条件を直すよう、管理者に依頼してください。",
            f"Stage {stage} depends on the department “{names}”, which does not exist, "
            "so that nobody knows whether it is needed. Ask an administrator to correct the "
            "route’s condition.",
        )


def unjudged_kinds(
    stages: Sequence[ChainStage], facts: Facts, kinds: Sequence[str]
) -> Iterator[Words]:
    """The same of kinds of contract, where only they would have a stage skipped: one that is none
    of `kinds`, those that are registered or were ever entered, is misspelt."""
    for stage, names in _hanging_on(stages, facts, "kinds", kinds) if facts.kind else ():
        yield Words(
            f"段階{stage}の条件にある契約の種類「{names}」が見つからないため、この段階が必要か"
            "どうか分かりません。承認ルートの条件を直すか、その種類を登録するよう、管理者に依頼してください。",
            f"Stage {stage} depends on the kind of contract “{names}”, which nobody has "
            "registered or entered, so that nobody knows whether it is needed. Ask an "
            "administrator to correct the route’s condition, or to register that kind.",
        )


def _hanging_on(
    stages: Sequence[ChainStage],
    facts: Facts,
    part: Literal["departments", "kinds"],
    known: Sequence[str],
) -> Iterator[tuple[str, str]]:
    """Stages, by number and name, that this part of their condition alone would have skipped, with
    those of its names that are not known."""
    for number, stage in enumerate(stages, 1):
        when = stage.condition
        without = (
            replace(when, departments=()) if part == "departments" else replace(when, kinds=())
        )
        if not when.unmet(facts) or without.unmet(facts):
            continue
        if lost := [one for one in getattr(when, part) if not among(one, known)]:
            yield f"{number} {stage.name}" if stage.name else str(number), "・".join(lost)


def renamed(names: Sequence[str], before: str, after: str, *, stays: bool) -> tuple[str, ...]:
    """Names of a condition with the new name of one: in its place, or behind it where others still
    have the old one (`stays`)."""
    found: list[str] = []
    for one in names:
        wanted = [one]
        if same_name(one, before):
            wanted = [one, after] if stays else [after]
        found += [name for name in wanted if not among(name, found)]
    return tuple(found)
