"""Whom a sender has chosen for proposals that he has not taken yet, from one page to the next.

In the session's cookie, for the document that he was at last: keys of people, and names of the
page's own fields, which have nothing of the document's words in them.
"""

import re
from collections.abc import Mapping
from uuid import UUID

from flask import session

_KEY = "proposals"
_NAME = re.compile(r"named-[0-9a-f]{8}|unnamed(?:-\d{1,3})?")
_PERSON = re.compile(r"[0-9a-f-]{1,36}")
_MOST = 100
"""More than a page has."""


def keep_choices(document: UUID, form: Mapping[str, str]) -> None:
    """What the form says; what was kept of another document goes."""
    names: dict[str, list[str]] = {}
    chosen = [(name, person) for name, person in form.items() if _NAME.fullmatch(name)]
    for name, person in chosen[:_MOST]:
        if _PERSON.fullmatch(person):
            names.setdefault(person, []).append(name)
    kept = [str(document), names] if names else None
    if session.get(_KEY) != kept:
        session[_KEY] = kept


def choices(document: UUID) -> Mapping[str, str]:
    """The people by the names of the page's fields; may be asked again and again."""
    whose, names = session.get(_KEY) or ["", {}]
    if whose != str(document):
        return {}
    return {name: person for person, rows in names.items() for name in rows}
