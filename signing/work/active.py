"""Active content in a PDF: whatever acts, opens, sends or carries something else.

The walk follows every reference from the trailer, so an object that no viewer can reach (a
leftover of an earlier save, which preparation drops) is no reason for a refusal.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

from domain.limits import MAX_PDF_OBJECTS
from domain.refusals import Refusal, RefusalCode

ACTIVE_KEYS = frozenset(
    {
        "/JS",
        "/JavaScript",
        "/AA",
        "/XFA",
        "/EmbeddedFiles",
        "/EF",
        "/RichMediaContent",
        "/RichMediaSettings",
        "/Renditions",
    }
)
"""Dictionary keys of ISO 32000-2 that bring scripts, triggers, attachments or players."""

ACTIVE_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToE",
        "/GoToR",
        "/Rendition",
        "/RichMediaExecute",
        "/GoTo3DView",
        "/GoToDp",
    }
)
"""Actions (ISO 32000-2, table 201) that leave the document or run something."""

CHANGING_ACTIONS = frozenset({"/Hide", "/SetOCGState", "/Sound", "/Movie", "/Thread", "/Trans"})
"""Actions that change what is seen; the names also occur as structure types."""

ACTIVE_ANNOTATIONS = frozenset(
    {"/FileAttachment", "/Screen", "/Movie", "/Sound", "/RichMedia", "/3D"}
)


class Content(NamedTuple):
    """What a walk through a whole file has found."""

    active: bool
    """Something acts by itself or at a click, except links to pages and to the web."""
    signed: bool
    """There is a signature, or the catalogue grants usage rights."""


def examine(pdf: pikepdf.Pdf) -> Content:
    """Walk through everything that the trailer leads to, each object once.

    Raises Refusal TOO_COSTLY for a file of more objects than later steps could bear.
    """
    active, signed = _opens_with_action(pdf), "/Perms" in pdf.Root
    for number, (entries, is_stream) in enumerate(reachable(pdf)):
        if number > MAX_PDF_OBJECTS:
            raise Refusal(RefusalCode.TOO_COSTLY)
        active = active or _is_active(entries, is_stream)
        signed = signed or ("/ByteRange" in entries and "/Contents" in entries)
    return Content(active, signed)


def reachable(pdf: pikepdf.Pdf) -> Iterator[tuple[dict[str, Any], bool]]:
    """The entries of every dictionary, and whether it is a stream's."""
    stack: list[Any] = [pdf.trailer]
    seen: set[tuple[int, int]] = set()
    while stack:
        item = stack.pop()
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, pikepdf.Array):
            stack.extend(value for value in item if isinstance(value, _CONTAINERS))
            continue
        entries = dict(item.items())
        yield entries, isinstance(item, pikepdf.Stream)
        stack.extend(value for value in entries.values() if isinstance(value, _CONTAINERS))


_CONTAINERS = (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream)


def _is_active(entries: dict[str, Any], is_stream: bool) -> bool:
    if not ACTIVE_KEYS.isdisjoint(entries):
        return True
    if is_stream and "/F" in entries:
        return True  # the stream's bytes lie in another file
    action = _name(entries, "/S")
    if action in ACTIVE_ACTIONS:
        return True
    if action in CHANGING_ACTIONS and _name(entries, "/Type") != "/StructElem":
        return True
    return "/Rect" in entries and _name(entries, "/Subtype") in ACTIVE_ANNOTATIONS


def _opens_with_action(pdf: pikepdf.Pdf) -> bool:
    opening = pdf.Root.get("/OpenAction")
    if not isinstance(opening, pikepdf.Dictionary):
        return False
    return _name(dict(opening.items()), "/S") != "/GoTo" or "/Next" in opening


def _name(entries: dict[str, Any], key: str) -> str:
    value = entries.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""
