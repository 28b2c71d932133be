"""Files that strangers have signed: what the verifier says of them, to somebody who trusts them."""

from collections.abc import Callable

import pytest

from signing.pool import ChildPool
from signing.trust import TrustMaterial
from signing.verify import (
    Changed,
    DocumentReport,
    Level,
    Note,
    Problem,
    Trust,
    Verdict,
    verify_file,
)
from tests.files import signed as files
from tests.files.odd import updated
from tests.files.signed import CLOSED, EXTENDABLE

_ODD = {"hybrid", "reused_table_number"}
_READABLE = CLOSED.keys() - {"usage_rights", "signed_damaged"}


def _verified(pool: ChildPool, data: bytes, *, trusting: bool = True) -> DocumentReport:
    roots = (files.certificate(),) if trusting else ()
    return verify_file(data, pool, TrustMaterial(roots, ()))


@pytest.mark.parametrize("name", sorted(EXTENDABLE.keys() - {"unknown_digest"}))
def test_an_untouched_file_raises_no_alarm(pool: ChildPool, name: str) -> None:
    report = _verified(pool, EXTENDABLE[name]())
    assert (report.verdict, report.problems) == (Verdict.VALID, ())
    assert report.loose is (name in _ODD)
    assert (Note.LOOSE_STRUCTURE in report.notes) is (name in _ODD)


@pytest.mark.parametrize("name", sorted(_READABLE))
def test_a_file_that_takes_no_more_signatures_may_still_be_valid(
    pool: ChildPool, name: str
) -> None:
    assert _verified(pool, CLOSED[name][0]()).problems == ()


def test_a_report_tells_all_that_a_signature_without_a_timestamp_says(pool: ChildPool) -> None:
    report = _verified(pool, files.signed())
    (row,) = report.signatures
    assert (row.kind, row.field, row.method) == ("signature", "Foreign", "adbe.pkcs7.detached")
    assert (row.subject, row.chain) == ("rehearsal", ("rehearsal",))
    assert (row.algorithm, row.key) == ("sha256_ecdsa/sha256", "EC secp256r1")
    assert row.level is Level.B_B
    assert (row.time_source, row.stamped_by) == ("claimed", "")
    assert row.at is not None
    assert (row.trust, row.changed, row.covers) == (Trust.TRUSTED, Changed.NOTHING, "entire_file")
    assert row.covered == report.size
    assert report.notes == (Note.NOT_ARCHIVED,)


def test_a_stranger_is_not_trusted_without_his_root(pool: ChildPool) -> None:
    report = _verified(pool, files.signed(), trusting=False)
    assert report.problems == (Problem.UNTRUSTED,)
    assert report.signatures[0].trust is Trust.UNKNOWN


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (files.with_weak_digest, Problem.WEAK_ALGORITHM),
        (files.with_weak_key, Problem.WEAK_ALGORITHM),
        (files.with_unknown_digest, Problem.UNKNOWN_ALGORITHM),
        (files.with_more_than_a_store_afterwards, Problem.APPENDED),
        (lambda: files.signed() + b"\n% more\n", Problem.APPENDED),
        (lambda: files.signed().replace(b"595", b"594", 1), Problem.ALTERED),
    ],
)
def test_what_speaks_against_a_file_is_named(
    pool: ChildPool, make: Callable[[], bytes], problem: Problem
) -> None:
    report = _verified(pool, make())
    assert report.verdict is Verdict.NOT_VALID
    assert problem in report.problems


def test_a_weak_digest_is_no_alteration(pool: ChildPool) -> None:
    assert Problem.ALTERED not in _verified(pool, files.with_weak_digest()).problems


def test_a_security_store_after_the_last_signature_is_none_either(pool: ChildPool) -> None:
    report = _verified(pool, files.with_store_afterwards())
    assert (report.verdict, report.problems) == (Verdict.VALID, ())
    assert Note.STORE_AFTERWARDS in report.notes
    assert report.signatures[0].changed is Changed.ARCHIVE


def test_a_second_table_after_a_signature_is_an_alteration(pool: ChildPool) -> None:
    """Two kinds of readers would see two files."""
    data = files.signed(updated())
    start = data.rindex(b"trailer")
    end = data.index(b">>", start)
    size = len(data)
    again = data[:start][data.rindex(b"xref", 0, start) :]
    trailer = data[start:end].replace(b"/Prev", b"/Was")
    forged = (
        data
        + again
        + trailer
        + b"/XRefStm %d/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (size, int(data[data.rindex(b"startxref") :].split()[1]), size)
    )
    assert _verified(pool, forged).verdict is not Verdict.VALID
