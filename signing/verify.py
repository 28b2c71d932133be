"""One verifier for finished files: what each signature says and whether it holds.

Offline; the file is parsed in a capped child. The answer is never a bare yes or no.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from domain.ports.signatures import SignatureInvalid
from domain.refusals import Refusal, Words
from signing.pool import ChildDied, ChildPool, JobFailed
from signing.trust import TrustMaterial


class Verdict(StrEnum):
    """Of a whole file. The exit status of `musubi verify` follows it: 0, 1, 2."""

    VALID = "valid"
    NOT_VALID = "not_valid"
    UNREADABLE = "unreadable"


class Level(StrEnum):
    """Baseline levels of PAdES (EN 319 142-1)."""

    NONE = "none"
    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


class Problem(StrEnum):
    """Why a file is not valid."""

    UNREADABLE = "unreadable"
    NO_SIGNATURE = "no_signature"
    ALTERED = "altered"
    CHANGED_AFTERWARDS = "changed_afterwards"
    UNTRUSTED = "untrusted"
    APPENDED = "appended"


VERDICT_WORDS: dict[Verdict, Words] = {
    Verdict.VALID: Words("有効です", "Valid"),
    Verdict.NOT_VALID: Words("有効ではありません", "Not valid"),
    Verdict.UNREADABLE: Words("読み取れません", "Unreadable"),
}

PROBLEM_WORDS: dict[Problem, Words] = {
    Problem.UNREADABLE: Words(
        "PDFとして読み取れませんでした。", "The file could not be read as a PDF."
    ),
    Problem.NO_SIGNATURE: Words("電子署名がありません。", "There is no digital signature."),
    Problem.ALTERED: Words(
        "署名された内容が改変されています。", "The signed content has been altered."
    ),
    Problem.CHANGED_AFTERWARDS: Words(
        "署名の後に、認められない変更が加えられています。",
        "A change that is not allowed was made after a signature.",
    ),
    Problem.UNTRUSTED: Words(
        "証明書が、信頼する認証局につながりません。",
        "A certificate does not lead to a trusted authority.",
    ),
    Problem.APPENDED: Words(
        "最後の署名またはタイムスタンプの後に、データが追記されています。",
        "Data were appended after the last signature or timestamp.",
    ),
}

TRIAL_WORDS = Words(
    "試験用の証明書です。法的な効力を確かめる用途には使えません。",
    "Made with trial certificates: of no use as legal evidence.",
)


@dataclass(frozen=True)
class SignatureReport:
    """One signature or archive timestamp, oldest first in a report.

    `kind` is "signature" or "timestamp"; `covers` is "entire_file", "entire_revision" or less;
    `time_source` says whether `at` was stamped by an authority or merely claimed.
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

    @property
    def good(self) -> bool:
        """Whether nothing at all speaks against it."""
        return self.intact and self.untouched and self.trusted


@dataclass(frozen=True)
class DocumentReport:
    """The verdict, why, and every signature."""

    verdict: Verdict
    problems: tuple[Problem, ...]
    sha256: str
    size: int
    signatures: tuple[SignatureReport, ...] = ()

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
            "trial": self.trial,
            "sha256": self.sha256,
            "size": self.size,
            "signatures": rows,
        }


def verify_file(data: bytes, pool: ChildPool, trust: TrustMaterial) -> DocumentReport:
    """Judge a file. Any bytes get a report; ChildDied only when no child could be started."""
    try:
        answer = pool.run(
            "judge",
            {"roots": len(trust.roots)},
            (data, *trust.roots, *trust.tsa_certificates),
        )
    except (ChildDied, JobFailed, Refusal, SignatureInvalid):
        return unreadable(data)
    rows = tuple(_report(finding) for finding in answer.fields["findings"])
    problems = _problems(rows)
    verdict = Verdict.NOT_VALID if problems else Verdict.VALID
    return DocumentReport(verdict, problems, sha256(data).hexdigest(), len(data), rows)


def unreadable(data: bytes) -> DocumentReport:
    """The report on what is no PDF that anybody should rely on."""
    digest = sha256(data).hexdigest()
    return DocumentReport(Verdict.UNREADABLE, (Problem.UNREADABLE,), digest, len(data))


def _problems(rows: tuple[SignatureReport, ...]) -> tuple[Problem, ...]:
    if not any(row.kind == "signature" for row in rows):
        return (Problem.NO_SIGNATURE,)
    found = []
    if not all(row.intact for row in rows):
        found.append(Problem.ALTERED)
    if not all(row.untouched for row in rows):
        found.append(Problem.CHANGED_AFTERWARDS)
    if not all(row.trusted for row in rows):
        found.append(Problem.UNTRUSTED)
    if rows[-1].covers != "entire_file":
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
    )
