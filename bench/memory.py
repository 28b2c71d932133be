"""What the processes hold at most while one envelope with two signers is carried.

A process is counted with its children, and pages that several of them share are shared out among
them (PSS), looked at ten times a second: what the machine must have.
"""

from bench.people import Town, plan, town, written
from bench.processes import watched
from bench.report import Row
from bench.sign import MEGABYTE, heavy
from tests.files.generate import contract

SUBJECT = "memory"
SERVICE = ("web", "envelopes", "documents", "signing")
GOAL = 4.0
"""How many times its file a process may need, beyond what it needs for one page."""
SECONDS = 60.0
SIZES = (20, 50)


def run() -> list[Row]:
    """All rows of the subject."""
    with town() as found:
        _carry(found, contract(1))  # everything has been loaded once
        least, _ = _carry(found, contract(1))
        rows = [Row(SUBJECT, f"1 page: {name}", peak, "MiB", 1) for name, peak in least.items()]
        for size in SIZES:
            # a little less: the whole file may be as large as intake takes, and no larger
            peaks, seconds = _carry(found, heavy(size * MEGABYTE - MEGABYTE // 8))
            rows += [
                Row(SUBJECT, f"{size} MB: {name}, beyond 1 page", peaks[name] - least[name],
                    "MiB", 1, baseline=size, goal=GOAL)
                for name in SERVICE
            ]  # fmt: skip
            what = f"{size} MB: from upload to hand-over"
            rows.append(Row(SUBJECT, what, seconds, "s", 1, goal=SECONDS))
        return rows


def _carry(found: Town, data: bytes) -> tuple[dict[str, float], float]:
    """Peaks in MiB by process, and the seconds of the envelope."""
    file = written(found.folder, "file.pdf", data)
    with watched(found.pids()) as peaks:
        result = found.tell(plan(file))
    return peaks, result.seconds
