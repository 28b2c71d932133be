"""What is known of one envelope and of the whole run, as JSON and in words."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RefusedFile:
    """A file that the service did not take, and the reason's code."""

    file: str
    code: str


@dataclass(frozen=True)
class MailCount:
    """Different mails with a link that one person got."""

    requests: int
    completions: int


@dataclass(frozen=True)
class FinishedFile:
    """One finished PDF as `musubi verify` judged it."""

    file: str
    verdict: str
    level: str
    signatures: int
    sha256: str
    problems: tuple[str, ...] = ()


@dataclass
class EnvelopeResult:
    """One envelope; `error` empty means that nothing went wrong."""

    name: str
    files: list[str]
    number: str = ""
    state: str = "nothing"
    seconds: float = 0.0
    error: str = ""
    refused: list[RefusedFile] = field(default_factory=list)
    finished: list[Path] = field(default_factory=list)
    verified: list[FinishedFile] = field(default_factory=list)
    mails: list[MailCount] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Every accepted file is finished and verified; a refusal is no failure."""
        return not self.error

    def as_dict(self) -> dict[str, Any]:
        """For summary.json; the evidence has a file of its own."""
        return {
            "name": self.name,
            "number": self.number,
            "state": self.state,
            "passed": self.passed,
            "error": self.error,
            "seconds": self.seconds,
            "files": self.files,
            "refused": [vars(row) for row in self.refused],
            "documents": [vars(row) | {"problems": list(row.problems)} for row in self.verified],
            "mails": [vars(row) for row in self.mails],
        }

    def line(self) -> str:
        """One line for people."""
        counts = ",".join(str(row.signatures) for row in self.verified) or "-"
        levels = ",".join(sorted({row.level for row in self.verified})) or "-"
        refused = self.passed and self.state == "refused"
        mark = "refused" if refused else "ok     " if self.passed else "FAILED "
        name = self.number or "-" * 10
        head = f"{mark} {name}  {self.state:<10} signatures {counts:<8} {levels:<6}"
        return f"{head} {self.seconds:6.1f} s  {', '.join(self.files)}"


@dataclass
class Summary:
    """The whole run."""

    envelopes: list[EnvelopeResult]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the command exits with 0."""
        return bool(self.envelopes) and all(envelope.passed for envelope in self.envelopes)

    @property
    def refused(self) -> list[RefusedFile]:
        """Every refused file of the run."""
        return [row for envelope in self.envelopes for row in envelope.refused]

    def as_dict(self) -> dict[str, Any]:
        """summary.json."""
        verified = [row for envelope in self.envelopes for row in envelope.verified]
        return {
            "passed": self.passed,
            "seconds": round(self.seconds, 2),
            "counts": {
                "envelopes": len(self.envelopes),
                "failed": sum(not envelope.passed for envelope in self.envelopes),
                "verified_files": sum(row.verdict == "valid" for row in verified),
                "refused_files": len(self.refused),
            },
            "envelopes": [envelope.as_dict() for envelope in self.envelopes],
        }

    def text(self) -> str:
        """summary.txt."""
        lines = [envelope.line() for envelope in self.envelopes]
        lines += [
            f"       {envelope.number or envelope.name}: {envelope.error}"
            for envelope in self.envelopes
            if envelope.error
        ]
        lines += [f"refused  {row.code:<20} {row.file}" for row in self.refused]
        counts = self.as_dict()["counts"]
        verdict = "PASSED" if self.passed else "FAILED"
        lines.append(
            f"{verdict}: {counts['envelopes']} envelopes, {counts['verified_files']} files"
            f" verified, {counts['refused_files']} refused, {counts['failed']} failed,"
            f" {self.seconds:.1f} s"
        )
        return "\n".join(lines) + "\n"

    def write(self, out: Path) -> None:
        """Both forms into the folder of results."""
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=1)
        (out / "summary.json").write_text(text + "\n", encoding="utf-8")
        (out / "summary.txt").write_text(self.text(), encoding="utf-8")
