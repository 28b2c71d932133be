"""招待: mailed, mailed again, taken back."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.forms import FormProblems
from domain.kinds import Language, Role
from domain.members import TypedMember, check_invitation
from domain.refusals import Words
from storage import departments, invitations, operators
from storage.invitations import AlreadyInvited, AlreadyMember, InvitationOver
from storage.tables import Invitation
from webapp.admin.blueprint import blueprint
from webapp.admin.members import form_choices, typed_member
from webapp.language import language, problem_texts, say, words
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

_MEMBER = Words(
    "このメールアドレスの人は、すでに利用者です。", "Whoever has this address is a member already."
)
_INVITED = Words(
    "このメールアドレスには、すでに招待を送っています。一覧から再送できます。",
    "An invitation to this address is open. It can be sent again from the list.",
)


@blueprint.get("/members/invite")
@may("member.write")
def invitation() -> Response:
    """An empty form; most people are clerks."""
    return _form(TypedMember(roles=(Role.CLERK.value,), language=language().value), {})


@blueprint.post("/members/invite")
@may("member.write")
def invite() -> BaseResponse:
    """Order the mail."""
    typed = typed_member(request.form)
    try:
        row = _order(typed)
    except FormProblems as found:
        return _form(typed, problem_texts(found.problems))
    except AlreadyMember:
        return _form(typed, {"mail": words(_MEMBER)})
    except AlreadyInvited:
        return _form(typed, {"mail": words(_INVITED)})
    flash(
        say(
            "%(mail)sに招待のメールを送ります。72時間以内に登録してもらってください。",
            mail=row.mail,
        ),
        "success",
    )
    return redirect(url_for("admin.members_page"), code=303)


def _order(typed: TypedMember) -> Invitation:
    spoken = chosen(Language, typed.language, language())
    with state().database.transaction() as session:
        parts = departments.listed(session, member().organisation_id)
        checked = check_invitation(typed, [part.id for part in parts])
        operators.check_granted(session, (), [role.value for role in checked.roles])
        return invitations.invite(session, member(), checked, spoken, now())


@blueprint.post("/invitations/<uuid:invitation_id>/again")
@may("member.write")
def invite_again(invitation_id: UUID) -> BaseResponse:
    """A new mail with a new link; the old one dies."""
    with state().database.transaction() as session:
        row = _invitation_or_404(session, invitation_id)
        try:
            invitations.again(session, member(), row, now())
        except InvitationOver:
            return _over()
    flash(
        say(
            "%(mail)sに新しい招待のメールを送ります。前のリンクは使えなくなりました。",
            mail=row.mail,
        ),
        "success",
    )
    return redirect(url_for("admin.members_page"), code=303)


@blueprint.post("/invitations/<uuid:invitation_id>/revoke")
@may("member.write")
def revoke_invitation(invitation_id: UUID) -> BaseResponse:
    """Its link opens nothing any more."""
    with state().database.transaction() as session:
        row = _invitation_or_404(session, invitation_id)
        try:
            invitations.revoke(session, member(), row, now())
        except InvitationOver:
            return _over()
    flash(say("%(mail)sへの招待を取り消しました。", mail=row.mail), "success")
    return redirect(url_for("admin.members_page"), code=303)


def _over() -> BaseResponse:
    flash(say("この招待は、すでに登録が済んだか、取り消されています。"), "warning")
    return redirect(url_for("admin.members_page"), code=303)


def _invitation_or_404(session: Session, invitation_id: UUID) -> Invitation:
    row = invitations.find(session, member().organisation_id, invitation_id)
    if row is None:
        abort(404)
    return row


def _form(typed: TypedMember, errors: Mapping[str, str]) -> Response:
    with state().database.reading() as session:
        parts = departments.listed(session, member().organisation_id)
    page = render_template("admin/invite.html", typed=typed, errors=errors, **form_choices(parts))
    return make_response(page, 422 if errors else 200)
