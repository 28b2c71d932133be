"""困ったときは: what people ask when something does not go as they thought, with the way out."""

from flask import Response, make_response, render_template

from webapp.login import signed_in
from webapp.public.blueprint import blueprint
from webapp.security import public


@blueprint.get("/help")
@public
def help_page() -> Response:
    """For whoever got a mail; whoever is logged in reads what members ask as well, and whom his
    organisation names as its contact."""
    found = signed_in()
    organisation = found.organisation if found is not None else None
    return make_response(render_template("public/help.html", organisation=organisation))
