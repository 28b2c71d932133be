"""Lists on pages: what the address asks for, and the addresses of their other pages and orders."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request, url_for

from domain.lists import Asked, Usual

Here = Callable[..., str]


def asked(usual: Usual, prefix: str = "") -> Asked:
    """What this request asks of a list with these keys."""
    return Asked.read(request.args, usual, prefix)


def here_of(
    endpoint: str, query: Mapping[str, str], *, prefix: str = "", anchor: str = "", **place: str
) -> Here:
    """Makes addresses of the same list: `here(page=2)`; what is None is left out. `prefix` is
    that of the list whose page is meant, where two stand on one page; `anchor` is the id above
    it, so that nobody has to look for it again."""

    def here(to: str = endpoint, **more: Any) -> str:  # noqa: ANN401 - for templates
        turned = {f"{prefix}page" if name == "page" else name: more[name] for name in more}
        there = {"_anchor": anchor} if anchor and to == endpoint else {}
        return url_for(to, **(place | dict(query) | turned | there))

    return here
