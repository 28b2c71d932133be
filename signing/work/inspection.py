"""Intake of one uploaded file: can it be signed as it is, could it with a repair, or why not.

Nothing is believed: what is accepted has been prepared, signed twice with a throw-away key and
verified, and its pages have been drawn before and after.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import NamedTuple

import pikepdf
from pyhanko.pdf_utils.reader import PdfFileReader

from domain.found_places import FoundPlaces
from domain.kinds import FieldKind
from domain.limits import MAX_DOCUMENT_BYTES, MOST_PAGE_IMAGES
from domain.mends import Mend
from domain.ports.signatures import PlacedField
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.work.active import examine
from signing.work.geometry import displayed_size
from signing.work.inspection_anchors import anchor_places
from signing.work.inspection_annotations import TakenRow, free_places, taken_places, without
from signing.work.inspection_bytes import has_duplicate_objects, unpacks_to_a_bomb
from signing.work.inspection_forms import form_places
from signing.work.inspection_pages import (
    NotComparable,
    can_be_drawn,
    look_the_same,
    page_images,
    saved_by_renderer,
)
from signing.work.inspection_texts import page_texts
from signing.work.inspection_trial import rehearse, untouched_signatures
from signing.work.preparation import based, prepared
from signing.work.preparation_signed import appended, require_extendable
from signing.work.reading import borne
from signing.work.repair import repaired

_HEADER_WITHIN = 1024
"""Readers accept the header within the first 1,024 bytes (ISO 32000-1, implementation note 13)."""
_REHEARSED = tuple(
    PlacedField(f"REHEARSAL_{number}", FieldKind.SIGNATURE, page=0) for number in (1, 2)
)
_NAMES = tuple(field.name for field in _REHEARSED)
_REPAIRS: tuple[tuple[Mend, ...], ...] = (
    (),
    (Mend.FORM_DRAWN,),
    (Mend.METADATA,),
    (Mend.METADATA, Mend.STRUCTURE),
    (Mend.FORM_DRAWN, Mend.METADATA, Mend.STRUCTURE),
)
"""What is tried beyond what the content demands, the mildest first."""
_REBUILT = ("reconstruct", "recover")
"""Words of qpdf when it had to guess where objects begin or end."""
_OPENING_ERRORS = (
    ("encrypt", RefusalCode.ENCRYPTED),
    ("loop detected in /pages", RefusalCode.LOOP),
    ("too deeply nested", RefusalCode.TOO_DEEP),
    ("find any pages", RefusalCode.NO_PAGES),
    ("no /kids", RefusalCode.NO_PAGES),
    ("find page tree", RefusalCode.NO_PAGES),
)
"""What qpdf says of a file that it cannot open, and what that means."""
_NESTING = "deeply nested"
_SALVAGEABLE = frozenset({RefusalCode.UNREADABLE, RefusalCode.NO_PAGES})
_SIGNED = b"/ByteRange"
"""Never in an object stream: a signature has to know where it stands in the file."""


class Opened(NamedTuple):
    """What is known of a file that opens."""

    source: bytes
    """The file, or what the renderer saved of one that it alone could open."""
    sizes: list[tuple[float, float]]
    mends: frozenset[Mend]
    signed: bool
    has_form: bool
    """Or notes: anything that lies on a page and may be drawn into it."""


@dataclass(frozen=True)
class _Outcome:
    """The base, with the two fields of the rehearsal; `copy` when it took a repair."""

    base: bytes
    mends: frozenset[Mend] = frozenset()
    copy: bytes | None = None


def inspect(request: Frame) -> Frame:
    """Parts: the file; fields: `repair` (bool). Answers `pages`, `sizes`, `signed`, `mends` and
    `taken` (page, x, y, width, height of what lies on the pages of the base already); parts: the
    repaired copy where one was asked for and needed, the pages' words (JSON, see `page_texts`),
    what wants to be filled in (JSON of FoundPlaces), then a PNG of each of the first pages.

    Raises Refusal with the reason, MENDABLE where a repair would help but was not asked for.
    """
    data = request.parts[0]
    require_pdf(data)
    opened = _opened_somehow(data)
    outcome = _Outcome(_extended(data, opened)) if opened.signed else _rewritten(data, opened)
    if outcome.mends and not request.fields.get("repair"):
        raise Refusal(RefusalCode.MENDABLE, sorted(outcome.mends))
    images = page_images(outcome.base, range(min(len(opened.sizes), MOST_PAGE_IMAGES)))
    texts = page_texts(outcome.base, len(opened.sizes))
    taken = taken_places(outcome.base)
    if taken and not opened.signed:
        taken = _not_free(taken, outcome.copy or data)
    found = _found(outcome.base, texts, None if opened.signed else opened.source)
    fields = {
        "pages": len(opened.sizes),
        "sizes": opened.sizes,
        "signed": opened.signed,
        "mends": sorted(outcome.mends),
        "taken": taken,
    }
    copy = (outcome.copy,) if outcome.copy else ()
    words = (json.dumps(texts).encode(), json.dumps(found.as_json()).encode())
    return Frame("done", fields, (*copy, *words, *images))


def _not_free(taken: list[TakenRow], source: bytes) -> list[TakenRow]:
    """Without the empty inputs, whose places fields can take; all of it, where one cannot tell."""
    try:
        return without(taken, free_places(source))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pikepdf raises anything on odd files
        return taken


def _found(base: bytes, texts: list[str | None], source: bytes | None) -> FoundPlaces:
    """Places to be filled in, with `source` also those of its form. A file is not refused for what
    nobody needs to have."""
    inputs = FoundPlaces() if source is None else _if_any(partial(form_places, source))
    return inputs + _if_any(partial(anchor_places, base, texts))


def _if_any(look: Callable[[], FoundPlaces]) -> FoundPlaces:
    try:
        return look()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pikepdf and the renderer raise anything on odd files
        return FoundPlaces()


def illustrate(request: Frame) -> Frame:
    """Parts: a file that has passed; fields: `first` and `end`, numbers of pages from 0. Answers
    pictures of the first of these pages: of the base, as intake drew those before them; with `kept`
    of the file itself."""
    pages = range(int(request.fields["first"]), int(request.fields["end"]))[:MOST_PAGE_IMAGES]
    data = request.parts[0]
    if request.fields.get("kept"):
        shown = drawable(data, opened_file(data, kept=True))
    else:
        shown = based(data, _REHEARSED)
    return Frame("done", parts=page_images(shown, pages, least=1))


def require_pdf(data: bytes) -> None:
    """The file as a whole, before anybody opens it. Raises Refusal."""
    if not data.strip(b"\0\t\n\f\r "):
        raise Refusal(RefusalCode.EMPTY_FILE)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise Refusal(RefusalCode.TOO_LARGE)
    if b"%PDF-" not in data[:_HEADER_WITHIN]:
        raise Refusal(RefusalCode.NOT_A_PDF)
    if unpacks_to_a_bomb(data):
        raise Refusal(RefusalCode.BOMB)
    if has_duplicate_objects(data):
        raise Refusal(RefusalCode.DUPLICATE_OBJECTS)


def _opened_somehow(data: bytes) -> Opened:
    """By qpdf; where that finds no pages and nothing is signed, through the renderer."""
    try:
        return opened_file(data)
    except Refusal as refusal:
        if refusal.code not in _SALVAGEABLE or _SIGNED in data:
            raise
        for saved in saved_by_renderer(data):
            try:
                opened = opened_file(saved)
            except Refusal as again:
                if again.code not in _SALVAGEABLE:
                    raise
            else:
                return opened._replace(mends=opened.mends | {Mend.CROSS_REFERENCES})
        raise


def opened_file(data: bytes, *, kept: bool = False) -> Opened:
    """What qpdf and a walk through the file find; `kept`: nothing will be added to it. Raises
    Refusal."""
    try:
        pdf = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError:
        raise Refusal(RefusalCode.ENCRYPTED) from None
    except pikepdf.PdfError as error:
        raise Refusal(_opening_code(str(error).lower())) from None
    with pdf:
        if len(pdf.pages) == 0:
            raise Refusal(RefusalCode.NO_PAGES)
        content = examine(pdf)
        if content.usage_rights and not kept:
            raise Refusal(RefusalCode.USAGE_RIGHTS)
        if Mend.XFA in content.mends and _is_pure_xfa(pdf):
            raise Refusal(RefusalCode.XFA_ONLY)
        mends = set(content.mends) | _structural(pdf)
        return Opened(data, _sizes(pdf), frozenset(mends), content.signed, _has_form(pdf))


def _opening_code(message: str) -> RefusalCode:
    for words, code in _OPENING_ERRORS:
        if words in message:
            return code
    return RefusalCode.UNREADABLE


def _structural(pdf: pikepdf.Pdf) -> set[Mend]:
    """Raises Refusal TOO_DEEP."""
    found = set()
    if pdf.is_encrypted:
        found.add(Mend.ENCRYPTION)
    for warning in (str(row).lower() for row in pdf.get_warnings()):
        if _NESTING in warning:
            raise Refusal(RefusalCode.TOO_DEEP)
        if any(word in warning for word in _REBUILT):
            found.add(Mend.CROSS_REFERENCES)
    return found


def _is_pure_xfa(pdf: pikepdf.Pdf) -> bool:
    """Whether the pages are a mere placeholder until an XFA processor draws others."""
    form = pdf.Root.get("/AcroForm")
    if bool(pdf.Root.get("/NeedsRendering", False)) or not isinstance(form, pikepdf.Dictionary):
        return True
    fields = form.get("/Fields")
    return not isinstance(fields, pikepdf.Array) or len(fields) == 0


def _has_form(pdf: pikepdf.Pdf) -> bool:
    return "/AcroForm" in pdf.Root or any("/Annots" in page.obj for page in pdf.pages)


def _sizes(pdf: pikepdf.Pdf) -> list[tuple[float, float]]:
    try:
        return [displayed_size(page) for page in pdf.pages]
    except (ValueError, TypeError, OverflowError):
        raise Refusal(RefusalCode.PAGE_SIZE) from None


def _extended(data: bytes, opened: Opened) -> bytes:
    """The base of a signed file, which must take what it gets as it is."""
    if Mend.ENCRYPTION in opened.mends:
        raise Refusal(RefusalCode.SIGNED_ENCRYPTED)
    if Mend.CROSS_REFERENCES in opened.mends:
        raise Refusal(RefusalCode.SIGNED_DAMAGED)
    if opened.mends:
        raise Refusal(RefusalCode.SIGNED_ACTIVE)
    try:
        untouched = borne(data, _untouched_if_extendable)
        base = appended(data, _REHEARSED)
        if untouched is not None and rehearse(base, _NAMES, untouched):
            return base
    except (Refusal, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - pyHanko raises anything on odd files
        raise Refusal(RefusalCode.SIGNED_DAMAGED) from None
    raise Refusal(RefusalCode.SIGNED_DAMAGED)


def _untouched_if_extendable(reader: PdfFileReader) -> frozenset[str] | None:
    """None where no signature is found after all."""
    require_extendable(reader)
    return untouched_signatures(reader) if reader.embedded_signatures else None


def _rewritten(data: bytes, opened: Opened) -> _Outcome:
    """The base of an unsigned file: as it is, or by the mildest repair that makes it signable."""
    signable = False
    shown = drawable(data, opened)
    for more in _REPAIRS:
        if more == (Mend.FORM_DRAWN,) and not opened.has_form:
            continue
        outcome = _attempt(opened.source, opened.mends.union(more), has_form=opened.has_form)
        if outcome is None:
            continue
        signable = True
        if _shows_the_same(shown, outcome.base, len(opened.sizes)):
            return outcome
    raise Refusal(RefusalCode.REPAIR_CHANGES_PAGES if signable else RefusalCode.UNSIGNABLE)


def drawable(data: bytes, opened: Opened) -> bytes:
    """What the base is compared with: the file, or, where the renderer knows its kind of
    restriction less well than qpdf, the same objects without the restriction."""
    if Mend.ENCRYPTION not in opened.mends or can_be_drawn(data):
        return data
    with pikepdf.open(BytesIO(data)) as pdf:
        output = BytesIO()
        pdf.save(output, encryption=False)
        return output.getvalue()


def _attempt(data: bytes, mends: frozenset[Mend], *, has_form: bool) -> _Outcome | None:
    """None where this repair does not lead to a file that can be signed."""
    try:
        copy = repaired(data, mends) if mends else None
        if copy is not None and _left_over(copy):
            return None
        base = prepared(copy or data, _REHEARSED)
        if has_form:  # fields may take the places of its inputs: of all of them, at the most
            prepared(copy or data, _REHEARSED, emptied=True)
        if rehearse(base, _NAMES, frozenset()):
            return _Outcome(base, mends, copy)
    except (Refusal, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - pyHanko and pikepdf raise anything on odd files
        return None
    return None


def _left_over(copy: bytes) -> bool:
    with pikepdf.open(BytesIO(copy)) as pdf:
        return bool(examine(pdf).mends or _structural(pdf))


def _shows_the_same(before: bytes, after: bytes, pages: int) -> bool:
    try:
        return look_the_same(before, after, pages)
    except NotComparable:
        raise Refusal(RefusalCode.UNREADABLE) from None
