"""A table of contacts: sent, looked at line by line, and taken whole or not at all."""

from collections.abc import Callable
from typing import IO, cast
from uuid import UUID

from flask import abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.contact_table import MAX_TABLE_LINES, Table, read_table
from domain.contacts import ContactChange, contact_changes
from domain.limits import MAX_DOCUMENT_BYTES
from domain.refusals import Words
from domain.tables import MAX_TABLE_BYTES, SHOWN_FAULTS, TableRefused
from storage.contact_imports import (
    ImportChanged,
    Plan,
    bytes_of,
    find_import,
    keep,
    planned,
    take,
)
from storage.contacts import contact_of
from storage.tables import ContactImport
from webapp.contacts.blueprint import blueprint
from webapp.language import say, words
from webapp.login import member, now
from webapp.requests import HeldFile, ReceivedFile, arrived_files
from webapp.security import may, receives_files
from webapp.state import state

SHOWN = 50
"""Lines of each kind on the page; the counts are of all."""
_NO_FILE = Words("CSVファイルを選んでください。", "Choose a CSV file.")


def prepare_table() -> Callable[[str], IO[bytes]]:
    """Where the file goes, before the body is read."""
    request.max_content_length = MAX_DOCUMENT_BYTES
    g.uploads = []
    return lambda name: cast("IO[bytes]", ReceivedFile(HeldFile(name, MAX_TABLE_BYTES)))


@blueprint.get("/contacts/import")
@may("contact.change")
def import_form() -> str:
    """Choose a file."""
    return _form()


@blueprint.post("/contacts/import")
@may("contact.change")
@receives_files(prepare_table)
def send_table() -> BaseResponse | tuple[str, int]:
    """Keep the table, and show what it would do."""
    file = next((file for name, file in arrived_files() if name == "table"), None)
    if not isinstance(file, HeldFile) or not file.name:
        return _form(words(_NO_FILE)), 422
    try:
        read_table(bytes(file.data))
    except TableRefused as refused:
        return _form(words(refused.words)), 422
    updates = request.form.get("existing") == "update"
    with state().database.transaction() as session:
        row = keep(
            session, state().vault, member(), file.name, bytes(file.data), now(), updates=updates
        )
        target = url_for("contacts.look", import_id=row.id)
    return redirect(target, code=303)


def _form(error: str = "") -> str:
    return render_template(
        "contacts/import.html",
        errors={"table": error} if error else {},
        existing=request.form.get("existing", "update"),
        most=MAX_TABLE_LINES,
    )


@blueprint.get("/contacts/import/<uuid:import_id>")
@may("contact.change")
def look(import_id: UUID) -> "str | BaseResponse":
    """What taking the table would do, or what is wrong with it."""
    with state().database.reading() as session:
        row = _row_or_404(session, import_id)
        if row.taken_at is not None:
            return redirect(url_for("contacts.address_book"), code=303)
        table = _table(session, row)
        plan = planned(session, member().organisation_id, table, updates=row.updates)
    faults = sorted(plan.faults, key=lambda fault: fault.line)
    return render_template(
        "contacts/preview.html",
        row=row,
        table=table,
        plan=plan,
        faults=faults[:SHOWN_FAULTS],
        changes=_changes(plan),
        shown=SHOWN,
    )


def _changes(plan: Plan) -> list[tuple[str, tuple[ContactChange, ...]]]:
    """Name and changes, of the first ones."""
    return [
        (row.name, contact_changes(contact_of(row).as_json(), after.as_json()))
        for row, after in plan.changed[:SHOWN]
    ]


@blueprint.post("/contacts/import/<uuid:import_id>")
@may("contact.change")
def take_import(import_id: UUID) -> BaseResponse:
    """Take all of it, exactly as it was shown."""
    with state().database.reading() as session:
        row = _row_or_404(session, import_id)
        table = _table(session, row) if row.taken_at is None else None
    again = url_for("contacts.look", import_id=import_id)
    if table is None:
        return redirect(again, code=303)
    shown = request.form.get("shown", "")
    try:
        with state().database.transaction() as session:
            added, changed = take(session, member(), import_id, table, shown, now())
    except LookupError:
        abort(404)
    except ImportChanged:
        flash(say("宛先帳がその間に変わりました。内容をもう一度確かめてください。"), "warning")
        return redirect(again, code=303)
    flash(
        say("%(added)s件を登録し、%(changed)s件を更新しました。", added=added, changed=changed),
        "success",
    )
    return redirect(url_for("contacts.address_book", sort="newest"), code=303)


def _row_or_404(session: Session, import_id: UUID) -> ContactImport:
    row = find_import(session, member(), import_id)
    return abort(404) if row is None else row


def _table(session: Session, row: ContactImport) -> Table:
    return read_table(bytes_of(session, state().vault, row))
