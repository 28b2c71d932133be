"""`musubi verify FILE...`: judge signed PDFs offline, without a running stack.

With `--evidence evidence.json` each file is also compared with its envelope's record: the bytes of
every revision, number and fields of the signatures, the acts behind them, and the signatures that
passkeys made for these acts. Attached files that lie beside the record, as the ZIP of everything
has them, are compared with it too.

Exit status: 0 every file is valid (and agrees with the record), 1 at least one is not, 2 at least
one could not be read (or there is nothing to trust, or no record).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from domain.kinds import Language
from runtime.settings import ProcessSettings
from runtime.telemetry import configure_logging
from signing.evidence import EVIDENCE_WORDS, EvidenceReport, check_evidence
from signing.evidence_attachments import FILE_WORDS, FileReport, FileState, compare_files
from signing.pool import ChildPool
from signing.trust import TrustMaterial
from signing.verify import (
    CHANGED_WORDS,
    NOTE_WORDS,
    PROBLEM_WORDS,
    TRIAL_WORDS,
    TRUST_WORDS,
    VERDICT_WORDS,
    DocumentReport,
    SignatureReport,
    Verdict,
    unreadable,
    verify_file,
)

_EXIT = {Verdict.VALID: 0, Verdict.NOT_VALID: 1, Verdict.UNREADABLE: 2}
_MARKS = {True: "✓", False: "✗"}


class _Unusable(click.ClickException):
    exit_code = 2


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 - print JSON")
@click.option(
    "--trust", type=click.Path(path_type=Path), help="信頼するルート (PEM) - trusted roots"
)
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    help="証跡 (evidence.json) とも照合 - compare with the evidence record",
)
@click.option("--home", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
@click.option("--language", type=click.Choice([row.value for row in Language]), default="ja")
def verify(  # noqa: PLR0913 - one per option
    files: tuple[Path, ...],
    as_json: bool,
    trust: Path | None,
    evidence: Path | None,
    home: Path,
    language: str,
) -> None:
    """署名されたPDFを検証します（オフライン） - Verify signed PDFs, offline."""
    configure_logging(ProcessSettings(process="verify", log_level="ERROR"))
    material = _trust(trust, home)
    record = _record(evidence)
    with ChildPool(1) as pool:
        judged = [_Judged.of(file, pool, material, record) for file in files]
    attached = _attached(record, evidence)
    if as_json:
        rows: dict[str, Any] = {"files": [row.as_dict() for row in judged]}
        rows |= {"attachments": [asdict(row) for row in attached]} if attached else {}
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in judged:
            click.echo("\n".join(_lines(row, Language(language))))
        for file in attached:
            click.echo(_attached_line(file, Language(language)))
    differs = any(file.state is FileState.DIFFERS for file in attached)
    raise SystemExit(max(1 if differs else 0, *(row.status for row in judged)))


def _attached(record: Mapping[str, Any] | None, evidence: Path | None) -> tuple[FileReport, ...]:
    """A record of another shape is told of beside each file."""
    if record is None or evidence is None:
        return ()
    try:
        return compare_files(record, evidence.parent)
    except (KeyError, TypeError, ValueError, OSError):
        return ()


def _attached_line(file: FileReport, language: Language) -> str:
    mark = {FileState.SAME: "✓", FileState.DIFFERS: "✗", FileState.ABSENT: "-"}[file.state]
    return f"{mark} {file.path}: {file.label}: {FILE_WORDS[file.state].in_language(language)}"


@dataclass(frozen=True)
class _Judged:
    """One file, what its signatures say, and what its record says of it."""

    file: Path
    report: DocumentReport
    evidence: EvidenceReport | None

    @classmethod
    def of(
        cls, file: Path, pool: ChildPool, trust: TrustMaterial, record: Mapping[str, Any] | None
    ) -> "_Judged":
        try:
            data = file.read_bytes()
        except OSError:
            return cls(file, unreadable(b""), None)
        report = verify_file(data, pool, trust)
        compared = check_evidence(data, report, record) if record is not None else None
        return cls(file, report, compared)

    @property
    def status(self) -> int:
        """The exit status that this file alone would have."""
        agrees = self.evidence is None or self.evidence.good
        return max(_EXIT[self.report.verdict], 0 if agrees else 1)

    def as_dict(self) -> dict[str, Any]:
        values = {"file": str(self.file), **self.report.as_dict()}
        return values | {"evidence": self.evidence.as_dict() if self.evidence else None}


def _record(file: Path | None) -> Mapping[str, Any] | None:
    if file is None:
        return None
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        message = f"証跡を読めません - cannot read the evidence record: {file}"
        raise _Unusable(message) from error
    return record if isinstance(record, dict) else {}


def _trust(given: Path | None, home: Path) -> TrustMaterial:
    configured = os.environ.get("MUSUBI_TRUST_ROOTS_FILE")
    roots = given or (Path(configured) if configured else home / "trust" / "roots.pem")
    chain = roots.with_name("tsa-chain.pem")
    try:
        return TrustMaterial.from_files(roots, chain if chain.exists() else None)
    except (OSError, ValueError) as error:
        message = f"信頼するルート証明書を読めません - cannot read the trusted roots: {roots}"
        raise _Unusable(message) from error


def _lines(judged: _Judged, language: Language) -> list[str]:
    report = judged.report
    lines = [f"{judged.file}: {VERDICT_WORDS[report.verdict].in_language(language)}"]
    lines += [f"  ! {PROBLEM_WORDS[code].in_language(language)}" for code in report.problems]
    lines += [f"  ! {NOTE_WORDS[note].in_language(language)}" for note in report.notes]
    if report.trial:
        lines.append(f"  ! {TRIAL_WORDS.in_language(language)}")
    for row in report.signatures:
        lines += _signature_lines(row, language)
    return lines + (_evidence_lines(judged.evidence, language) if judged.evidence else [])


def _signature_lines(row: SignatureReport, language: Language) -> list[str]:
    words = _LABELS[language]
    at = row.at.isoformat() if row.at else "-"
    kind = words["signature" if row.kind == "signature" else "archive"]
    lines = [
        f"  {_MARKS[row.good]} {kind} {row.field}  {row.subject}",
        f"      {words[row.time_source]}: {at}" + (f"  {row.stamped_by}" if row.stamped_by else ""),
    ]
    if row.kind == "signature":
        lines.append(f"      {words['reason']}: {row.reason}  {row.location}".rstrip())
        lines.append(f"      {words['level']}: {row.method}  PAdES {row.level.value}")
    lines.append(f"      {words['algorithm']}: {row.algorithm}  {row.key}")
    trust = TRUST_WORDS[row.trust].in_language(language)
    lines.append(f"      {words['chain']}: {' < '.join(row.chain)}  ({trust})")
    changed = CHANGED_WORDS[row.changed].in_language(language)
    names = f" ({', '.join(row.changed_fields)})" if row.changed_fields else ""
    lines.append(f"      {words['changed']}: {changed}{names}")
    if row.detail:
        lines.append(f"      {words['detail']}: {row.detail}")
    return lines


def _evidence_lines(evidence: EvidenceReport, language: Language) -> list[str]:
    words = _LABELS[language]
    title = f"{evidence.envelope}  {evidence.title}".rstrip()
    lines = [f"  {_MARKS[evidence.good]} {words['evidence']}: {title}"]
    lines += [
        f"      ! {EVIDENCE_WORDS[problem].in_language(language)}" for problem in evidence.problems
    ]
    for act in evidence.acts:
        at = act.posted_at.isoformat() if act.posted_at else "-"
        who = f"{act.company} {act.name} <{act.mail}>".strip()
        lines.append(f"      {act.field}: {who}  {act.method}  {at}")
        if act.passkey:
            lines.append(f"        {words['passkey']}")
    return lines


_LABELS = {
    Language.JA: {
        "signature": "署名",
        "archive": "アーカイブタイムスタンプ",
        "timestamp": "タイムスタンプの時刻",
        "claimed": "申告された時刻",
        "reason": "理由",
        "level": "形式",
        "algorithm": "アルゴリズム",
        "chain": "証明書",
        "changed": "その後の変更",
        "evidence": "証跡との照合",
        "detail": "詳細",
        "passkey": "この操作についてのパスキーの署名を検証しました",
    },
    Language.EN: {
        "signature": "signature",
        "archive": "archive timestamp",
        "timestamp": "stamped at",
        "claimed": "claimed time",
        "reason": "reason",
        "level": "level",
        "algorithm": "algorithm",
        "chain": "certificate",
        "changed": "changed since",
        "evidence": "evidence record",
        "detail": "detail",
        "passkey": "the passkey's signature for this act was verified",
    },
}
