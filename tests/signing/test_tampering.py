"""What somebody might do to a finished file, and to a draft before it is signed."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.generic import ArrayObject, StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject

from domain.ports.signatures import DraftSignature, SignatureInvalid
from signing.signer import PoolSigner
from signing.verify import Problem, Verdict, verify_file
from tests.files.generate import contract
from tests.signing.conftest import Bench, text

pytestmark = pytest.mark.local_sockets


class CountingToken:
    """Stands where the token stands, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        self.calls += 1
        return b"\0" * 70


def _flipped(data: bytes, offset: int) -> bytes:
    changed = bytearray(data)
    changed[offset] ^= 1
    return bytes(changed)


def _in_page_content(data: bytes) -> bytes:
    return _flipped(data, data.index(b"stream") + 30)


def _in_contents(data: bytes) -> bytes:
    return _flipped(data, data.index(b"/Contents <30") + 400)


def _comment_appended(data: bytes) -> bytes:
    return data + b"\n% nothing to see\n"


def _unreferenced_object_appended(data: bytes) -> bytes:
    return data + b"\n9999 0 obj\n<</Type/Catalog>>\nendobj\n"


def _page_appended(data: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    drawing = writer.add_object(StreamObject(stream_data=b"0 0 100 100 re f"))
    writer.insert_page(PageObject(contents=drawing, media_box=(0, 0, 595, 842)))
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _field_removed(data: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    form = writer.root["/AcroForm"]
    form[pdf_name("/Fields")] = ArrayObject(list(form["/Fields"])[1:])
    writer.update_container(form)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _rewritten(data: bytes) -> bytes:
    with pikepdf.open(BytesIO(data)) as pdf:
        output = BytesIO()
        pdf.save(output)
        return output.getvalue()


def _cut_after_the_signatures(data: bytes) -> bytes:
    return data[:-2000]


@pytest.mark.parametrize(
    "change",
    [
        _in_page_content,
        _in_contents,
        _comment_appended,
        _unreferenced_object_appended,
        _page_appended,
        _field_removed,
        _rewritten,
        _cut_after_the_signatures,
    ],
)
def test_a_changed_file_is_never_valid(bench: Bench, change: Callable[[bytes], bytes]) -> None:
    finished = bench.revisions(2)[-1]
    changed = change(finished)
    assert changed != finished
    assert bench.verify(changed).verdict is not Verdict.VALID


def test_any_flipped_byte_is_noticed(bench: Bench) -> None:
    """But for the spare certificates in the newest token: CMS signs no certificate of its bag,
    and nothing newer covers it. A damaged one is not used: ours come from the security store."""
    finished = bench.revisions(1)[-1]
    spare = _spare_certificates(finished)
    for offset in range(0, len(finished), len(finished) // 80):
        report = bench.verify(_flipped(finished, offset))
        assert report.verdict is not Verdict.VALID or offset in spare, offset


def _spare_certificates(data: bytes) -> range:
    newest = PdfFileReader(BytesIO(data)).embedded_signatures[-1]
    value, holder = bytes(newest.pkcs7_content), newest.signer_cert.dump()
    others = [certificate.dump() for certificate in newest.other_embedded_certs]
    assert [certificate for certificate in others if certificate != holder]
    start = data.index(value.hex().upper().encode())
    places = [value.index(der) for der in others]
    ends = [value.index(der) + len(der) for der in others]
    return range(start + 2 * min(places), start + 2 * max(ends))


def test_what_was_appended_is_named(bench: Bench) -> None:
    report = bench.verify(_comment_appended(bench.revisions(1)[-1]))
    assert report.problems == (Problem.APPENDED,)


def test_a_file_without_signatures_is_not_valid(bench: Bench) -> None:
    report = bench.verify(bench.revisions(1)[0])
    assert (report.verdict, report.problems) == (Verdict.NOT_VALID, (Problem.NO_SIGNATURE,))


def test_a_file_of_strangers_is_not_trusted(bench: Bench) -> None:
    strangers = replace(bench.trust, roots=bench.identity.chain[:1], tsa_certificates=())
    report = verify_file(bench.revisions(1)[-1], bench.pool, strangers)
    assert Problem.UNTRUSTED in report.problems


def test_one_signature_in_two_fields_is_not_two_signatures(bench: Bench) -> None:
    signed = bench.revisions(2)[1]
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    first, second = (field.get_object() for field in writer.root["/AcroForm"]["/Fields"])
    second[pdf_name("/V")] = first.raw_get("/V")
    writer.update_container(second)
    output = BytesIO()
    writer.write(output)
    assert bench.verify(output.getvalue()).verdict is Verdict.NOT_VALID


def _draft(bench: Bench) -> tuple[bytes, DraftSignature]:
    base = bench.revisions(1)[0]
    return base, bench.signer.draft(base, text("FIELD_01"))


def _other_attributes(draft: DraftSignature) -> DraftSignature:
    attributes = cms.CMSAttributes.load(draft.signed_attributes)
    moment = cms.Time.load(b"\x17\r261123000000Z")
    attributes.append(cms.CMSAttribute({"type": "signing_time", "values": [moment]}))
    return replace(draft, signed_attributes=attributes.dump(force=True))


def _other_digest_in_attributes(draft: DraftSignature) -> DraftSignature:
    swapped = draft.signed_attributes.replace(draft.document_digest, b"\x11" * 32)
    return replace(draft, signed_attributes=swapped)


def _other_certificate(draft: DraftSignature) -> DraftSignature:
    digest = bytes.fromhex(draft.certificate_sha256)
    swapped = draft.signed_attributes.replace(digest, b"\x22" * 32)
    return replace(draft, signed_attributes=swapped)


def _other_document(draft: DraftSignature) -> DraftSignature:
    swapped = draft.signed_attributes.replace(draft.document_digest, b"\x33" * 32)
    return replace(draft, signed_attributes=swapped, document_digest=b"\x33" * 32)


def _other_tail(draft: DraftSignature) -> DraftSignature:
    return replace(draft, tail=_flipped(draft.tail, len(draft.tail) - 100))


def _wider_hole(draft: DraftSignature) -> DraftSignature:
    end = draft.layout["contents_end"] + 64
    return replace(draft, layout={**draft.layout, "contents_end": end})


def _hole_in_the_base(draft: DraftSignature) -> DraftSignature:
    return replace(draft, layout={**draft.layout, "contents_start": 10})


def _filled_placeholder(draft: DraftSignature) -> DraftSignature:
    return replace(draft, tail=draft.tail.replace(b"<0000", b"<00ff", 1))


def _other_key(draft: DraftSignature) -> DraftSignature:
    return replace(draft, key_label="canary-1")


def _garbage(draft: DraftSignature) -> DraftSignature:
    return replace(draft, signed_attributes=b"\x31\x03abc")


@pytest.mark.parametrize(
    "change",
    [
        _other_attributes,
        _other_digest_in_attributes,
        _other_certificate,
        _other_document,
        _other_tail,
        _wider_hole,
        _hole_in_the_base,
        _filled_placeholder,
        _other_key,
        _garbage,
    ],
)
def test_a_draft_that_is_not_ours_is_refused_before_the_token_is_asked(
    bench: Bench, change: Callable[[DraftSignature], DraftSignature]
) -> None:
    base, draft = _draft(bench)
    changed = change(draft)
    assert changed != draft
    token = CountingToken()
    signer = PoolSigner(bench.pool, token, bench.identity, bench.timestamps, bench.trust, "Musubi")
    with pytest.raises(SignatureInvalid):
        signer.sign(base, changed)
    assert token.calls == 0


def test_a_draft_over_another_base_is_refused_before_the_token_is_asked(bench: Bench) -> None:
    base, draft = _draft(bench)
    token = CountingToken()
    signer = PoolSigner(bench.pool, token, bench.identity, bench.timestamps, bench.trust, "Musubi")
    with pytest.raises(SignatureInvalid):
        signer.sign(_flipped(base, 200), draft)
    assert token.calls == 0


def test_a_value_by_another_key_is_noticed_at_once(bench: Bench) -> None:
    base, draft = _draft(bench)
    signer = PoolSigner(
        bench.pool, CountingToken(), bench.identity, bench.timestamps, bench.trust, "Musubi"
    )
    with pytest.raises(SignatureInvalid, match="value"):
        signer.sign(base, draft)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_in_page_content, "integrity"),
        (_comment_appended, "coverage"),
    ],
)
def test_a_stored_revision_that_was_changed_does_not_pass_the_check(
    bench: Bench, change: Callable[[bytes], bytes], code: str
) -> None:
    with pytest.raises(SignatureInvalid, match=code):
        bench.signer.check(change(bench.revisions(1)[1]), "FIELD_01")


def test_the_check_asks_for_the_field_that_was_signed(bench: Bench) -> None:
    with pytest.raises(SignatureInvalid, match="coverage"):
        bench.signer.check(bench.revisions(2)[2], "FIELD_01")


def test_an_unsigned_contract_does_not_pass_the_check(bench: Bench) -> None:
    with pytest.raises(SignatureInvalid, match="not_there"):
        bench.signer.check(contract(), "FIELD_01")
