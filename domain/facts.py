"""What is known of a person beyond his row: a copy of his contact, taken when he was chosen.

The draft and the sent envelope keep their own copy, so that a contact that is changed later changes
nothing that was sent.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.contacts import CONTACT_WORDS, Contact
from domain.refusals import Words


class Source(StrEnum):
    """What a field can be filled in with. Stored: never rename one."""

    COMPANY = "company"
    NAME = "name"
    KANA = "kana"
    DEPARTMENT = "department"
    TITLE = "title"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    PHONE = "phone"
    MAIL = "mail"
    CORPORATE_NUMBER = "corporate_number"
    PARTNER_CODE = "partner_code"


SOURCE_WORDS: dict[Source, Words] = {source: CONTACT_WORDS[source.value] for source in Source}
OF_THE_ROW = frozenset({Source.NAME, Source.MAIL, Source.COMPANY})
"""What the envelope's own row says: it may have been typed otherwise since."""
CONTACT_ID = "contact"


def known_text(contact_id: UUID, contact: Contact) -> str:
    """The copy as a draft keeps it."""
    found = {source.value: contact.shown(source.value) for source in Source}
    kept = {name: value for name, value in found.items() if value}
    return json.dumps(kept | {CONTACT_ID: str(contact_id)}, ensure_ascii=False, sort_keys=True)


def known_of(text: str) -> dict[str, str]:
    """The copy again; nothing of what was never one."""
    try:
        stored: Any = json.loads(text) if text else {}
    except ValueError:
        return {}
    names = {*Source, CONTACT_ID}
    rows = stored.items() if isinstance(stored, dict) else ()
    return {name: str(value) for name, value in rows if name in names}


def still_known(text: str, name: str, mail: str) -> str:
    """The copy, as long as the row is about the same person: whoever types another name and another
    address into it means somebody else."""
    known = known_of(text)
    same_mail = known.get(Source.MAIL, "").lower() == mail.strip().lower() != ""
    return text if same_mail or known.get(Source.NAME, "") == name.strip() != "" else ""


def fact_of(source: Source, row: Mapping[str, str], known: Mapping[str, str]) -> str:
    """`row` holds what the envelope itself says of the person."""
    return row.get(source, "") if source in OF_THE_ROW else known.get(source, "")
