"""A member's own absence: from when to when, and who acts as deputy meanwhile."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.absences import TypedAbsence, check_absence
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from storage import absences
from storage.people import active_members
from webapp.language import problem_texts, say
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.words import member_label
from webapp.state import state


@blueprint.get("/account/absence")
@may("account.use")
def absence() -> BaseResponse:
    """What is entered, and a form for more."""
    return _page(TypedAbsence(), {})


@blueprint.post("/account/absence")
@may("account.use")
def enter_absence() -> BaseResponse:
    """Keep it; what is wrong is said beside it."""
    return kept_or_said(typed_absence(str(member().id)), _page, "sender.absence")


@blueprint.post("/account/absence/<uuid:absence_id>/cancel")
@may("account.use")
def cancel_absence(absence_id: UUID) -> BaseResponse:
    """Back earlier than planned, or entered by mistake."""
    cancel(absence_id, of=member().id)
    return redirect(url_for("sender.absence"), code=303)


def typed_absence(member_id: str) -> TypedAbsence:
    """The form of somebody's absence."""
    names = ("begins_on", "ends_on", "deputy")
    typed = {name: request.form.get(name, "")[:MAX_TYPED_CHARACTERS] for name in names}
    return TypedAbsence(member=member_id, **typed)


def kept_or_said(
    typed: TypedAbsence,
    page: Callable[[TypedAbsence, Mapping[str, str]], BaseResponse],
    endpoint: str,
) -> BaseResponse:
    """Enter it and go to `endpoint`; or the page again with what is wrong."""
    errors = _keep(typed)
    if errors:
        answer = page(typed, errors)
        answer.status_code = 422
        return answer
    flash(say("不在を登録しました。期間中の依頼は、代決者にも届きます。"), "success")
    return redirect(url_for(endpoint), code=303)


def _keep(typed: TypedAbsence) -> dict[str, str]:
    """What is wrong, by field, where it was not entered."""
    try:
        with state().database.transaction() as session:
            mine = member()
            known = [row.id for row in active_members(session, mine.organisation_id)]
            today = absences.day_of(session, mine.organisation_id, now())
            absences.enter(session, mine, check_absence(typed, known, today), now())
    except FormProblems as found:
        return problem_texts(found.problems)
    return {}


def cancel(absence_id: UUID, of: UUID | None = None) -> None:
    """Of one's own organisation, and of one member where `of` names him; else it does not exist."""
    with state().database.transaction() as session:
        row = absences.find(session, member().organisation_id, absence_id)
        if row is None or (of is not None and row.member_id != of):
            abort(404)
        cancelled = absences.cancel(session, member(), row, now())
    if cancelled:
        flash(say("不在を取り消しました。代決者への依頼は、これで終わりです。"), "success")


def _page(typed: TypedAbsence, errors: Mapping[str, str]) -> BaseResponse:
    mine = member()
    with state().database.reading() as session:
        today = absences.day_of(session, mine.organisation_id, now())
        rows = absences.to_come(session, mine.organisation_id, today, mine.id)
        people = active_members(session, mine.organisation_id)
        page = render_template(
            "sender/absence.html",
            typed=typed,
            errors=errors,
            rows=rows,
            names={row.id: row.name for row in people},
            deputies=[
                ("", say("選んでください")),
                *((str(row.id), member_label(row)) for row in people if row.id != mine.id),
            ],
            today=today,
        )
    return make_response(page)
