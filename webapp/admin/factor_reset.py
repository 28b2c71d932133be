"""2段階認証の解除: an administrator takes away what a member has lost, after showing himself."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.limits import MAIL_TRIED_FOR
from domain.refusals import Words
from storage import factor_resets, member_passkeys
from storage.factor_resets import NothingToReset, OwnFactor
from storage.members import MemberChangedMeanwhile
from storage.sso_exempt import NoDoorLeft
from storage.tables import Member, Organisation
from webapp.admin.blueprint import blueprint
from webapp.admin.members import DOOR, MEANWHILE, member_or_404
from webapp.language import say, words
from webapp.login import member, now
from webapp.own_password import has_password, is_himself, wrong
from webapp.security import may
from webapp.state import state
from webapp.tries import count_own_password

_OWN = Words(
    "自分の2段階認証は、ここでは解除できません。ほかの管理者に依頼してください。",
    "You cannot take away your own second factor here. Ask another administrator.",
)
_NOTHING = Words("この利用者は、2段階認証を設定していません。", "This member has no second factor.")


@blueprint.get("/members/<uuid:member_id>/factors")
@may("member.write")
def factors_page(member_id: UUID) -> Response:
    """What he has, and what taking it away means."""
    row = _member(member_id)
    return _page(row, row.revision, {})


@blueprint.post("/members/<uuid:member_id>/factors")
@may("member.write")
def reset_factors(member_id: UUID) -> BaseResponse:
    """Everything that he shows besides his password is worth nothing any more; he is told."""
    row, seen = _member(member_id), request.form.get("seen", 0, type=int)
    problem = _OWN if row.id == member().id else None if row.has_factor else _NOTHING
    if problem is not None:
        return _page(row, seen, {"reset": words(problem)}, 422)
    counted = count_own_password(member().id)
    if not is_himself(request.form.get("password", "")):
        return _page(row, seen, {"password": wrong()}, 422)
    try:
        with state().database.transaction() as session:
            counted.succeeded(session)
            factor_resets.reset(session, member(), row, seen, now())
    except MemberChangedMeanwhile:
        return _page(row, seen, {"reset": words(MEANWHILE)}, 409)
    except NoDoorLeft:
        return _page(row, seen, {"reset": words(DOOR)}, 422)
    except (NothingToReset, OwnFactor):
        return _page(row, seen, {"reset": words(_NOTHING)}, 409)
    told = say(
        "%(name)sさんの2段階認証を解除しました。本人にメールでお知らせします。", name=row.name
    )
    flash(told, "success")
    return redirect(url_for("admin.member_page", member_id=row.id), code=303)


def _member(member_id: UUID) -> Member:
    with state().database.reading() as session:
        return member_or_404(session, member_id)


def _page(row: Member, seen: int, errors: Mapping[str, str], status: int = 200) -> Response:
    with state().database.reading() as session:
        passkeys = member_passkeys.of_member(session, row.id)
        last = factor_resets.latest(session, row.id)
        organisation = session.get_one(Organisation, row.organisation_id)
    page = render_template(
        "admin/factor_reset.html",
        row=row,
        seen=seen,
        passkeys=passkeys,
        last=last,
        mail_given_up=last is not None and last.at + MAIL_TRIED_FOR <= now(),
        tried_hours=int(MAIL_TRIED_FOR.total_seconds() // 3600),
        totp_demanded=organisation.totp_since is not None,
        has_password=has_password(),
        errors=errors,
    )
    return make_response(page, status)
