"""退職: what a member has in hand, who follows, and the end of his access."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.ids import read_id
from domain.refusals import Words
from storage import retiring
from storage.members import MemberChangedMeanwhile, NoAdministratorLeft
from storage.retiring import NoSuccessor
from storage.sso_exempt import NoDoorLeft
from storage.tables import Member
from webapp.admin.blueprint import blueprint
from webapp.admin.members import DOOR, LAST, MEANWHILE, member_or_404
from webapp.language import say, words
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

LATER = "later"
"""Nobody follows yet."""
_NOBODY = Words("引き継ぐ人を選んでください。", "Choose who takes over.")


@blueprint.get("/members/<uuid:member_id>/retire")
@may("member.write")
def retirement(member_id: UUID) -> Response:
    """Everything that is his, before anything is done; of somebody who has left, what waits."""
    with state().database.reading() as session:
        row = member_or_404(session, member_id)
    return _page(row, row.revision, "", {})


@blueprint.post("/members/<uuid:member_id>/retire")
@may("member.write")
def retire(member_id: UUID) -> BaseResponse:
    """He is out at once; or, if he was out already, a successor is named."""
    seen, chosen = request.form.get("seen", 0, type=int), request.form.get("successor", "")[:100]
    with state().database.reading() as session:
        row = member_or_404(session, member_id)
    try:
        _carry_out(row, seen, chosen)
    except NoSuccessor:
        return _page(row, seen, chosen, {"successor": words(_NOBODY)}, 422)
    except NoAdministratorLeft:
        return _page(row, seen, chosen, {"retire": words(LAST)}, 422)
    except NoDoorLeft:
        return _page(row, seen, chosen, {"retire": words(DOOR)}, 422)
    except MemberChangedMeanwhile:
        return _page(row, seen, chosen, {"retire": words(MEANWHILE)}, 409)
    if row.id == member().id:
        return redirect(url_for("sender.login"), code=303)
    gone = say(
        "%(name)sさんの退職処理をしました。すべてのブラウザーでログアウトされています。",
        name=row.name,
    )
    flash(gone if row.active else say("引き継ぐ人を変更しました。"), "success")
    return redirect(url_for("admin.members_page"), code=303)


def _carry_out(row: Member, seen: int, chosen: str) -> None:
    successor = None if row.active and chosen == LATER else _id(chosen)
    with state().database.transaction() as session:
        if not row.active and successor is not None:
            retiring.follow(session, member(), row, seen, successor, now())
            return
        has = retiring.belongings(session, row)
        if successor is None and chosen != LATER and has.handed_on:
            raise NoSuccessor
        retiring.retire(session, member(), row, seen, successor, now())


def _id(text: str) -> UUID | None:
    """None where nothing was chosen; anything else that is no id is nobody's."""
    if not text:
        return None
    found = read_id(text)
    if found is None:
        raise NoSuccessor
    return found


def _page(
    row: Member, seen: int, chosen: str, errors: Mapping[str, str], status: int = 200
) -> Response:
    with state().database.reading() as session:
        has = retiring.belongings(session, row)
        people = retiring.successors(session, row)
    choices = [("", say("選んでください"))]
    choices += [(str(one.id), _label(one)) for one in people]
    if row.active:
        choices.append((LATER, say("あとで決める（管理者に通知が届きます）")))
    page = render_template(
        "admin/retire.html",
        row=row,
        seen=seen,
        chosen=chosen,
        has=has,
        choices=choices,
        errors=errors,
    )
    return make_response(page, status)


def _label(person: Member) -> str:
    place = person.department or person.mail
    return say("%(name)s（%(place)s）", name=person.name, place=place)
