"""A draft that came back and is sent again: what its register takes from it.

In the meantime members may have corrected the register. Whatever the draft says otherwise than at
its last sending is taken over, emptied fields too; everything else stays as it stands there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.deals import OWN, Deal, changes
from domain.events import Json


@dataclass(frozen=True)
class Written:
    """One step of the register's history."""

    by_hand: bool
    """Whether somebody changed it there; otherwise a draft did."""
    before: Mapping[str, Json]
    after: Mapping[str, Json]


def said_last(now: Mapping[str, Json], steps: Iterable[Written]) -> dict[str, Json]:
    """What the draft said when it was last sent. `now` is what stands in the register, `steps` led
    there, the newest first."""
    found, settled = dict(now), set()
    for step in steps:
        for change in changes(step.before, step.after):
            if change.name in settled:
                continue
            if step.by_hand:
                found[change.name] = change.before
            else:
                settled.add(change.name)
    return found


def merged(known: Deal, said: Deal, base: Mapping[str, Json]) -> Deal:
    """The register's values with what the draft changed. `base` is what it said before."""
    changed = [name for name, value in said.as_json().items() if value != base.get(name)]
    return replace(known, **{name: getattr(said, name) for name in changed})


def merged_own(
    known: Mapping[str, str], said: Mapping[str, str], base: Mapping[str, Json]
) -> dict[str, str]:
    """The same of own fields, by their ids; "" is an empty one."""
    changed = {key: value for key, value in said.items() if value != (base.get(OWN + key) or "")}
    return {key: value for key, value in {**known, **changed}.items() if value}
