"""What fields look like: each appearance a form XObject in the field's own, upright coordinates.

Origin bottom left, points; where the page is turned, the form's matrix turns with it. Nothing here
knows a file: see objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runtime.lettering import ASCENT, PADDING, UNITS, Fitted, fit, row_size
from signing.work.fonts import Lettering
from signing.work.objects import Name, Part, Value, number

_ROUNDING = 0.02
"""Points by which /Rect may be smaller than what the sender drew and the web measured."""
_LINE = 0.75
_BOX_SIZE = 14.0
"""Points: the largest square or circle to be ticked."""
_ARC = 0.5523
"""Control points of a quarter circle as a Bézier curve."""
_INK = b"0 g 0 G "


@dataclass(frozen=True)
class Frame:
    """The field as displayed: width and height in points, and the rotation of its page."""

    width: float
    height: float
    rotation: int = 0


def form(frame: Frame, content: bytes, resources: "dict[str, Value] | None" = None) -> Part:
    """The XObject: /BBox is the upright box, /Matrix turns it as the page is turned."""
    width, height = frame.width, frame.height
    matrices: dict[int, list[Value]] = {
        0: [1, 0, 0, 1, 0, 0],
        90: [0, 1, -1, 0, height, 0],
        180: [-1, 0, 0, -1, width, height],
        270: [0, -1, 1, 0, 0, width],
    }
    return Part(
        {
            "/Type": Name("/XObject"),
            "/Subtype": Name("/Form"),
            "/BBox": [0, 0, width, height],
            "/Matrix": matrices[frame.rotation],
            "/Resources": resources or {},
        },
        content,
    )


class Setting(NamedTuple):
    """How a text stands in its field: one line or several, at the left or, as numbers do, at the
    right."""

    multiline: bool = False
    right: bool = False


def text(frame: Frame, words: str, lettering: Lettering, setting: Setting) -> Part:
    """A filled text field. Raises DoesNotFit and Unprintable."""
    width, height = frame.width + _ROUNDING, frame.height + _ROUNDING
    fitted = fit(words, width, height, multiline=setting.multiline)
    spare = PADDING / 2 if setting.multiline else (frame.height - fitted.height) / 2
    left = max(PADDING, frame.width - PADDING - fitted.width) if setting.right else PADDING
    content = lines(fitted, left, frame.height - spare, lettering)
    return form(frame, b"/Tx BMC q " + content + b"Q EMC", _resources(lettering))


def lines(fitted: Fitted, left: float, top: float, lettering: Lettering) -> bytes:
    """Lines of text from a place downwards."""
    ops = [b"BT ", _INK, b"/F0 ", number(fitted.size), b" Tf "]
    baseline = top - fitted.size * ASCENT / UNITS
    for line in fitted.lines:
        place = number(left) + b" " + number(baseline)
        ops.append(b"1 0 0 1 " + place + b" Tm " + lettering.show(line) + b" Tj ")
        baseline -= fitted.leading
    return b"".join([*ops, b"ET "])


def box(frame: Frame) -> Part:
    """The square of a checkbox, which belongs to the page."""
    return form(frame, b"q " + _square(*_side(frame)) + b"Q")


def tick(frame: Frame) -> Part:
    """What a ticked checkbox shows in its square."""
    return form(frame, b"q " + _INK + _tick(*_side(frame)) + b"Q")


def _side(frame: Frame) -> tuple[float, float, float]:
    """Left, bottom and length of the square."""
    side = min(frame.width, frame.height, _BOX_SIZE)
    return (frame.width - side) / 2, (frame.height - side) / 2, side


def _square(left: float, bottom: float, side: float) -> bytes:
    inset = _LINE / 2
    values = (left + inset, bottom + inset, side - _LINE, side - _LINE)
    return _INK + number(_LINE) + b" w " + b" ".join(map(number, values)) + b" re S "


def _tick(left: float, bottom: float, side: float) -> bytes:
    places = ((0.2, 0.52), (0.42, 0.26), (0.8, 0.78))
    (one, *more) = [number(left + x * side) + b" " + number(bottom + y * side) for x, y in places]
    strokes = b"".join(place + b" l " for place in more)
    return number(side * 0.12) + b" w 1 J 1 j " + one + b" m " + strokes + b"S "


@dataclass(frozen=True)
class _Option:
    left: float
    top: float
    fitted: Fitted


class Group:
    """A radio group, its options below each other.

    The web has measured each option in a box as high as its row and narrower by that height.
    Raises DoesNotFit and Unprintable.
    """

    def __init__(self, frame: Frame, options: Sequence[str], lettering: Lettering) -> None:
        self._frame = frame
        self._lettering = lettering
        self._options = _below(frame, options)

    def options(self) -> Part:
        """Circles and words, which belong to the page."""
        content = b"".join(map(self._option, self._options))
        return form(self._frame, b"q " + content + b"Q", _resources(self._lettering))

    def mark(self, chosen: int) -> Part:
        """What is shown in the circle of option `chosen`, counted from 0."""
        x, y, radius = _ring(self._options[chosen])
        return form(self._frame, b"q " + _INK + _circle(x, y, radius * 0.55) + b"f Q")

    def _option(self, option: _Option) -> bytes:
        x, y, radius = _ring(option)
        ring = _INK + number(_LINE) + b" w " + _circle(x, y, radius - _LINE / 2) + b"S "
        left = option.left + option.fitted.size * _MARK
        return ring + lines(option.fitted, left, option.top, self._lettering)


def _ring(option: _Option) -> tuple[float, float, float]:
    """Centre and radius of an option's circle."""
    size = option.fitted.size
    return option.left + size / 2, option.top - size / 2, size * 0.42


_MARK = 1.25
"""Width of a circle and the gap after it, in sizes of the text."""


def _below(frame: Frame, options: Sequence[str]) -> list[_Option]:
    row = frame.height / len(options)
    size = row_size(options, frame.width, frame.height, _ROUNDING)
    return [
        _Option(PADDING, frame.height - place * row - (row - size) / 2, _sized(words, size))
        for place, words in enumerate(options)
    ]


def _sized(words: str, size: float) -> Fitted:
    """One line at a given size."""
    return Fitted((words,), size, size)


def _circle(x: float, y: float, radius: float) -> bytes:
    bend = radius * _ARC
    points = (
        ((radius, bend), (bend, radius), (0, radius)),
        ((-bend, radius), (-radius, bend), (-radius, 0)),
        ((-radius, -bend), (-bend, -radius), (0, -radius)),
        ((bend, -radius), (radius, -bend), (radius, 0)),
    )
    drawn = number(x + radius) + b" " + number(y) + b" m "
    for curve in points:
        drawn += b" ".join(number(x + a) + b" " + number(y + b) for a, b in curve) + b" c "
    return drawn


def _resources(lettering: Lettering) -> dict[str, Value]:
    return {"/Font": {"/F0": lettering.font}}
