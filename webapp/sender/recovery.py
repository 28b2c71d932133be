"""リカバリーコード: made with the password, shown once, used instead of app or passkey."""

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from identity.recovery import (
    CODES,
    finder_of,
    new_codes,
    read_recovery,
    verify_recovery,
)
from storage import recovery
from storage.tables import Member, MemberRecoveryCode
from webapp import login as logins
from webapp.own_password import has_password, is_himself, wrong
from webapp.security import may
from webapp.sender import blueprint
from webapp.state import state
from webapp.tries import count_own_password


@blueprint.get("/account/recovery")
@may("account.use")
def recovery_codes() -> BaseResponse:
    """What they are for, and how many are left."""
    if not logins.member().has_factor:
        return redirect(url_for("sender.account"), code=303)
    return _form({})


@blueprint.post("/account/recovery")
@may("account.use")
def make_recovery_codes() -> BaseResponse:
    """Ten new ones, on this answer and never again."""
    member = logins.member()
    if not member.has_factor:
        return redirect(url_for("sender.account"), code=303)
    counted = count_own_password(member.id)
    if not is_himself(request.form.get("password", "")):
        return _form({"password": wrong()})
    codes = new_codes()
    with state().database.transaction() as db:
        counted.succeeded(db)
        made = [(code.finder, code.stored) for code in codes]
        recovery.replace(db, member, made, logins.now())
    shown = [code.shown for code in codes]
    return make_response(render_template("sender/recovery_shown.html", codes=shown))


def _form(errors: dict[str, str]) -> Response:
    with state().database.reading() as db:
        left = recovery.left(db, logins.member().id)
    page = render_template(
        "sender/recovery.html", left=left, most=CODES, has_password=has_password(), errors=errors
    )
    return make_response(page, 422 if errors else 200)


def matching(member: Member, typed: str) -> MemberRecoveryCode | None:
    """The member's living code that was typed; it is spent with what it opens."""
    code = read_recovery(typed)
    if not code:
        return None
    with state().database.reading() as db:
        row = recovery.find(db, member.id, finder_of(code))
    return row if row is not None and verify_recovery(row.code_hash, code) else None
