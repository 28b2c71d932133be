"""A member's own page: name, roles, second factor."""

import segno
from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.kinds import Language, Role
from domain.member_passkeys import LoginFactor
from domain.permissions import ROLE_WORDS
from identity.totp import accepted_step, new_secret, provisioning_uri
from storage import member_passkeys, member_seals, people, recovery
from storage.tables import Member
from webapp import login as logins
from webapp.agents import agent_text
from webapp.authenticators import seal_totp
from webapp.language import language, say, words
from webapp.own_password import has_password, is_himself, wrong
from webapp.security import may
from webapp.sender import blueprint
from webapp.state import state
from webapp.tries import Counted, count_own_password


def role_text(roles: list[str]) -> str:
    """The roles in words."""
    return say("、").join(words(ROLE_WORDS[role]) for role in Role if role.value in roles)


@blueprint.get("/account")
@may("account.use")
def account() -> str:
    """Who I am here, and whether a code protects my login."""
    with state().database.reading() as db:
        open_logins = people.open_logins(db, logins.member().id, logins.now())
        left = recovery.left(db, logins.member().id)
        seal = member_seals.registered(db, logins.member())
        passkeys = member_passkeys.of_member(db, logins.member().id)
    here = logins.login().id
    return render_template(
        "sender/account.html",
        roles=role_text(logins.member().roles),
        open_logins=sorted(open_logins, key=lambda row: row.id != here),
        here=here,
        agent_text=agent_text,
        left=left,
        seal=seal,
        passkeys=passkeys,
        has_password=has_password(),
    )


@blueprint.get("/account/required")
@may("account.use")
def second_factor_required() -> "str | BaseResponse":
    """Why nothing else opens, and the way on."""
    found = logins.signed_in()
    if found is None or found.organisation.totp_since is None or found.member.has_factor:
        return redirect(url_for("public.home"), code=303)
    organisation = found.organisation
    english = language() is Language.EN and organisation.name_en
    name = organisation.name_en if english else organisation.name
    return render_template("sender/required.html", organisation=name)


@blueprint.get("/account/code")
@may("account.use")
def enrol() -> "str | BaseResponse":
    """Show the QR code of a new secret.

    The pending secret lives in a form field until a code has proved that the phone knows it:
    it protects nothing yet.
    """
    return _enrolment(new_secret(), {})


@blueprint.post("/account/code")
@may("account.use")
def post_enrol() -> BaseResponse:
    """Check the first code, then keep the secret and close the other browsers."""
    member, secret = logins.member(), request.form.get("secret", "")
    counted = count_own_password(member.id)
    step = _first_step(secret, request.form.get("code", ""), member.totp_last_step)
    errors = {}
    if not is_himself(request.form.get("password", "")):
        errors["password"] = wrong()
    if step is None:
        errors["code"] = say(
            "コードが正しくありません。アプリに表示されている6桁の数字を入力してください。"
        )
    if errors or step is None:
        return make_response(_enrolment(_kept(secret), errors), 422)
    _keep(member, secret, step, counted)
    flash(say("2段階認証を設定しました。次回のログインからコードの入力が必要です。"), "success")
    return redirect(url_for("sender.account"), code=303)


def _keep(member: Member, secret: str, step: int, counted: Counted) -> None:
    moment = logins.now()
    with state().database.transaction() as db:
        counted.succeeded(db)
        people.enrol_totp(db, member, seal_totp(db, member, secret), step, moment)
        people.mark_second_factor(db, logins.login().id, LoginFactor.TOTP, moment)
        people.end_logins(db, member.id, moment, keep=logins.login().id)


def _first_step(secret: str, code: str, last: int | None) -> int | None:
    if _kept(secret) != secret:
        return None
    return accepted_step(secret, code, last, logins.now())


def _kept(secret: str) -> str:
    """The secret of the form, or a new one if somebody changed it."""
    good = len(secret) == 32 and secret.isascii() and secret.isalnum()
    return secret if good else new_secret()


def _enrolment(secret: str, errors: dict[str, str]) -> str:
    uri = provisioning_uri(secret, logins.member().mail, state().settings.service_name)
    picture = segno.make(uri, error="m").svg_data_uri(scale=5, border=4)
    return render_template(
        "sender/enrol.html",
        secret=secret,
        groups=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=picture,
        has_password=has_password(),
        errors=errors,
    )
