"""The tables of docs/files.md, from the closed lists of the domain and from the generated files.

`python -m tests.files.tables` writes them anew; a test compares.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from domain.mends import MEND_WORDS, Mend
from domain.refusals import WORDS, RefusalCode, Words
from signing.evidence import EVIDENCE_WORDS
from signing.verdicts import (
    CHANGED_WORDS,
    NOTE_WORDS,
    PROBLEM_WORDS,
    TRUST_WORDS,
    VERDICT_WORDS,
)
from tests.files import extremes
from tests.files.generate import SOUND
from tests.files.hostile import HOSTILE, MENDABLE
from tests.files.odd import DAMAGED, ODD
from tests.files.signed import CLOSED, EXTENDABLE

DOCUMENT = Path(__file__).parents[2] / "docs" / "files.md"
_OF_FILES = list(RefusalCode)[: list(RefusalCode).index(RefusalCode.IMAGE_UNREADABLE)]
"""The enumeration begins with what can be said of an uploaded file."""
_OF_OLD = {RefusalCode.ACTIVE_CONTENT, RefusalCode.ALREADY_SIGNED}
"""Said by earlier versions only: stored rows still have the codes."""
_OF_AN_ENVELOPE = {
    RefusalCode.TOO_MANY_DOCUMENTS,
    RefusalCode.ENVELOPE_TOO_LARGE,
    RefusalCode.UPLOAD_BROKEN_OFF,
    RefusalCode.MENDABLE,
}


def filled(text: str) -> str:
    """A document with every marked table as it should be."""
    for name, lines in tables().items():
        body = f"<!-- {name} -->\n" + "\n".join(lines) + f"\n<!-- end of {name} -->"
        pattern = rf"<!-- {name} -->.*?<!-- end of {name} -->"
        before, place, after = re.split(f"({pattern})", text, flags=re.DOTALL)
        assert place, name
        text = before + body + after
    return text


def tables() -> dict[str, list[str]]:
    """Markdown lines by the name of their place."""
    return {
        "accepted": _accepted(),
        "mends": [
            "| code | 日本語 | English | files |",
            "|---|---|---|---|",
            *(
                f"| `{code}` | {words.ja} | {words.en} | {_files(_mended(code.value))} |"
                for code, words in MEND_WORDS.items()
                if code is not Mend.FORM_LOOK  # of earlier versions, like _OF_OLD
            ),
        ],
        "refusals": [
            "| code | 日本語 | English | files |",
            "|---|---|---|---|",
            *(
                f"| `{code}` | {WORDS[code].ja} | {WORDS[code].en} | {_files(_refused(code))} |"
                for code in _OF_FILES
                if code not in _OF_OLD | _OF_AN_ENVELOPE
            ),
        ],
        "verdicts": _words(VERDICT_WORDS),
        "problems": _words(PROBLEM_WORDS),
        "notes": _words(NOTE_WORDS),
        "trust": _words(TRUST_WORDS),
        "changes": _words(CHANGED_WORDS),
        "evidence": _words(EVIDENCE_WORDS),
    }


def _words(rows: Mapping[Any, Words]) -> list[str]:
    head = ["| code | 日本語 | English |", "|---|---|---|"]
    return head + [f"| `{code}` | {words.ja} | {words.en} |" for code, words in rows.items()]


def _accepted() -> list[str]:
    return [
        "| kind | files |",
        "|---|---|",
        f"| plain | {_files(SOUND)} |",
        f"| odd | {_files(ODD)} |",
        f"| signed by others | {_files(EXTENDABLE)} |",
        f"| extreme | {_files(extremes.ACCEPTED)} |",
    ]


def _mended(code: str) -> list[str]:
    return [name for name, (_, mends) in (MENDABLE | DAMAGED).items() if code in mends]


def _refused(code: RefusalCode) -> list[str]:
    found = [name for name, (_, codes) in HOSTILE.items() if code.value in codes]
    found += [name for name, (_, other) in CLOSED.items() if code.value == other]
    return found + list(extremes.REFUSED.get(code.value, ()))


def _files(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
