"""The register as a table for spreadsheets and the tax office (ダウンロードの求め)."""

import io
from collections.abc import Iterable, Iterator, Sequence

from flask import make_response, redirect
from werkzeug.wrappers import Response as BaseResponse

from domain.deal_search import check_search
from domain.events import Event
from domain.forms import FormProblems
from storage.deal_search import Found, every
from storage.deal_table import OwnColumn, deal_cells, deal_heads, own_cells, own_columns
from webapp.deals.blueprint import blueprint
from webapp.deals.searching import Undecided, here, register_page, said_in, typed_search
from webapp.exports import asked_encoding, dated, note_export, table_answer, write_table
from webapp.language import language, problem_texts, zone
from webapp.login import member
from webapp.security import may
from webapp.state import state


@blueprint.get("/deals.csv")
@may("deal.export")
def export() -> BaseResponse:
    """Everything that the conditions find. The ledger keeps who took it, and how many lines."""
    encoding = asked_encoding()
    typed = typed_search()
    file = io.BytesIO()  # a hundred thousand lines are some 15 MB
    try:
        search = check_search(typed)
        with state().database.reading() as session:
            among, _ = said_in(session, search, typed)
            found = every(session, member().organisation_id, search, among)
            own = own_columns(session, member().organisation_id, search.kind)
            lines = write_table(file, _rows(found, own), encoding)
    except Undecided:
        return redirect(here("deals.output"), code=303)
    except FormProblems as wrong:
        return make_response(register_page(problem_texts(wrong.problems)), 422)
    note_export(Event.DEALS_EXPORTED, typed.as_query(), lines)
    return table_answer(file, encoding, dated("register"))


def _rows(found: Iterable[Found], own: Sequence[OwnColumn]) -> Iterator[list[str]]:
    yield deal_heads(language(), own)
    for row in found:
        cells = deal_cells(row.envelope, row.deal, language(), zone())
        yield [*cells, *own_cells(own, row.own)]
