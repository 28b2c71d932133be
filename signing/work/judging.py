"""Judging signatures: one of ours just made, or all of a file from anywhere.

No single check of the library is believed alone (it has accepted altered files): coverage of the
whole file by the newest signature, the difference analysis, distinct signature values and
digests that are still strong are asked separately, and every answer must be good.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed, AdESSubIndic
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    SignatureCoverageLevel,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from domain.ports.signatures import SignatureInvalid
from signing.frames import Frame
from signing.trust import TRIAL_MARK, common_name, common_name_of
from signing.work.algorithms import algorithm_of, is_known, is_strong, key_of
from signing.work.certificates import certificates, chain_context
from signing.work.changes import History
from signing.work.containers import (
    container_objection,
    known_certificates,
    stored_certificates,
)
from signing.work.own_fields import own_signature
from signing.work.reading import borne, by_the_letter, with_forbearance


@dataclass
class Finding:
    """One signature or document timestamp, as plain values for the parent."""

    kind: str
    field: str
    subject: str = ""
    certificate_sha256: str = ""
    reason: str = ""
    location: str = ""
    claimed_at: str | None = None
    stamped_at: str | None = None
    stamped_by: str = ""
    algorithm: str = ""
    intact: bool = False
    trusted: bool = False
    untouched: bool = False
    covers: str = "unclear"
    level: str = "none"
    trial: bool = False
    problem: str = ""
    method: str = ""
    chain: tuple[str, ...] = ()
    trust: str = "unknown"
    changed: str = "unclear"
    changed_fields: tuple[str, ...] = ()
    covered: int = 0
    key: str = ""
    strong: bool = True
    known: bool = True
    broken: bool = False
    """Looking at it raised an error."""


class _Judged(NamedTuple):
    """Oldest first."""

    findings: list[Finding]
    empty: list[str]
    store_afterwards: bool


def check(request: Frame) -> Frame:
    """Parts: revision, roots, further certificates; fields: `roots`, `field_name`,
    `certificate_sha256`. Raises SignatureInvalid with a code unless the newest signature is good.
    """
    borne(request.parts[0], lambda reader: _check(reader, request))
    return Frame("done")


def _check(reader: PdfFileReader, request: Frame) -> None:
    ders, count = request.parts[1:], int(request.fields["roots"])
    signature = own_signature(reader, str(request.fields["field_name"]))
    if signature is None:
        raise SignatureInvalid("not_there")
    if sha256(signature.signer_cert.dump()).hexdigest() != request.fields["certificate_sha256"]:
        raise SignatureInvalid("certificate")
    status = asyncio.run(_classic(signature, ders[:count], ders[count:]))
    # nothing lies behind what covers the entire file: it is the newest
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise SignatureInvalid("coverage")
    if not (status.intact and status.valid):
        raise SignatureInvalid("integrity")
    if not status.trusted:
        raise SignatureInvalid("chain")
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.intact and stamp.valid and stamp.trusted):
        raise SignatureInvalid("timestamp")


def judge(request: Frame) -> Frame:
    """Parts: file, roots, further certificates; field `roots`. Answers findings, oldest first, the
    names of signature fields that are empty, whether nothing but a security store follows the last
    signature, and whether the file took forbearance to read (`loose`)."""
    data, *ders = request.parts
    count = int(request.fields["roots"])
    roots, others = ders[:count], ders[count:]
    judged, loose = _tried(by_the_letter, data, roots, others), False
    if isinstance(judged, Exception) or any(finding.broken for finding in judged.findings):
        again = _tried(with_forbearance, data, roots, others)
        if not isinstance(again, Exception):
            judged, loose = again, True
    if isinstance(judged, Exception):
        raise judged
    return Frame(
        "done",
        {
            "findings": [asdict(finding) for finding in judged.findings],
            "empty": judged.empty,
            # what was read with forbearance must be covered to its end
            "store_afterwards": judged.store_afterwards and not loose,
            "loose": loose,
        },
    )


def _tried(
    opened: Callable[[bytes], PdfFileReader],
    data: bytes,
    roots: Sequence[bytes],
    others: Sequence[bytes],
) -> _Judged | Exception:
    try:
        return asyncio.run(_judge(opened(data), data, roots, others))
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - pyHanko raises anything on odd files
        return error


async def _judge(
    reader: PdfFileReader, data: bytes, roots: Sequence[bytes], others: Sequence[bytes]
) -> _Judged:
    signatures = list(reader.embedded_signatures)
    history = History(reader, signatures)
    known = known_certificates(reader, [*roots, *others])
    findings: list[Finding] = []
    moment: datetime | None = None
    for signature in reversed(signatures):
        finding = Finding("signature", str(signature.field_name))
        try:
            if signature.sig_object_type == "/DocTimeStamp":
                finding.kind = "timestamp"
                moment = await _judge_timestamp(signature, finding, roots, others, moment)
            else:
                await _judge_signature(signature, finding, roots, others)
            _note_changes(signature, finding, history)
            objection = container_objection(signature, data, known)
        except Exception as error:  # noqa: BLE001 - one broken signature must not hide the others
            objection, finding.broken = type(error).__name__, True
        if objection:
            finding.intact, finding.problem = False, objection
        findings.append(finding)
    _object_to_copies(signatures, findings)
    empty = [str(name) for name, _, _ in enumerate_sig_fields(reader, filled_status=False)]
    return _Judged(findings[::-1], empty, _only_store_follows(signatures, history))


def _only_store_follows(signatures: Sequence[EmbeddedPdfSignature], history: History) -> bool:
    """After an archive timestamp nothing may follow without another."""
    return (
        bool(signatures)
        and signatures[-1].sig_object_type != "/DocTimeStamp"
        and history.only_store_after(signatures[-1])
    )


def _object_to_copies(
    signatures: Sequence[EmbeddedPdfSignature], findings: Sequence[Finding]
) -> None:
    """One signature in two fields is not two signatures. `findings` are newest first."""
    seen: set[bytes] = set()
    for signature, finding in zip(reversed(signatures), findings, strict=True):
        value = bytes(signature.pkcs7_content)
        if value in seen:
            finding.intact, finding.problem = False, "repeated_signature"
        seen.add(value)


async def _judge_timestamp(
    signature: EmbeddedPdfSignature,
    finding: Finding,
    roots: Sequence[bytes],
    others: Sequence[bytes],
    moment: datetime | None,
) -> datetime:
    """`moment` is the time of the next newer archive timestamp: until then this one had to last."""
    context = ValidationContext(
        trust_roots=certificates(roots),
        other_certs=certificates(others) + stored_certificates(signature.reader),
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=moment,
    )
    status = await async_validate_pdf_timestamp(signature, context)
    _describe(signature, finding)
    finding.stamped_at = status.timestamp.astimezone(UTC).isoformat()
    finding.stamped_by = finding.subject
    finding.intact = bool(status.intact and status.valid)
    _note_trust(status, finding)
    return status.timestamp


async def _judge_signature(
    signature: EmbeddedPdfSignature,
    finding: Finding,
    roots: Sequence[bytes],
    others: Sequence[bytes],
) -> None:
    _describe(signature, finding)
    finding.reason = str(signature.sig_object.get("/Reason", ""))
    finding.location = str(signature.sig_object.get("/Location", ""))
    claimed = signature.self_reported_timestamp
    finding.claimed_at = claimed.astimezone(UTC).isoformat() if claimed else None
    at_signing = await _classic(signature, roots, others)
    finding.intact = bool(at_signing.intact and at_signing.valid)
    _note_trust(at_signing, finding)
    stamp = at_signing.timestamp_validity
    finding.level = "B-B"
    if stamp is not None and stamp.intact and stamp.valid and stamp.trusted:
        finding.level = "B-T"
        finding.stamped_at = stamp.timestamp.astimezone(UTC).isoformat()
        finding.stamped_by = common_name(stamp.signing_cert)
    elif stamp is not None and not (stamp.intact and stamp.valid):
        # somebody put a token there that was made for something else
        finding.intact, finding.problem = False, "timestamp"
        return
    await _raise_level(signature, finding, roots, others)


async def _raise_level(
    signature: EmbeddedPdfSignature,
    finding: Finding,
    roots: Sequence[bytes],
    others: Sequence[bytes],
) -> None:
    """B-LT and B-LTA by EN 319 102-1, from what the file itself holds."""
    if not stored_certificates(signature.reader):
        return
    try:
        with _newer_only(signature):
            result = await ades_lta_validation(signature, _specification(roots, others))
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - the library stumbles over odd stored data
        finding.problem = type(error).__name__
        return
    if result.ades_subindic != AdESPassed.OK:
        finding.problem = result.ades_subindic.standard_name
        return
    finding.trusted, finding.trust = True, "trusted"
    if result.oldest_evidence_record_timestamp is not None:
        finding.level = "B-LTA"
    elif result.signature_timestamp_status is not None:
        finding.level = "B-LT"


@contextmanager
def _newer_only(signature: EmbeddedPdfSignature) -> Iterator[None]:
    """What is older than a signature proves nothing of it; a stranger's timestamp that nobody
    trusts would otherwise break its chain of evidence."""
    reader = signature.reader
    everything = list(reader.embedded_signatures)
    newer = [row for row in everything if row.signed_revision >= signature.signed_revision]
    # the library takes all that the reader lists, and offers no choice
    setattr(reader, "_embedded_signatures", newer)  # noqa: B010
    try:
        yield
    finally:
        setattr(reader, "_embedded_signatures", everything)  # noqa: B010


async def _classic(
    signature: EmbeddedPdfSignature, roots: Sequence[bytes], others: Sequence[bytes]
) -> PdfSignatureStatus:
    """Integrity, chain and token as of today, offline, without the difference analysis."""
    return await async_validate_pdf_signature(
        signature,
        chain_context(roots, others),
        chain_context(roots, others),
        skip_diff=True,
    )


def _describe(signature: EmbeddedPdfSignature, finding: Finding) -> None:
    holder = signature.signer_cert
    finding.subject = common_name(holder)
    finding.certificate_sha256 = sha256(holder.dump()).hexdigest()
    info = signature.signer_info
    finding.algorithm, finding.key = algorithm_of(info), key_of(holder.public_key)
    finding.known = is_known(info)
    finding.strong = is_strong(info, holder.public_key)
    _, _, second, rest = (int(number) for number in signature.byte_range)
    finding.covered = second + rest
    finding.method = str(signature.sig_object.get("/SubFilter", "")).lstrip("/")
    finding.chain = (finding.subject, common_name_of(holder.issuer))
    names = " ".join(str(value) for value in holder.subject.native.values())
    issuer = " ".join(str(value) for value in holder.issuer.native.values())
    finding.trial = TRIAL_MARK in names + issuer


def _note_trust(status: PdfSignatureStatus | DocumentTimestampStatus, finding: Finding) -> None:
    finding.trusted = bool(status.trusted)
    finding.trust = "trusted" if finding.trusted else _doubt(status.trust_problem_indic)
    if status.validation_path is not None:
        holders = reversed(list(status.validation_path))
        finding.chain = tuple(common_name(holder) for holder in holders)


def _doubt(indication: AdESSubIndic | None) -> str:
    name = indication.standard_name if indication is not None else ""
    if "REVOKED" in name:
        return "revoked"
    if "OUT_OF_BOUNDS" in name or "EXPIRED" in name:
        return "expired"
    return "unknown"


def _note_changes(signature: EmbeddedPdfSignature, finding: Finding, history: History) -> None:
    signature.compute_integrity_info(skip_diff=True)
    coverage = signature.summarise_integrity_info()["coverage"]
    finding.covers = coverage.name.lower()
    changes = history.after(signature)
    finding.changed, finding.changed_fields = changes.kind, changes.fields
    finding.untouched = changes.allowed and coverage in (
        SignatureCoverageLevel.ENTIRE_FILE,
        SignatureCoverageLevel.ENTIRE_REVISION,
    )


def _specification(roots: Sequence[bytes], others: Sequence[bytes]) -> PdfSignatureValidationSpec:
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(certificates(roots)),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require")),
    )
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
            local_knowledge=LocalKnowledge(known_certs=certificates(others)),
        ),
        # with its own difference analysis 20 signatures take 49 s instead of 1; ours runs apart
        diff_policy=None,
    )
