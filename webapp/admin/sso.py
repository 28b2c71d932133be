"""シングルサインオン: whether members log in with the organisation's own identity provider."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.ids import read_id
from domain.sso import Mode, Protocol
from storage import sso
from storage.sso import NobodyExempt, NothingTried
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.language import say
from webapp.login import login, member, now
from webapp.security import may
from webapp.state import state


@blueprint.get("/sso")
@may("organisation.configure")
def single_sign_on() -> Response:
    """As it is: connections, mail domains, and whether it is demanded."""
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
    return _page(organisation.sso_mode, organisation.sso_exempt or [])


@blueprint.post("/sso")
@may("organisation.configure")
def choose_single_sign_on() -> BaseResponse:
    """Keep it, unless it would lock everybody out; what was chosen stays on the page."""
    mode = chosen(Mode, request.form.get("mode", ""), None)
    named = request.form.getlist("exempt")
    if mode is None:
        return _page("", named, {"mode": say("一覧から選んでください。")})
    try:
        with state().database.transaction() as session:
            known = {row.id for row in sso.administrators(session, member().organisation_id)}
            exempt = [key for key in map(read_id, named) if isinstance(key, UUID) and key in known]
            changed = sso.choose(session, member(), mode, exempt, now(), but=login().id)
    except NothingTried:
        tell = say("先に接続を登録し、「試してみる」でログインできることを確かめてください。")
        return _page(mode.value, named, {"mode": tell})
    except NobodyExempt:
        tell = say(
            "認証サーバーが止まった日のために、パスワードがあり、2段階認証を設定している管理者を1人以上選んでください。"
        )
        return _page(mode.value, named, {"exempt": tell})
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.single_sign_on"), code=303)


def _page(mode: str, exempt: list[str], errors: dict[str, str] | None = None) -> Response:
    organisation_id = member().organisation_id
    with state().database.reading() as session:
        rows = {row.protocol: row for row in sso.connections(session, organisation_id)}
        domains = sso.domains(session, organisation_id)
        administrators = sso.administrators(session, organisation_id)
    body = render_template(
        "admin/sso.html",
        connections=[(protocol, rows.get(protocol)) for protocol in PROTOCOLS],
        is_tried=sso.is_tried,
        domains=domains,
        mode=mode,
        administrators=[
            (str(row.id), row.name, row.mail, row.has_factor) for row in administrators
        ],
        exempt=exempt,
        errors=errors or {},
    )
    return make_response(body, 422 if errors else 200)


PROTOCOLS = (Protocol.OIDC, Protocol.SAML)
"""In the order of the page."""
