"""How much of a picture its sender cut off at each side, before anything was made of it.

Whole percentages of the picture as it is seen (upright), so that whoever says them needs to know
nothing of its pixels: neither the page without a script nor the web app looks into a picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.forms import FormCheck
from domain.refusals import Words

SIDES = ("left", "top", "right", "bottom")
PREFIX = "crop_"
"""Of the names of a form's fields."""
MOST = 95
"""Per cent cut off in one direction at most: what is left of a telephone's photograph still has
some hundred pixels."""

_NUMBER = Words(
    f"切り落とす割合は、0から{MOST}までの整数で入力してください。",
    f"Write how much to cut off as a whole number from 0 to {MOST}.",
)
_ALL = Words(
    f"左右、上下とも、切り落とす割合は合わせて{MOST}%までにしてください。",
    f"Left and right together, and top and bottom together, may cut off at most {MOST} %.",
)


@dataclass(frozen=True)
class Crop:
    """Per cent that are cut off at each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    @property
    def cuts(self) -> bool:
        """Whether anything is cut off at all."""
        return any((self.left, self.top, self.right, self.bottom))

    @property
    def text(self) -> str:
        """As it is kept, beside the picture; see `crop_of`."""
        return f"{self.left},{self.top},{self.right},{self.bottom}"

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """What is left, in pixels: left, top, right, bottom; never nothing."""
        left, top = width * self.left // 100, height * self.top // 100
        right = max(left + 1, width - width * self.right // 100)
        return left, top, right, max(top + 1, height - height * self.bottom // 100)


def crop_of(text: str | None) -> Crop | None:
    """What `Crop.text` wrote; None and empty: nothing is cut off."""
    return Crop(*map(int, text.split(","))) if text else None


def read_crop(check: FormCheck, typed: Mapping[str, str]) -> Crop:
    """Of a form's four fields, empty ones 0. What is wrong is in `check`, by the field's name."""
    sides = {side: _read(check, PREFIX + side, typed.get(PREFIX + side, "")) for side in SIDES}
    for one, other in (("left", "right"), ("top", "bottom")):
        if sides[one] + sides[other] > MOST:
            check.problems.setdefault(PREFIX + one, _ALL)
    return Crop(**sides)


def _read(check: FormCheck, name: str, typed: str) -> int:
    clean = typed.strip().rstrip("%％").strip()
    if not clean:
        return 0
    if clean.isdecimal() and len(clean) <= len(str(MOST)) and int(clean) <= MOST:
        return int(clean)
    check.problems[name] = _NUMBER
    return 0
