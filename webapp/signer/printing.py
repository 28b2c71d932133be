"""The pages of a document on paper: pictures that say on every sheet that nobody has signed yet."""

from uuid import UUID

from flask import Response

from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.files import note_viewed, shown_or_gone
from webapp.signer.pages import number_of, page
from webapp.signer.reading import sheets_of
from webapp.signer.visiting import READ


@blueprint.get("/sign/<uuid:visit>/documents/<uuid:document>/print")
@may(READ)
def print_document(visit: UUID, document: UUID) -> Response:
    """All pages at once, as the browser's own printing needs them."""
    del visit  # the guard has read it
    shown = shown_or_gone(document)
    note_viewed(document)
    return page(
        "signer/print.html",
        shown=shown,
        number=number_of(document),
        sheets=sheets_of(shown.document),
    )
