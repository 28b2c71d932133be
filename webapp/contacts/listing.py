"""The address book's pages of contacts: conditions in the URL, and what stands in it twice."""

from typing import Any

from flask import render_template, request, url_for

from domain.contact_search import (
    STANDING_WORDS,
    ContactSearch,
    Standing,
)
from domain.lists import page_number
from domain.operations import Operation
from storage.contact_search import contact_page, count_twins, twin_page
from webapp.contacts.blueprint import blueprint
from webapp.language import words
from webapp.lists import here_of
from webapp.login import member
from webapp.recording import records
from webapp.security import may
from webapp.state import state


@blueprint.get("/contacts")
@may("contact.read")
@records(Operation.CONTACTS_SEARCHED, when="*")
def address_book() -> str:
    """Everybody whom the conditions find."""
    search = ContactSearch.read(request.args)
    number = request.args.get("page", 1, type=int)
    with state().database.reading() as session:
        page = contact_page(session, member().organisation_id, search, number)
        twins = count_twins(session, member().organisation_id)
    return render_template(
        "contacts/list.html",
        page=page,
        search=search,
        twins=twins,
        standings=[(one.value, words(STANDING_WORDS[one])) for one in Standing],
        here=here,
    )


def here(endpoint: str = "contacts.address_book", **more: Any) -> str:  # noqa: ANN401 - for templates
    """The same conditions elsewhere: another page, the export."""
    return url_for(endpoint, **(ContactSearch.read(request.args).as_query() | more))


@blueprint.get("/contacts/twins")
@may("contact.read")
def twins() -> str:
    """Contacts that are perhaps one, side by side."""
    number = page_number(request.args.get("page", ""))
    with state().database.reading() as session:
        page = twin_page(session, member().organisation_id, number)
    return render_template("contacts/twins.html", page=page, here=here_of("contacts.twins", {}))
