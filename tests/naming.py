"""Names what failed as soon as it did: a run that is cut off would take its summary along."""

import pytest


class FailuresAtOnce:
    """A plugin of the process that prints."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One line with the test's name and the last line of what is known of the failure."""
        if not report.failed:
            return
        self._terminal.ensure_newline()
        self._terminal.write_line(f"{report.nodeid} failed ({report.when}): {_gist(report)}")


def _gist(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    words = str(getattr(crash, "message", report.longrepr)).strip()
    return words.splitlines()[0][:200] if words else ""
