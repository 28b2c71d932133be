"""Two contacts made one: value by value, chosen where they differ."""

from dataclasses import dataclass
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.contacts import CONTACT_WORDS, Contact, TypedContact, check_contact
from storage import contacts, tables
from storage.contacts import ContactChangedMeanwhile
from webapp.contacts.blueprint import blueprint
from webapp.contacts.editing import row_or_404, say_changed
from webapp.language import say
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

SECOND = "b"
"""Of a choice: the value of the contact that goes."""


@dataclass(frozen=True)
class Pair:
    """The one that is kept, and the one that goes."""

    kept: tables.Contact
    gone: tables.Contact

    @property
    def choices(self) -> list[tuple[str, str, str, str]]:
        """Name, both values, and which is chosen at first: what is there, rather than nothing."""
        first, second = (contacts.contact_of(row).as_json() for row in (self.kept, self.gone))
        return [
            (name, str(first[name]), str(second[name]), "a" if first[name] else SECOND)
            for name in CONTACT_WORDS
            if first[name] != second[name]
        ]


@blueprint.get("/contacts/<uuid:contact_id>/merge/<uuid:other_id>")
@may("contact.change")
def merging(contact_id: UUID, other_id: UUID) -> str:
    """Both side by side."""
    return render_template("contacts/merge.html", pair=_pair(contact_id, other_id))


@blueprint.post("/contacts/<uuid:contact_id>/merge/<uuid:other_id>")
@may("contact.change")
def merge(contact_id: UUID, other_id: UUID) -> BaseResponse:
    """One of them has the chosen values; the other is out of use and says where it went."""
    pair = _pair(contact_id, other_id)
    form = request.form
    revisions = (form.get("kept", -1, type=int), form.get("gone", -1, type=int))
    try:
        with state().database.transaction() as session:
            contacts.merge(
                session, member(), contact_id, other_id, _chosen(pair), now(), revisions=revisions
            )
    except ContactChangedMeanwhile:
        say_changed()
    else:
        flash(say("2件の宛先を1件にまとめました。"), "success")
    return redirect(url_for("contacts.contact", contact_id=contact_id), code=303)


def _chosen(pair: Pair) -> Contact:
    first, second = (contacts.contact_of(row).as_json() for row in (pair.kept, pair.gone))
    values = {
        name: str(second[name] if request.form.get(f"{name}-from") == SECOND else first[name])
        for name in CONTACT_WORDS
    }
    return check_contact(TypedContact(**values))


def _pair(contact_id: UUID, other_id: UUID) -> Pair:
    """Two different ones of the organisation, both in use."""
    with state().database.reading() as session:
        kept, gone = (row_or_404(session, key) for key in (contact_id, other_id))
    if kept.id == gone.id or not (kept.active and gone.active):
        abort(404)
    return Pair(kept, gone)
