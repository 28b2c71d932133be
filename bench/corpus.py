"""Files that nobody here wrote: sent through intake, signed twice, archived, and judged by others.

`python -m bench.corpus FOLDER --out RESULTS.jsonl [--sign-every N]` takes every PDF below FOLDER,
one at a time, and appends a line of JSON for each; a file that has its line already is skipped, so
that a run may be broken off and goes on later. `python -m bench.corpus_report RESULTS.jsonl` sums
up. No file of the folder is ever changed.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageFilter

from bench.sign import Scene, name, scene, words
from domain.ports.signatures import SignatureInvalid
from domain.refusals import Refusal
from signing.archive import PoolArchiver
from signing.intake import PoolInspector
from signing.pool import ChildPool, Cost
from signing.verify import verify_file
from signing.work.inspection_pages import NotComparable, look_the_same

INTAKE_COST = Cost(cpu_seconds=25, wall_seconds=28)
"""As `musubi intake` grants."""
_NAMES = (name(0), name(1))
_TOOL_SECONDS = 60
_COMPARED_PAGES = 5
"""Pages that the second renderer draws."""
_VISIBLE = 64
_STRAY_SHARE = 0.002


def main() -> None:
    """One line per file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sign-every", type=int, default=1, help="sign every n-th accepted file")
    options = parser.parse_args()
    done = _already(options.out)
    files = [file for file in sorted(options.folder.rglob("*.pdf")) if file.is_file()]
    accepted = 0
    with (
        scene() as ready,
        ChildPool(1, INTAKE_COST) as pool,
        options.out.open("a", encoding="utf-8") as out,
    ):
        for file in files:
            relative = str(file.relative_to(options.folder))
            if relative in done:
                continue
            data = file.read_bytes()
            row, source = _taken_in(data, file, pool)
            if source is not None:
                accepted += 1
                if accepted % options.sign_every == 0:
                    row |= _signed(source, data, ready)
            out.write(json.dumps({"file": relative, **row}, ensure_ascii=False) + "\n")
            out.flush()


def _already(out: Path) -> frozenset[str]:
    if not out.exists():
        return frozenset()
    lines = out.read_text(encoding="utf-8").splitlines()
    return frozenset(json.loads(line)["file"] for line in lines)


def _taken_in(data: bytes, file: Path, pool: ChildPool) -> tuple[dict[str, Any], bytes | None]:
    """The row of one file, and the bytes that would be signed."""
    row: dict[str, Any] = {"bytes": len(data), "qpdf": _qpdf_opens(file)}
    row["qpdf_pages"] = _qpdf_pages(file)
    _forget_peaks()
    started = time.monotonic()
    source = None
    try:
        found = PoolInspector(pool).inspect(data, repair=True)
        row |= {
            "verdict": "mended" if found.mends else "accepted",
            "mends": [mend.value for mend in found.mends],
            "signed_before": found.signed,
            "pages": found.pages,
        }
        source = found.repaired or data
    except Refusal as refusal:
        row |= {"verdict": "refused", "code": refusal.code.value}
    except Exception as error:  # noqa: BLE001 - that there is none is what is measured
        row |= {"verdict": "untyped", "code": type(error).__name__}
    row["seconds"] = round(time.monotonic() - started, 2)
    row["peak_mib"] = _peak_mib()
    return row, source


def _qpdf_opens(file: Path) -> str:
    """`clean`, `warnings`, `errors`, `password`, or how qpdf itself died."""
    status, output = _tool("qpdf", "--check", str(file))
    if "invalid password" in output:
        return "password"
    return {0: "clean", 2: "errors", 3: "warnings"}.get(status, f"died {status}")


def _qpdf_pages(file: Path) -> int:
    """How many pages qpdf finds, with whatever warnings."""
    _, output = _tool("qpdf", "--show-npages", str(file))
    found = re.search(r"^(\d+)$", output, re.MULTILINE)
    return int(found[1]) if found else 0


def _signed(source: bytes, original: bytes, ready: Scene) -> dict[str, Any]:
    """Two signatures and the archive, then the judges."""
    started = time.monotonic()
    try:
        revision = ready.prepare(source, 2, texts=False)
        for number, field in enumerate(_NAMES):
            draft = ready.signer.draft(revision, words(number, texts=False))
            value = ready.signer.sign(revision, draft)
            tail = ready.signer.embed(revision, draft, value, ready.signer.timestamp(value))
            revision += tail
            ready.signer.check(revision, field)
        archiver = PoolArchiver(ready.pool, ready.identity, ready.timestamps, ready.trust)
        revision += archiver.archive(revision, _NAMES)
    except (Refusal, SignatureInvalid) as error:
        return {"sign": f"refused {error}"}
    except Exception as error:  # noqa: BLE001 - that there is none is what is measured
        return {"sign": f"untyped {type(error).__name__}: {error}"}
    seconds = round(time.monotonic() - started, 2)
    return {"sign": "done", "sign_seconds": seconds, **_judged(revision, original, ready)}


