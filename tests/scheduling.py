"""Which tests one process of a run does, one after the other; all others go to whoever is free.

By the path and not by a mark: xdist 3.8 writes a mark's group into an attribute from which pytest
9.2 does not read a test's name any more, and the group is lost.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    # Two stacks for all journeys, each about half of the time: the processes of a stack take their
    # part of the machine also while nobody asks anything of them.
    "tests/e2e/test_browser_kills.py": "attacks",
    "tests/e2e/test_forgery": "attacks",
    "tests/e2e/test_kills.py": "attacks",
    "tests/e2e/test_ways_kills.py": "attacks",
    "tests/e2e/": "journeys",
    # A time-skipping server is told a port that was free a moment before; two processes that start
    # theirs at once may both have been told the same.
    "tests/workflows/": "workflows",
}
ONE_BY_ONE = ("tests/faults/test_short_matrix.py", "tests/faults/test_points.py")
"""Long tests that share nothing."""
BY_FILE = ("tests/e2e/test_postgresql.py", "tests/e2e/test_restart.py")
"""Journeys with a stack of their own."""


class SomeTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no type information
    """A file's tests together, for what they share is made once; with the exceptions above."""

    def remove_node(self, node: object) -> str | None:
        """Of a process that died, the test that it was in, which is not tried again; the others'
        turn comes elsewhere. xdist 3.8 deals out what was done already as well: nothing to run, at
        which a process that waits for its next test waits for ever."""
        work = self.assigned_work.pop(node)
        undone = (name for unit in work.values() for name in unit if not unit[name])
        died_in: str | None = next(undone, None)
        if died_in is None:
            return None
        left = {
            scope: unit
            for scope, unit in work.items()
            if not all(done or name == died_in for name, done in unit.items())
        }
        for unit in left.values():
            if died_in in unit:
                unit[died_in] = True
        self.workqueue.update(left)
        for other in self.assigned_work:
            self._reschedule(other)
        return died_in

    def _split_scope(self, nodeid: str) -> str:
        """What is done by one process; a test by itself is its own scope."""
        path: str = nodeid.split("::", maxsplit=1)[0]
        if path in BY_FILE:
            return path
        for beginning, name in TOGETHER.items():
            if path.startswith(beginning):
                return name
        return nodeid if path.startswith(ONE_BY_ONE) else path
