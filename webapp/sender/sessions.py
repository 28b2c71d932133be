"""A member's own logins: which browsers, since when, and the end of one or of all others."""

from uuid import UUID

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from storage import people
from webapp import login as logins
from webapp.language import say
from webapp.security import may
from webapp.sender import blueprint
from webapp.state import state


@blueprint.post("/account/sessions/<uuid:login_id>/end")
@may("account.use")
def end_session(login_id: UUID) -> BaseResponse:
    """One browser is logged out. Another member's does not exist."""
    with state().database.transaction() as db:
        found = people.open_logins(db, logins.member().id, logins.now())
        if login_id not in {row.id for row in found}:
            abort(404)
        people.end_own_login(db, logins.member(), login_id, logins.now())
    if login_id == logins.login().id:
        return redirect(url_for("sender.login"), code=303)
    flash(say("そのブラウザーをログアウトしました。"), "success")
    return redirect(url_for("sender.account"), code=303)


@blueprint.post("/account/sessions/end")
@may("account.use")
def end_other_sessions() -> BaseResponse:
    """All but this browser."""
    with state().database.transaction() as db:
        people.end_own_login(db, logins.member(), None, logins.now(), keep=logins.login().id)
    flash(say("このブラウザー以外をすべてログアウトしました。"), "success")
    return redirect(url_for("sender.account"), code=303)
