"""Consents in an evidence record: what a reader of the record alone finds out."""

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from asn1crypto import cms, tsp

from domain.consents import DEFAULT, statement, statement_sha256
from domain.events import utc_text
from signing.consents import consents_hold

AT = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
Record = dict[str, Any]


def token_over(digest: bytes) -> str:
    """As much of a token as says what it is over."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3",
            "message_imprint": imprint,
            "serial_number": 1,
            "gen_time": AT,
        }
    )
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(info.dump()),
            },
            "signer_infos": [],
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return base64.b64encode(whole.dump()).decode()


def said(key: str, kind: str, at: datetime, withdraws: str | None = None) -> Record:
    stated = statement(
        {
            "consent": key,
            "kind": kind,
            "envelope": "e",
            "participant": "p",
            "language": "ja",
            "withdraws": withdraws,
            "text_sha256": DEFAULT.sha256,
            "at": utc_text(at),
        }
    )
    digest = statement_sha256(stated)
    return {
        "id": key,
        "kind": kind,
        "participant": "p",
        "language": "ja",
        "withdraws": withdraws,
        "at": utc_text(at),
        "text": {**DEFAULT._asdict(), "version": 1, "sha256": DEFAULT.sha256},
        "statement": stated,
        "statement_sha256": digest,
        "token": token_over(bytes.fromhex(digest)),
    }


def noted(row: Record) -> list[Record]:
    data = {
        "consent": row["id"],
        "statement_sha256": row["statement_sha256"],
        "text_sha256": row["text"]["sha256"],
    }
    token = sha256(base64.b64decode(row["token"])).hexdigest()
    return [
        {"tag": f"consent:{row['kind']}", "data": data},
        {"tag": "consent:stamped", "data": {"consent": row["id"], "token_sha256": token}},
    ]


def signed(row: Record, at: datetime) -> Record:
    told = {"id": row["id"], "statement_sha256": row["statement_sha256"]}
    return {
        "kind": "sign",
        "accepted": True,
        "posted_at": utc_text(at),
        "evidence": {"consent": told},
    }


@pytest.fixture
def record() -> Record:
    """Given, signed, withdrawn."""
    given = said("c1", "given", AT)
    ended = said("c2", "withdrawn", AT + timedelta(hours=2), "c1")
    return {
        "envelope": {"id": "e"},
        "consents": [given, ended],
        "ledger": [*noted(given), *noted(ended)],
        "acts": [signed(given, AT + timedelta(hours=1))],
    }


def test_a_record_that_agrees_holds_and_so_does_one_without_any(record: Record) -> None:
    assert consents_hold(record)
    assert consents_hold({"envelope": {}, "ledger": [], "acts": []})


def test_a_consent_of_an_earlier_envelope_needs_no_event_here(record: Record) -> None:
    earlier = said("c0", "given", AT)
    stated = json.loads(earlier["statement"]) | {"envelope": "another"}
    earlier["statement"] = statement(stated)
    earlier["statement_sha256"] = statement_sha256(earlier["statement"])
    earlier["token"] = None
    record["consents"].append(earlier)
    record["acts"].append(signed(earlier, AT + timedelta(hours=1)))
    assert consents_hold(record)


def _change_text(record: Record) -> None:
    record["consents"][0]["text"]["ja"] = "別の文面"


def _change_statement(record: Record) -> None:
    row = record["consents"][0]
    row["statement"] = row["statement"].replace('"ja"', '"en"')


def _exchange_token(record: Record) -> None:
    record["consents"][0]["token"] = record["consents"][1]["token"]


def _drop_event(record: Record) -> None:
    del record["ledger"][0]


def _drop_row(record: Record) -> None:
    del record["consents"][1]


def _sign_before(record: Record) -> None:
    record["acts"][0]["posted_at"] = utc_text(AT - timedelta(seconds=1))


def _sign_after_withdrawal(record: Record) -> None:
    record["acts"][0]["posted_at"] = utc_text(AT + timedelta(hours=3))


def _sign_by_the_withdrawal(record: Record) -> None:
    row = record["consents"][1]
    record["acts"][0] = signed(row, AT + timedelta(hours=3))


@pytest.mark.parametrize(
    "change",
    [
        _change_text,
        _change_statement,
        _exchange_token,
        _drop_event,
        _drop_row,
        _sign_before,
        _sign_after_withdrawal,
        _sign_by_the_withdrawal,
    ],
)
def test_a_record_that_was_altered_does_not(
    record: Record, change: Callable[[Record], None]
) -> None:
    altered = deepcopy(record)
    change(altered)
    assert not consents_hold(altered)
