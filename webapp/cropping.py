"""The four numbers by which a picture is cropped, as a form sends them."""

from collections.abc import Mapping

from flask import request

from domain.crops import PREFIX, SIDES, Crop, read_crop
from domain.forms import FormCheck
from domain.refusals import Words
from webapp.language import problem_texts

AGAIN = "again-"
"""Before the ids of the fields by which a clean picture is cropped once more (crop.html)."""
_NAMES = tuple(PREFIX + side for side in SIDES)
_NOTHING = Words(
    "切り落とす割合を、どれか1つ以上入力してください。",
    "Write how much to cut off at one side at least.",
)


def typed_crop() -> dict[str, str]:
    """As typed, for the page again."""
    return {name: request.form.get(name, "")[:20] for name in _NAMES}


def of_again(errors: Mapping[str, str]) -> dict[str, str]:
    """By the ids of their fields, as a summary of errors leads to them."""
    return {AGAIN + name: text for name, text in errors.items()}


def asked_crop(errors: dict[str, str], *, some: bool = False) -> Crop:
    """What is cut off; with `some`, to cut off nothing is wrong. Complains in `errors`."""
    check = FormCheck()
    crop = read_crop(check, typed_crop())
    if some and not check.problems and not crop.cuts:
        check.problems[_NAMES[0]] = _NOTHING
    errors.update(problem_texts(check.problems))
    return crop
