"""Detached time-stamps behind the end of their authority's certificate, with a further token and
without."""

import base64
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from domain.events import Event, utc_text
from domain.findings import Finding
from domain.stamp_proofs import Datum, DatumKind, ProvedStamp, Stamped, files, manifest
from signing.imports import judge_import
from signing.stamp_proofs import TokenProver, further_hold, judge_chain
from signing.timestamps import TimestampClient
from tests.signing.conftest import Bench
from trial import profiles
from trial.issue import TrustFolder
from trial.profiles import Profile, Use
from trial.tsa import StampingAuthority

pytestmark = pytest.mark.local_sockets

DATA = b"%PDF as it came"
DIGEST = sha256(DATA).digest()


@dataclass(frozen=True)
class Kept:
    """A token, and a further one of an authority whose certificate ends four years later."""

    stamps: tuple[ProvedStamp, ProvedStamp]
    ends: datetime
    later: datetime


def later_authority(bench: Bench, home: Path) -> TimestampClient:
    """Under the same CA, with a certificate of 14 years; the others have 10."""
    shutil.copytree(bench.pki.trust_dir, home)
    folder = TrustFolder(home)
    profile = Profile("tsa3", "tsa-ca", "Musubi TEST TSA 3（試験用）", Use.TIME_STAMPS, 14)
    certificate = profiles.build(
        profile,
        folder.private_key("tsa3").public_key(),
        folder.certificate("tsa-ca"),
        folder.private_key("tsa-ca"),
        bench.pki.base_url,
        datetime.now(UTC),
    )
    folder.keep("tsa3", certificate)
    authority = StampingAuthority.set_up(folder, "tsa3")
    return TimestampClient(["tsa3"], bench.trust, post=lambda _, body: authority.reply(body))


