"""Fields that depend on others: in which order they are settled, and which go round in a circle."""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter


def in_order(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The names so that each comes after those that it needs; names that nobody has are left out.

    What goes round in a circle has no order: it comes last, as given, and finds no values.
    """
    rest = {name: [need for need in found if need in needs] for name, found in needs.items()}
    circular: list[str] = []
    while True:
        try:
            return (*TopologicalSorter(rest).static_order(), *circular)
        except CycleError as found:
            for name in dict.fromkeys(found.args[1]):
                circular.append(name)
                del rest[name]
            rest = {
                name: [need for need in needed if need in rest] for name, needed in rest.items()
            }


def circles(needs: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Every name that needs itself, by whatever detour."""
    return frozenset(name for name in needs if _reaches(name, needs))


def _reaches(name: str, needs: Mapping[str, Collection[str]]) -> bool:
    seen: set[str] = set()
    todo = [need for need in needs[name] if need in needs]
    while todo:
        at = todo.pop()
        if at == name:
            return True
        if at not in seen:
            seen.add(at)
            todo += [need for need in needs[at] if need in needs]
    return False
