"""`musubi intake FILE...`: would these PDFs be accepted, and if not, why. Without a running stack.

Exit status: 0 every file is accepted (or, with --repair, mended), 1 at least one is not, 2 at
least one could not be read from the disk.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from domain.kinds import Language
from domain.limits import MAX_DOCUMENT_BYTES
from domain.mends import MEND_WORDS, Mend
from domain.ports.signatures import InspectedPdf
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from runtime.settings import ProcessSettings
from runtime.telemetry import configure_logging
from signing.intake import PoolInspector
from signing.pool import ChildPool, Cost

_COST = Cost(cpu_seconds=25, wall_seconds=28)
"""Per file: an answer within half a minute, whatever the file."""


class Verdict(StrEnum):
    """On one file. MENDABLE: with --repair it would be MENDED."""

    ACCEPTED = "accepted"
    MENDED = "mended"
    MENDABLE = "mendable"
    REFUSED = "refused"
    NO_FILE = "no_file"


VERDICT_WORDS: dict[Verdict, Words] = {
    Verdict.ACCEPTED: Words("受け付けられます", "Accepted"),
    Verdict.MENDED: Words("修復した版を受け付けられます", "Accepted as a repaired copy"),
    Verdict.MENDABLE: Words("修復すれば受け付けられます", "Acceptable after a repair"),
    Verdict.REFUSED: Words("受け付けられません", "Refused"),
    Verdict.NO_FILE: Words("ファイルを読めません", "The file cannot be read"),
}

_EXIT = {Verdict.ACCEPTED: 0, Verdict.MENDED: 0, Verdict.NO_FILE: 2}


@dataclass(frozen=True)
class Answer:
    """On one file. `code` only when refused or mendable; `copy` is the path of the mended file."""

    file: Path
    verdict: Verdict
    code: RefusalCode | None = None
    mends: tuple[Mend, ...] = ()
    pages: int = 0
    signed: bool = False
    digest: str = ""
    copy: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: words in both languages."""
        return {
            "file": str(self.file),
            "verdict": self.verdict.value,
            "words": VERDICT_WORDS[self.verdict]._asdict(),
            "code": self.code.value if self.code else None,
            "reason": WORDS[self.code]._asdict() if self.code else None,
            "mends": [{"code": mend.value, **MEND_WORDS[mend]._asdict()} for mend in self.mends],
            "pages": self.pages,
            "signed": self.signed,
            "sha256": self.digest or None,
            "repaired": str(self.copy) if self.copy else None,
        }


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="修復に同意する - agree to repaired copies")
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 - print JSON")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="修復した版を書き出すフォルダー - folder for repaired copies",
)
@click.option("--language", type=click.Choice([row.value for row in Language]), default="ja")
def intake(
    files: tuple[Path, ...], repair: bool, as_json: bool, out: Path | None, language: str
) -> None:
    """PDFを受け付けられるか調べます（オフライン） - Check whether PDFs would be accepted."""
    configure_logging(ProcessSettings(process="intake", log_level="ERROR"))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    answers = []
    with ChildPool(1, _COST) as pool:
        inspector = PoolInspector(pool)
        for file in files:
            answer = _judged(file, inspector, repair, out)
            answers.append(answer)
            if not as_json:
                click.echo("\n".join(_lines(answer, Language(language))))
    if as_json:
        rows = [answer.as_dict() for answer in answers]
        click.echo(json.dumps({"files": rows}, ensure_ascii=False, indent=2))
    raise SystemExit(max(_EXIT.get(answer.verdict, 1) for answer in answers))


def _judged(file: Path, inspector: PoolInspector, repair: bool, out: Path | None) -> Answer:
    try:
        if file.stat().st_size > MAX_DOCUMENT_BYTES:
            return Answer(file, Verdict.REFUSED, RefusalCode.TOO_LARGE)
        data = file.read_bytes()
    except OSError:
        return Answer(file, Verdict.NO_FILE)
    digest = sha256(data).hexdigest()
    try:
        found = inspector.inspect(data, repair=repair)
    except Refusal as refusal:
        verdict = Verdict.MENDABLE if refusal.code is RefusalCode.MENDABLE else Verdict.REFUSED
        mends = tuple(Mend(code) for code in refusal.mends)
        return Answer(file, verdict, refusal.code, mends, digest=digest)
    return Answer(
        file,
        Verdict.MENDED if found.mends else Verdict.ACCEPTED,
        mends=found.mends,
        pages=found.pages,
        signed=found.signed,
        digest=digest,
        copy=_written(file, digest, found, out),
    )


def _written(file: Path, digest: str, found: InspectedPdf, out: Path | None) -> Path | None:
    """Files of one name from several folders get different copies."""
    if out is None or found.repaired is None:
        return None
    target = out / file.name
    if target.exists():
        target = out / f"{file.stem}-{digest[:12]}{file.suffix}"
    target.write_bytes(found.repaired)
    return target


def _lines(answer: Answer, language: Language) -> list[str]:
    lines = [f"{answer.file}: {VERDICT_WORDS[answer.verdict].in_language(language)}"]
    if answer.code is not None and answer.verdict is not Verdict.MENDABLE:
        lines.append(f"  ! {answer.code.value}: {WORDS[answer.code].in_language(language)}")
    lines += [
        f"  - {mend.value}: {MEND_WORDS[mend].in_language(language)}" for mend in answer.mends
    ]
    if answer.copy is not None:
        lines.append(f"  → {answer.copy}")
    return lines