@pytest.fixture(scope="module")
def kept(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    prover = TokenProver(bench.trust)
    token = bench.timestamps.stamp(DIGEST).token
    first = ProvedStamp(token, prover.data(token))
    before = prover.data(token)
    over = manifest(DIGEST, [first], before)
    client = later_authority(bench, tmp_path_factory.mktemp("later") / "trust")
    further = client.stamp(sha256(over.encode()).digest()).token
    second = ProvedStamp(further, (), over, before)
    (_, ends), (_, later) = prover.lasts(token), prover.lasts(further)
    return Kept((first, second), ends, later)


def good(kept: Kept, bench: Bench, moment: datetime, count: int = 2) -> list[bool]:
    judged = judge_chain(kept.stamps[:count], DIGEST, bench.trust, moment)
    return [one.good for one in judged]


def test_chain_and_revocation_data_are_kept_with_a_token(kept: Kept) -> None:
    kinds = [datum.kind for datum in kept.stamps[0].data]
    assert kinds.count(DatumKind.CERTIFICATE) >= 3  # authority, its CA, the root
    assert {DatumKind.OCSP, DatumKind.CRL} & set(kinds)
    years = (kept.ends - datetime.now(UTC)).days // 365
    assert (years, kept.later - kept.ends > timedelta(days=3 * 365)) == (9, True)


def test_a_token_alone_proves_nothing_behind_its_end_and_with_a_further_one_it_does(
    bench: Bench, kept: Kept
) -> None:
    soon = datetime.now(UTC) + timedelta(days=30)
    behind = kept.ends + timedelta(days=30)
    assert good(kept, bench, soon, 1) == [True]
    assert good(kept, bench, behind, 1) == [False]
    assert good(kept, bench, soon) == [True, True]
    assert good(kept, bench, behind) == [True, True]
    assert good(kept, bench, kept.later + timedelta(days=30)) == [False, False]


@pytest.mark.parametrize(
    "change",
    [
        lambda one, two: (one, replace(two, manifest=two.manifest.replace("a", "b", 1))),
        lambda one, two: (
            replace(one, data=one.data[1:]),
            replace(two, before=two.before[1:]),
        ),
        lambda one, two: (replace(one, data=()), replace(two, before=())),
        lambda one, two: (replace(one, token=two.token), two),
        lambda one, two: (one, replace(two, token=one.token)),
        lambda one, two: (one, replace(two, token=b"")),
        lambda one, two: (
            one,
            replace(two, before=(*two.before, Datum(DatumKind.CERTIFICATE, b"another"))),
        ),
    ],
    ids=["list", "lost datum", "all data", "first token", "further token", "none", "more"],
)
def test_what_was_changed_afterwards_proves_nothing(
    bench: Bench,
    kept: Kept,
    change: Callable[[ProvedStamp, ProvedStamp], tuple[ProvedStamp, ProvedStamp]],
) -> None:
    judged = judge_chain(change(*kept.stamps), DIGEST, bench.trust, kept.ends + timedelta(days=30))
    assert not all(one.good for one in judged)


def test_other_bytes_are_not_what_was_stamped(bench: Bench, kept: Kept) -> None:
    judged = judge_chain(kept.stamps, sha256(b"other").digest(), bench.trust)
    assert [one.good for one in judged] == [False, False]


def record(kept: Kept, bench: Bench) -> dict[str, Any]:
    """As much of a record as the judgement of an import reads."""
    first, second = kept.stamps

    def told(data: tuple[Datum, ...]) -> list[list[str]]:
        return [[one.kind.value, base64.b64encode(one.der).decode()] for one in data]

    bare = {"number": 0, "token": None, "manifest": "", "before": [], "data": told(first.data)}
    further = {
        "number": 1,
        "token": base64.b64encode(second.token).decode(),
        "manifest": second.manifest,
        "before": told(second.before),
        "data": told(second.data),
    }
    judged = judge_chain(kept.stamps, DIGEST, bench.trust)[0]
    assert judged.at is not None
    said = {
        "kind": Stamped.IMPORT.value,
        "subject": "e",
        "number": 1,
        "manifest_sha256": sha256(second.manifest.encode()).hexdigest(),
        "token_sha256": sha256(second.token).hexdigest(),
    }
    return {
        "envelope": {"id": "e"},
        "import": {
            "sha256": DIGEST.hex(),
            "token": base64.b64encode(first.token).decode(),
            "token_time": utc_text(judged.at),
            "proofs": [bare, further],
        },
        "ledger": [{"tag": Event.STAMP_RENEWED.value, "data": said}],
    }


def test_an_import_is_judged_with_its_further_tokens(bench: Bench, kept: Kept) -> None:
    told, behind = record(kept, bench), kept.ends + timedelta(days=30)
    found = judge_import(DATA, told, bench.trust, behind)
    assert (found.findings, [stamp.good for stamp in found.stamps]) == ((), [True, True])
    old = told["import"] | {"proofs": []}  # as an older version kept it, or nobody renewed it
    alone = judge_import(DATA, told | {"import": old}, bench.trust, behind)
    assert alone.findings == (Finding.STAMP_UNPROVEN,)
    assert judge_import(DATA, told | {"import": old}, bench.trust).findings == ()


def test_further_tokens_are_those_that_the_ledger_noted(bench: Bench, kept: Kept) -> None:
    told = record(kept, bench)
    rows = {"e": told["import"]}
    assert further_hold(told, Stamped.IMPORT, rows)
    assert further_hold(told, Stamped.CONSENT, {})
    assert not further_hold(told | {"ledger": []}, Stamped.IMPORT, rows)
    assert not further_hold(told, Stamped.IMPORT, {"e": told["import"] | {"proofs": []}})


def test_a_stranger_verifies_them_with_openssl(bench: Bench, kept: Kept, tmp_path: Path) -> None:
    for name, data in files(kept.stamps):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "document").write_bytes(DATA)
    assert run(tmp_path, "sha256sum", "-c", "1.txt") == 0
    roots = str(bench.pki.files.roots)
    ask = ["openssl", "ts", "-verify", "-token_in", "-CAfile", roots]
    behind = int((kept.ends + timedelta(days=30)).timestamp())
    [_, at] = judge_chain(kept.stamps, DIGEST, bench.trust)
    assert at.at is not None
    then = int(at.at.timestamp())
    further = ["-data", "1.txt", "-in", "1.tst", "-attime"]
    first = ["-data", "document", "-in", "0.tst", "-attime"]
    assert run(tmp_path, *ask, *further, str(behind)) == 0
    assert run(tmp_path, *ask, *first, str(then)) == 0
    assert run(tmp_path, *ask, *first, str(behind)) != 0


def run(folder: Path, *words: str) -> int:
    done = subprocess.run(words, cwd=folder, env=os.environ, capture_output=True, check=False)
    return done.returncode
