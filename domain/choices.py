"""Words of a closed list, as forms and addresses write them."""

from enum import StrEnum
from typing import TypeVar

W = TypeVar("W", bound=StrEnum)
D = TypeVar("D")


def chosen(words: type[W], text: str, otherwise: D) -> W | D:
    """The word of the list that the text is; `otherwise` for whatever is none."""
    return words(text) if text in set(words) else otherwise
