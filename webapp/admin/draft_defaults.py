"""封筒の初期値: what a new envelope begins with."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.draft_defaults import check_defaults, reminders_typed
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from storage.draft_defaults import defaults_for, keep_defaults
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say
from webapp.login import member, now
from webapp.security import may
from webapp.state import state


@blueprint.get("/draft-defaults")
@may("organisation.configure")
def draft_defaults() -> Response:
    """As it is."""
    with state().database.reading() as session:
        found = defaults_for(session, member().organisation_id)
    return _page(str(found.deadline_days), reminders_typed(found.reminder_days), {})


@blueprint.post("/draft-defaults")
@may("organisation.configure")
def keep_draft_defaults() -> BaseResponse:
    """Keep it; what is wrong stays as typed."""
    days, reminders = (
        request.form.get(name, "")[:MAX_TYPED_CHARACTERS]
        for name in ("deadline_days", "reminder_days")
    )
    try:
        wanted = check_defaults(days, reminders)
    except FormProblems as found:
        return _page(days, reminders, problem_texts(found.problems))
    with state().database.transaction() as session:
        changed = keep_defaults(session, member(), wanted, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.draft_defaults"), code=303)


def _page(days: str, reminders: str, errors: dict[str, str]) -> Response:
    body = render_template(
        "admin/draft_defaults.html", days=days, reminders=reminders, errors=errors
    )
    return make_response(body, 422 if errors else 200)
