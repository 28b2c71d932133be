"""接続元の制限: from which networks members work, by role."""

from collections.abc import Sequence

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import FormProblems
from domain.kinds import Role
from domain.networks import (
    EVERYBODY,
    LISTS,
    check_networks,
    lets_administrators_in,
    lets_in,
    not_from_here,
    not_with_group_roles,
)
from domain.permissions import ROLE_WORDS
from storage import organisations, sso_entering
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

MAX_TYPED = 40_000


@blueprint.get("/networks")
@may("organisation.configure")
def networks() -> Response:
    """As it is."""
    with state().database.reading() as session:
        kept = session.get_one(Organisation, member().organisation_id).networks or {}
    return _page({name: "\n".join(kept.get(name, ())) for name in LISTS})


@blueprint.post("/networks")
@may("organisation.configure")
def restrict_networks() -> BaseResponse:
    """Keep it, unless it would lock out whoever does; what is wrong stays as typed."""
    typed = {name: request.form.get(name, "")[:MAX_TYPED] for name in LISTS}
    try:
        kept = check_networks(typed)
        _stays_inside(kept)
    except FormProblems as found:
        return _page(typed, problem_texts(found.problems))
    with state().database.transaction() as session:
        changed = organisations.restrict_networks(session, member(), kept, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.networks"), code=303)


def _stays_inside(kept: dict[str, list[str]]) -> None:
    """Raises FormProblems beside the list that keeps the administrator himself out."""
    address = request.remote_addr or ""
    out = [role for role in member().roles if not lets_in(kept, [role], address)]
    if out:
        name = out[0] if kept.get(out[0]) else EVERYBODY
        raise FormProblems({name: not_from_here(address)})
    with state().database.reading() as session:
        followed = sso_entering.followed(session, member())
    for connection in followed:
        given = [roles for _, roles in connection.rules.get("groups", ())]
        if not lets_administrators_in(kept, given, address):
            raise FormProblems({_closing(kept, given, address): not_with_group_roles(address)})


def _closing(kept: dict[str, list[str]], given: Sequence[Sequence[str]], address: str) -> str:
    """The list that keeps out whom the groups make an administrator."""
    roles = [role for each in given if Role.ADMIN.value in each for role in each]
    closed = [role for role in roles if kept.get(role) and not lets_in(kept, [role], address)]
    return closed[0] if closed else EVERYBODY


def _page(typed: dict[str, str], errors: dict[str, str] | None = None) -> Response:
    lists = [(EVERYBODY, say("すべての利用者"))]
    lists += [(role.value, words(ROLE_WORDS[role])) for role in Role]
    body = render_template(
        "admin/networks.html",
        lists=lists,
        typed=typed,
        errors=errors or {},
        address=request.remote_addr or "",
    )
    return make_response(body, 422 if errors else 200)
