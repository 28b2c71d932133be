"""Files that somebody else has signed: with keys of their own, which nobody here trusts."""

from collections.abc import Callable
from functools import cache
from io import BytesIO

import pikepdf
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signing.work import inspection_trial
from tests.files.generate import changed, contract, with_form
from tests.files.odd import dangling_references, hybrid_references, reused_table_number


@cache
def _signer() -> SimpleSigner:
    """A self-signed certificate of a stranger."""
    return inspection_trial.throwaway_signer()


def signed(
    data: bytes | None = None,
    name: str = "Foreign",
    subfilter: SigSeedSubFilter = SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
    certify: MDPPerm | None = None,
    lock: FieldMDPSpec | None = None,
    *,
    strict: bool = True,
) -> bytes:
    """Signed once more by a stranger, perhaps certifying, perhaps locking fields, perhaps with a
    program that is less strict about the file."""
    writer = IncrementalPdfFileWriter(BytesIO(data or contract()), strict=strict)
    append_signature_field(writer, SigFieldSpec(name, field_mdp_spec=lock))
    metadata = PdfSignatureMetadata(
        field_name=name,
        md_algorithm="sha256",
        subfilter=subfilter,
        certify=certify is not None,
        docmdp_permissions=certify or MDPPerm.FILL_FORMS,
    )
    output = BytesIO()
    PdfSigner(metadata, _signer()).sign_pdf(writer, existing_fields_only=True, output=output)
    return output.getvalue()


def certificate() -> bytes:
    """The stranger's, DER: for those who trust him."""
    holder = _signer().signing_cert
    assert holder is not None
    return bytes(holder.dump())


def with_weak_digest() -> bytes:
    """Signed with SHA-1, for which twins can be bought."""
    writer = IncrementalPdfFileWriter(BytesIO(contract()))
    metadata = PdfSignatureMetadata(field_name="Foreign", md_algorithm="sha1")
    output = BytesIO()
    PdfSigner(metadata, _signer()).sign_pdf(writer, output=output)
    return output.getvalue()


def with_weak_key() -> bytes:
    """Signed with RSA of 1,024 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is it
    writer = IncrementalPdfFileWriter(BytesIO(contract()))
    metadata = PdfSignatureMetadata(field_name="Foreign", md_algorithm="sha256")
    output = BytesIO()
    PdfSigner(metadata, inspection_trial.throwaway_signer(key)).sign_pdf(writer, output=output)
    return output.getvalue()


def with_unknown_digest() -> bytes:
    """Signed with a digest algorithm that has a number and no name."""
    known, unknown = b"608648016503040201", b"608648016503046301"
    data = signed()
    start = data.index(b"/Contents <")
    contents = data[start:]
    assert contents.count(known) > 1
    return data[:start] + contents.replace(known, unknown)


def with_store_afterwards() -> bytes:
    """A security store after the signature, and no timestamp over it: PAdES B-LT."""
    writer = IncrementalPdfFileWriter(BytesIO(signed()))
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=[_signer().signing_cert])
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def with_more_than_a_store_afterwards() -> bytes:
    """The same with an object beside the store that nothing refers to."""
    writer = IncrementalPdfFileWriter(BytesIO(signed()))
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=[_signer().signing_cert])
    writer.add_object(generic.TextStringObject("for later"))
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def twice() -> bytes:
    """Two strangers, one after the other, in both formats."""
    return signed(signed(), "Second", SigSeedSubFilter.PADES)


def with_filled_form() -> bytes:
    """A signed form."""
    return signed(with_form())


def some_locked() -> bytes:
    """A lock on fields by name leaves room for others."""
    return signed(with_form(), lock=FieldMDPSpec(FieldMDPAction.INCLUDE, ["company"]))


def all_locked() -> bytes:
    """A lock on every field, those to come too."""
    return signed(with_form(), lock=FieldMDPSpec(FieldMDPAction.ALL))


def all_but_one_locked() -> bytes:
    """The same by exclusion."""
    return signed(with_form(), lock=FieldMDPSpec(FieldMDPAction.EXCLUDE, ["company"]))


def with_script() -> bytes:
    """JavaScript under a signature: nobody may take it out."""

    def add(pdf: pikepdf.Pdf) -> None:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.Root["/OpenAction"] = pdf.make_indirect(script)

    return signed(changed(contract(), add))


def encrypted_and_signed() -> bytes:
    """Restricted by an owner password, then signed."""
    restricted = changed(
        contract(), lambda _: None, encryption=pikepdf.Encryption(user="", owner="owner", R=6)
    )
    writer = IncrementalPdfFileWriter(BytesIO(restricted))
    writer.encrypt("")
    output = BytesIO()
    metadata = PdfSignatureMetadata(field_name="Foreign", md_algorithm="sha256")
    PdfSigner(metadata, _signer()).sign_pdf(writer, output=output)
    return output.getvalue()


def damaged() -> bytes:
    """A signed file whose cross-reference no longer fits."""
    return signed()[:-20] + b"\n"


def usage_rights() -> bytes:
    """Extended for Adobe Reader."""

    def grant(pdf: pikepdf.Pdf) -> None:
        signature = pikepdf.Dictionary(
            Type=pikepdf.Name.Sig,
            Filter=pikepdf.Name("/Adobe.PPKLite"),
            ByteRange=pikepdf.Array([0, 10, 20, 10]),
            Contents=pikepdf.String("00"),
        )
        pdf.Root["/Perms"] = pikepdf.Dictionary(UR3=pdf.make_indirect(signature))

    return changed(contract(), grant)


EXTENDABLE: dict[str, Callable[[], bytes]] = {
    "adbe": signed,
    "etsi": lambda: signed(subfilter=SigSeedSubFilter.PADES),
    "twice": twice,
    "signed_form": with_filled_form,
    "some_locked": some_locked,
    "unknown_digest": with_unknown_digest,
    "certified_p2": lambda: signed(certify=MDPPerm.FILL_FORMS),
    "certified_p3": lambda: signed(certify=MDPPerm.ANNOTATE),
    "hybrid": lambda: signed(hybrid_references(), strict=False),
    "dangling": lambda: signed(dangling_references(), strict=False),
    "reused_table_number": lambda: signed(reused_table_number(), strict=False),
}
"""Signed files that take further signatures."""

CLOSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "certified_p1": (lambda: signed(certify=MDPPerm.NO_CHANGES), "signed_no_changes"),
    "all_locked": (all_locked, "signed_all_locked"),
    "all_but_one_locked": (all_but_one_locked, "signed_all_locked"),
    "usage_rights": (usage_rights, "usage_rights"),
    "signed_script": (with_script, "signed_active"),
    "signed_restricted": (encrypted_and_signed, "signed_encrypted"),
    "signed_damaged": (damaged, "signed_damaged"),
}
"""Signed files that take none, and why."""