def _judged(revision: bytes, original: bytes, ready: Scene) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        after, before = Path(folder) / "after.pdf", Path(folder) / "before.pdf"
        after.write_bytes(revision)
        before.write_bytes(original)
        return {
            "ours": _our_verdict(revision, ready),
            "pdfsig": _pdfsig(after),
            "qpdf_after": _qpdf_opens(after),
            "pdfium": _guarded(lambda: _pdfium_same(original, revision)),
            "poppler": _guarded(lambda: _poppler_same(before, after, Path(folder))),
        }


def _our_verdict(revision: bytes, ready: Scene) -> str:
    """`valid` when our own two signatures are good in every respect, and reach B-LTA."""
    report = verify_file(revision, ready.pool, ready.trust)
    mine = [row for row in report.signatures if row.field in _NAMES]
    good = len(mine) == 2 and all(row.good and row.level.value == "B-LTA" for row in mine)
    return "valid" if good else ",".join(problem.value for problem in report.problems) or "missing"


def _pdfsig(file: Path) -> str:
    _, output = _tool("pdfsig", "-nocert", str(file))
    valid = 0
    for block in re.split(r"Signature #\d+:", output)[1:]:
        mine = any(f"Signature Field Name: {field}\n" in block for field in _NAMES)
        valid += mine and "Signature is Valid." in block
    return "valid" if valid == 2 else f"{valid} of 2"


def _pdfium_same(before: bytes, after: bytes) -> bool:
    import pypdfium2

    document = pypdfium2.PdfDocument(before)
    pages = len(document)
    document.close()
    return look_the_same(before, after, pages)


def _poppler_same(before: Path, after: Path, folder: Path) -> bool | None:
    """None when poppler cannot draw the original."""
    pictures = []
    for file in (before, after):
        stem = folder / file.stem
        _tool("pdftoppm", "-r", "72", "-l", str(_COMPARED_PAGES), str(file), str(stem))
        pictures.append(sorted(folder.glob(f"{file.stem}-*.ppm")))
    if not pictures[0]:
        return None
    if len(pictures[0]) != len(pictures[1]):
        return False
    return all(_alike(one, two) for one, two in zip(*pictures, strict=True))


def _alike(one: Path, two: Path) -> bool:
    with Image.open(one) as first, Image.open(two) as second:
        if first.size != second.size:
            return False
        if first.tobytes() == second.tobytes():
            return True
        stray = max(_foreign(first, second), _foreign(second, first))
        return stray <= _STRAY_SHARE * first.width * first.height


def _foreign(one: Image.Image, two: Image.Image) -> int:
    above = ImageChops.subtract(one, two.filter(ImageFilter.MaxFilter(3)))
    below = ImageChops.subtract(two.filter(ImageFilter.MinFilter(3)), one)
    return sum(ImageChops.lighter(above, below).convert("L").histogram()[_VISIBLE:])


def _guarded(compare: Callable[[], bool | None]) -> str:
    try:
        same = compare()
    except NotComparable:
        return "not drawn"
    except Exception as error:  # noqa: BLE001 - a renderer that fails is no verdict on us
        return type(error).__name__
    return {True: "same", False: "DIFFERENT", None: "not drawn"}[same]


def _tool(*command: str) -> tuple[int, str]:
    """A foreign program under a ceiling; 124 when it took too long."""

    def ceiling() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (_TOOL_SECONDS, _TOOL_SECONDS))

    try:
        done = subprocess.run(  # noqa: S603 - fixed programs
            command, capture_output=True, check=False, timeout=_TOOL_SECONDS, preexec_fn=ceiling
        )
    except subprocess.TimeoutExpired:
        return 124, ""
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def _children() -> list[int]:
    tasks = Path("/proc/self/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def _forget_peaks() -> None:
    for pid in _children():
        try:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        except OSError:
            continue


def _peak_mib() -> int:
    """Highest resident size of any child since `_forget_peaks`."""
    peaks = [0]
    for pid in _children():
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if found and b"signing.child" in command:
            peaks.append(int(found[1]) // 1024)
    return max(peaks)


if __name__ == "__main__":
    os.nice(10)
    main()
