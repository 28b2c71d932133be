"""Whether the look of a form's input shows something that somebody may read.

An input without a value can still have words drawn on it: they are part of what the pages say.
"""

import re
from collections.abc import Iterator, Sequence

import pikepdf

_LONGEST = 2048
"""Bytes of a look without words: a box, a frame, a comb of lines."""
_DEEPEST, _MOST_FORMS = 2, 2
"""Forms within forms, and how often one draws others."""
_MOST_CURVES = 32
"""A round button is drawn with a dozen; letters as outlines take more."""
_SUSPECT = re.compile(rb"Tj|TJ|'|\"|Do|BI|sh|scn|SCN")
"""Without any of these bytes nothing but paths is drawn, and nothing needs to be taken apart."""
_CURVES = re.compile(rb"(?<![^\s])[cvy](?![^\s])")
_LOOKED_AT = "Tj TJ ' \" Do BI ID EI sh scn SCN"
_SHOWING = frozenset({"Tj", "TJ", "'", '"'})
_PAINTING = frozenset({"BI", "INLINE IMAGE", "sh"})
_COLOURING = frozenset({"scn", "SCN"})
_OFF = pikepdf.Name.Off


def shows_something(widget: pikepdf.Object) -> bool:
    """Whether the normal look draws text, a picture, a shading or a pattern; also where one cannot
    tell. Frames and boxes alone are nothing. Never raises."""
    try:
        return any(_draws(look, _DEEPEST) for look in _shown(widget))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pikepdf raises anything on odd files
        return True


def _shown(widget: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """What viewers draw: the look itself, or that of the state, and of the state that some fall
    back to."""
    looks = widget.get("/AP")
    normal = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
    if isinstance(normal, pikepdf.Stream):
        yield normal
    elif isinstance(normal, pikepdf.Dictionary):
        state = widget.get("/AS")
        for name in {str(state) if isinstance(state, pikepdf.Name) else str(_OFF), str(_OFF)}:
            look = normal.get(name)
            if isinstance(look, pikepdf.Stream):
                yield look


def _draws(look: pikepdf.Object, levels: int) -> bool:
    drawn = look.read_bytes()
    if len(drawn) > _LONGEST or len(_CURVES.findall(drawn)) > _MOST_CURVES:
        return True
    if not _SUSPECT.search(drawn):
        return False
    if drawn.count(b"Do") > _MOST_FORMS:
        return True
    return any(
        _paints(look, str(row.operator), list(row.operands), levels)
        for row in pikepdf.parse_content_stream(look, _LOOKED_AT)
    )


def _paints(look: pikepdf.Object, operator: str, operands: Sequence[object], levels: int) -> bool:
    if operator in _SHOWING:
        return any(_has_letters(operand) for operand in operands)
    if operator in _COLOURING:  # a pattern can draw whatever a page can
        return any(isinstance(operand, pikepdf.Name) for operand in operands)
    if operator == "Do":
        inner = look.Resources.XObject[str(operands[0])]
        return levels == 0 or inner.get("/Subtype") != "/Form" or _draws(inner, levels - 1)
    return operator in _PAINTING


def _has_letters(operand: object) -> bool:
    """A blank may be any letter in a font of the file's own: only nothing is nothing."""
    if isinstance(operand, pikepdf.Array):
        return any(_has_letters(row) for row in operand)
    return isinstance(operand, pikepdf.String) and len(bytes(operand)) > 0
