"""Which provider: by the domain of an address, or by the organisation's name.

The answer depends on nothing but the domain and the name, so that it tells nobody who is a member.
"""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.sso import Protocol
from storage import sso
from storage.tables import SsoConnection
from webapp import login as logins
from webapp.language import say
from webapp.security import public
from webapp.sso.blueprint import blueprint
from webapp.state import state

MAX_TYPED = 254


@blueprint.get("/login/sso")
@public
def choose() -> "str | BaseResponse":
    """The form; somebody who is logged in goes on."""
    if logins.signed_in() is not None:
        return redirect(url_for("public.home"), code=303)
    if logins.is_outside():
        return logins.outside()
    return _page(target=logins.safe_path(request.args.get("next", "")))


@blueprint.post("/login/sso")
@public
def post_choose() -> BaseResponse:
    """The buttons of one organisation. Nothing is written."""
    typed = request.form.get("who", "").strip()[:MAX_TYPED]
    target = logins.safe_path(request.form.get("next", ""))
    with state().database.reading() as db:
        organisation_id = sso.organisation_for(db, typed) if typed else None
        ways = sso.offered(db, organisation_id) if organisation_id is not None else []
    if ways:
        return make_response(_page(typed, target, ways))
    wrong = say(
        "シングルサインオンを利用できる組織が見つかりません。組織から案内されたメールアドレスか、組織の正式な名前を入力してください。"
    )
    if not typed:
        wrong = say("メールアドレスか組織の名前を入力してください。")
    return make_response(_page(typed, target, errors={"who": wrong}), 422)


def _page(
    typed: str = "",
    target: str = "",
    ways: list[SsoConnection] | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    buttons = [
        (
            way.name,
            url_for(
                f"sso.begin_{Protocol(way.protocol)}",
                organisation_id=way.organisation_id,
                next=target or None,
            ),
        )
        for way in ways or []
    ]
    return render_template(
        "sso/choose.html", who=typed, target=target, buttons=buttons, errors=errors or {}
    )
