"""One contact: added, changed, taken out of use and into it again, with its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.contacts import (
    Contact,
    ContactChange,
    TypedContact,
    check_contact,
    contact_changes,
)
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from storage import contacts, tables
from storage.contacts import ContactChangedMeanwhile, HasTwins, Twin
from storage.tables import Member
from webapp.contacts.blueprint import blueprint
from webapp.contacts.origin import chosen_for, origin_of, typed_in
from webapp.language import problem_texts, say
from webapp.login import member, now
from webapp.security import may
from webapp.state import state


@dataclass(frozen=True)
class Form:
    """What the form shows beside what was typed."""

    typed: TypedContact
    errors: Mapping[str, str] = field(default_factory=dict)
    twins: tuple[Twin, ...] = ()
    """Contacts that are perhaps the same: they may be kept knowingly."""
    newer: bool = False
    """Somebody else was faster: both values are shown."""

    @property
    def status(self) -> int:
        """Of the answer."""
        if self.twins or self.newer:
            return 409
        return 422 if self.errors else 200


@blueprint.get("/contacts/new")
@may("contact.change")
def new_contact() -> str:
    """An empty form."""
    origin = origin_of(request.args)
    typed = typed_in(origin) if origin is not None else TypedContact()
    return render_template("contacts/form.html", form=Form(typed), row=None, origin=origin)


@blueprint.post("/contacts/new")
@may("contact.change")
def add_contact() -> BaseResponse | tuple[str, int]:
    """Keep somebody new."""
    typed, origin = typed_contact(request.form), origin_of(request.form)
    try:
        contact = check_contact(typed)
        with state().database.transaction() as session:
            row = contacts.add(session, member(), contact, now(), knowingly=_knowingly())
            if origin is not None:
                chosen_for(session, origin, row.id)
    except (FormProblems, HasTwins) as found:
        form = refused(typed, found)
        page = render_template("contacts/form.html", form=form, row=None, origin=origin)
        return page, form.status
    flash(say("宛先を登録しました。"), "success")
    target = origin.url if origin is not None else url_for("contacts.address_book")
    return redirect(target, code=303)


@blueprint.get("/contacts/<uuid:contact_id>")
@may("contact.read")
def contact(contact_id: UUID) -> str:
    """The form with what is known, and the history."""
    with state().database.reading() as session:
        row = row_or_404(session, contact_id)
        typed = contacts.contact_of(row).as_typed()
    return _page(contact_id, Form(typed))


@blueprint.post("/contacts/<uuid:contact_id>")
@may("contact.change")
def change_contact(contact_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep other values; what is wrong is said beside it, and nothing typed is lost."""
    with state().database.reading() as session:
        row_or_404(session, contact_id)
    typed = typed_contact(request.form)
    try:
        changed = _keep(contact_id, check_contact(typed))
    except (FormProblems, HasTwins, ContactChangedMeanwhile) as found:
        form = refused(typed, found)
        return _page(contact_id, form), form.status
    flash(say("宛先を保存しました。") if changed else say("宛先は変わっていません。"), "success")
    return redirect(url_for("contacts.contact", contact_id=contact_id), code=303)


def _keep(contact_id: UUID, checked: Contact) -> bool:
    with state().database.transaction() as session:
        try:
            return contacts.change(
                session,
                member(),
                contact_id,
                checked,
                now(),
                revision=request.form.get("revision", -1, type=int),
                knowingly=_knowingly(),
            )
        except LookupError:
            abort(404)


@blueprint.post("/contacts/<uuid:contact_id>/retire")
@may("contact.change")
def retire(contact_id: UUID) -> BaseResponse:
    """It is not offered any more; what was sent to it stays as it is."""
    return _switch(contact_id, active=False)


@blueprint.post("/contacts/<uuid:contact_id>/restore")
@may("contact.change")
def restore(contact_id: UUID) -> BaseResponse:
    """It is offered again."""
    return _switch(contact_id, active=True)


def _switch(contact_id: UUID, *, active: bool) -> BaseResponse:
    revision = request.form.get("revision", -1, type=int)
    try:
        with state().database.transaction() as session:
            contacts.switch(session, member(), contact_id, now(), revision=revision, active=active)
    except LookupError:
        abort(404)
    except ContactChangedMeanwhile:
        say_changed()
    else:
        done = (
            say("宛先を使う扱いに戻しました。") if active else say("宛先を使わない扱いにしました。")
        )
        flash(done, "success")
    return redirect(url_for("contacts.contact", contact_id=contact_id), code=303)


def say_changed() -> None:
    """Somebody else was faster, and there is nothing typed that could be lost."""
    flash(say("ほかの人がこの宛先を変更しました。今の値を確かめてください。"), "warning")


def typed_contact(form: Mapping[str, str]) -> TypedContact:
    """The form as typed."""
    return TypedContact(
        **{one.name: form.get(one.name, "")[:MAX_TYPED_CHARACTERS] for one in fields(TypedContact)}
    )


def refused(typed: TypedContact, found: Exception) -> Form:
    """The form again, with what keeps it from being saved."""
    if isinstance(found, FormProblems):
        return Form(typed, problem_texts(found.problems))
    if isinstance(found, HasTwins):
        return Form(typed, twins=found.twins)
    return Form(typed, newer=True)


def row_or_404(session: Session, contact_id: UUID) -> tables.Contact:
    """The organisation's own contact."""
    row = contacts.find(session, member().organisation_id, contact_id)
    return abort(404) if row is None else row


def _knowingly() -> bool:
    return request.form.get("knowingly") == "1"


@dataclass(frozen=True)
class HistoryLine:
    """One change for people."""

    row: tables.ContactChange
    who: str
    changes: tuple[ContactChange, ...]


def _page(contact_id: UUID, form: Form) -> str:
    with state().database.reading() as session:
        row = row_or_404(session, contact_id)
        lines = contacts.history(session, row)
        names = _names(session, lines)
        successor = session.get(tables.Contact, row.merged_into) if row.merged_into else None
    known = contacts.contact_of(row).as_json()
    mine = check_contact(form.typed).as_json() if form.newer else known
    return render_template(
        "contacts/form.html",
        form=form,
        row=row,
        origin=None,
        successor=successor,
        differing=contact_changes(known, mine),
        history=[
            HistoryLine(
                line, names.get(line.member_id, ""), contact_changes(line.before, line.after)
            )
            for line in lines
        ],
    )


def _names(session: Session, lines: Sequence[tables.ContactChange]) -> dict[UUID, str]:
    ids = {line.member_id for line in lines}
    rows = session.execute(
        select(Member.id, Member.name).where(
            Member.id.in_(ids), Member.organisation_id == member().organisation_id
        )
    )
    return {row.id: row.name for row in rows}
