"""The register as a table for spreadsheets and the tax office (ダウンロードの求め)."""

import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import IO

from flask import Response, abort

from domain import states
from domain.deal_search import Search, check_search
from domain.events import Event
from domain.forms import FormProblems
from domain.kinds import EnvelopeState
from domain.refusals import Words
from storage.deal_search import Found, every
from webapp.deals.blueprint import blueprint
from webapp.deals.searching import typed_search
from webapp.deals.words import VALUE_WORDS
from webapp.exports import asked_encoding, dated, note_export, table_answer
from webapp.language import second, words
from webapp.login import member
from webapp.security import may
from webapp.sender.listing import FILTER_WORDS, Filter
from webapp.spreadsheets import csv_line, harmless
from webapp.state import state

_NUMBER = Words("封筒番号", "Envelope number")
_TITLE = Words("封筒名", "Title")
_STATE = Words("状態", "State")
_SENT = Words("送信日時", "Sent")
_ENDED = Words("終了日時", "Ended")


@blueprint.get("/deals.csv")
@may("deal.export")
def export() -> Response:
    """Everything that the conditions find. The ledger keeps who took it, and how many lines."""
    encoding = asked_encoding()
    typed = typed_search()
    try:
        search = check_search(typed)
    except FormProblems:
        abort(404)  # the page says what is wrong, and offers no export
    file = io.BytesIO()  # a hundred thousand lines are some 15 MB
    lines = _written(file, search, encoding)
    note_export(Event.DEALS_EXPORTED, typed.as_query(), lines)
    return table_answer(file, encoding, dated("register"))


def _written(file: IO[bytes], search: Search, encoding: str) -> int:
    """Write head and lines; returns how many lines."""
    count = 0
    with state().database.reading() as session:
        for count, row in enumerate(
            _lines(every(session, member().organisation_id, search)), start=0
        ):
            file.write(csv_line(row, encoding, first=count == 0))
    return count


def _lines(found: Iterable[Found]) -> Iterator[list[str]]:
    yield [
        words(_NUMBER), words(_TITLE), *(words(text) for text in VALUE_WORDS.values()),
        words(_STATE), words(_SENT), words(_ENDED),
    ]  # fmt: skip
    for row in found:
        envelope, deal = row.envelope, row.deal
        values = [getattr(deal, name) for name in VALUE_WORDS]
        yield [
            envelope.number,
            harmless(envelope.title),
            *(_plain(value) for value in values),
            _state(EnvelopeState(envelope.state)),
            second(envelope.sent_at) if envelope.sent_at else "",
            second(envelope.ended_at) if envelope.ended_at else "",
        ]


def _state(found_in: EnvelopeState) -> str:
    """Whom it waits for is for pages; a table says that it is under way."""
    found = states.state_words(found_in, ())
    return words(states.WORDS[found[0]] if found else FILTER_WORDS[Filter.RUNNING])


def _plain(value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else str(value)
