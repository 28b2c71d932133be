"""契約の期限: concluded contracts that end, or whose last day for notice comes; page and CSV."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from flask import Response, render_template, request

from domain.choices import chosen
from domain.deal_words import plain_value
from domain.events import Event
from domain.operations import Operation
from domain.terms import STANDING_WORDS, TERM_HEADS, WITHIN_WORDS, Standing, Within
from storage.absences import day_of
from storage.deal_table import OwnColumn, deal_cells, deal_heads, own_cells, own_columns
from storage.own_fields import in_chunks
from storage.terms import Ending, every_term, term_sorts, terms_page
from webapp.deals.blueprint import blueprint
from webapp.exports import asked_encoding, dated, note_export, table_answer, write_table
from webapp.language import language, say, words, zone
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.state import state

_CHUNK = 500
TONES = {Standing.NOTICE_AHEAD: "warning", Standing.MAYBE_RENEWED: "warning"}
"""Of tags whose words ask somebody to do something; any other is plain."""


@blueprint.get("/deals/terms")
@may("deal.read")
@records(Operation.DEALS_SEARCHED, when="*")
def terms() -> str:
    """What comes within the chosen time, the next first; or what has passed."""
    within = _within()
    wishes = asked(term_sorts(within))
    with state().database.reading() as session:
        today = day_of(session, member().organisation_id, now())
        page = terms_page(session, member().organisation_id, within, today, wishes)
    return render_template(
        "deals/terms.html",
        page=page,
        within=within,
        asked=wishes,
        here=here_of("deals.terms", wishes.as_query(), within=within.value),
        choices=[(one.value, words(text)) for one, text in WITHIN_WORDS.items()],
        standings=[ending.term.standing(today) for ending in page.rows],
        standing_text=lambda standing: words(STANDING_WORDS[standing]),
        left_text=lambda day: left_text((day - today).days),
        today=today,
        tones=TONES,
    )


@blueprint.get("/deals/terms.csv")
@may("deal.export")
def terms_export() -> Response:
    """The same list, all of it, with every value of the register."""
    within, encoding, file = _within(), asked_encoding(), io.BytesIO()
    wishes = asked(term_sorts(within))
    with state().database.reading() as session:
        today = day_of(session, member().organisation_id, now())
        found = every_term(session, member().organisation_id, within, today, wishes)
        own = own_columns(session, member().organisation_id)
        keyed = ((ending.envelope.id, ending) for ending in found)
        lines = write_table(file, _rows(in_chunks(session, keyed, _CHUNK), own, today), encoding)
    note_export(Event.DEALS_EXPORTED, {"within": within.value}, lines)
    return table_answer(file, encoding, dated("terms"))


def left_text(days: int) -> str:
    """How far away a day is, in words."""
    near = {-1: say("昨日"), 0: say("今日"), 1: say("明日")}
    if days in near:
        return near[days]
    return say("あと%(days)s日", days=days) if days > 0 else say("%(days)s日前", days=-days)


def _within() -> Within:
    return chosen(Within, request.args.get("within", ""), Within.QUARTER)


def _rows(
    found: Iterable[tuple[Ending, Mapping[str, str]]], own: Sequence[OwnColumn], today: date
) -> Iterator[list[str]]:
    yield [*(words(head) for head in TERM_HEADS), *deal_heads(language(), own)]
    for ending, values in found:
        standing, day = ending.term.standing(today)
        yield [
            words(STANDING_WORDS[standing]),
            day.isoformat(),
            str((day - today).days),
            plain_value(ending.term.notice_on),
            *deal_cells(ending.envelope, ending.deal, language(), zone()),
            *own_cells(own, values),
        ]
