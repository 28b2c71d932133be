"""Time-stamping authorities that lie, fail or are late; none of their answers gets through."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from asn1crypto import cms, core, tsp

from domain.clocks import ClockDiffers
from domain.limits import MAX_TSA_ANSWER_BYTES
from domain.ports.signatures import Timestamp, TimestampUnavailable
from signing.timestamps import TimestampClient, TokenRejected, post
from signing.trust import TrustMaterial
from tests.signing.conftest import Bench

pytestmark = pytest.mark.local_sockets

DIGEST = hashlib.sha256(b"value").digest()
Answer = Callable[[str, bytes], bytes]


def _client(bench: Bench, answer: Answer, **changes: object) -> TimestampClient:
    client = TimestampClient(bench.pki.tsa_urls[:1], bench.trust, post=answer)
    return replace(client, **changes)  # type: ignore[arg-type] # fields by name


def _asked_otherwise(change: Callable[[tsp.TimeStampReq], None]) -> Answer:
    """The authority is honest, but was asked something else on the way."""

    def answer(url: str, body: bytes) -> bytes:
        request = tsp.TimeStampReq.load(body)
        change(request)
        return post(url, request.dump(force=True))

    return answer


def _other_imprint(request: tsp.TimeStampReq) -> None:
    request["message_imprint"]["hashed_message"] = hashlib.sha256(b"other").digest()


def _other_hash(request: tsp.TimeStampReq) -> None:
    request["message_imprint"] = {
        "hash_algorithm": {"algorithm": "sha512"},
        "hashed_message": hashlib.sha512(b"value").digest(),
    }


def _other_nonce(request: tsp.TimeStampReq) -> None:
    request["nonce"] = core.Integer(4711)


def _no_nonce(request: tsp.TimeStampReq) -> None:
    del request["nonce"]


def _broken_signature(url: str, body: bytes) -> bytes:
    answer = tsp.TimeStampResp.load(post(url, body))
    info = answer["time_stamp_token"]["content"]["signer_infos"][0]
    value = bytearray(info["signature"].native)
    value[-1] ^= 1
    info["signature"] = bytes(value)
    return bytes(answer.dump(force=True))


def _refusing(url: str, body: bytes) -> bytes:
    return bytes.fromhex("3005 3003 020102")  # PKIStatus rejection, no token


def _no_token(url: str, body: bytes) -> bytes:
    return bytes.fromhex("3005 3003 020100")


def _not_signed_data(url: str, body: bytes) -> bytes:
    token = cms.ContentInfo({"content_type": "data", "content": b"x"})
    return bytes(
        tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
    )


def _garbage(url: str, body: bytes) -> bytes:
    return b"<html>proxy error</html>"


def _nothing(url: str, body: bytes) -> bytes:
    return b""


def _truncated(url: str, body: bytes) -> bytes:
    return post(url, body)[:-40]


def _unreachable(url: str, body: bytes) -> bytes:
    return post("http://127.0.0.1:9/", body)


def _missing_page(url: str, body: bytes) -> bytes:
    return post(url.replace("/tsa", "/nothing"), body)


def test_an_honest_authority_gives_a_token_over_our_digest(bench: Bench) -> None:
    stamp = bench.timestamps.stamp(DIGEST)
    info = cms.ContentInfo.load(stamp.token)["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == DIGEST
    assert stamp.at == info["gen_time"].native
    assert "TSA" in stamp.authority


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (_asked_otherwise(_other_imprint), "imprint"),
        (_asked_otherwise(_other_hash), "imprint"),
        (_asked_otherwise(_other_nonce), "nonce"),
        (_asked_otherwise(_no_nonce), "nonce"),
        (_broken_signature, "signature"),
        (_refusing, "refused"),
        (_no_token, "garbage"),
        (_not_signed_data, "garbage"),
        (_garbage, "garbage"),
        (_nothing, "garbage"),
        (_truncated, "garbage"),
        (_unreachable, "unreachable"),
        (_missing_page, "http_404"),
    ],
)
def test_an_answer_that_does_not_hold_is_rejected(bench: Bench, answer: Answer, cause: str) -> None:
    with pytest.raises(TimestampUnavailable, match=cause):
        _client(bench, answer).stamp(DIGEST)


def test_an_authority_under_another_root_is_rejected(bench: Bench) -> None:
    stranger = TrustMaterial(bench.trust.roots[:1], bench.trust.tsa_certificates)
    with pytest.raises(TimestampUnavailable, match="untrusted"):
        _client(bench, post, trust=stranger).stamp(DIGEST)


@pytest.mark.parametrize("seconds", [-3600, -10, 10, 3600])
def test_a_token_of_another_time_is_rejected(bench: Bench, seconds: int) -> None:
    def shifted() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)

    with pytest.raises(ClockDiffers, match="timestamps"):
        _client(bench, post, now=shifted).stamp(DIGEST)


def test_an_authority_whose_clock_alone_is_wrong_is_passed_over(bench: Bench) -> None:
    """By the clock of whoever asks, the first lies an hour back."""
    ahead = iter([timedelta(hours=1)] * 2 + [timedelta()] * 2)
    asked: list[str] = []

    def now() -> datetime:
        return datetime.now(UTC) + next(ahead)

    def noting(url: str, body: bytes) -> bytes:
        asked.append(url)
        return post(url, body)

    client = TimestampClient(bench.pki.tsa_urls, bench.trust, post=noting, now=now)
    assert isinstance(client.stamp(DIGEST), Timestamp)
    assert asked == list(bench.pki.tsa_urls)


def test_a_slow_authority_is_no_wrong_clock(bench: Bench) -> None:
    began = datetime.now(UTC)
    moments = iter([began - timedelta(seconds=20), began + timedelta(seconds=20)])
    assert isinstance(_client(bench, post, now=lambda: next(moments)).stamp(DIGEST), Timestamp)


def test_an_old_token_is_not_accepted_again(bench: Bench) -> None:
    kept: list[bytes] = []

    def replaying(url: str, body: bytes) -> bytes:
        kept.append(kept[0] if kept else post(url, body))
        return kept[0]

    client = _client(bench, replaying)
    client.stamp(DIGEST)
    with pytest.raises(TimestampUnavailable, match="nonce"):
        client.stamp(DIGEST)


def test_the_next_authority_is_asked_when_the_first_fails(bench: Bench) -> None:
    asked: list[str] = []

    def first_is_down(url: str, body: bytes) -> bytes:
        asked.append(url)
        if url.endswith("1"):
            raise TokenRejected("timeout")
        return post(url, body)

    client = TimestampClient(bench.pki.tsa_urls, bench.trust, post=first_is_down)
    assert isinstance(client.stamp(DIGEST), Timestamp)
    assert isinstance(client.stamp(DIGEST), Timestamp)
    assert [url[-1] for url in asked] == ["1", "2", "2"], "the silent one rests for a while"


def test_when_all_fail_every_cause_is_named(bench: Bench) -> None:
    client = TimestampClient(bench.pki.tsa_urls, bench.trust, post=_garbage)
    with pytest.raises(TimestampUnavailable, match="garbage, garbage"):
        client.stamp(DIGEST)


def test_one_signature_costs_one_request(bench: Bench) -> None:
    asked: list[str] = []

    def counting(url: str, body: bytes) -> bytes:
        asked.append(url)
        return post(url, body)

    before, bench.timestamps.post = bench.timestamps.post, counting
    try:
        base = bench.revisions(1)[0]
        asked.clear()
        bench.sign(base, "FIELD_01")
    finally:
        bench.timestamps.post = before
    assert len(asked) == 1


def test_an_endless_answer_is_cut_off(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        status_code = 200

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def iter_bytes(self) -> object:
            while True:
                yield b"\0" * (MAX_TSA_ANSWER_BYTES // 4)

    monkeypatch.setattr("signing.timestamps.httpx.Client.stream", lambda *_, **__: Endless())
    with pytest.raises(TokenRejected, match="too_large"):
        post("http://127.0.0.1/", b"")


def test_another_authority_for_the_archive_brings_its_own_revocation_data(bench: Bench) -> None:
    def second_only(url: str, body: bytes) -> bytes:
        if url.endswith("1"):
            raise TokenRejected("timeout")
        return post(url, body)

    signed = bench.revisions(1)[1]
    client = TimestampClient(bench.pki.tsa_urls, bench.trust, post=second_only)
    archiver = replace(bench, timestamps=client).archiver
    report = bench.verify(signed + archiver.archive(signed, ["FIELD_01"]))
    assert report.verdict.value == "valid"
    assert report.signatures[0].stamped_by != report.signatures[-1].stamped_by
