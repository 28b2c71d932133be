"""`musubi verify FILE...`: judge signed PDFs offline, without a running stack.

Exit status: 0 every file is valid, 1 at least one is not, 2 at least one could not be read (or
there is nothing to trust).
"""

import json
import os
from pathlib import Path

import click

from domain.kinds import Language
from runtime.settings import ProcessSettings
from runtime.telemetry import configure_logging
from signing.pool import ChildPool
from signing.trust import TrustMaterial
from signing.verify import (
    PROBLEM_WORDS,
    TRIAL_WORDS,
    VERDICT_WORDS,
    DocumentReport,
    SignatureReport,
    Verdict,
    unreadable,
    verify_file,
)

_EXIT = {Verdict.VALID: 0, Verdict.NOT_VALID: 1, Verdict.UNREADABLE: 2}
_MARKS = {True: "✓", False: "✗"}


class _NothingToTrust(click.ClickException):
    exit_code = 2


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 - print JSON")
@click.option(
    "--trust", type=click.Path(path_type=Path), help="信頼するルート (PEM) - trusted roots"
)
@click.option("--home", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
@click.option("--language", type=click.Choice([row.value for row in Language]), default="ja")
def verify(
    files: tuple[Path, ...], as_json: bool, trust: Path | None, home: Path, language: str
) -> None:
    """署名されたPDFを検証します（オフライン） - Verify signed PDFs, offline."""
    configure_logging(ProcessSettings(process="verify", log_level="ERROR"))
    material = _trust(trust, home)
    with ChildPool(1) as pool:
        reports = [(file, _report(file, pool, material)) for file in files]
    if as_json:
        rows = [{"file": str(file), **report.as_dict()} for file, report in reports]
        click.echo(json.dumps({"files": rows}, ensure_ascii=False, indent=2))
    else:
        for file, report in reports:
            click.echo("\n".join(_lines(file, report, Language(language))))
    raise SystemExit(max(_EXIT[report.verdict] for _, report in reports))


def _trust(given: Path | None, home: Path) -> TrustMaterial:
    configured = os.environ.get("MUSUBI_TRUST_ROOTS_FILE")
    roots = given or (Path(configured) if configured else home / "trust" / "roots.pem")
    chain = roots.with_name("tsa-chain.pem")
    try:
        return TrustMaterial.from_files(roots, chain if chain.exists() else None)
    except (OSError, ValueError) as error:
        message = f"信頼するルート証明書を読めません - cannot read the trusted roots: {roots}"
        raise _NothingToTrust(message) from error


def _report(file: Path, pool: ChildPool, trust: TrustMaterial) -> DocumentReport:
    try:
        data = file.read_bytes()
    except OSError:
        return unreadable(b"")
    return verify_file(data, pool, trust)


def _lines(file: Path, report: DocumentReport, language: Language) -> list[str]:
    lines = [f"{file}: {VERDICT_WORDS[report.verdict].in_language(language)}"]
    lines += [f"  ! {PROBLEM_WORDS[code].in_language(language)}" for code in report.problems]
    if report.trial:
        lines.append(f"  ! {TRIAL_WORDS.in_language(language)}")
    for row in report.signatures:
        lines += _signature_lines(row, language)
    return lines


def _signature_lines(row: SignatureReport, language: Language) -> list[str]:
    words = _LABELS[language]
    at = row.at.isoformat() if row.at else "-"
    kind = words["signature" if row.kind == "signature" else "archive"]
    lines = [
        f"  {_MARKS[row.good]} {kind} {row.field}  {row.subject}",
        f"      {words[row.time_source]}: {at}",
    ]
    if row.kind == "signature":
        lines.append(f"      {words['reason']}: {row.reason}")
        lines.append(f"      {words['level']}: PAdES {row.level.value}  {row.algorithm}")
    if row.detail:
        lines.append(f"      {words['detail']}: {row.detail}")
    return lines


_LABELS = {
    Language.JA: {
        "signature": "署名",
        "archive": "アーカイブタイムスタンプ",
        "timestamp": "タイムスタンプの時刻",
        "claimed": "申告された時刻",
        "reason": "理由",
        "level": "形式",
        "detail": "詳細",
    },
    Language.EN: {
        "signature": "signature",
        "archive": "archive timestamp",
        "timestamp": "stamped at",
        "claimed": "claimed time",
        "reason": "reason",
        "level": "level",
        "detail": "detail",
    },
}
