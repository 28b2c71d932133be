"""What binds an act to the bytes that a person read, and to the words put into the signature."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.events import Json, canonical

LOCATION = "日本"
"""/Location of every signature."""


class ReadDocument(NamedTuple):
    """One document as it was shown: its id and the SHA-256 of the version's base revision."""

    document_id: UUID
    sha256: str


def version_sha256(documents: Sequence[ReadDocument]) -> str:
    """One hash for all documents of a version, in the order of the tabs.

    Page, confirmation and act carry it: what you read is what you sign.
    """
    rows: list[Json] = [
        {"document": str(row.document_id), "sha256": row.sha256} for row in documents
    ]
    return hashlib.sha256(canonical(rows)).hexdigest()


def values_sha256(values: Mapping[str, str]) -> str:
    """Hash of one person's own field values, by field id: what is sealed with the act."""
    return hashlib.sha256(canonical(dict(values))).hexdigest()


def filled_sha256(values: Mapping[str, str], look: str = "", stamp_sha256: str = "") -> str:
    """Hash of all that a person chose on the page: values, look and stamp image.

    Confirmation and act carry it, so that nothing changes between reading and pressing.
    """
    chosen: Json = {"look": look, "stamp": stamp_sha256, "values": dict(values)}
    return hashlib.sha256(canonical(chosen)).hexdigest()


NOTHING_FILLED = filled_sha256({})
"""Of a slot that asks for no values."""


def person_sha256(nonce: str, name: str, mail: str, company: str) -> str:
    """Binds an act to who its person was. The act's nonce, which is never handed over, keeps
    others from guessing an address from the hash."""
    person: Json = {"company": company, "mail": mail, "name": name, "nonce": nonce}
    return hashlib.sha256(canonical(person)).hexdigest()


def local_time_text(moment: datetime, zone: str) -> str:
    """`2026-11-23 16:47:04 +09:00 JST`: date, time, offset and the zone's own name."""
    local = moment.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]} {local.tzname()}"


def signature_reason(name: str, mail: str, moment: datetime, zone: str, stands_in: str = "") -> str:
    """/Reason of a signature: who, by which address, when the act was posted; of a deputy also for
    whom, 「代決（A の不在のため）」."""
    return f"{name}様 {mail} が{local_time_text(moment, zone)}に承認しました{stands_in}"
