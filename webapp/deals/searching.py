"""The register's page: conditions in the URL, results in a table that can be printed."""

from typing import Any

from flask import render_template, request, url_for

from domain.deal_search import (
    BLANK_WORDS,
    SORT_WORDS,
    Sort,
    TypedSearch,
    check_search,
)
from domain.forms import FormProblems
from domain.operations import Operation
from storage.deal_search import PAGE_SIZE, Found, kinds_of, search_page
from storage.paging import Page
from webapp.deals.blueprint import blueprint
from webapp.language import problem_texts, words
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender.listing import ListRow, list_rows
from webapp.state import state

PRINTED = 1000
"""Lines on a page that is printed."""


@blueprint.get("/deals")
@may("deal.read")
@records(Operation.DEALS_SEARCHED, when="*")
def register() -> str:
    """What was sent, found by date, amount, partner and more."""
    typed = typed_search()
    printing = request.args.get("print") == "1"
    number, size = request.args.get("page", 1, type=int), PRINTED if printing else PAGE_SIZE
    errors: dict[str, str] = {}
    page: Page[Found] | None = None
    rows: tuple[ListRow, ...] = ()
    with state().database.reading() as session:
        try:
            search = check_search(typed)
            page = search_page(session, member().organisation_id, search, number, size)
            if not printing:  # paper has no states
                rows = list_rows(session, [found.envelope for found in page.rows])
        except FormProblems as found:
            errors = problem_texts(found.problems)
        kinds = kinds_of(session, member().organisation_id)
    return render_template(
        "deals/printed.html" if printing else "deals/register.html",
        typed=typed,
        sort=typed.sort or Sort.NEWEST.value,
        errors=errors,
        page=page,
        rows=rows,
        kinds=[(kind, kind) for kind in kinds],
        sorts=[(one.value, words(text)) for one, text in SORT_WORDS.items()],
        blanks=[(one.value, words(text)) for one, text in BLANK_WORDS.items()],
        narrowed=bool(set(typed.as_query()) - {"sort"}),
        further=bool(typed.kind or typed.number or typed.title or typed.blank),
        here=here,
        printed_at=now(),
    )


def typed_search() -> TypedSearch:
    """The conditions of this URL."""
    return TypedSearch.read(request.args, request.args.getlist("blank"))


def here(endpoint: str = "deals.register", **more: Any) -> str:  # noqa: ANN401 - for templates
    """The same conditions elsewhere: another page, the print view, the export."""
    query = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in typed_search().as_query().items()
    }
    return url_for(endpoint, **(query | more))
