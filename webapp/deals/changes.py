"""取引情報の変更履歴: every change of the register, searched, printed and taken out."""

import io
from typing import Any

from flask import Response, make_response, render_template, request, url_for

from domain.deal_changes import BY_SYSTEM, CHANGE_SORTS, SYSTEM, TypedChanges, check_changes
from domain.deal_words import VALUE_WORDS
from domain.deals import OWN
from domain.events import Event
from domain.forms import FormProblems
from domain.operations import Operation
from storage.deal_changes import (
    PAGE_SIZE,
    FoundChange,
    change_lines,
    changes_page,
    every_change,
    who_changes,
)
from storage.own_fields import definitions
from storage.paging import Page
from webapp.deals.blueprint import blueprint
from webapp.deals.card import said_change
from webapp.deals.searching import PRINTED
from webapp.exports import asked_encoding, dated, note_export, table_answer, write_table
from webapp.language import language, problem_texts, words, zone
from webapp.lists import asked
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.state import state


@blueprint.get("/deals/changes")
@may("deal.read")
@records(Operation.DEALS_SEARCHED, when="*")
def changes() -> str:
    """Old and new value, who, when and why."""
    typed, organisation_id = TypedChanges.read(request.args), member().organisation_id
    printing = request.args.get("print") == "1"
    wishes, size = asked(CHANGE_SORTS), PRINTED if printing else PAGE_SIZE
    errors: dict[str, str] = {}
    page: Page[FoundChange] | None = None
    with state().database.reading() as session:
        try:
            search = check_changes(typed)
            page = changes_page(session, organisation_id, zone(), search, wishes, size)
        except FormProblems as found:
            errors = problem_texts(found.problems)
        people = who_changes(session, organisation_id)
        known = {
            one.id: one for kind in definitions(session, organisation_id) for one in kind.fields
        }
    return render_template(
        "deals/changes_printed.html" if printing and not errors else "deals/changes.html",
        typed=typed,
        errors=errors,
        page=page,
        people=[(SYSTEM, words(BY_SYSTEM)), *((str(key), name) for key, name in people)],
        names=[
            *((name, words(text)) for name, text in VALUE_WORDS.items()),
            *((OWN + one.id, words(one.label)) for one in known.values()),
        ],
        sorting=wishes.sorting,
        by_system=words(BY_SYSTEM),
        said=lambda found: [said_change(change, known) for change in found.changes],
        here=_here,
        narrowed=bool(typed.as_query()),
        printed_at=now(),
    )


@blueprint.get("/deals/changes.csv")
@may("deal.export")
def changes_export() -> Response:
    """Everything that the conditions find; a line for each value."""
    encoding, typed, file = asked_encoding(), TypedChanges.read(request.args), io.BytesIO()
    try:
        search = check_changes(typed)
    except FormProblems:
        return make_response(changes(), 422)  # says what is wrong, and looks nothing up
    with state().database.reading() as session:
        organisation_id = member().organisation_id
        sorting = asked(CHANGE_SORTS).sorting
        found = every_change(session, organisation_id, zone(), search, sorting)
        rows = change_lines(session, organisation_id, found, language(), zone())
        lines = write_table(file, rows, encoding)
    note_export(Event.DEALS_EXPORTED, {"changes": typed.as_query()}, lines)
    return table_answer(file, encoding, dated("changes"))


def _here(endpoint: str = "deals.changes", **more: Any) -> str:  # noqa: ANN401 - for templates
    said = TypedChanges.read(request.args).as_query() | asked(CHANGE_SORTS).sorting.as_query()
    return url_for(endpoint, **(said | more))
