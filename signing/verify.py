"""One verifier for finished files: what each signature says and whether it holds.

Offline; the file is parsed in a capped child. The answer is never a bare yes or no.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.ports.signatures import SignatureInvalid
from domain.refusals import Refusal
from signing.pool import ChildDied, ChildPool, JobFailed
from signing.trust import TrustMaterial
from signing.verdicts import (
    CHANGED_WORDS,
    NOTE_WORDS,
    PROBLEM_WORDS,
    TRIAL_WORDS,
    TRUST_WORDS,
    VERDICT_WORDS,
    Changed,
    Level,
    Note,
    Problem,
    Trust,
    Verdict,
)

__all__ = [
    "CHANGED_WORDS",
    "NOTE_WORDS",
    "PROBLEM_WORDS",
    "TRIAL_WORDS",
    "TRUST_WORDS",
    "VERDICT_WORDS",
    "Changed",
    "DocumentReport",
    "Level",
    "Note",
    "Problem",
    "SignatureReport",
    "Trust",
    "Verdict",
    "problems_of",
    "unreadable",
    "verify_file",
]


@dataclass(frozen=True)
class SignatureReport:
    """One signature or archive timestamp, oldest first in a report.

    `kind` is "signature" or "timestamp"; `covers` is "entire_file", "entire_revision" or less;
    `time_source` says whether `at` was stamped by an authority or merely claimed; `method` is the
    /SubFilter; `chain` names the holders from the leaf to the root; `changed_fields` are form
    fields that were filled after it.
    """

    kind: str
    field: str
    subject: str
    certificate_sha256: str
    reason: str
    location: str
    at: datetime | None
    time_source: str
    stamped_by: str
    algorithm: str
    level: Level
    intact: bool
    untouched: bool
    trusted: bool
    covers: str
    trial: bool
    detail: str
    method: str = ""
    key: str = ""
    """Kind and size of the signer's key."""
    strong: bool = True
    """Whether its digest and its key still withstand forgers."""
    known: bool = True
    """Whether its algorithm can be checked here at all."""
    chain: tuple[str, ...] = ()
    trust: Trust = Trust.UNKNOWN
    changed: Changed = Changed.UNCLEAR
    changed_fields: tuple[str, ...] = ()
    covered: int = 0
    """Length of the file up to the end of what the signature covers."""

    @property
    def good(self) -> bool:
        """Whether nothing at all speaks against it."""
        return self.intact and self.strong and self.untouched and self.trusted


