"""Other people's verifiers: qpdf, poppler's pdfsig, openssl cms and ts."""

import re
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader


@dataclass(frozen=True)
class Cut:
    """A signature cut out of a file: its CMS and the bytes that it covers."""

    field: str
    cms: bytes
    covered: bytes
    is_timestamp: bool


def cuts(data: bytes) -> list[Cut]:
    """All signatures of a file, oldest first, without the padding of /Contents."""
    found = []
    for signature in PdfFileReader(BytesIO(data), strict=True).embedded_signatures:
        one, first, two, second = (int(number) for number in signature.byte_range)
        found.append(
            Cut(
                str(signature.field_name),
                cms.ContentInfo.load(bytes(signature.pkcs7_content)).dump(),
                data[one : one + first] + data[two : two + second],
                signature.sig_object_type == "/DocTimeStamp",
            )
        )
    return found


def run(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [str(argument) for argument in arguments], capture_output=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def qpdf_finds_nothing(file: Path) -> bool:
    status, words = run("qpdf", "--check", file)
    return status == 0 and "No syntax or stream encoding errors" in words


def pdfsig_verdicts(file: Path) -> list[tuple[str, bool, bool]]:
    """Per filled CAdES signature: field, valid, covers the whole file."""
    _, words = run("pdfsig", "-nocert", file)
    found = []
    for block in re.split(r"Signature #\d+:", words)[1:]:
        if "ETSI.CAdES.detached" not in block:
            continue
        name = re.search(r"Signature Field Name: (\S+)", block)
        assert name is not None
        found.append((name[1], "Signature is Valid." in block, "Total document signed" in block))
    return found


def openssl_verifies_cms(cut: Cut, roots: Path, folder: Path) -> bool:
    (folder / "cms").write_bytes(cut.cms)
    (folder / "covered").write_bytes(cut.covered)
    status, _ = run(
        "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", folder / "cms",
        "-content", folder / "covered", "-CAfile", roots, "-purpose", "any", "-out", "/dev/null",
    )  # fmt: skip
    return status == 0


def openssl_verifies_token(
    token: bytes, data: bytes, roots: Path, chain: Path, folder: Path
) -> bool:
    (folder / "token").write_bytes(token)
    (folder / "data").write_bytes(data)
    status, _ = run(
        "openssl", "ts", "-verify", "-token_in", "-in", folder / "token", "-data", folder / "data",
        "-CAfile", roots, "-untrusted", chain,
    )  # fmt: skip
    return status == 0


def token_and_value(cut: Cut) -> tuple[bytes, bytes]:
    """The signature's timestamp token and the value that it stamps."""
    info = cms.ContentInfo.load(cut.cms)["content"]["signer_infos"][0]
    for attribute in info["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            return attribute["values"][0].dump(), info["signature"].native
    raise AssertionError("no token")


def signed_attribute_types(cut: Cut) -> list[str]:
    info = cms.ContentInfo.load(cut.cms)["content"]["signer_infos"][0]
    return sorted(attribute["type"].native for attribute in info["signed_attrs"])
