"""Logging in and out: address and password, then a code where one is enrolled."""

from dataclasses import dataclass

from flask import make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.events import Event
from identity.passwords import hash_password, needs_new_hash, verify_password
from identity.sessions import new_token, token_sha256
from identity.totp import accepted_step
from storage import ledger, people, recovery
from storage.tables import LoginSession, Member, MemberRecoveryCode
from webapp import login as logins
from webapp.authenticators import unsealed_totp
from webapp.devices import remember_device
from webapp.entering import end_old_login, note_entry, note_refusal, password_is_closed
from webapp.language import say
from webapp.security import public
from webapp.sender import blueprint
from webapp.sender.recovery import matching
from webapp.state import state
from webapp.tries import Counted, count_code, count_password


@dataclass
class LoginForm:
    """What was typed, without the password."""

    mail: str = ""
    next: str = ""


@blueprint.get("/login")
@public
def login() -> "str | BaseResponse":
    """The form; somebody who is logged in goes on."""
    if logins.signed_in() is not None:
        return redirect(url_for("public.home"), code=303)
    if logins.is_outside():
        return logins.outside()
    form = LoginForm(next=logins.safe_path(request.args.get("next", "")))
    return render_template("sender/login.html", form=form, errors={})


@blueprint.post("/login")
@public
def post_login() -> BaseResponse:
    """Judge address and password; the answer never says which of the two was wrong."""
    mail = people.normal_mail(request.form.get("mail", ""))[:254]
    form = LoginForm(mail, logins.safe_path(request.form.get("next", "")))
    counted = count_password(mail)
    with state().database.reading() as db:
        found = people.member_by_mail(db, mail)
    password = request.form.get("password", "")
    if not verify_password(found.password_hash if found else None, password) or found is None:
        note_refusal(found)
        errors = {"mail": say("メールアドレスまたはパスワードが正しくありません。")}
        return make_response(render_template("sender/login.html", form=form, errors=errors), 422)
    if password_is_closed(found):
        return _to_single_sign_on(found, counted, form)
    return _enter(found, counted, password, form.next)


def _to_single_sign_on(found: Member, counted: Counted, form: LoginForm) -> BaseResponse:
    """Told to nobody but who knows the password."""
    with state().database.transaction() as db:
        counted.succeeded(db)
    note_refusal(found, why="password_closed")
    errors = {
        "mail": say(
            "この組織では、シングルサインオンでログインします。下の「シングルサインオンでログイン」を選んでください。"
        )
    }
    return make_response(render_template("sender/login.html", form=form, errors=errors), 422)


def _enter(found: Member, counted: Counted, password: str, target: str) -> BaseResponse:
    token, moment = new_token(), logins.now()
    with state().database.transaction() as db:
        counted.succeeded(db)
        if needs_new_hash(found.password_hash):
            people.set_password(db, found.id, hash_password(password))
        end_old_login(db)
        people.begin_login(
            db, found, token_sha256(token), moment, second_factor=False, **logins.whence()
        )
        if found.totp_sealed is None:
            note_entry(db, found, "password")
    session.clear()
    half = found.totp_sealed is not None
    page = target or url_for("public.home")
    if half:
        page = url_for("sender.login_code", next=target or None)
    answer = make_response(redirect(page, code=303))
    logins.set_cookie(answer, token)
    if not half:
        remember_device(answer, found.mail)
    return answer


@blueprint.get("/login/code")
@public
def login_code() -> "str | BaseResponse":
    """Ask for the second factor."""
    if logins.half_login() is None:
        return redirect(url_for("sender.login"), code=303)
    target = logins.safe_path(request.args.get("next", ""))
    return render_template("sender/login_code.html", next=target, errors={})


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
    right = code is not None if typed else _take_code(found, request.form.get("code", ""))
    answer = _complete(half, found, counted, target, code) if right else None
    if answer is not None:
        return answer
    note_refusal(found)
    wrong = say("コードが正しくないか、すでに使われています。新しいコードを入力してください。")
    errors = {"recovery" if typed else "code": wrong}
    page = render_template("sender/login_code.html", next=target, errors=errors)
    return make_response(page, 422)


def _complete(
    half: LoginSession,
    found: Member,
    counted: Counted,
    target: str,
    code: MemberRecoveryCode | None,
) -> BaseResponse | None:
    """None where the recovery code was used a moment ago."""
    token, moment = new_token(), logins.now()
    with state().database.transaction() as db:
        if code is not None and not recovery.spend(db, found, code.id, moment):
            return None
        counted.succeeded(db)
        people.end_login(db, half.id, moment)
        people.begin_login(
            db,
            found,
            token_sha256(token),
            moment,
            second_factor=True,
            sso=half.sso_connection_id,
            **logins.whence(),
        )
        method = "totp" if code is None else "recovery"
        note_entry(db, found, method if half.sso_connection_id is None else f"sso+{method}")
    session.clear()
    answer = make_response(redirect(target or url_for("public.home"), code=303))
    logins.set_cookie(answer, token)
    remember_device(answer, found.mail)
    return answer


def _take_code(found: Member, code: str) -> bool:
    secret = unsealed_totp(found)
    step = accepted_step(secret, code, found.totp_last_step, logins.now())
    if step is None:
        return False
    with state().database.transaction() as db:
        return people.accept_totp_step(db, found.id, step)


@blueprint.post("/logout")
@public
def logout() -> BaseResponse:
    """End the login on the server; the cookie goes too."""
    with state().database.transaction() as db:
        end_old_login(db)
        left = logins.logged_in()
        if left is not None:
            ledger.append(
                db,
                Event.MEMBER_LOGGED_OUT,
                at=logins.now(),
                actor=f"member:{left.member.id}",
                organisation_id=left.member.organisation_id,
                address=request.remote_addr or "",
            )
    session.clear()
    answer = make_response(redirect(url_for("sender.login"), code=303))
    answer.set_cookie(logins.COOKIE, "", max_age=0, secure=True, httponly=True, samesite="Lax")
    return answer
