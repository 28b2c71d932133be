"""The address book as a table, and an empty one to fill in."""

import io
from itertools import chain

from flask import Response, request

from domain.contact_search import ContactSearch
from domain.contacts import CONTACT_WORDS
from domain.events import Event
from runtime.spreadsheets import harmless
from storage.contact_search import every_contact
from storage.contacts import contact_of
from storage.tables import Contact
from webapp.contacts.blueprint import blueprint
from webapp.contacts.words import LANGUAGE_WORDS
from webapp.exports import asked_encoding, dated, note_export, table_answer, write_table
from webapp.language import words
from webapp.login import member
from webapp.security import may
from webapp.state import state

_EXAMPLE = {
    "name": "山田 太郎", "kana": "ヤマダ タロウ", "mail": "taro.yamada@example.jp",
    "company": "株式会社例示商事", "department": "総務部", "title": "部長",
    "postal_code": "100-0001", "address": "東京都千代田区千代田1-1", "phone": "03-1234-5678",
    "language": "日本語", "note": "この行は消してください",
}  # fmt: skip


@blueprint.get("/contacts.csv")
@may("contact.export")
def export() -> Response:
    """Everybody whom the conditions find. The ledger keeps who took it, and how many lines."""
    encoding = asked_encoding()
    search = ContactSearch.read(request.args)
    file = io.BytesIO()
    with state().database.reading() as session:
        cells = map(_cells, every_contact(session, member().organisation_id, search))
        lines = write_table(file, chain([_head()], cells), encoding)
    note_export(Event.CONTACTS_EXPORTED, search.as_query(), lines)
    return table_answer(file, encoding, dated("contacts"))


@blueprint.get("/contacts/template.csv")
@may("contact.change")
def template() -> Response:
    """Headings and one line that shows how values are written."""
    encoding = asked_encoding()
    file = io.BytesIO()
    example = [_EXAMPLE.get(name, "") for name in CONTACT_WORDS]
    write_table(file, [_head(), example], encoding)
    return table_answer(file, encoding, "contacts-template.csv")


def _head() -> list[str]:
    return [words(text) for text in CONTACT_WORDS.values()]


def _cells(row: Contact) -> list[str]:
    contact = contact_of(row)
    found = {name: contact.shown(name) for name in CONTACT_WORDS}
    found["language"] = words(LANGUAGE_WORDS[contact.language])
    return [_harmless(value) for value in found.values()]


def _harmless(value: str) -> str:
    """A note keeps its lines, so that it comes back as it was."""
    first, *rest = value.split("\n")
    return "\n".join([harmless(first), *rest])
