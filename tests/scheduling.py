"""Which tests one process of a run does, one after the other; all others go to whoever is free.

By the path and not by a mark: xdist 3.8 writes a mark's group into an attribute from which pytest
9.2 does not read a test's name any more, and the group is lost.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    # A time-skipping server is told a port that was free a moment before; two processes that start
    # theirs at once may both have been told the same.
    "tests/workflows/": "workflows",
}
ONE_BY_ONE = ("tests/e2e/", "tests/faults/test_short_matrix.py", "tests/faults/test_points.py")
"""Long tests that share nothing but a stack, which each process has anyhow."""
BY_FILE = ("tests/e2e/test_traces.py", "tests/e2e/test_postgresql.py")


class SomeTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no type information
    """A file's tests together, for what they share is made once; with the exceptions above."""

    def _split_scope(self, nodeid: str) -> str:
        """What is done by one process; a test by itself is its own scope."""
        path: str = nodeid.split("::", maxsplit=1)[0]
        for beginning, name in TOGETHER.items():
            if path.startswith(beginning):
                return name
        return nodeid if path.startswith(ONE_BY_ONE) and path not in BY_FILE else path
