"""The children that read documents: what this system lets us take away from them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.checks import Finding, fine, note, problem

if TYPE_CHECKING:
    from signing.confine import Confinement


def check_confinement() -> Iterator[Finding]:
    """Start one child and ask. Nothing where the signing room is not installed."""
    try:
        from signing.pool import ChildDied, ChildPool
    except ImportError:
        return
    try:
        with ChildPool(1) as pool:
            yield judge(pool.confinement())
    except (ChildDied, OSError):
        yield problem("A child that reads documents does not start")


def judge(confinement: "Confinement") -> Finding:
    """Containers and old kernels refuse some of it; all work is done nevertheless."""
    from signing.confine import Isolation

    missing = []
    if confinement.network is Isolation.NONE:
        missing.append("no network namespace (unshare is refused)")
    if not confinement.files:
        missing.append("no Landlock (Linux 5.13)")
    if missing:
        return note(f"Children that read documents are confined less here: {', '.join(missing)}")
    return fine("Children that read documents reach neither network nor files")
