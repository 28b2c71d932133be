"""A ZIP that is written while it is sent: never more than a segment in memory, none on disk."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

Member = tuple[str, Iterable[bytes]]
"""Name inside the archive, and its bytes in pieces."""

_FORBIDDEN = str.maketrans(dict.fromkeys('\\/:*?"<>|\r\n\t\x00', "_"))


class _Outlet(io.RawIOBase):
    """Takes what zipfile writes, and hands it on. Cannot seek, so sizes follow the bytes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes only
        self._pieces.append(bytes(data))
        return len(data)

    def drain(self) -> bytes:
        """Everything since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def stream_zip(members: Iterable[Member], at: datetime, zone: str) -> Iterator[bytes]:
    """PDFs are stored, not compressed: they are compressed inside. Names are UTF-8."""
    outlet = _Outlet()
    local = at.astimezone(ZoneInfo(zone))
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for name, chunks in members:
            info = zipfile.ZipInfo(name, local.timetuple()[:6])
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as file:
                for chunk in chunks:
                    file.write(chunk)
                    yield outlet.drain()
            yield outlet.drain()
    yield outlet.drain()


def safe_names(names: Iterable[str]) -> list[str]:
    """File names without folders, each once: `契約書.pdf`, `契約書 (2).pdf`."""
    found: list[str] = []
    for name in names:
        plain = name.translate(_FORBIDDEN).strip(" .") or "document.pdf"
        found.append(_free(plain, found))
    return found


def _free(name: str, taken: list[str]) -> str:
    path, count, candidate = PurePosixPath(name), 1, name
    known = {item.casefold() for item in taken}
    while candidate.casefold() in known:
        count += 1
        candidate = f"{path.stem} ({count}){path.suffix}"
    return candidate
