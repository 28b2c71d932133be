"""Contracts from elsewhere: what is taken as it is, and their detached time-stamps."""

import base64
from hashlib import sha256
from uuid import UUID

import pytest
from pyhanko.sign.fields import MDPPerm

from domain.events import GENESIS, Event, event_hash, utc_text
from domain.findings import Finding
from domain.refusals import Refusal, RefusalCode
from signing.periods import PoolJudge
from tests.files import hostile
from tests.files.generate import contract, encrypted, encrypted_for_owners
from tests.files.signed import signed
from tests.signing.conftest import Bench
from tests.signing.test_evidence import AT, ENVELOPE, Record

pytestmark = pytest.mark.local_sockets

DOCUMENT = UUID(int=9)


@pytest.mark.parametrize(
    "data",
    [
        contract(),
        signed(certify=MDPPerm.NO_CHANGES),
        encrypted_for_owners(),
        hostile.with_attachment(),
    ],
    ids=["plain", "certified", "restricted", "attachment"],
)
def test_what_merely_could_not_be_signed_is_kept_as_it_is(bench: Bench, data: bytes) -> None:
    found = bench.inspector.inspect_kept(data)
    assert found.pages == len(found.images) >= 1
    assert (found.mends, found.repaired) == ((), None)
    assert bench.inspector.draw(data, range(1), kept=True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (hostile.opening_script(), RefusalCode.KEPT_ACTIVE),
        (hostile.print_layers(), RefusalCode.KEPT_ACTIVE),
        (hostile.external_stream(), RefusalCode.KEPT_ACTIVE),
        (encrypted("a password"), RefusalCode.ENCRYPTED),
        (hostile.duplicate_objects(), RefusalCode.DUPLICATE_OBJECTS),
        (b"no pdf", RefusalCode.NOT_A_PDF),
        (b"", RefusalCode.EMPTY_FILE),
    ],
)
def test_what_acts_or_cannot_be_read_is_refused(
    bench: Bench, data: bytes, code: RefusalCode
) -> None:
    with pytest.raises(Refusal) as refused:
        bench.inspector.inspect_kept(data)
    assert refused.value.code is code


def record(bench: Bench, data: bytes) -> Record:
    """What storage writes of an import whose time-stamp has come."""
    token = bench.timestamps.stamp(sha256(data).digest())
    digest, at = sha256(data).hexdigest(), utc_text(token.at)
    events = [
        (Event.IMPORT_TAKEN, {"sha256": digest}),
        (
            Event.IMPORT_STAMPED,
            {"sha256": digest, "token_sha256": sha256(token.token).hexdigest(), "token_time": at},
        ),
    ]
    ledger, previous = [], GENESIS
    for sequence, (tag, said) in enumerate(events, start=1):
        event = {"tag": tag.value, "at": AT, "envelope_id": ENVELOPE, "actor": "system"}
        hashed = event_hash(previous=previous, sequence=sequence, data=said, **event)  # type: ignore[arg-type]  # the parts of an event
        ledger.append(
            {
                "tag": tag.value, "at": utc_text(AT), "envelope": str(ENVELOPE), "actor": "system",
                "data": said, "previous": previous, "sequence": sequence, "hash": hashed,
            }
        )  # fmt: skip
        previous = hashed
    revision = {
        "version": 1, "number": 0, "kind": "imported", "sha256": digest, "size": len(data),
        "act": None,
    }  # fmt: skip
    return {
        "format": "musubi-evidence-1",
        "envelope": {"id": str(ENVELOPE), "number": "1234567890", "version": 1},
        "documents": [{"id": str(DOCUMENT), "title": "契約書", "revisions": [revision]}],
        "participants": [],
        "acts": [],
        "import": {
            "sha256": digest, "token": base64.b64encode(token.token).decode(), "token_time": at,
        },
        "ledger": ledger,
    }  # fmt: skip


def test_an_import_is_good_whatever_signatures_it_brought(bench: Bench) -> None:
    data = signed(certify=MDPPerm.NO_CHANGES)
    found = PoolJudge(bench.pool, bench.trust).judge(data, record(bench, data), DOCUMENT)
    assert (found.findings, found.signatures, found.trial) == ((), 0, True)
    [stamp] = found.stamps
    assert stamp.good
    assert stamp.at


def test_whatever_was_changed_afterwards_is_found(bench: Bench) -> None:
    data, judge = contract(), PoolJudge(bench.pool, bench.trust)
    kept = record(bench, data)
    other = judge.judge(data + b"%", kept, DOCUMENT)
    assert {Finding.IMPORT_DIFFERS, Finding.STAMP_UNPROVEN} <= set(other.findings)
    foreign = record(bench, contract(2))["import"]["token"]
    swapped = kept | {"import": kept["import"] | {"token": foreign}}
    found = judge.judge(data, swapped, DOCUMENT).findings
    assert {Finding.IMPORT_DIFFERS, Finding.STAMP_UNPROVEN} <= set(found)
    bare = kept | {"import": kept["import"] | {"token": None}}
    assert Finding.IMPORT_UNSTAMPED in judge.judge(data, bare, DOCUMENT).findings
    # A record that keeps silent about an import which its ledger knows.
    silent = {name: value for name, value in kept.items() if name != "import"}
    assert Finding.IMPORT_DIFFERS in judge.judge(data, silent, DOCUMENT).findings
