"""A person of the draft, chosen from the address book: a page of its own, quicker with a script."""

import re
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.contact_search import ContactSearch, ContactSort
from domain.drafts import TypedDraft, typed_draft
from domain.ids import read_id
from domain.kinds import EnvelopeState
from domain.operations import Operation
from storage.contact_search import contact_page
from storage.picking import choose, person_in
from webapp.errors import wants_fragment
from webapp.language import say
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.state import state

SHOWN = 20
_BUTTON = re.compile(r"(pick|register|forget)-(\d{1,3})")


def is_picking(action: str) -> bool:
    """Whether the button is about the address book."""
    return _BUTTON.fullmatch(action) is not None


def forgets(action: str) -> int | None:
    """The row of which nothing but what is typed shall stay."""
    found = _BUTTON.fullmatch(action)
    return int(found[2]) if found is not None and found[1] == "forget" else None


def to_address_book(envelope_id: UUID, action: str) -> BaseResponse:
    """From the draft, once it is saved, to where the button leads."""
    found = _BUTTON.fullmatch(action)
    people = _people(envelope_id).people
    index = int(found[2]) if found is not None else 0
    if found is None or index >= len(people):
        return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
    key = people[index].key
    if found[1] == "pick":
        target = url_for("sender.pick", envelope_id=envelope_id, person=key)
    elif found[1] == "register":
        target = url_for("contacts.new_contact", envelope=envelope_id, person=key)
    else:
        target = draft_at(envelope_id, key)
    return redirect(target, code=303)


def draft_at(envelope_id: UUID, key: str) -> str:
    """The draft's page, at this person."""
    keys = [person.key for person in _people(envelope_id).people]
    anchor = f"people-{keys.index(key)}-name" if key in keys else "step-people"
    return url_for("sender.envelope", envelope_id=envelope_id, _anchor=anchor)


def _people(envelope_id: UUID) -> TypedDraft:
    with state().database.reading() as session:
        return typed_draft(envelope_or_404(session, envelope_id).draft)


@blueprint.get("/envelopes/<uuid:envelope_id>/people/<person>/contacts")
@may("envelope.write")
@records(Operation.CONTACTS_SEARCHED, when="q")
def pick(envelope_id: UUID, person: str) -> "str | BaseResponse":
    """Contacts in use, the ones that are searched for; for our scripts the list alone."""
    search = ContactSearch(text=ContactSearch.read(request.args).text, sort=ContactSort.COMPANY)
    number = request.args.get("page", 1, type=int)
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        if envelope.state != EnvelopeState.DRAFT or person_in(envelope, person) is None:
            return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
        page = contact_page(session, member().organisation_id, search, number, SHOWN)
    template = "sender/pick_results.html" if wants_fragment() else "sender/pick.html"
    return render_template(
        template, envelope_id=envelope_id, person=person, search=search, page=page
    )


@blueprint.post("/envelopes/<uuid:envelope_id>/people/<person>/contacts")
@may("envelope.write")
def picked(envelope_id: UUID, person: str) -> BaseResponse:
    """The chosen one stands in the draft."""
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        try:
            choose(session, envelope, person, _chosen(), now())
        except LookupError:
            flash(say("その宛先は選べません。もう一度選んでください。"), "warning")
            again = url_for("sender.pick", envelope_id=envelope_id, person=person)
            return redirect(again, code=303)
    flash(say("宛先帳から入力しました。"), "success")
    return redirect(draft_at(envelope_id, person), code=303)


def _chosen() -> UUID:
    """Raises LookupError for what is no contact's id."""
    found = read_id(request.form.get("contact"))
    if found is None:
        raise LookupError
    return found
