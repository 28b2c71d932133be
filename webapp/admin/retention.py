"""保存期間と休業日: for how long what has ended is kept, and on which days nobody works."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.deals import YEARS, YEARS_RANGE
from domain.refusals import Words
from domain.retention import MONTH_RANGE
from domain.working_days import as_lines, check_closed
from storage import organisations
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

MAX_TYPED = 10_000
_NAMES = ("years", "month", "closed")


@blueprint.get("/retention")
@may("organisation.configure")
def retention() -> Response:
    """As it is."""
    with state().database.reading() as session:
        row = session.get_one(Organisation, member().organisation_id)
        typed = {
            "years": str(row.retention_years),
            "month": str(row.fiscal_month),
            "closed": as_lines(row.closed_days),
        }
    return _page(typed)


@blueprint.post("/retention")
@may("organisation.configure")
def keep_retention() -> BaseResponse:
    """Keep it; what is wrong stays as typed."""
    typed = {name: request.form.get(name, "")[:MAX_TYPED].strip() for name in _NAMES}
    problems: dict[str, Words] = {}
    years, month = _number(typed["years"]), _number(typed["month"])
    if years not in YEARS:
        problems["years"] = YEARS_RANGE
    if month not in range(1, 13):
        problems["month"] = MONTH_RANGE
    closed, wrong = check_closed(typed["closed"])
    if wrong is not None:
        problems["closed"] = wrong
    if problems:
        return _page(typed, problem_texts(problems))
    with state().database.transaction() as session:
        changed = organisations.keep_for(session, member(), years, month, closed, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.retention"), code=303)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _page(typed: dict[str, str], errors: dict[str, str] | None = None) -> Response:
    body = render_template(
        "admin/retention.html",
        typed=typed,
        errors=errors or {},
        months=[(str(month), say("%(month)s月", month=month)) for month in range(1, 13)],
    )
    return make_response(body, 422 if errors else 200)
