"""The stages of the draft's form: rows as typed, and what the pressed button asks for."""

import re
from collections.abc import Mapping
from dataclasses import replace

from domain.drafts import TypedDraft
from domain.forms import MAX_TYPED_CHARACTERS
from domain.kinds import Role
from domain.refusals import Words
from domain.stages import MAX_STAGES, StageKind, TypedStage

_ROW = re.compile(r"stages-(\d{1,3})-(kind|need|days|title|opener|reminders)")
_BUTTON = re.compile(r"stage-(add|remove|up|down)(?:-(\d{1,3}))?")
_CHOSEN = re.compile(r"people-(\d{1,3})-document-([0-9a-f-]{36})")

STAGE_WORDS = {
    StageKind.ALL: Words("全員の手続きが必要", "Everybody has to act"),
    StageKind.ANY: Words("誰か1人の手続きでよい", "Any one of them is enough"),
    StageKind.N_OF: Words("決められた人数の手続きでよい", "A set number of them is enough"),
    StageKind.GATE: Words(
        "条件待ち（議決など。人はいない）", "A gate (e.g. a resolution), no people"
    ),
}
ROLE_WORDS = {
    Role.CLERK: Words("担当者の誰でも", "Any clerk"),
    Role.ADMIN: Words("管理者の誰でも", "Any administrator"),
}


def stages_from(form: Mapping[str, str]) -> tuple[TypedStage, ...]:
    """The rows of stages, in order."""
    rows: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        found = _ROW.fullmatch(name)
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = value[:MAX_TYPED_CHARACTERS]
    return tuple(TypedStage(**rows[index]) for index in sorted(rows))[: MAX_STAGES + 1]


def documents_from(form: Mapping[str, str]) -> dict[int, str]:
    """Ids of the documents that were ticked for each person, by his row."""
    chosen: dict[int, list[str]] = {}
    for name in form:
        found = _CHOSEN.fullmatch(name)
        if found:
            chosen.setdefault(int(found[1]), []).append(found[2])
    return {index: " ".join(ids) for index, ids in chosen.items()}


def is_laying_out(action: str) -> bool:
    """Whether the button changes the list of stages."""
    return _BUTTON.fullmatch(action) is not None


def laid_out_anew(typed: TypedDraft, action: str) -> TypedDraft:
    """The draft after `stage-add`, `stage-remove-1`, `stage-up-1` or `stage-down-1`.

    People go where their stage goes; those of a stage that is taken out, to the one before it.
    """
    found = _BUTTON.fullmatch(action)
    typed = typed.laid_out
    if found is None:
        return typed
    verb, index, stages = found[1], int(found[2] or 0), list(typed.stages)
    if verb == "add":
        more = (*stages, TypedStage()) if len(stages) < MAX_STAGES else tuple(stages)
        return replace(typed, stages=more)
    if index >= len(stages) or (verb == "remove" and len(stages) == 1):
        return typed
    order = list(range(len(stages)))
    if verb == "remove":
        order.remove(index)
    else:
        other = index - 1 if verb == "up" else index + 1
        if not 0 <= other < len(stages):
            return typed
        order[index], order[other] = order[other], order[index]
    moved = {str(before + 1): str(after + 1) for after, before in enumerate(order)}
    if verb == "remove":
        moved[str(index + 1)] = str(max(1, index))
    people = tuple(replace(row, stage=moved.get(row.stage, row.stage)) for row in typed.people)
    return replace(typed, stages=tuple(stages[before] for before in order), people=people)
