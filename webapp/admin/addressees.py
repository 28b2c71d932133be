"""送信先の制限: to which domains the organisation's envelopes may go."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.addressees import LISTS, check_domains
from domain.forms import FormProblems
from storage import organisations
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.admin.networks import MAX_TYPED
from webapp.language import problem_texts, say
from webapp.login import member, now
from webapp.security import may
from webapp.state import state


@blueprint.get("/addressees")
@may("organisation.configure")
def addressees() -> Response:
    """As it is."""
    with state().database.reading() as session:
        kept = session.get_one(Organisation, member().organisation_id).recipient_domains or {}
    return _page({name: "\n".join(kept.get(name, ())) for name in LISTS})


@blueprint.post("/addressees")
@may("organisation.configure")
def restrict_addressees() -> BaseResponse:
    """Keep it; what is wrong stays as typed."""
    typed = {name: request.form.get(name, "")[:MAX_TYPED] for name in LISTS}
    try:
        kept = check_domains(typed)
    except FormProblems as found:
        return _page(typed, problem_texts(found.problems))
    with state().database.transaction() as session:
        changed = organisations.restrict_addressees(session, member(), kept, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.addressees"), code=303)


def _page(typed: dict[str, str], errors: dict[str, str] | None = None) -> Response:
    body = render_template("admin/addressees.html", typed=typed, errors=errors or {})
    return make_response(body, 422 if errors else 200)
