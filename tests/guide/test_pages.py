"""The guide shows every picture that `make guide` draws, and says the same in both languages."""

import re
from pathlib import Path

import pytest

from domain.kinds import Language

GUIDE = Path(__file__).parents[2] / "docs/guide"
PICTURE = re.compile(r"!\[([^\]]+)\]\((?P<file>[^)]+)\)")


def _shown(language: Language) -> list[str]:
    text = (GUIDE / f"signer.{language.value}.md").read_text(encoding="utf-8")
    return [found["file"] for found in PICTURE.finditer(text)]


@pytest.mark.parametrize("language", Language)
def test_each_picture_is_shown_once_and_in_order(language: Language) -> None:
    drawn = sorted(
        file.relative_to(GUIDE).as_posix() for file in (GUIDE / language.value).glob("*.png")
    )
    assert _shown(language) == drawn
    assert drawn


def test_both_languages_show_the_same_steps() -> None:
    japanese, english = (_shown(language) for language in (Language.JA, Language.EN))
    assert [name.removeprefix("ja/") for name in japanese] == [
        name.removeprefix("en/") for name in english
    ]
