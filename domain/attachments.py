"""Files that a signer attaches (添付ファイル): what a field asks for, and the value that names one.

The file itself lies in the vault. The field's value says which one: its id, kind, name, size and
SHA-256 are part of the person's values, and so of everything that his act is bound to.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from uuid import UUID

from domain.events import canonical
from domain.lettering import Lettering, NotPrintable
from domain.limits import MAX_ATTACHMENT_BYTES, MAX_FILE_NAME_CHARACTERS, MIB
from domain.refusals import Words


class FileKind(StrEnum):
    """What an attached file is. Stored: never rename one."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


class Accepts(StrEnum):
    """Which kinds a field takes. Stored: never rename one."""

    ANY = "any"
    PDF = "pdf"
    IMAGE = "image"

    def takes(self, kind: FileKind) -> bool:
        """Whether a file of this kind may be attached."""
        return self is Accepts.ANY or (kind is FileKind.PDF) == (self is Accepts.PDF)


ACCEPTS_WORDS = {
    Accepts.ANY: Words("PDFまたは画像", "PDF or picture"),
    Accepts.PDF: Words("PDFだけ", "PDF only"),
    Accepts.IMAGE: Words("画像（写真）だけ", "Picture (photo) only"),
}
_LARGEST = f"{MAX_ATTACHMENT_BYTES // MIB} MB"
ACCEPTS_HINTS = {
    Accepts.ANY: Words(
        f"PDF、JPEGまたはPNG、{_LARGEST}まで。スマートフォンで撮影した写真も使えます。",
        f"PDF, JPEG or PNG, up to {_LARGEST}. A photo taken with your phone will do.",
    ),
    Accepts.PDF: Words(f"PDF、{_LARGEST}まで。", f"PDF, up to {_LARGEST}."),
    Accepts.IMAGE: Words(
        f"JPEGまたはPNG、{_LARGEST}まで。スマートフォンで撮影した写真も使えます。",
        f"JPEG or PNG, up to {_LARGEST}. A photo taken with your phone will do.",
    ),
}
MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
}
_ENDINGS = {
    FileKind.PDF: (".pdf",),
    FileKind.JPEG: (".jpg", ".jpeg"),
    FileKind.PNG: (".png",),
}
_HASH_CHARACTERS = 64
SHORT_HASH = 16
"""Hexadecimal digits that a page shows: 64 bits, more than a person compares."""
_STEM = "添付"
_LONGEST_ENDING = 8
_CUT = "…"
_KEPT_END = 8
"""Characters of a long name that are kept before the cut's other side: `….pdf` and a bit more."""


@dataclass(frozen=True)
class Attached:
    """One file, as the person agreed to hand it in."""

    id: UUID
    kind: FileKind
    name: str
    sha256: str
    size: int

    @property
    def text(self) -> str:
        """The field's value."""
        return canonical(
            {
                "id": str(self.id),
                "kind": self.kind.value,
                "name": self.name,
                "sha256": self.sha256,
                "size": self.size,
            }
        ).decode()


def attached_of(value: str) -> Attached:
    """What a value names. Raises ValueError for anything that `Attached.text` does not write."""
    try:
        stored = json.loads(value)
        found = Attached(
            id=UUID(stored["id"]),
            kind=FileKind(stored["kind"]),
            name=str(stored["name"]),
            sha256=str(stored["sha256"]),
            size=int(stored["size"]),
        )
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError from error
    if found.text != value or len(found.sha256) != _HASH_CHARACTERS or found.size <= 0:
        raise ValueError
    return found


def plain_name(typed: str) -> str:
    """A name to show and to offer: one line without folders and invisible characters."""
    last = unicodedata.normalize("NFC", typed.replace("\\", "/").rpartition("/")[2])
    kept = "".join(map(_visible, last)).strip(" .")
    path = PurePosixPath(kept or _STEM)
    ending = path.suffix[:_LONGEST_ENDING]
    return path.name[: MAX_FILE_NAME_CHARACTERS - len(ending)] + (
        ending if len(path.name) > MAX_FILE_NAME_CHARACTERS else ""
    )


def _visible(character: str) -> str:
    """Nothing for what nobody sees (or what turns a line around), a blank for every kind of it."""
    kind = unicodedata.category(character)
    if kind[0] == "Z":
        return " "
    return "" if kind[0] == "C" or not character.isprintable() else character


def file_name(typed: str, kind: FileKind) -> str:
    """The name with the ending of what the file is, whatever it claimed."""
    path = PurePosixPath(plain_name(typed))
    claimed = path.suffix.lower()
    if claimed in _ENDINGS[kind]:
        stem, ending = path.stem, path.suffix
    else:
        known = any(claimed in endings for endings in _ENDINGS.values())
        stem, ending = path.stem if known else path.name, _ENDINGS[kind][0]
    return stem[: MAX_FILE_NAME_CHARACTERS - len(ending)].rstrip(" .") + ending


_FORBIDDEN = str.maketrans(dict.fromkeys('\\/:*?"<>|', "_"))
FOLDER = "添付"


def archive_paths(files: Sequence[tuple[int, str, str]]) -> list[str]:
    """Where files lie in an archive, each once: number and name of the person, name of the file.
    `添付/1 山田太郎/証明書 (2).pdf`."""
    found: list[str] = []
    known: set[str] = set()
    for number, person, name in files:
        folder = f"{number} {plain_name(person).translate(_FORBIDDEN)[:60]}".strip(" .")
        path = PurePosixPath(name.translate(_FORBIDDEN))
        candidate, count = path.name, 1
        while f"{folder}/{candidate}".casefold() in known:
            count += 1
            candidate = f"{path.stem} ({count}){path.suffix}"
        known.add(f"{folder}/{candidate}".casefold())
        found.append(f"{FOLDER}/{folder}/{candidate}")
    return found


def short_text(attached: Attached) -> str:
    """As a list says it."""
    return f"{attached.name}（SHA-256 {attached.sha256[:SHORT_HASH]}…）"


def drawn_name(attached: Attached, lettering: Lettering, width: float, height: float) -> str:
    """What the page shows at the field's place: the name, as much of it as there is room and
    type for, and the beginning of the hash. A name is never a reason for not signing."""
    hashed = f"SHA-256 {attached.sha256[:SHORT_HASH]}"
    name = _printable(lettering.normalised(attached.name), lettering)
    for length in range(len(name), 0, -1):
        text = f"{_cut(name, length)} {hashed}"
        if lettering.problem(text, width, height, multiline=False) is None:
            return text
    return hashed


def _printable(name: str, lettering: Lettering) -> str:
    problem = lettering.problem(name, 1e6, 1e6, multiline=False)
    if isinstance(problem, NotPrintable):
        for cluster in problem.characters:
            name = name.replace(cluster, "_")
    return name


def _cut(name: str, length: int) -> str:
    if length == len(name):
        return name
    end = name[-_KEPT_END:] if length > 2 * _KEPT_END else ""
    return name[: length - len(end)] + _CUT + end
