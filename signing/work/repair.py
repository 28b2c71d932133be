"""The repaired copy: a file without what acts, sends or carries, whose pages stay as they are.

Only ever made before the first signature. What is removed is found by the same rules that
intake judges by, and the copy is judged again afterwards.
"""

from collections.abc import Collection
from io import BytesIO
from typing import Any

import pikepdf

from domain.mends import Mend
from signing.work.active import (
    ACTION_KEYS,
    ACTIVE_ANNOTATIONS,
    action_kind,
    active_action,
    active_keys,
    name_of,
    reachable,
)
from signing.work.active_layers import configurations
from signing.work.preparation import settle_form
from signing.work.repair_looks import form_drawn
from signing.work.repair_rebuild import pages_only

_KEPT_OF_AN_ANNOTATION = frozenset(
    {"/Type", "/Rect", "/AP", "/AS", "/F", "/P", "/OC", "/Contents", "/C", "/CA", "/NM", "/M"}
)
_EXTERNAL_KEYS = ("/F", "/FFilter", "/FDecodeParms")


def repaired(data: bytes, mends: Collection[Mend]) -> bytes:
    """A copy without the things that `mends` names. The same arguments give the same bytes.

    Raises pikepdf.PdfError, or what pikepdf raises on odd objects.
    """
    if Mend.FORM_DRAWN in mends:
        data = form_drawn(data)
    with pikepdf.open(BytesIO(data)) as pdf:
        _strip(pdf)
        if Mend.PRINT_LAYERS in mends:
            _fix_layers(pdf)
        if Mend.METADATA in mends and "/Metadata" in pdf.Root:
            del pdf.Root["/Metadata"]
        if Mend.STRUCTURE in mends:
            settle_form(pdf)
            with pages_only(pdf) as rebuilt:
                return _saved(rebuilt)
        return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    output = BytesIO()
    pdf.save(
        output,
        deterministic_id=True,
        min_version="1.7",
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        encryption=False,
    )
    return output.getvalue()


def _strip(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        _strip_annotations(page)
    for item, entries in list(reachable(pdf)):
        _strip_item(item, entries)


def _strip_annotations(page: pikepdf.Page) -> None:
    """Players and attachments become pictures where they have a look, or go."""
    found = page.obj.get("/Annots")
    if not isinstance(found, pikepdf.Array):
        return
    kept = []
    for item in found:
        if isinstance(item, pikepdf.Dictionary):
            if str(item.get("/Subtype", "")) in ACTIVE_ANNOTATIONS:
                if "/AP" not in item:
                    continue
                for key in list(item.keys()):
                    if key not in _KEPT_OF_AN_ANNOTATION:
                        del item[key]
                item["/Subtype"] = pikepdf.Name.Stamp
            kept.append(item)
    if len(kept) != len(found):
        page.obj["/Annots"] = pikepdf.Array(kept)


def _strip_item(item: pikepdf.Object, entries: dict[str, Any]) -> None:
    for key in active_keys(entries):
        if key in item:  # a loop may have led here before
            del item[key]
    if isinstance(item, pikepdf.Stream) and "/F" in entries:
        for key in set(_EXTERNAL_KEYS) & entries.keys():
            del item[key]
    for key in ACTION_KEYS:
        if active_action(entries.get(key)) is not None and key in item:
            del item[key]
    if action_kind(entries) is not None:
        # reached by another way than the known keys: an empty dictionary does nothing
        _empty(item)
    if "/Rect" in entries and name_of(entries, "/Subtype") in ACTIVE_ANNOTATIONS:
        item["/Subtype"] = pikepdf.Name.Stamp


def _empty(item: pikepdf.Object) -> None:
    for key in list(item.keys()):
        del item[key]


def _fix_layers(pdf: pikepdf.Pdf) -> None:
    """No configuration switches by itself any more: each layer stays as the screen shows it."""
    properties = pdf.Root.get("/OCProperties")
    if isinstance(properties, pikepdf.Dictionary):
        for configuration in configurations(properties):
            if "/AS" in configuration:
                del configuration["/AS"]
