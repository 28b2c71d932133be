"""署名権限（委任）: who may sign for the organisation; entered, and ended with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.mandates import (
    TypedEnding,
    TypedMandate,
    check_ending,
    check_mandate,
    limits_words,
)
from domain.refusals import Words
from storage import mandates
from storage.absences import day_of
from storage.chain_staff import members_of
from storage.mandates import Entry
from storage.office_lists import Standing, mandate_counts, mandate_page, mandate_sorts
from storage.people import active_members
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.security import may
from webapp.sender.chain_choice import kinds_to_offer
from webapp.sender.words import member_label
from webapp.state import state

SHOWN_WORDS: dict[Standing, Words] = {
    Standing.NOW: Words("いま有効", "Holding now"),
    Standing.COMING: Words("これから", "Coming"),
    Standing.OVER: Words("終了", "Over"),
}


@dataclass(frozen=True)
class MandateRow:
    """An entry as the page shows it."""

    entry: Entry
    limits: Words
    ending: bool
    """Whether it can be ended, or ended earlier."""


@blueprint.get("/mandates")
@may("mandate.write")
def mandates_page() -> BaseResponse:
    """Who may sign, and a form."""
    return _page(TypedMandate(), {})


@blueprint.post("/mandates")
@may("mandate.write")
def enter_mandate() -> BaseResponse:
    """Keep it; what is wrong is said beside it."""
    names = ("member", "title", "begins_on", "ends_on", "most", "kinds", "basis")
    typed = TypedMandate(*(_typed(name) for name in names))
    try:
        with state().database.transaction() as session:
            mine = member()
            known = [row.id for row in active_members(session, mine.organisation_id)]
            today = day_of(session, mine.organisation_id, now())
            checked = check_mandate(typed, known, today)
            mandates.enter(session, mine, checked, now())
    except FormProblems as found:
        answer = _page(typed, problem_texts(found.problems))
        answer.status_code = 422
        return answer
    flash(say("署名権限を登録しました。"), "success")
    shown = Standing.COMING if checked.begins_on > today else Standing.NOW
    return redirect(url_for("admin.mandates_page", shown=shown.value), code=303)


@blueprint.get("/mandates/<uuid:mandate_id>/end")
@may("mandate.write")
def mandate_ending(mandate_id: UUID) -> BaseResponse:
    """When it ends, and why."""
    return _ending_page(mandate_id, TypedEnding(), {})


@blueprint.post("/mandates/<uuid:mandate_id>/end")
@may("mandate.write")
def end_mandate(mandate_id: UUID) -> BaseResponse:
    """Written beside the entry, which stays as it is."""
    typed = TypedEnding(_typed("when"), _typed("last_day"), _typed("reason"))
    try:
        with state().database.transaction() as session:
            entry = _entry_or_404(session, mandate_id)
            today = day_of(session, entry.row.organisation_id, now())
            ending = check_ending(typed, entry.last_day, today)
            ended = mandates.end(session, member(), entry.row, ending, now())
    except FormProblems as found:
        answer = _ending_page(mandate_id, typed, problem_texts(found.problems))
        answer.status_code = 422
        return answer
    if ended:
        flash(say("署名権限の終了を登録しました。"), "success")
    else:
        flash(say("この署名権限は、すでに終了しています。"), "information")
    return redirect(url_for("admin.mandates_page"), code=303)


def _typed(name: str) -> str:
    return request.form.get(name, "")[:MAX_TYPED_CHARACTERS]


def _entry_or_404(session: Session, mandate_id: UUID) -> Entry:
    entry = mandates.find(session, member().organisation_id, mandate_id)
    if entry is None:
        abort(404)
    return entry


def _page(typed: TypedMandate, errors: Mapping[str, str]) -> BaseResponse:
    organisation_id = member().organisation_id
    wanted = chosen(Standing, request.args.get("shown", ""), Standing.NOW)
    wishes = asked(mandate_sorts(wanted))
    with state().database.reading() as session:
        people = active_members(session, organisation_id)
        labels = [(str(row.id), member_label(row)) for row in people]
        today = day_of(session, organisation_id, now())
        found = mandate_page(session, organisation_id, wanted, wishes, today)
        counts = mandate_counts(session, organisation_id, today)
        page = render_template(
            "admin/mandates.html",
            typed=typed,
            errors=errors,
            page=found,
            rows=[_row(entry, today) for entry in found.rows],
            asked=wishes,
            here=here_of("admin.mandates_page", wishes.as_query(), shown=wanted.value),
            wanted=wanted,
            shown=[(key, words(text), counts[key]) for key, text in SHOWN_WORDS.items()],
            names={row.id: row.name for row in members_of(session, organisation_id)},
            members=[("", say("選んでください")), *labels],
            contract_kinds=kinds_to_offer(session, organisation_id),
            since=session.get_one(Organisation, organisation_id).mandates_since,
        )
    return make_response(page)


def _row(entry: Entry, today: date) -> MandateRow:
    limits = limits_words(mandates.checked_of(entry.row))
    return MandateRow(entry, limits, not entry.over(today))


def _ending_page(mandate_id: UUID, typed: TypedEnding, errors: Mapping[str, str]) -> BaseResponse:
    with state().database.reading() as session:
        entry = _entry_or_404(session, mandate_id)
        names = {row.id: row.name for row in members_of(session, entry.row.organisation_id)}
        page = render_template(
            "admin/mandate_end.html",
            typed=typed,
            errors=errors,
            row=entry.row,
            entry=entry,
            limits=limits_words(mandates.checked_of(entry.row)),
            name=names.get(entry.row.member_id, "―"),
        )
    return make_response(page)
