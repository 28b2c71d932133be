"""A member's password: changed by himself, judged before it is taken."""

from collections.abc import Collection, Sequence
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.limits import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS
from identity.passwords import PasswordProblem, hash_password, password_problem, verify_password
from storage import member_passkeys, people
from storage.tables import Member, MemberPasskey
from webapp import login as logins
from webapp.language import say
from webapp.own_password import has_password
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.needed_factor import need_of
from webapp.state import state
from webapp.tries import Counted, count_own_password


@blueprint.get("/account/password")
@may("account.use")
def password() -> "str | BaseResponse":
    """Ask for the old one and the new one; who has none keeps to single sign-on."""
    if not has_password():
        return redirect(url_for("sender.account"), code=303)
    return _page({})


@blueprint.post("/account/password")
@may("account.use")
def post_password() -> BaseResponse:
    """Judge both, then close the member's other browsers; those of his passkeys go that he chose,
    because each would still open his login."""
    member, wanted = logins.member(), request.form.get("wanted", "")
    counted = count_own_password(member.id)
    errors = {}
    if not verify_password(member.password_hash, request.form.get("password", "")):
        errors["password"] = say("パスワードが正しくありません。")
    going = [row.id for row in _passkeys() if str(row.id) in request.form.getlist("passkeys")]
    if need_of(going):
        errors["passkeys"] = say(
            "最後の2段階認証のため、すべては削除できません。1つは残してください。"
        )
    problem = password_problem(wanted, member.mail, member.name, state().settings.service_name)
    if problem is not None:
        errors["wanted"] = problem_text(problem)
    elif wanted != request.form.get("again", ""):
        errors["again"] = say("新しいパスワードと同じものを入力してください。")
    if errors:
        return make_response(_page(errors, going), 422)
    _keep(member, wanted, counted, going)
    flash(say("パスワードを変更しました。ほかのブラウザーではログアウトされています。"), "success")
    return redirect(url_for("sender.account"), code=303)


def _passkeys() -> Sequence[MemberPasskey]:
    with state().database.reading() as db:
        return member_passkeys.of_member(db, logins.member().id)


def _keep(member: Member, wanted: str, counted: Counted, going: Collection[UUID]) -> None:
    new_hash, here = hash_password(wanted), logins.login().id
    with state().database.transaction() as db:
        counted.succeeded(db)
        people.change_password(
            db,
            member,
            new_hash,
            logins.now(),
            keep=here,
            actor=f"member:{member.id}",
        )
        member_passkeys.remove(db, member, going, logins.now(), keep=here)


def problem_text(problem: PasswordProblem) -> str:
    """What is wrong with a password that somebody wants."""
    if problem is PasswordProblem.TOO_SHORT:
        return say("%(least)s文字以上にしてください。", least=MIN_PASSWORD_CHARACTERS)
    if problem is PasswordProblem.TOO_LONG:
        return say("%(most)s文字以内にしてください。", most=MAX_PASSWORD_CHARACTERS)
    return say(
        "推測されやすいパスワードです。よく使われる単語や並び、ご自身の名前やアドレスを避け、"
        "関係のない言葉をいくつか並べてください。"
    )


def _page(errors: dict[str, str], going: Collection[UUID] = ()) -> str:
    return render_template(
        "sender/password.html",
        least=MIN_PASSWORD_CHARACTERS,
        passkeys=_passkeys(),
        going=going,
        errors=errors,
    )
