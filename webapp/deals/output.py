"""Printing and tables of a search whose texts one request cannot look at: begun here, watched while
the documents worker looks at all of them, and then taken out like any other."""

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.deal_search import TypedSearch, check_search
from domain.disclosure import conditions_words
from domain.forms import FormProblems
from domain.own_search import LABELS
from domain.refusals import Words
from storage import disclosures, register_lists
from storage.register_lists import OPEN_LISTS, TooManyLists
from storage.tables import RegisterList
from storage.text_search import TAKEN_OUT
from webapp.deals.blueprint import blueprint
from webapp.deals.searching import here, typed_search
from webapp.language import words
from webapp.login import member, now
from webapp.marks import mark
from webapp.security import may
from webapp.state import state

_TOO_MANY = Words(
    f"本文を確かめる検索は、組織で同時に{OPEN_LISTS}件までです。ほかの検索が終わってから、"
    "もう一度お試しください。",
    f"At most {OPEN_LISTS} searches of an organisation have their texts looked at at a time. Try "
    "again when one of the others is done.",
)


@blueprint.get("/deals/output")
@may("deal.read")
def output() -> str | BaseResponse:
    """What is to be taken out, and how far that is."""
    return _page("")


@blueprint.post("/deals/output")
@may("deal.read")
def begin_output() -> BaseResponse | tuple[str | BaseResponse, int]:
    """Have the texts looked at, once more if they were. The conditions stand in the URL."""
    typed = _typed()
    if typed is None:
        return redirect(url_for("deals.register"), code=303)
    try:
        with state().database.transaction() as session:
            register_lists.ask(session, member(), typed, now())
    except TooManyLists:
        return _page(words(_TOO_MANY)), 409
    return redirect(here("deals.output"), code=303)


@blueprint.get("/deals/output/live")
@may("deal.read", keeps_awake=False)
def output_live() -> Response:
    """The part that changes; 204 while nothing did."""
    typed = _typed() or abort(404)
    with state().database.reading() as session:
        row = register_lists.current(session, member().organisation_id, typed, now())
    if request.args.get("seen") == _mark(row):
        return make_response("", 204)
    return make_response(render_template("deals/output_live.html", **_said(row)))


def _page(error: str) -> str | BaseResponse:
    typed = _typed()
    if typed is None:  # the register says what is wrong
        return redirect(here(), code=303)
    with state().database.reading() as session:
        row = register_lists.current(session, member().organisation_id, typed, now())
        labels = disclosures.own_labels(session, member().organisation_id, typed)
    asked = words(conditions_words(typed.as_query() | {LABELS: labels}))
    return render_template("deals/output.html", asked=asked, error=error, **_said(row))


def _typed() -> TypedSearch | None:
    """The conditions, if they are right, and a text is one of them."""
    typed = typed_search()
    try:
        return typed if check_search(typed).text else None
    except FormProblems:
        return None


def _said(row: RegisterList | None) -> dict[str, object]:
    return {
        "row": row,
        "mark": _mark(row),
        "here": here,
        "looked_at": TAKEN_OUT,
        "until": register_lists.kept_until(row) if row is not None else None,
    }


def _mark(row: RegisterList | None) -> str:
    return mark([row.id, row.decided_at] if row is not None else [])
