"""Active content in a PDF: whatever acts, opens, sends or carries something else.

The walk follows every reference from the trailer, so an object that no viewer can reach (a
leftover of an earlier save, which preparation drops) is no reason for a mend or a refusal.
Actions are judged by a list of what is harmless: everything else counts as active.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

from domain.limits import MAX_PDF_OBJECTS
from domain.mends import Mend
from domain.refusals import Refusal, RefusalCode
from signing.work.active_layers import changes_on_print
from signing.work.inspection_bombs import require_no_bomb

ACTIVE_KEYS = {
    "/JS": Mend.JAVASCRIPT,
    "/JavaScript": Mend.JAVASCRIPT,
    "/AA": Mend.ACTIONS,
    "/XFA": Mend.XFA,
    "/EmbeddedFiles": Mend.EMBEDDED_FILES,
    "/EF": Mend.EMBEDDED_FILES,
    "/Collection": Mend.EMBEDDED_FILES,
    "/RichMediaContent": Mend.MULTIMEDIA,
    "/RichMediaSettings": Mend.MULTIMEDIA,
    "/Renditions": Mend.MULTIMEDIA,
}
"""Dictionary keys of ISO 32000-2 that bring scripts, triggers, attachments or players."""

HARMLESS_ACTIONS = frozenset({"/GoTo", "/URI", "/Named"})
"""Actions that lead to a page of the same file or to an address that the reader sees."""

ACTIVE_ACTIONS = {
    "/JavaScript": Mend.JAVASCRIPT,
    "/Launch": Mend.LAUNCH,
    "/SubmitForm": Mend.ACTIONS,
    "/ResetForm": Mend.ACTIONS,
    "/ImportData": Mend.ACTIONS,
    "/GoToE": Mend.ACTIONS,
    "/GoToR": Mend.ACTIONS,
    "/GoToDp": Mend.ACTIONS,
    "/Rendition": Mend.MULTIMEDIA,
    "/RichMediaExecute": Mend.MULTIMEDIA,
    "/GoTo3DView": Mend.MULTIMEDIA,
}
"""Actions (ISO 32000-2, table 201) that leave the document or run something."""

CHANGING_ACTIONS = {
    "/Hide": Mend.ACTIONS,
    "/SetOCGState": Mend.ACTIONS,
    "/Thread": Mend.ACTIONS,
    "/Trans": Mend.ACTIONS,
    "/Sound": Mend.MULTIMEDIA,
    "/Movie": Mend.MULTIMEDIA,
}
"""Actions that change what is seen; the names also occur as structure types."""

ACTIVE_ANNOTATIONS = {
    "/FileAttachment": Mend.EMBEDDED_FILES,
    "/Screen": Mend.MULTIMEDIA,
    "/Movie": Mend.MULTIMEDIA,
    "/Sound": Mend.MULTIMEDIA,
    "/RichMedia": Mend.MULTIMEDIA,
    "/3D": Mend.MULTIMEDIA,
}

ACTION_KEYS = ("/A", "/PA", "/OpenAction", "/Next")
"""Where an action may stand; /A and /Next also have other meanings, without an /S there."""

_RESOURCES = frozenset({"/Font", "/XObject", "/ExtGState", "/Pattern", "/OCG", "/OCMD"})
_SCHEME = re.compile(r"[\s\0]*([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "urn", "doi"})


class Content(NamedTuple):
    """What a walk through a whole file has found."""

    mends: frozenset[Mend]
    """What acts by itself or at a click, except links to pages and to the web."""
    signed: bool
    usage_rights: bool


def examine(pdf: pikepdf.Pdf) -> Content:
    """Walk through everything that the trailer leads to, each object once.

    Raises Refusal: TOO_COSTLY for a file of more objects than later steps could bear, BOMB.
    """
    mends: set[Mend] = set()
    signed = False
    for number, (item, entries) in enumerate(reachable(pdf)):
        if number > MAX_PDF_OBJECTS:
            raise Refusal(RefusalCode.TOO_COSTLY)
        is_stream = isinstance(item, pikepdf.Stream)
        if is_stream:
            require_no_bomb(item, entries)
        mends.update(actives(entries, is_stream))
        signed = signed or ("/ByteRange" in entries and "/Contents" in entries)
    if changes_on_print(pdf):
        mends.add(Mend.PRINT_LAYERS)
    return Content(frozenset(mends), signed, _has_usage_rights(pdf))


def reachable(pdf: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Object, dict[str, Any]]]:
    """Every dictionary or stream, with its entries."""
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
        yield item, entries
        stack.extend(value for value in entries.values() if isinstance(value, _CONTAINERS))


_CONTAINERS = (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream)


def actives(entries: dict[str, Any], is_stream: bool) -> Iterator[Mend]:
    """What is active in one dictionary."""
    for key in active_keys(entries):
        yield ACTIVE_KEYS[key]
    if is_stream and "/F" in entries:
        yield Mend.EXTERNAL_STREAMS  # the stream's bytes lie in another file
    for key in ACTION_KEYS:
        found = active_action(entries.get(key))
        if found is not None:
            yield found
    own = action_kind(entries)
    if own is not None:
        yield own
    if "/Rect" in entries and name_of(entries, "/Subtype") in ACTIVE_ANNOTATIONS:
        yield ACTIVE_ANNOTATIONS[name_of(entries, "/Subtype")]


def active_keys(entries: dict[str, Any]) -> list[str]:
    """The ACTIVE_KEYS of a dictionary, unless it is one of resources, which have free names."""
    return [
        key
        for key in ACTIVE_KEYS.keys() & entries.keys()
        if not isinstance(entries[key], pikepdf.Dictionary | pikepdf.Stream)
        or str(entries[key].get("/Type", "")) not in _RESOURCES
    ]


def active_action(value: Any) -> Mend | None:  # noqa: ANN401 - any object of a file
    """Why the action at a key of ACTION_KEYS may not stay; None when it may."""
    if not isinstance(value, pikepdf.Dictionary):
        return None
    entries = dict(value.items())
    kind = name_of(entries, "/S")
    if not kind or "/O" in entries or "/P" in entries:
        return None  # no action: an outline item, an attribute or element of the structure tree
    if kind == "/URI" and not _is_harmless_address(entries.get("/URI")):
        return Mend.ACTIONS
    if kind in HARMLESS_ACTIONS:
        return None
    return action_kind(entries) or Mend.ACTIONS


def action_kind(entries: dict[str, Any]) -> Mend | None:
    """What an action dictionary, wherever it stands, would do; None for all others."""
    kind = name_of(entries, "/S")
    if kind in ACTIVE_ACTIONS:
        return ACTIVE_ACTIONS[kind]
    is_element = name_of(entries, "/Type") == "/StructElem" or "/P" in entries
    return None if is_element else CHANGING_ACTIONS.get(kind)


def name_of(entries: dict[str, Any], key: str) -> str:
    """The name at a key, or an empty string."""
    value = entries.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _is_harmless_address(value: Any) -> bool:  # noqa: ANN401 - any object of a file
    if not isinstance(value, pikepdf.String):
        return True
    address = bytes(value).decode("latin-1")
    if address.startswith("\\\\"):
        return False
    scheme = _SCHEME.match(address)
    return scheme is None or scheme.group(1).lower() in _SCHEMES


def _has_usage_rights(pdf: pikepdf.Pdf) -> bool:
    rights = pdf.Root.get("/Perms")
    return isinstance(rights, pikepdf.Dictionary) and ("/UR3" in rights or "/UR" in rights)
