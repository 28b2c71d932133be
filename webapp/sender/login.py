"""Logging in and out: address and password, or a passkey alone."""

from dataclasses import dataclass

from flask import Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.events import Event
from domain.member_passkeys import LoginFactor, Purpose
from identity.passwords import hash_password, needs_new_hash, verify_password
from identity.sessions import new_token, token_sha256
from runtime.passkeys import PasskeyRefused, request_options
from runtime.telemetry import logger
from storage import ledger, people, sso
from storage.tables import Member, Organisation
from webapp import login as logins
from webapp import member_passkeys
from webapp.devices import remember_device
from webapp.entering import end_old_login, note_entry, note_refusal, password_is_closed
from webapp.language import say
from webapp.member_passkeys import ANSWER
from webapp.security import public
from webapp.sender import blueprint
from webapp.state import state
from webapp.tries import Counted, count_password, count_refused_passkey


@dataclass
class LoginForm:
    """What was typed, without the password."""

    mail: str = ""
    next: str = ""


log = logger(__name__)


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
        return _refused(form, {"mail": say("メールアドレスまたはパスワードが正しくありません。")})
    if password_is_closed(found):
        return _to_single_sign_on(found, counted, form)
    return _enter(found, counted, password, form.next)


def _to_single_sign_on(found: Member, counted: Counted, form: LoginForm) -> BaseResponse:
    """Told to nobody but who knows the password."""
    with state().database.transaction() as db:
        counted.succeeded(db)
    return _closed(found, form)


def _closed(found: Member, form: LoginForm) -> BaseResponse:
    note_refusal(found, why="password_closed")
    sentence = say(
        "この組織では、シングルサインオンでログインします。下の「シングルサインオンでログイン」を選んでください。"
    )
    return _refused(form, {"mail": sentence})


def _passkey_closed(found: Member, form: LoginForm) -> BaseResponse:
    note_refusal(found, why="passkey_closed")
    sentence = say(
        "先に、下の「シングルサインオンでログイン」を選んでください。パスキーは、そのあとの確認に使います。"
    )
    return _refused(form, {ANSWER: sentence})


def _refused(form: LoginForm, errors: dict[str, str]) -> BaseResponse:
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
        if not found.has_factor:
            note_entry(db, found, "password")
    session.clear()
    half = found.has_factor
    page = target or url_for("public.home")
    if half:
        page = url_for("sender.login_code", next=target or None)
    answer = make_response(redirect(page, code=303))
    logins.set_cookie(answer, token)
    if not half:
        remember_device(answer, found.mail)
    return answer


@blueprint.post("/login/passkey/ask")
@public
def ask_login_passkey() -> Response:
    """For navigator.credentials.get(): the authenticator says who comes, nobody is named here."""
    challenge = member_passkeys.ask(Purpose.LOGIN, "")
    return member_passkeys.options(request_options(member_passkeys.party(), challenge, ()))


@blueprint.post("/login/passkey")
@public
def post_login_passkey() -> BaseResponse:
    """A passkey alone: the device, and its holder verified by it, are two factors.

    It opens no more than the member's password does: nothing where the organisation demands single
    sign-on of him, or where he has no password.
    """
    form = LoginForm(next=logins.safe_path(request.form.get("next", "")))
    token, moment = new_token(), logins.now()
    try:
        with state().database.transaction() as db:
            found = member_passkeys.use(db, Purpose.LOGIN, "")
            closed = sso.passkey_is_closed(db.get_one(Organisation, found.organisation_id), found)
            if not closed:
                end_old_login(db)
                people.begin_login(
                    db,
                    found,
                    token_sha256(token),
                    moment,
                    second_factor=True,
                    factor=LoginFactor.PASSKEY_ALONE,
                    **logins.whence(),
                )
                note_entry(db, found, LoginFactor.PASSKEY_ALONE.value)
    except PasskeyRefused as refused:
        log.info("passkey_refused", why=str(refused))
        count_refused_passkey()
        note_refusal(_claimed(refused), why="passkey")
        return _refused(form, {ANSWER: member_passkeys.not_confirmed()})
    if closed:
        return _passkey_closed(found, form)
    return entered(found, token, form.next)


def _claimed(refused: PasskeyRefused) -> Member | None:
    """For the log of his organisation, as a wrong password is in it."""
    if refused.claimed is None:
        return None
    with state().database.reading() as db:
        return db.get(Member, refused.claimed)


def entered(found: Member, token: str, target: str) -> BaseResponse:
    """The answer to somebody who has a whole login now."""
    session.clear()
    answer = make_response(redirect(target or url_for("public.home"), code=303))
    logins.set_cookie(answer, token)
    remember_device(answer, found.mail)
    return answer


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
