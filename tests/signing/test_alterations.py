"""Altered files of every known kind, by a generator: none is valid.

Earlier revisions are the exception that proves the rule: their bytes are genuine, and only the
evidence record knows that more was to come.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from signing.verify import Note, Verdict
from tests.signing.alterations import FAMILIES, Material, family, truncated
from tests.signing.conftest import Bench

pytestmark = pytest.mark.local_sockets

AT_LEAST = 120


@pytest.fixture(scope="module")
def material(bench: Bench) -> Material:
    return Material(
        bench.revisions(2),
        bench.revisions(1)[-1],
        lambda digest: bench.timestamps.stamp(digest).token,
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_no_altered_file_is_valid(bench: Bench, material: Material, name: str) -> None:
    made = dict(family(name, material))
    assert material.finished not in made.values()
    with ThreadPoolExecutor(bench.pool.size) as threads:
        reports = dict(zip(made, threads.map(bench.verify, made.values()), strict=True))
    believed = [title for title, row in reports.items() if row.verdict is Verdict.VALID]
    assert believed == []


def test_there_are_many_of_them(material: Material) -> None:
    families = FAMILIES.keys() - {"stamped-over"}  # each of those costs a timestamp
    assert sum(len(dict(family(name, material))) for name in families) >= AT_LEAST


def test_the_file_itself_is_valid(bench: Bench, material: Material) -> None:
    report = bench.verify(material.finished)
    assert (report.verdict, report.notes) == (Verdict.VALID, ())


def test_an_earlier_revision_says_what_it_lacks(bench: Bench, material: Material) -> None:
    made = dict(truncated(material))
    assert bench.verify(made["revision-0"]).verdict is Verdict.NOT_VALID
    first, second = (bench.verify(made[f"revision-{number}"]) for number in (1, 2))
    assert (first.verdict, second.verdict) == (Verdict.VALID, Verdict.VALID)
    assert first.notes == (Note.UNSIGNED_FIELDS, Note.NOT_ARCHIVED)
    assert second.notes == (Note.NOT_ARCHIVED,)
