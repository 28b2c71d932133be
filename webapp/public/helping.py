"""困ったときは: what people ask when something does not go as they thought, with the way out."""

from flask import Response, make_response, render_template

from storage.tables import Organisation
from storage.visits import organisations_of
from webapp.login import signed_in
from webapp.public.blueprint import blueprint
from webapp.security import public
from webapp.signer.visiting import browser_sha256, now
from webapp.state import state


@blueprint.get("/help")
@public
def help_page() -> Response:
    """For whoever got a mail; whoever is logged in reads what members ask as well. Both are told
    whom to ask: his own organisation, and those whose requests are open in this browser."""
    found = signed_in()
    return make_response(
        render_template("public/help.html", member=found is not None, contacts=_contacts())
    )


def _contacts() -> list[Organisation]:
    """Nobody is told but by a login or by the cookie of visits that still last, which say as much
    on every page of theirs: not by anything in the address."""
    found, browser = signed_in(), browser_sha256()
    own = [found.organisation] if found is not None else []
    if not browser:
        return own
    with state().database.reading() as session:
        asking = organisations_of(session, browser, now())
    known = {row.id for row in own}
    return own + [row for row in asking if row.id not in known]
