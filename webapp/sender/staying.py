"""How long a login still lasts, for the notice on its pages; making it last; and logging in again
beside a page that is to go on."""

from flask import Flask, Response, redirect, render_template, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from webapp import form_owner
from webapp import login as logins
from webapp.security import may, public
from webapp.sender import blueprint

GONE = 404
ANOTHER = 409


@blueprint.get("/account/remaining")
@public
def remaining() -> Response:
    """Seconds until the login is over, as plain text; asking keeps it no longer awake. 404 without
    a login, 409 where it is another member's than the page's. A page of an earlier login of the
    same member gets the token of this one in a header, to go on with."""
    if logins.signed_in() is None:
        return Response(status=GONE)
    if form_owner.is_of_another():
        return Response(status=ANOTHER)
    answer = _seconds()
    if form_owner.is_from_an_earlier_login():
        answer.headers["X-CSRFToken"] = generate_csrf()
    return answer


@blueprint.post("/account/stay")
@may("account.use")
def stay_logged_in() -> Response:
    """The member is still there, which the guard has kept; answers as `remaining` does."""
    return _seconds()


@blueprint.get("/login/again")
@public
def logged_in_again() -> "str | BaseResponse":
    """In a tab beside: who is logged in, and back to the other one. A stranger logs in first."""
    if logins.signed_in() is None:
        here = url_for("sender.logged_in_again")
        return redirect(url_for("sender.login", next=here), code=303)
    return render_template("sender/again.html")


def _seconds() -> Response:
    return Response(str(logins.seconds_left()), mimetype="text/plain")


def init_staying(app: Flask) -> None:
    """What every page of a member's tells its notice."""
    app.jinja_env.globals.update(
        login_seconds=logins.seconds_left, login_ends=lambda: logins.ends_at(logins.login())
    )
