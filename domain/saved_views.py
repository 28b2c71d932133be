"""Conditions of a list that a member keeps under a name (保存した条件)."""

from enum import StrEnum

from domain.forms import FormProblems
from domain.refusals import Words

MAX_NAME_CHARACTERS = 40
MAX_VIEWS = 20
"""Of one member, in one list."""
MAX_QUERY_CHARACTERS = 2000


class ListName(StrEnum):
    """The lists whose conditions can be kept. Stored: never rename one."""

    ENVELOPES = "envelopes"
    DEALS = "deals"


NO_NAME = Words("名前を入力してください。", "Enter a name.")
NAME_TOO_LONG = Words(
    f"名前は{MAX_NAME_CHARACTERS}文字以内で入力してください。",
    f"A name has {MAX_NAME_CHARACTERS} characters at most.",
)
TOO_MANY = Words(
    f"保存できる条件は{MAX_VIEWS}件までです。使わないものを削除してください。",
    f"{MAX_VIEWS} views can be kept. Remove one that you do not use.",
)
NOTHING_TO_KEEP = Words(
    "条件がありません。絞り込みや検索をしてから保存してください。",
    "There are no conditions. Filter or search first, then keep them.",
)


def check_name(typed: str) -> str:
    """The name without spaces around it. Raises FormProblems for `name`."""
    name = " ".join(typed.split())
    if not name:
        raise FormProblems({"name": NO_NAME})
    if len(name) > MAX_NAME_CHARACTERS:
        raise FormProblems({"name": NAME_TOO_LONG})
    return name
