"""The register's page: conditions in the URL, results in a table that can be printed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.deal_search import (
    BLANK_WORDS,
    SORT_WORDS,
    Search,
    TypedSearch,
    check_search,
)
from domain.disclosure import kept_query
from domain.forms import FormProblems
from domain.imports import ORIGIN_WORDS
from domain.operations import Operation
from domain.permissions import allowed
from domain.saved_views import ListName
from storage import register_lists
from storage.deal_narrowing import Listed
from storage.deal_search import PAGE_SIZE, Found, kinds_to_search, search_page
from storage.paging import Page
from storage.text_index import is_waiting
from storage.text_search import TAKEN_OUT, Looked, TooManyCandidates, confirmed, look
from webapp.deals.blueprint import blueprint
from webapp.deals.own_conditions import own_asked
from webapp.language import problem_texts, words
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender.listing import ListRow, list_rows
from webapp.sender.saved_views import kept_views
from webapp.state import state

KINDS_CHOSEN = 100
"""In one list; where there are more, a kind is typed, and suggested while it is."""
PRINTED = 1000
"""Lines on a page that is printed."""


@blueprint.get("/deals")
@may("deal.read")
@records(Operation.DEALS_SEARCHED, when="*")
def register() -> str | BaseResponse:
    """What was sent, found by date, amount, partner and more."""
    return register_page({})


def register_page(wrong: Mapping[str, str]) -> str | BaseResponse:
    """`wrong`: what is said of conditions by which nothing can be taken out; none is searched by
    then, because that would be a look that is not noted."""
    typed = typed_search()
    printing = request.args.get("print") == "1"
    number, size = request.args.get("page", 1, type=int), PRINTED if printing else PAGE_SIZE
    errors = dict(wrong)
    page: Page[Found] | None = None
    looked: Looked | None = None
    decided_at: datetime | None = None
    rows: tuple[ListRow, ...] = ()
    with state().database.reading() as session:
        try:
            search = check_search(typed)
            if wrong:
                pass
            elif search.text and not printing:
                looked = _look(session, search)
            else:
                among, decided_at = said_in(session, search, typed)
                page = search_page(session, member().organisation_id, search, number, size, among)
            if not printing:  # paper has no states
                shown = looked.rows if looked else page.rows if page else ()
                rows = list_rows(session, [found.envelope for found in shown])
        except FormProblems as found:
            errors |= problem_texts(found.problems)
        except Undecided:
            return redirect(here("deals.output"), code=303)
        kinds = kinds_to_search(session, member().organisation_id)
        kept = kept_views(session, ListName.DEALS, typed.as_query())
        own = own_asked(session, member().organisation_id, typed)
        waiting = looked is not None and is_waiting(session, member().organisation_id)
    return render_template(
        "deals/printed.html" if printing and not errors else "deals/register.html",
        typed=typed,
        sort=typed.headings.order,
        errors=errors,
        page=page,
        looked=looked,
        looked_at=TAKEN_OUT,
        decided_at=decided_at,
        waiting=waiting,
        rows=rows,
        kinds=[(kind, kind) for kind in kinds],
        types_kind=len(kinds) > KINDS_CHOSEN,
        sorts=[(one.value, words(text)) for one, text in SORT_WORDS.items()],
        origins=[(one.value, words(text)) for one, text in ORIGIN_WORDS.items()],
        blanks=[(one.value, words(text)) for one, text in BLANK_WORDS.items()],
        narrowed=bool(set(typed.as_query()) - {"sort"}),
        further=bool(
            typed.kind or typed.number or typed.title or typed.origin or typed.blank or typed.own
        ),
        own=own,
        reads_texts=_reads_texts(),
        here=here,
        sorted_here=partial(here, _anchor="results"),
        kept=kept,
        printed_at=now(),
    )


def typed_search() -> TypedSearch:
    """The conditions of this URL. Who may not open documents searches nothing in them."""
    typed = TypedSearch.read(request.args, request.args.getlist("blank"))
    return typed if _reads_texts() else replace(typed, text="")


class Undecided(Exception):
    """More documents may say it than one request looks at: see webapp.deals.output."""


def said_in(session: Session, search: Search, typed: TypedSearch) -> tuple[Listed, datetime | None]:
    """The envelopes whose documents say what is searched for, None where nothing is; and when the
    documents worker decided that, where one request could not. Raises Undecided."""
    mine = member().organisation_id
    try:
        return confirmed(session, state().vault, mine, search), None
    except TooManyCandidates:
        row = register_lists.current(session, mine, typed, now())
    if row is None or row.decided_at is None:
        raise Undecided
    return register_lists.listed(row), row.decided_at


def _look(session: Session, search: Search) -> Looked:
    start = max(0, request.args.get("from", 0, type=int))
    return look(session, state().vault, member().organisation_id, search, start)


def _reads_texts() -> bool:
    return allowed(member().roles, "document.read")


def here(endpoint: str = "deals.register", **more: Any) -> str:  # noqa: ANN401 - for templates
    """The same conditions elsewhere: another page, the print view, the export."""
    return url_for(endpoint, **(kept_query(typed_search()) | more))
