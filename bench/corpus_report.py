"""The sum of results that `bench.corpus` has written: `python -m bench.corpus_report FILE...`.

The first line is the goal: of the files that `qpdf --check` opens without a password, how many are
accepted or mended. Exit status 1 when an untyped error, an invalid result, a changed page or a
limit exceeded is among the results.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

_OPENED = ("clean", "warnings")
_TAKEN = ("accepted", "mended")
_SECONDS = 30
_MIB = 1024
Result = dict[str, Any]


def main() -> int:
    """Print the table; answer the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--files", action="store_true", help="list refused and faulty files, too")
    options = parser.parse_args()
    rows = [
        json.loads(line) | {"of": file.stem}
        for file in options.results
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    sys.stdout.write("\n".join(summary(rows)) + "\n")
    if options.files:
        sys.stdout.write("\n".join(_listed(rows)) + "\n")
    return 1 if any(faults(row) for row in rows) else 0


def summary(rows: Iterable[Result]) -> list[str]:
    """Lines of a Markdown table."""
    rows = list(rows)
    opened = [row for row in rows if row["qpdf"] in _OPENED]
    signed = [row for row in rows if "sign" in row]
    refused = [row for row in opened if row["verdict"] == "refused"]
    codes = Counter(row["code"] for row in refused)
    paged = [row for row in opened if row["qpdf_pages"]]
    return [
        "| what | figure |",
        "|---|---|",
        f"| files | {len(rows)} |",
        f"| opened by `qpdf --check` without a password | {len(opened)} |",
        f"| of these accepted or mended | {_share(opened)} |",
        f"| of these refused | {_counted(codes)} |",
        f"| opened, and pages found by `qpdf --show-npages` | {len(paged)} |",
        f"| of these accepted or mended | {_share(paged)} |",
        f"| untyped errors | {sum(row['verdict'] == 'untyped' for row in rows)} |",
        f"| longest intake | {max(row['seconds'] for row in rows)} s |",
        f"| largest child | {max(row['peak_mib'] for row in rows)} MiB |",
        f"| signed twice and archived | {len(signed)} |",
        f"| of these valid for Musubi | {_valid(signed, 'ours')} |",
        f"| of these valid for pdfsig | {_valid(signed, 'pdfsig')} |",
        f"| pages that PDFium draws differently | {_changed(signed, 'pdfium')} |",
        f"| pages that poppler draws differently | {_changed(signed, 'poppler')} |",
    ]


def faults(row: Result) -> list[str]:
    """What speaks against us in one result."""
    found = [row["code"]] if row["verdict"] == "untyped" else []
    if row["seconds"] > _SECONDS or row["peak_mib"] > _MIB:
        found.append(f"{row['seconds']} s, {row['peak_mib']} MiB")
    if "sign" in row:
        found += [] if row["sign"] == "done" else [str(row["sign"])]
        judged = ((key, row.get(key, "")) for key in ("ours", "pdfsig"))
        found += [f"{key}: {said}" for key, said in judged if said not in ("valid", "")]
        found += [key for key in ("pdfium", "poppler") if row.get(key) == "DIFFERENT"]
    return found


def _listed(rows: Iterable[Result]) -> list[str]:
    lines = []
    for row in rows:
        said = faults(row)
        if row["qpdf"] in _OPENED and row["verdict"] == "refused":
            said.append(row["code"])
        lines += [f"{row['of']} {row['file']}: {', '.join(said)}"] if said else []
    return lines


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in counts.most_common()) or "none"


def _share(rows: Sequence[Result]) -> str:
    taken = sum(row["verdict"] in _TAKEN for row in rows)
    return f"{taken} ({100 * taken / max(len(rows), 1):.2f} %)"


def _valid(rows: Iterable[Result], key: str) -> int:
    return sum(row.get(key) == "valid" for row in rows)


def _changed(rows: Iterable[Result], key: str) -> int:
    return sum(row.get(key) == "DIFFERENT" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
