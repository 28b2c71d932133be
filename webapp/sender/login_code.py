"""The second step of a login: a code of the app, a passkey, or a recovery code."""

from collections.abc import Callable

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.member_passkeys import LoginFactor, Purpose
from identity.sessions import new_token, token_sha256
from runtime.passkeys import PasskeyRefused
from storage import people, recovery
from storage.tables import LoginSession, Member, MemberRecoveryCode
from webapp import login as logins
from webapp import member_passkeys
from webapp.authenticators import take_code
from webapp.entering import note_entry, note_refusal
from webapp.language import say
from webapp.member_passkeys import ANSWER
from webapp.security import public
from webapp.sender import blueprint
from webapp.sender.login import entered
from webapp.sender.recovery import matching
from webapp.state import state
from webapp.tries import Counted, count_code, count_refused_passkey


class _Spent(Exception):
    """It was used a moment ago."""


@blueprint.get("/login/code")
@public
def login_code() -> "str | BaseResponse":
    """Ask for the second factor."""
    half_login = logins.half_login()
    if half_login is None:
        return redirect(url_for("sender.login"), code=303)
    return _page(half_login[1], logins.safe_path(request.args.get("next", "")), {})


@blueprint.post("/login/code")
@public
def post_login_code() -> BaseResponse:
    """Judge the code; a right one is used up, and the token changes."""
    half_login = logins.half_login()
    if half_login is None:
        return redirect(url_for("sender.login"), code=303)
    half, found = half_login
    target = logins.safe_path(request.form.get("next", ""))
    counted = count_code(found.mail, found.id)
    typed = request.form.get("recovery", "").strip()
    code = matching(found, typed) if typed else None
    right = code is not None if typed else take_code(found, request.form.get("code", ""))
    answer = _with_code(half, found, counted, target, code) if right else None
    if answer is not None:
        return answer
    note_refusal(found)
    wrong = say("コードが正しくないか、すでに使われています。新しいコードを入力してください。")
    return make_response(_page(found, target, {"recovery" if typed else "code": wrong}), 422)


@blueprint.post("/login/code/passkey/ask")
@public
def ask_second_passkey() -> BaseResponse:
    """For navigator.credentials.get(), after the password."""
    half_login = logins.half_login()
    if half_login is None:
        return redirect(url_for("sender.login"), code=303)
    half, found = half_login
    return member_passkeys.ask_known(Purpose.SECOND, str(half.id), found)


@blueprint.post("/login/code/passkey")
@public
def post_second_passkey() -> BaseResponse:
    """The member's own passkey, to what this half login was asked."""
    half_login = logins.half_login()
    if half_login is None:
        return redirect(url_for("sender.login"), code=303)
    half, found = half_login
    target = logins.safe_path(request.form.get("next", ""))
    try:
        return _complete(
            half,
            found,
            target,
            LoginFactor.PASSKEY,
            lambda db: member_passkeys.use(db, Purpose.SECOND, str(half.id), found.id),
        )
    except PasskeyRefused:
        count_refused_passkey()
        note_refusal(found, why="passkey")
    page = _page(found, target, {ANSWER: member_passkeys.not_confirmed()})
    return make_response(page, 422)


def _with_code(
    half: LoginSession,
    found: Member,
    counted: Counted,
    target: str,
    code: MemberRecoveryCode | None,
) -> BaseResponse | None:
    """None where the recovery code was used a moment ago."""

    def prove(db: Session) -> None:
        if code is not None and not recovery.spend(db, found, code.id, logins.now()):
            raise _Spent
        counted.succeeded(db)

    factor = LoginFactor.TOTP if code is None else LoginFactor.RECOVERY
    try:
        return _complete(half, found, target, factor, prove)
    except _Spent:
        return None


def _complete(
    half: LoginSession,
    found: Member,
    target: str,
    factor: LoginFactor,
    prove: Callable[[Session], object],
) -> BaseResponse:
    """A whole login in the place of the half one, in one transaction with its proof."""
    token, moment = new_token(), logins.now()
    with state().database.transaction() as db:
        prove(db)
        people.end_login(db, half.id, moment)
        people.begin_login(
            db,
            found,
            token_sha256(token),
            moment,
            second_factor=True,
            sso=half.sso_connection_id,
            factor=factor,
            **logins.whence(),
        )
        method = factor.value
        note_entry(db, found, method if half.sso_connection_id is None else f"sso+{method}")
    return entered(found, token, target)


def _page(found: Member, target: str, errors: dict[str, str]) -> str:
    return render_template(
        "sender/login_code.html",
        next=target,
        has_app=found.totp_sealed is not None,
        has_passkey=found.has_passkey,
        errors=errors,
    )
