"""I3, I4: every signature on its own stored revision, every revision a prefix of the next.

Our verifier alone would judge its own work; poppler, qpdf and openssl know nothing of us.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from cli.faults.oracle.scene import Breach, Scene, documents_of, is_of, revisions_of
from domain.evidence import signature_reason
from domain.kinds import EnvelopeState, RevisionKind
from signing.verify import DocumentReport, verify_file
from storage import deputies
from storage.tables import Act, Document, Envelope, Organisation, Participant, Revision
from storage.vault import VaultError

SECONDS = 120
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
WANTED_LEVEL = "B-LTA"


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Every document of every envelope, revision by revision."""
    for envelope in scene.envelopes(session):
        for document in documents_of(session, envelope):
            try:
                yield from _document(scene, session, envelope, document)
            except VaultError as lost:
                words = f"document {document.id}: {type(lost).__name__}: {lost}"
                yield Breach("I4", words, envelope.number)


def _document(
    scene: Scene, session: Session, envelope: Envelope, document: Document
) -> Iterator[Breach]:
    revisions = [row for row in revisions_of(session, document) if row.version > 0]
    before: Revision | None = None
    for row in revisions:
        data = scene.revision(session, row)
        same_version = before is not None and before.version == row.version
        if same_version and not _continues(scene, session, before, data):
            words = f"revision {row.number} of {document.id} does not continue the one before"
            yield Breach("I4", words, envelope.number)
        if row.number != (before.number + 1 if before is not None and same_version else 0):
            yield Breach("I4", f"revisions of {document.id} have a gap", envelope.number)
        if row.kind == RevisionKind.SIGNATURE:
            yield from _signed(scene, session, envelope, row)
        before = row
    current = is_of(document, envelope.version)
    if before is not None and current and envelope.state == EnvelopeState.DONE:
        yield from _finished(scene, session, envelope, revisions)


def _continues(scene: Scene, session: Session, before: Revision | None, data: bytes) -> bool:
    assert before is not None
    earlier = scene.revision(session, before)
    return len(data) > len(earlier) and data.startswith(earlier)


def _signed(scene: Scene, session: Session, envelope: Envelope, row: Revision) -> Iterator[Breach]:
    """One signed revision, by itself: its newest signature covers all of it and is this act's."""
    data, name = scene.revision(session, row), f"revision {row.number} of {row.document_id}"
    report = verify_file(data, scene.pool, scene.trust)
    newest = report.signatures[-1] if report.signatures else None
    if newest is None or not newest.good or newest.covers != "entire_file":
        yield Breach("I3", f"{name}: its newest signature does not hold", envelope.number)
        return
    act = session.get(Act, row.act_id) if row.act_id else None
    if act is not None and newest.reason != _reason(session, envelope, act):
        yield Breach("I3", f"{name}: its signature names another act", envelope.number)
    for eye, complaint in _strangers(scene, data, newest.field):
        yield Breach("I3", f"{name}: {eye} says: {complaint}", envelope.number)


def _reason(session: Session, envelope: Envelope, act: Act) -> str:
    person = session.get_one(Participant, act.participant_id)
    zone = session.get_one(Organisation, envelope.organisation_id).zone
    stands_in = deputies.stands_in(session, person)
    words = stands_in.ja if stands_in is not None else ""
    return signature_reason(person.name, person.mail, act.posted_at, zone, words)


def _finished(
    scene: Scene, session: Session, envelope: Envelope, revisions: list[Revision]
) -> Iterator[Breach]:
    last = revisions[-1]
    data = scene.revision(session, last)
    report = verify_file(data, scene.pool, scene.trust)
    name = f"the finished document {last.document_id}"
    for problem in _complaints(report):
        yield Breach("I3", f"{name}: {problem}", envelope.number)
    of_version = [row for row in revisions if row.version == last.version]
    wanted = sum(row.kind == RevisionKind.SIGNATURE for row in of_version)
    found = sum(row.kind == "signature" for row in report.signatures)
    stamps = sum(row.kind == "timestamp" for row in report.signatures)
    archives = sum(row.kind == RevisionKind.ARCHIVE for row in of_version)
    if (found, stamps) != (wanted, archives):
        words = f"{name} has {found} signatures and {stamps} timestamps"
        yield Breach("I5", f"{words}, not {wanted} and {archives}", envelope.number)
    with tempfile.TemporaryDirectory(prefix="musubi-oracle-") as folder:
        for complaint in _qpdf(data, Path(folder)):
            yield Breach("I3", f"{name}: qpdf says: {complaint}", envelope.number)


def _complaints(report: DocumentReport) -> Iterator[str]:
    if report.verdict != "valid":
        yield f"{report.verdict}: {', '.join(report.problems)}"
    levels = {row.level.value for row in report.signatures if row.kind == "signature"}
    if levels != {WANTED_LEVEL}:
        yield f"reached {', '.join(sorted(levels)) or 'nothing'}, not {WANTED_LEVEL}"
    if report.signatures and report.signatures[-1].covers != "entire_file":
        yield "its archive timestamp does not cover the entire file"


def _strangers(scene: Scene, data: bytes, newest: str) -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="musubi-oracle-") as name:
        folder = Path(name)
        for complaint in _qpdf(data, folder):
            yield "qpdf", complaint
        for complaint in _pdfsig(folder, newest):
            yield "pdfsig", complaint
        for complaint in _openssl(data, folder, scene.home.trust / "roots.pem"):
            yield "openssl", complaint


def _run(*words: str | Path) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - fixed programs
        [str(word) for word in words], capture_output=True, check=False, timeout=SECONDS
    )
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def _qpdf(data: bytes, folder: Path) -> Iterator[str]:
    (folder / "revision.pdf").write_bytes(data)
    status, words = _run("qpdf", "--check", folder / "revision.pdf")
    if status != 0:
        yield words.strip().splitlines()[-1] if words.strip() else str(status)


def _pdfsig(folder: Path, newest: str) -> Iterator[str]:
    _, words = _run("pdfsig", "-nocert", folder / "revision.pdf")
    blocks = [
        block for block in re.split(r"Signature #\d+:", words)[1:] if "ETSI.CAdES.detached" in block
    ]
    whole = [block for block in blocks if "Total document signed" in block]
    if not blocks or not all("Signature is Valid." in block for block in blocks):
        yield "not every signature is valid"
    # Fields are listed in their own order, not in that of signing.
    elif len(whole) != 1 or newest not in whole[0]:
        yield "the newest signature leaves a part out"


def _openssl(data: bytes, folder: Path, roots: Path) -> Iterator[str]:
    """The newest signature's CMS over the bytes that its /ByteRange names."""
    ranges = _BYTE_RANGE.findall(data)
    if not ranges:
        yield "no /ByteRange"
        return
    one, first, two, second = (int(number) for number in ranges[-1])
    (folder / "covered").write_bytes(data[one : one + first] + data[two : two + second])
    (folder / "cms").write_bytes(_der(bytes.fromhex(data[first + 1 : two - 1].decode("ascii"))))
    status, words = _run(
        "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", folder / "cms",
        "-content", folder / "covered", "-CAfile", roots, "-purpose", "any", "-out", "/dev/null",
    )  # fmt: skip
    if status != 0:
        yield words.strip().splitlines()[-1] if words.strip() else str(status)


def _der(padded: bytes) -> bytes:
    """Without the zeros that fill /Contents."""
    if padded[1] < 0x80:
        return padded[: 2 + padded[1]]
    octets = padded[1] & 0x7F
    return padded[: 2 + octets + int.from_bytes(padded[2 : 2 + octets])]
