"""Twenty invisible signatures on one document: all valid, and the last as cheap as the first.

People who fill in and show their signatures, and fifty of them, are in test_crowds.
"""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from signing.verify import Changed, Level, Verdict
from tests.signing import judges
from tests.signing.conftest import Bench, field_names

pytestmark = pytest.mark.local_sockets

GROWTH = 32 * 1024
"""Bytes that one signature may add; 16 KiB of it are reserved for the CMS."""
SPREAD = 2 * 1024
"""Bytes between the smallest and the largest of them: the tables that every revision repeats."""


@pytest.mark.parametrize("signers", [20])
def test_every_signature_of_many_is_valid_and_none_costs_more_bytes_than_the_first(
    bench: Bench, signers: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    started = time.perf_counter()
    made = bench.revisions(signers)
    record_property("seconds_to_make", time.perf_counter() - started)

    growth = [len(later) - len(earlier) for earlier, later in itertools.pairwise(made[:-1])]
    assert max(growth) < GROWTH
    assert max(growth) - min(growth) < SPREAD
    assert len(made[-1]) - len(made[-2]) < 2 * GROWTH

    started = time.perf_counter()
    report = bench.verify(made[-1])
    record_property("seconds_to_verify", time.perf_counter() - started)
    assert report.verdict is Verdict.VALID
    *signed, stamp = report.signatures
    assert [row.field for row in signed] == field_names(signers)
    assert {row.level for row in signed} == {Level.B_LTA}
    assert {row.changed for row in signed[:-1]} == {Changed.SIGNATURES}
    assert (signed[-1].changed, stamp.changed) == (Changed.ARCHIVE, Changed.NOTHING)

    file = tmp_path / "finished.pdf"
    file.write_bytes(made[-1])
    assert judges.qpdf_finds_nothing(file)
    assert [valid for _, valid, _ in judges.pdfsig_verdicts(file)] == [True] * signers
