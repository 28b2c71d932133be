"""Members and chains of one's own organisation."""

from flask import Blueprint, render_template

from webapp.admin.queries import chains_of, members_of
from webapp.login import member
from webapp.security import may
from webapp.sender.account import role_text
from webapp.state import state

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.get("/members")
@may("member.read")
def members() -> str:
    """Everybody with a login."""
    with state().database.reading() as session:
        rows = members_of(session, member().organisation_id)
    return render_template("admin/members.html", members=rows, role_text=role_text)


@blueprint.get("/chains")
@may("chain.read")
def chains() -> str:
    """Reusable routes, newest version first."""
    with state().database.reading() as session:
        rows = chains_of(session, member().organisation_id)
    return render_template("admin/chains.html", chains=rows)
