"""権限の一覧: what each role may do, from the table that guards read."""

from flask import render_template

from domain.kinds import Role
from domain.permissions import PERMISSIONS, ROLE_HINTS, ROLE_WORDS
from webapp.admin.blueprint import blueprint
from webapp.language import words
from webapp.security import may


@blueprint.get("/roles")
@may("member.read")
def roles() -> str:
    """Permissions down, roles across."""
    return render_template(
        "admin/roles.html",
        roles=[(words(ROLE_WORDS[role]), words(ROLE_HINTS[role])) for role in Role],
        rows=[
            (words(item.words), [role in item.roles for role in Role])
            for item in PERMISSIONS.values()
        ],
    )
