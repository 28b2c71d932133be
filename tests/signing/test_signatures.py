"""Whole files from the real parts, judged by several verifiers."""

import itertools
import time
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField, SignatureInvalid
from signing.prepare import PoolPreparer
from signing.verify import Level, Verdict
from tests.files.generate import SOUND, contract, rotated
from tests.signing import judges
from tests.signing.conftest import Bench, field_names, text

pytestmark = pytest.mark.local_sockets

SIGNERS = (1, 2, 5)


@pytest.mark.parametrize("signers", SIGNERS)
def test_a_finished_file_is_valid_at_b_lta_for_every_signer(bench: Bench, signers: int) -> None:
    report = bench.verify(bench.revisions(signers)[-1])
    assert report.verdict is Verdict.VALID
    signatures = [row for row in report.signatures if row.kind == "signature"]
    assert [row.field for row in signatures] == field_names(signers)
    assert {row.level for row in signatures} == {Level.B_LTA}
    assert {row.time_source for row in signatures} == {"timestamp"}
    assert report.signatures[-1].kind == "timestamp"
    assert report.signatures[-1].covers == "entire_file"
    assert report.trial


@pytest.mark.parametrize("signers", SIGNERS)
def test_every_revision_is_a_prefix_of_the_next(bench: Bench, signers: int) -> None:
    made = bench.revisions(signers)
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(made))


@pytest.mark.parametrize("signers", SIGNERS)
def test_qpdf_and_poppler_agree_on_every_stored_revision(
    bench: Bench, signers: int, tmp_path: Path
) -> None:
    made = bench.revisions(signers)
    for number, revision in enumerate(made):
        file = tmp_path / f"{number}.pdf"
        file.write_bytes(revision)
        assert judges.qpdf_finds_nothing(file)
        verdicts = judges.pdfsig_verdicts(file)
        assert len(verdicts) == min(number, signers)
        assert all(valid for _, valid, _ in verdicts)
        if 0 < number <= signers:
            assert verdicts[number - 1][2], "the newest signature covers the whole revision"


@pytest.mark.parametrize("signers", SIGNERS)
def test_openssl_verifies_every_signature_and_token(
    bench: Bench, signers: int, tmp_path: Path
) -> None:
    files = bench.pki.files
    found = judges.cuts(bench.revisions(signers)[-1])
    assert [cut.is_timestamp for cut in found] == [False] * signers + [True]
    for cut in found[:-1]:
        assert judges.openssl_verifies_cms(cut, files.roots, tmp_path)
        token, value = judges.token_and_value(cut)
        assert judges.openssl_verifies_token(token, value, files.roots, files.tsa_chain, tmp_path)
        assert judges.signed_attribute_types(cut) == [
            "content_type",
            "message_digest",
            "signing_certificate_v2",
        ]
    archive = found[-1]
    assert judges.openssl_verifies_token(
        archive.cms, archive.covered, files.roots, files.tsa_chain, tmp_path
    )


def test_the_signature_dictionary_says_who_and_where(bench: Bench) -> None:
    reader = PdfFileReader(BytesIO(bench.revisions(1)[1]), strict=True)
    values = reader.embedded_signatures[0].sig_object
    assert values["/SubFilter"] == "/ETSI.CAdES.detached"
    assert values["/Reason"] == text("x").reason
    assert values["/Location"] == "日本"
    assert values["/Prop_Build"]["/App"]["/Name"] == "/Musubi"
    assert "/Name" not in values
    assert "/Reference" not in values, "nothing is locked where there is nothing to lock"


def test_preparation_of_the_same_file_gives_the_same_bytes(bench: Bench) -> None:
    one = bench.prepare(contract(3), field_names(2))
    assert one == bench.prepare(contract(3), field_names(2))


@pytest.mark.parametrize("name", SOUND)
def test_every_sound_file_can_be_signed_and_archived(bench: Bench, name: str) -> None:
    base = bench.prepare(SOUND[name](), ["FIELD_01"])
    signed = bench.sign(base, "FIELD_01")
    finished = signed + bench.archiver.archive(signed, ["FIELD_01"])
    assert bench.verify(finished).verdict is Verdict.VALID


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_placed_field_lies_where_the_sender_sees_it(bench: Bench, degrees: int) -> None:
    placed = PlacedField("FIELD_01", FieldKind.SIGNATURE, 0, (10, 20, 100, 40))
    base = PoolPreparer(bench.pool).prepare(rotated(degrees), [placed])
    widget = PdfFileReader(BytesIO(base)).root["/AcroForm"]["/Fields"][0]
    left, bottom, right, top = (float(number) for number in widget["/Rect"])
    expected = {
        0: (60, 832, 160, 872),
        90: (70, 60, 110, 160),
        180: (535, 70, 635, 110),
        270: (585, 782, 625, 882),
    }
    assert (left, bottom, right, top) == expected[degrees]


def test_a_filled_form_cannot_be_filled_again_after_preparation(bench: Bench) -> None:
    base = bench.prepare(SOUND["with_form"](), ["FIELD_01"])
    fields = PdfFileReader(BytesIO(base)).root["/AcroForm"]["/Fields"]
    assert [field.get_object()["/T"] for field in fields] == ["FIELD_01"]


def test_a_signature_takes_less_than_a_third_of_a_second_without_the_authority(
    bench: Bench,
) -> None:
    base = bench.prepare(contract(2), ["FIELD_01"])
    stamp = bench.signer.timestamp(b"warm")
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        draft = bench.signer.draft(base, text("FIELD_01"))
        value = bench.signer.sign(base, draft)
        middle = time.perf_counter()
        stamp = bench.signer.timestamp(value)
        going_on = time.perf_counter()
        tail = bench.signer.embed(base, draft, value, stamp)
        bench.signer.check(base + tail, "FIELD_01")
        taken.append(time.perf_counter() - going_on + middle - started)
    assert min(taken) < 0.3


def test_a_field_cannot_be_signed_twice(bench: Bench) -> None:
    signed = bench.revisions(1)[1]
    with pytest.raises(Exception, match="SigningError"):
        bench.signer.draft(signed, text("FIELD_01"))


def test_a_file_with_another_number_of_signatures_is_not_archived(bench: Bench) -> None:
    with pytest.raises(SignatureInvalid, match="other_signatures"):
        bench.archiver.archive(bench.revisions(2)[1], field_names(2))


def test_an_archived_file_can_be_archived_again(bench: Bench) -> None:
    finished = bench.revisions(1)[-1]
    again = finished + bench.archiver.archive(finished, field_names(1))
    report = bench.verify(again)
    assert report.verdict is Verdict.VALID
    assert [row.kind for row in report.signatures] == ["signature", "timestamp", "timestamp"]
