"""Conditions of a list that a member keeps under a name, and takes up again with one press."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.deal_search import TypedSearch
from domain.envelope_lists import ListQuery
from domain.forms import FormProblems
from domain.saved_views import MAX_NAME_CHARACTERS, MAX_QUERY_CHARACTERS, ListName
from storage import saved_views
from webapp.language import problem_texts, say
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.state import state

_PAGES = {ListName.ENVELOPES: "sender.envelopes", ListName.DEALS: "deals.register"}


@dataclass(frozen=True)
class KeptView:
    """One that he kept; `here`: the page shows just this."""

    id: UUID
    name: str
    address: str
    here: bool


@dataclass(frozen=True)
class KeptViews:
    """What a list's page needs for keeping its conditions and coming back to others."""

    list: ListName
    views: tuple[KeptView, ...]
    query: str
    """The conditions of this page, as the form sends them; empty: there are none to keep."""
    naming: str
    """A name that was typed and could not be taken."""


def kept_views(session: Session, name: ListName, now_shown: Mapping[str, object]) -> KeptViews:
    """The member's own, and what this page shows."""
    query = _plain(now_shown)
    rows = saved_views.views_of(session, member(), name)
    return KeptViews(
        list=name,
        views=tuple(
            KeptView(row.id, row.name, _address(name, row.query), row.query == query)
            for row in rows
        ),
        query=_address(name, query).partition("?")[2],
        naming=request.args.get("naming", "")[: MAX_NAME_CHARACTERS * 2],
    )


@blueprint.post("/views")
@may("account.use")
def keep_view() -> BaseResponse:
    """Keep the conditions that the page showed; a name that is refused comes back as typed."""
    name = chosen(ListName, request.form.get("list", ""), None)
    if name is None:
        abort(400)
    query = _read(name, request.form.get("query", "")[:MAX_QUERY_CHARACTERS])
    typed = request.form.get("name", "")[: MAX_NAME_CHARACTERS * 2]
    try:
        with state().database.transaction() as session:
            row = saved_views.keep(session, member(), name, typed, query, now())
            called = row.name
    except FormProblems as found:
        flash(problem_texts(found.problems)["name"], "error")
        return redirect(_address(name, query, naming=typed or None), code=303)
    flash(say("条件を「%(name)s」として保存しました。", name=called), "success")
    return redirect(_address(name, query), code=303)


@blueprint.post("/views/<uuid:view_id>/remove")
@may("account.use")
def remove_view(view_id: UUID) -> BaseResponse:
    """Remove one's own; what it found stays where it is."""
    with state().database.transaction() as session:
        row = saved_views.remove(session, member(), view_id)
    if row is None:
        abort(404)
    flash(say("保存した条件「%(name)s」を削除しました。", name=row.name), "success")
    return redirect(url_for(_PAGES[ListName(row.list)]), code=303)


def _read(name: ListName, query: str) -> dict[str, str | list[str]]:
    """Only what the list itself understands of an address is kept."""
    typed = MultiDict((key, value) for key, values in parse_qs(query).items() for value in values)
    if name is ListName.ENVELOPES:
        return _plain(ListQuery.read(typed).as_query())
    return _plain(TypedSearch.read(typed, typed.getlist("blank")).as_query())


def _address(name: ListName, query: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401 - for addresses
    return url_for(_PAGES[name], **query, **more)


def _plain(query: Mapping[str, object]) -> dict[str, str | list[str]]:
    """As rows hold it."""
    return {
        key: [str(one) for one in value] if isinstance(value, tuple | list) else str(value)
        for key, value in query.items()
    }
