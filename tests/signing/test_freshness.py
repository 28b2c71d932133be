"""Archive data that are older than the timestamps: noticed, waited for, renewed."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from domain.ports.signatures import NotFresherYet
from signing import archive
from signing.archive import PoolArchiver
from signing.freshness import Demand, Holdings, fresher_at
from signing.revocation import RevocationData, gather
from signing.timestamps import TimestampClient
from signing.verify import Level, Verdict
from tests.signing.conftest import Bench, field_names
from trial.issue import TrustFolder
from trial.profiles import ISSUERS
from trial.revocation import Issuer, answer_ocsp

NOW = datetime.now(UTC).replace(microsecond=0)
YESTERDAY, TOMORROW = NOW - timedelta(hours=20), NOW + timedelta(hours=4)


def crl(folder: TrustFolder, name: str, at: datetime, until: datetime) -> bytes:
    issuer = Issuer.load(folder, name)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at)
        .next_update(until)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
        .sign(issuer.key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)


def der(folder: TrustFolder, name: str) -> bytes:
    return folder.certificate(name).public_bytes(Encoding.DER)


def ocsp(folder: TrustFolder, issuer: str, name: str) -> bytes:
    about, by = folder.certificate(name), folder.certificate(issuer)
    asked = x509.ocsp.OCSPRequestBuilder().add_certificate(about, by, hashes.SHA1()).build()  # noqa: S303 - an identifier
    return answer_ocsp(Issuer.load(folder, issuer), asked.public_bytes(Encoding.DER))


def holdings(folder: TrustFolder, *crls: bytes, ocsps: tuple[bytes, ...] = ()) -> Holdings:
    return Holdings(tuple(der(folder, name) for name in ("signing", "ca", "root")), ocsps, crls)


@pytest.fixture
def folder(bench: Bench) -> TrustFolder:
    return TrustFolder(bench.pki.trust_dir)


def test_a_crl_of_yesterday_asks_for_the_next_one(folder: TrustFolder) -> None:
    demand = Demand(der(folder, "signing"), NOW)
    old = [crl(folder, name, YESTERDAY, TOMORROW) for name in ("ca", "root")]
    assert fresher_at([demand], holdings(folder, *old)) == TOMORROW


def test_the_last_of_several_decides(folder: TrustFolder) -> None:
    demand = Demand(der(folder, "signing"), NOW)
    later = TOMORROW + timedelta(days=30)
    old = [crl(folder, "ca", YESTERDAY, TOMORROW), crl(folder, "root", YESTERDAY, later)]
    assert fresher_at([demand], holdings(folder, *old)) == later


def test_data_of_the_second_of_the_timestamp_are_new_enough(folder: TrustFolder) -> None:
    demand = Demand(der(folder, "signing"), NOW + timedelta(milliseconds=900))
    new = [crl(folder, name, NOW, TOMORROW) for name in ("ca", "root")]
    assert fresher_at([demand], holdings(folder, *new)) is None


def test_a_newer_answer_beside_an_old_list_is_enough(folder: TrustFolder) -> None:
    demand = Demand(der(folder, "signing"), NOW)
    old = [crl(folder, name, YESTERDAY, TOMORROW) for name in ("ca", "root")]
    answers = (ocsp(folder, "ca", "signing"), ocsp(folder, "root", "ca"))
    assert fresher_at([demand], holdings(folder, *old, ocsps=answers)) is None
    assert fresher_at([demand], holdings(folder, *old, ocsps=answers[:1])) == TOMORROW


def test_a_certificate_without_any_data_asks_for_nothing(folder: TrustFolder) -> None:
    demand = Demand(der(folder, "root"), NOW)
    assert fresher_at([demand], holdings(folder)) is None


pytestmark = pytest.mark.local_sockets


def test_online_answers_are_as_fresh_as_can_be(bench: Bench) -> None:
    assert bench.archiver.fresher_at(bench.revisions(2)[-1]) is None


@pytest.mark.usefixtures("folder")
def test_old_lists_are_archived_now_and_renewed_when_newer_ones_exist(
    bench: Bench, folder: TrustFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_lists(*arguments: object) -> RevocationData:
        found = gather(*arguments)  # type: ignore[arg-type] # handed on as they came
        old = tuple(crl(folder, name, YESTERDAY, TOMORROW) for name in ISSUERS)
        return replace(found, ocsps=(), crls=old)

    names = field_names(2)
    signed = bench.revisions(2)[2]
    monkeypatch.setattr(archive, "gather", only_lists)
    archived = signed + bench.archiver.archive(signed, names)
    assert bench.archiver.fresher_at(archived) == TOMORROW
    with pytest.raises(NotFresherYet) as waiting:
        bench.archiver.renew(archived, names)
    assert waiting.value.at == TOMORROW

    monkeypatch.undo()
    renewed = archived + bench.archiver.renew(archived, names)
    assert bench.archiver.fresher_at(renewed) is None
    report = bench.verify(renewed)
    assert report.verdict is Verdict.VALID
    assert [row.kind for row in report.signatures] == ["signature"] * 2 + ["timestamp"] * 2
    assert {row.level for row in report.signatures if row.kind == "signature"} == {Level.B_LTA}
    assert report.signatures[-1].covers == "entire_file"


def test_an_authority_that_stamps_only_the_archive_gets_its_data_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second authority stands in for the first, which made the signatures' timestamps."""

    def earlier(*arguments: object) -> RevocationData:
        found = gather(*arguments)  # type: ignore[arg-type] # handed on as they came
        time.sleep(1.1)  # data know whole seconds only: the timestamp falls into the next one
        return found

    monkeypatch.setattr(archive, "gather", earlier)
    # A client of its own: one that has seen both authorities gathers both at once.
    other = TimestampClient(tuple(reversed(bench.timestamps.urls)), bench.trust)
    archiver = PoolArchiver(bench.pool, bench.identity, other, bench.trust)
    signed = bench.revisions(1)[1]
    archived = signed + archiver.archive(signed, field_names(1))
    assert bench.verify(archived).verdict is Verdict.VALID
    planned = archiver.fresher_at(archived)
    assert planned is not None
    assert planned > datetime.now(UTC)
    monkeypatch.undo()
    renewed = archived + archiver.renew(archived, field_names(1))
    assert archiver.fresher_at(renewed) is None
    assert bench.verify(renewed).verdict is Verdict.VALID
