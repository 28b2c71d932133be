"""A kept document, held against itself and against its record."""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from domain.findings import FINDING_WORDS, Finding
from domain.verification import Judgement
from signing.consents import CONSENT
from signing.evidence import EvidenceProblem
from signing.periods import PoolJudge
from signing.verdicts import Problem
from tests.signing.conftest import Bench, field_names
from tests.signing.test_consents import token_over
from tests.signing.test_evidence import Record, record_of

pytestmark = pytest.mark.local_sockets

DOCUMENT = UUID(int=9)


def record(bench: Bench) -> Record:
    made = record_of(bench.revisions(2), field_names(2))
    made["documents"][0]["id"] = str(DOCUMENT)
    return made


def test_the_finished_document_is_good_with_each_of_its_stamps(bench: Bench) -> None:
    judge = PoolJudge(bench.pool, bench.trust)
    found = judge.judge(bench.revisions(2)[-1], record(bench), DOCUMENT)
    assert found.findings == ()
    assert found.signatures == 2
    assert [stamp.kind for stamp in found.stamps] == ["signature", "signature", "timestamp"]
    assert all(stamp.good and stamp.at and stamp.authority for stamp in found.stamps)
    assert found.trial


def test_what_is_wrong_is_told_by_its_kind(bench: Bench) -> None:
    judge = PoolJudge(bench.pool, bench.trust)
    *_, signed, archived = bench.revisions(2)
    altered = archived.replace(b"/MediaBox", b"/MediaBoy", 1)
    assert Finding.ALTERED in judge.judge(altered, record(bench), DOCUMENT).findings
    bare = judge.judge(signed, record(bench), DOCUMENT).findings
    assert {Finding.NOT_STAMPED, Finding.INTERMEDIATE} <= set(bare)
    assert judge.judge(b"%PDF-1.7 no", record(bench), DOCUMENT).findings == (Finding.UNREADABLE,)
    assert judge.judge(archived, {}, DOCUMENT).findings == (Finding.NOT_A_RECORD,)


def test_consents_are_judged_with_the_first_document_as_all_time_stamps_are(bench: Bench) -> None:
    """A token over the right words that nobody we trust has made was good here before."""
    kept, said = record(bench), "we consent"
    digest = sha256(said.encode()).digest()
    token = base64.b64encode(bench.timestamps.stamp(digest).token).decode()

    def judged(token: str, statement: str, moment: datetime) -> Judgement:
        consent = {"id": "c", "token": token, "statement": statement}
        told = kept | {"consents": [consent, {"id": "waits", "token": None}]}
        judge = PoolJudge(bench.pool, bench.trust, lambda: moment)
        return judge.judge(bench.revisions(2)[-1], told, DOCUMENT)

    now = datetime.now(UTC)
    stamps = judged(token, said, now).stamps
    assert [stamp.kind for stamp in stamps] == ["consent", "signature", "signature", "timestamp"]
    assert all(stamp.good and stamp.at and stamp.authority for stamp in stamps)
    assert Finding.STAMP_UNPROVEN not in judged(token, said, now).findings
    behind = now + timedelta(days=365 * 11)
    for bad in (
        judged(token_over(digest), said, now),
        judged(token, "something else", now),
        judged("bm9uZQ==", said, now),
        judged(token, said, behind),
    ):
        assert Finding.STAMP_UNPROVEN in bad.findings
        assert not bad.stamps[0].good
    other = PoolJudge(bench.pool, bench.trust).judge(
        bench.revisions(2)[-1], kept | {"consents": []}, UUID(int=7)
    )
    assert CONSENT not in {stamp.kind for stamp in other.stamps}


def test_every_problem_has_its_words_in_the_one_list() -> None:
    told = {*(one.value for one in Problem), *(one.value for one in EvidenceProblem)}
    assert told <= {finding.value for finding in Finding}
    assert set(FINDING_WORDS) == set(Finding)
