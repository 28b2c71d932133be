"""パスキー of a member's own login: registered, named, removed."""

from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.member_passkeys import (
    MAX_MEMBER_PASSKEYS,
    MAX_PASSKEY_NAME_CHARACTERS,
    LoginFactor,
    Purpose,
    check_passkey_name,
)
from runtime.passkeys import Owner, PasskeyRefused, creation_options
from storage import member_passkeys as rows
from storage import people
from storage.member_passkeys import NewPasskey
from storage.tables import MemberPasskey
from webapp import login as logins
from webapp import member_passkeys
from webapp.agents import agent_text
from webapp.language import problem_texts, say
from webapp.member_passkeys import ANSWER
from webapp.own_password import has_password, is_himself, wrong
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.needed_factor import is_last, need_of
from webapp.state import state
from webapp.tries import count_own_password


@blueprint.get("/account/passkeys/new")
@may("account.use")
def new_own_passkey() -> str:
    """What a passkey is, and the form that makes one."""
    return _form(agent_text(request.headers.get("User-Agent", "")), {})


@blueprint.post("/account/passkeys/ask")
@may("account.use")
def ask_own_passkey() -> Response:
    """For navigator.credentials.create(): judged before the device makes anything, so that a
    slip of the password leaves no passkey on it that opens nothing."""
    member = logins.member()
    try:
        check_passkey_name(request.form.get("name", "")[:MAX_TYPED_CHARACTERS])
    except FormProblems as found:
        return member_passkeys.unavailable(problem_texts(found.problems)["name"])
    counted = count_own_password(member.id)
    if not is_himself(request.form.get("password", "")):
        return member_passkeys.unavailable(wrong())
    with state().database.transaction() as db:
        counted.succeeded(db)
        known = rows.of_member(db, member.id)
        offered = rows.known(db, member.id, member_passkeys.party().id)
    if len(known) >= MAX_MEMBER_PASSKEYS:
        return member_passkeys.unavailable(_too_many())
    challenge = member_passkeys.ask(Purpose.REGISTER, str(logins.login().id))
    service = state().settings.service_name
    owner = Owner(member.id.bytes, f"{member.mail} ({service})", member.name)
    return member_passkeys.options(
        creation_options(member_passkeys.party(), service, owner, challenge, offered)
    )


@blueprint.post("/account/passkeys")
@may("account.use")
def add_own_passkey() -> BaseResponse:
    """Keep what the browser made; that it was asked for means that the password was right. The
    first of all factors closes the member's other browsers, which have shown none."""
    typed = request.form.get("name", "")[:MAX_TYPED_CHARACTERS]
    if not request.form.get(ANSWER):
        press = say("「パスキーを登録する」を押して、画面の案内に従ってください。")
        return make_response(_form(typed, {ANSWER: press}), 422)
    try:
        _keep(check_passkey_name(typed))
    except FormProblems as found:
        return make_response(_form(typed, problem_texts(found.problems)), 422)
    except PasskeyRefused:
        sentence = say("パスキーを登録できませんでした。もう一度お試しください。")
        return make_response(_form(typed, {ANSWER: sentence}), 422)
    flash(_added(), "success")
    return redirect(url_for("sender.account"), code=303)


def _added() -> str:
    if has_password():
        return say("パスキーを登録しました。次回から、パスキーでログインできます。")
    return say("パスキーを登録しました。次回のシングルサインオンのあと、パスキーで確認します。")


def _keep(name: str) -> None:
    member, login, moment = logins.member(), logins.login(), logins.now()
    challenge = member_passkeys.take(Purpose.REGISTER, str(login.id))
    new = NewPasskey(member_passkeys.party(), challenge, request.form.get(ANSWER, ""), name)
    with state().database.transaction() as db:
        rows.register(db, state().vault, member, new, moment)
        if not member.has_factor:
            people.end_logins(db, member.id, moment, keep=login.id)
        if login.second_factor_at is None:
            people.mark_second_factor(db, login.id, LoginFactor.PASSKEY, moment)


@blueprint.get("/account/passkeys/<uuid:passkey_id>")
@may("account.use")
def own_passkey(passkey_id: UUID) -> str:
    """What removing it means, before it is done."""
    return _removal(_own(passkey_id), {})


@blueprint.post("/account/passkeys/<uuid:passkey_id>")
@may("account.use")
def remove_own_passkey(passkey_id: UUID) -> BaseResponse:
    """It opens nothing any more, nor does any login but this one; whoever must have a second factor
    keeps his last one."""
    row, member = _own(passkey_id), logins.member()
    if need_of([row.id]):
        return make_response(_removal(row, {}), 422)
    counted = count_own_password(member.id)
    if not is_himself(request.form.get("password", "")):
        return make_response(_removal(row, {"password": wrong()}), 422)
    with state().database.transaction() as db:
        counted.succeeded(db)
        rows.remove(db, member, [row.id], logins.now(), keep=logins.login().id)
    told = say(
        "パスキー「%(name)s」を削除しました。ほかのブラウザーではログアウトされています。",
        name=row.name,
    )
    flash(told, "success")
    return redirect(url_for("sender.account"), code=303)


def _own(passkey_id: UUID) -> MemberPasskey:
    with state().database.reading() as db:
        row = rows.find(db, logins.member(), passkey_id)
    if row is None or row.removed_at is not None:
        abort(404)
    return row


def _too_many() -> str:
    return say(
        "登録できる数（%(most)s個）に達しています。使わないものを削除してから登録してください。",
        most=MAX_MEMBER_PASSKEYS,
    )


def _form(name: str, errors: dict[str, str]) -> str:
    return render_template(
        "sender/passkey_new.html",
        name=name,
        most=MAX_PASSKEY_NAME_CHARACTERS,
        has_password=has_password(),
        errors=errors,
    )


def _removal(row: MemberPasskey, errors: dict[str, str]) -> str:
    return render_template(
        "sender/passkey_remove.html",
        row=row,
        need=need_of([row.id]),
        last=is_last([row.id]),
        has_password=has_password(),
        errors=errors,
    )