@dataclass(frozen=True)
class DocumentReport:
    """The verdict, why, and every signature."""

    verdict: Verdict
    problems: tuple[Problem, ...]
    sha256: str
    size: int
    signatures: tuple[SignatureReport, ...] = ()
    empty_fields: tuple[str, ...] = ()
    store_afterwards: bool = False
    """Nothing but a security store follows the last signature."""
    loose: bool = False
    """Read with the forbearance that other readers have, too."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What should be known besides the verdict."""
        found = []
        signed = [row for row in self.signatures if row.kind == "signature"]
        if signed and self.empty_fields:
            found.append(Note.UNSIGNED_FIELDS)
        if any(row.level is not Level.B_LTA for row in signed):
            found.append(Note.NOT_ARCHIVED)
        if self.store_afterwards:
            found.append(Note.STORE_AFTERWARDS)
        if self.loose:
            found.append(Note.LOOSE_STRUCTURE)
        return tuple(found)

    @property
    def trial(self) -> bool:
        """Whether any certificate is of the test authority (試験用)."""
        return any(row.trial for row in self.signatures)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: times in ISO 8601, words in both languages."""
        rows = [
            asdict(row) | {"at": row.at.isoformat() if row.at else None} for row in self.signatures
        ]
        return {
            "verdict": self.verdict.value,
            "words": VERDICT_WORDS[self.verdict]._asdict(),
            "problems": [
                {"code": problem.value, **PROBLEM_WORDS[problem]._asdict()}
                for problem in self.problems
            ],
            "notes": [{"code": note.value, **NOTE_WORDS[note]._asdict()} for note in self.notes],
            "trial": self.trial,
            "sha256": self.sha256,
            "size": self.size,
            "signatures": rows,
            "empty_fields": list(self.empty_fields),
        }


def verify_file(data: bytes, pool: ChildPool, trust: TrustMaterial) -> DocumentReport:
    """Judge a file. Any bytes get a report; ChildDied only when no child could be started."""
    try:
        answer = pool.run(
            "judge",
            {"roots": len(trust.roots)},
            (data, *trust.roots, *trust.tsa_certificates),
        )
    except ChildDied as death:
        if death.before_the_job:
            raise
        return unreadable(data)
    except (JobFailed, Refusal, SignatureInvalid):
        return unreadable(data)
    rows = tuple(_report(finding) for finding in answer.fields["findings"])
    store_afterwards = answer.fields["store_afterwards"] is True
    problems = problems_of(rows, store_afterwards=store_afterwards)
    return DocumentReport(
        Verdict.NOT_VALID if problems else Verdict.VALID,
        problems,
        sha256(data).hexdigest(),
        len(data),
        rows,
        tuple(str(name) for name in answer.fields["empty"]),
        store_afterwards,
        answer.fields["loose"] is True,
    )


def unreadable(data: bytes) -> DocumentReport:
    """The report on what is no PDF that anybody should rely on."""
    digest = sha256(data).hexdigest()
    return DocumentReport(Verdict.UNREADABLE, (Problem.UNREADABLE,), digest, len(data))


def problems_of(
    rows: tuple[SignatureReport, ...], *, store_afterwards: bool = False
) -> tuple[Problem, ...]:
    """What speaks against a file with these signatures, oldest first.

    `store_afterwards`: what follows the last of them was found to be a security store, whole and
    alone; that is how others keep signatures valid, and it changes nothing that anybody signed.
    """
    signed = [row for row in rows if row.kind == "signature"]
    if not signed:
        return (Problem.NO_SIGNATURE,)
    found = []
    if not all(row.intact for row in rows if row.known):
        found.append(Problem.ALTERED)
    if not all(row.known for row in rows):
        found.append(Problem.UNKNOWN_ALGORITHM)
    if not all(row.strong for row in rows):
        found.append(Problem.WEAK_ALGORITHM)
    # nobody stands for what was filled in after the last signature: a timestamp proves when, not
    # who
    by_nobody = signed[-1].changed not in (Changed.NOTHING, Changed.ARCHIVE)
    if by_nobody or not all(row.untouched for row in rows):
        found.append(Problem.CHANGED_AFTERWARDS)
    if not all(row.trusted for row in rows):
        found.append(Problem.UNTRUSTED)
    if rows[-1].covers != "entire_file" and not store_afterwards:
        # objects that nothing refers to pass a difference analysis: only full coverage is safe
        found.append(Problem.APPENDED)
    return tuple(found)


def _report(finding: dict[str, Any]) -> SignatureReport:
    stamped, claimed = finding["stamped_at"], finding["claimed_at"]
    at = stamped or claimed
    return SignatureReport(
        kind=str(finding["kind"]),
        field=str(finding["field"]),
        subject=str(finding["subject"]),
        certificate_sha256=str(finding["certificate_sha256"]),
        reason=str(finding["reason"]),
        location=str(finding["location"]),
        at=datetime.fromisoformat(at) if at else None,
        time_source="timestamp" if stamped else "claimed",
        stamped_by=str(finding["stamped_by"]),
        algorithm=str(finding["algorithm"]),
        level=Level(finding["level"]),
        intact=finding["intact"] is True,
        untouched=finding["untouched"] is True,
        trusted=finding["trusted"] is True,
        covers=str(finding["covers"]),
        trial=finding["trial"] is True,
        detail=str(finding["problem"]),
        method=str(finding["method"]),
        key=str(finding["key"]),
        strong=finding["strong"] is True,
        known=finding["known"] is True,
        chain=tuple(str(name) for name in finding["chain"]),
        trust=Trust(finding["trust"]),
        changed=Changed(finding["changed"]),
        changed_fields=tuple(str(name) for name in finding["changed_fields"]),
        covered=int(finding["covered"]),
    )
