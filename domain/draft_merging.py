"""Two people's forms of one draft: what differs, and a third form made of both."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from domain.drafts import TypedDraft
from domain.events import canonical
from domain.template_content import Part

_ATTRIBUTES: Mapping[Part, tuple[str, ...]] = {
    Part.TITLE: ("title",),
    Part.MESSAGE: ("message",),
    Part.PEOPLE: ("people",),
    Part.ORDER: ("order", "stages"),
    Part.CHAIN: ("chain_id", "route_seen", "filled"),
    Part.DEADLINE: ("deadline_days",),
    Part.PURPOSE: ("purpose",),
    Part.AMOUNT: ("amount",),
    Part.KIND: ("contract_kind",),
    Part.DEAL: ("deal",),
    Part.OWN: ("own",),
}
"""Of the parts that the form holds; documents and fields are kept on their own."""
_MARK = 8


def marks_of(typed: TypedDraft) -> str:
    """What a form says of the draft that its page was made from: one mark for each part."""
    stored = replace(typed, route_seen="").laid_out.as_json()  # as the form shows it
    return " ".join(
        f"{part}:{_mark([stored.get(name) for name in names])}"
        for part, names in _ATTRIBUTES.items()
    )


def _mark(values: list[Any]) -> str:
    return hashlib.sha256(canonical(values)).hexdigest()[:_MARK]


def untouched(mine: TypedDraft, base: str) -> frozenset[Part]:
    """Parts that are as they were when my page was made: whatever differs there, I did not."""
    before = set(base.split())
    same = {Part(mark.partition(":")[0]) for mark in marks_of(mine).split() if mark in before}
    together = {Part.PEOPLE, Part.ORDER}  # a person's stage is one of the order's
    return frozenset(same if together <= same else same - together)


def merged(mine: TypedDraft, theirs: TypedDraft, taken: Collection[Part]) -> TypedDraft:
    """Mine, with the named parts of theirs."""
    names = [name for part in taken for name in _ATTRIBUTES.get(part, ())]
    values: dict[str, Any] = {name: getattr(theirs, name) for name in names}
    return replace(mine, **values)
