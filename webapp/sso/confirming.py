"""A member's first single sign-on, where he has a login already: it is his if he can log in."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.member_passkeys import LoginFactor, Purpose
from domain.sso import Protocol, SsoRefused, Why
from identity.passwords import verify_password
from runtime.passkeys import PasskeyRefused
from storage import recovery, sso, sso_entering
from storage.tables import Member, SsoConnection
from webapp import login as logins
from webapp import member_passkeys
from webapp.authenticators import take_code
from webapp.entering import note_refusal, note_sso_refusal
from webapp.language import say
from webapp.member_passkeys import ANSWER
from webapp.security import public
from webapp.sender.recovery import matching
from webapp.sso import arriving, journeys
from webapp.sso.blueprint import blueprint
from webapp.sso.journeys import Pending
from webapp.state import state
from webapp.tries import Counted, count_code, count_password, count_refused_passkey


class _Spent(Exception):
    """There is no such recovery code, or it was used before."""


@blueprint.get("/login/sso/confirm")
@public
def confirm() -> "str | BaseResponse":
    """Who somebody is at the provider, and the question whether the login here is his."""
    try:
        pending, _, found = _pending()
    except SsoRefused:
        return redirect(url_for("sso.choose"), code=303)
    return _page(pending, found, {})


@blueprint.post("/login/sso/confirm")
@public
def post_confirm() -> BaseResponse:
    """Password, and code, passkey or recovery code where a factor is enrolled: both, or nothing is
    linked."""
    try:
        pending, connection, found = _pending()
    except SsoRefused:
        return redirect(url_for("sso.choose"), code=303)
    counted = count_password(found.mail)
    if not verify_password(found.password_hash, request.form.get("password", "")):
        note_refusal(found)
        errors = {"password": say("パスワードが正しくありません。")}
        return make_response(_page(pending, found, errors), 422)
    if not found.has_factor:
        return _link(pending, connection, found, None, counted.succeeded)
    if request.form.get("recovery", "").strip():
        return _by_recovery(pending, connection, found, counted)
    if found.has_passkey and (request.form.get(ANSWER) or found.totp_sealed is None):
        return _by_passkey(pending, connection, found, counted)
    return _by_code(pending, connection, found, counted)


def _by_code(
    pending: Pending, connection: SsoConnection, found: Member, counted: Counted
) -> Response:
    coded = count_code(found.mail, found.id)
    if not take_code(found, request.form.get("code", "")):
        return _wrong(pending, found, "code")

    def prove(db: Session) -> None:
        counted.succeeded(db)
        coded.succeeded(db)

    return _link(pending, connection, found, LoginFactor.TOTP, prove)


def _by_recovery(
    pending: Pending, connection: SsoConnection, found: Member, counted: Counted
) -> Response:
    coded = count_code(found.mail, found.id)
    code = matching(found, request.form["recovery"].strip())

    def prove(db: Session) -> None:
        if code is None or not recovery.spend(db, found, code.id, logins.now()):
            raise _Spent
        counted.succeeded(db)
        coded.succeeded(db)

    try:
        return _link(pending, connection, found, LoginFactor.RECOVERY, prove)
    except _Spent:
        return _wrong(pending, found, "recovery")


def _wrong(pending: Pending, found: Member, field: str) -> Response:
    note_refusal(found)
    wrong = say("コードが正しくないか、すでに使われています。新しいコードを入力してください。")
    return make_response(_page(pending, found, {field: wrong}), 422)


def _by_passkey(
    pending: Pending, connection: SsoConnection, found: Member, counted: Counted
) -> Response:
    def prove(db: Session) -> None:
        counted.succeeded(db)
        member_passkeys.use(db, Purpose.LINK, str(found.id), found.id)

    try:
        return _link(pending, connection, found, LoginFactor.PASSKEY, prove)
    except PasskeyRefused:
        count_refused_passkey()
        note_refusal(found, why="passkey")
    return make_response(_page(pending, found, {ANSWER: member_passkeys.not_confirmed()}), 422)


@blueprint.post("/login/sso/confirm/passkey")
@public
def ask_link_passkey() -> BaseResponse:
    """For navigator.credentials.get(), of who has a passkey."""
    try:
        _, _, found = _pending()
    except SsoRefused:
        return redirect(url_for("sso.choose"), code=303)
    return member_passkeys.ask_known(Purpose.LINK, str(found.id), found)


def _link(
    pending: Pending,
    connection: SsoConnection,
    found: Member,
    own_factor: LoginFactor | None,
    prove: Callable[[Session], object],
) -> Response:
    try:
        with state().database.transaction() as db:
            prove(db)
            sso_entering.link(db, connection, found, pending.said, logins.now())
    except SsoRefused as problem:
        note_sso_refusal(connection, problem)
        answer = arriving.refused(problem)
    else:
        answer = arriving.let_in(
            connection, found, pending.said, pending.target, own_factor=own_factor
        )
    journeys.forget_pending(answer)
    return answer


def _pending() -> tuple[Pending, SsoConnection, Member]:
    """What this browser brought, while the connection is the one that it came by. Raises
    SsoRefused."""
    pending = journeys.read_pending()
    if pending is None:
        raise SsoRefused(Why.NOT_BEGUN, "cookie")
    with state().database.reading() as db:
        row = db.get(SsoConnection, UUID(pending.connection))
        if row is not None:
            row = sso.find_offered(db, row.organisation_id, Protocol(row.protocol))
        if row is None or row.revision != pending.revision:
            raise SsoRefused(Why.NOT_BEGUN, "changed")
        found = sso_entering.judge(db, row, pending.said)
    if found is None:
        raise SsoRefused(Why.NOT_BEGUN, "changed")
    return pending, row, found.member


def _page(pending: Pending, found: Member, errors: dict[str, str]) -> str:
    return render_template(
        "sso/confirm.html",
        mail=pending.said.mail,
        has_app=found.totp_sealed is not None,
        has_passkey=found.has_passkey,
        errors=errors,
    )
