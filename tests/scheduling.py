"""Which tests one process of a run does, one after the other; all others go to whoever is free.

By the path and not by a mark: xdist 3.8 writes a mark's group into an attribute from which pytest
9.2 does not read a test's name any more, and the group is lost.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    # A time-skipping server is told a port that was free a moment before; two processes that start
    # theirs at once may both have been told the same.
    "tests/workflows/": "workflows",
    # What they need takes a minute to make, once for each process.
    "tests/signing/test_crowds.py": "crowds",
    "tests/faults/test_oracle.py": "copies",
}


class SomeTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no type information
    """xdist's scheduler of scopes, with the paths above for scopes."""

    def _split_scope(self, nodeid: str) -> str:
        """What is done by one process; a test by itself is its own scope."""
        for path, name in TOGETHER.items():
            if nodeid.startswith(path):
                return name
        return nodeid
