"""What an act draws into its documents: the values that it froze, and the look of its signature."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.attachments import attached_of
from domain.evidence import local_time_text
from domain.kinds import FieldKind, Language, Look
from domain.ports.signatures import FilledField, SignatureLook
from domain.refusals import Refusal, RefusalCode
from domain.values import check_values, drawn_in
from storage import filling
from storage.attachments import read_proven
from storage.field_rows import SlotField, asked_for, fields_of_slot, fields_sha256
from storage.letters import FontLettering
from storage.tables import Act, Envelope, OfficialSeal, Organisation, Participant, Slot, Stamp
from storage.vault import Vault, VaultError


@dataclass(frozen=True)
class Fills:
    """Fields by document, and what a visible signature shows."""

    fields: dict[UUID, tuple[FilledField, ...]]
    visible: frozenset[UUID]
    """Documents whose signature field shows itself."""
    look: SignatureLook | None

    def of(self, document_id: UUID) -> tuple[FilledField, ...]:
        """What one document's revision fills."""
        return self.fields.get(document_id, ())

    def look_on(self, document_id: UUID) -> SignatureLook | None:
        """The look, where there is something to see."""
        return self.look if document_id in self.visible else None


NOTHING = Fills({}, frozenset(), None)


def fills_of(session: Session, vault: Vault, envelope: Envelope, act: Act, slot: Slot) -> Fills:
    """Open what the act froze and hold it against the rows.

    Raises Refusal EVIDENCE_INCOMPLETE if act, person, fields or stamp image are not those that the
    person saw; VALUES_INCOMPLETE if a field would not take its value.
    """
    values = filling.thaw(session, vault, envelope, act)
    fields = fields_of_slot(session, slot)
    if act.evidence.get("fields_sha256") != fields_sha256(fields):
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    language = Language(act.language)
    checked = check_values(asked_for(fields), values, FontLettering(), language)
    if checked.problems or checked.values != values:
        raise Refusal(RefusalCode.VALUES_INCOMPLETE)
    letters = FontLettering()
    asked = {field.id: field for field in asked_for(fields)}
    found: dict[UUID, tuple[FilledField, ...]] = {}
    for row in fields:
        key = str(row.field.id)
        value = values.get(key)
        if value is not None and row.kind is FieldKind.ATTACHMENT:
            _prove_file(session, vault, act, row, value)
        if value is not None and row.field.rect:
            text = drawn_in(asked[key], value, letters, language)
            filled = FilledField(row.field.name, row.kind, value, text)
            found[row.document.id] = (*found.get(row.document.id, ()), filled)
    visible = frozenset(row.document.id for row in fields if _shows(row))
    return Fills(found, visible, _look(session, vault, envelope, act) if visible else None)


def visible_documents(session: Session, slot: Slot) -> list[UUID]:
    """Documents in which the slot's signature shows itself."""
    return [row.document.id for row in fields_of_slot(session, slot) if _shows(row)]


def _prove_file(session: Session, vault: Vault, act: Act, row: SlotField, value: str) -> None:
    """What was handed in is there, byte by byte, and was found good."""
    assert act.participant_id is not None
    said = attached_of(value)
    read_proven(session, vault, act.participant_id, row.field.slot_id, row.field.id, said)


def _shows(row: SlotField) -> bool:
    return row.kind is FieldKind.SIGNATURE and row.field.rect is not None


def _look(session: Session, vault: Vault, envelope: Envelope, act: Act) -> SignatureLook:
    person = session.get_one(Participant, act.participant_id)
    zone = session.get_one(Organisation, envelope.organisation_id).zone
    stamp_id = filling.stamp_id(act.evidence)
    image, mm = None, None
    if stamp_id is not None:
        image, mm = _image(session, vault, act, stamp_id), _millimetres(session, act, stamp_id)
    elif (act.evidence.get(filling.LOOK) or {}).get("kind") != Look.NAME:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    return SignatureLook(look_lines(person, act.posted_at, zone), image, mm)


def _millimetres(session: Session, act: Act, stamp_id: UUID) -> int | None:
    """How wide an official seal is drawn; None for any other picture. Who could use it was judged
    when the act was posted; here it is the one that the act names, and its very picture."""
    stamp = session.get_one(Stamp, stamp_id)
    named = act.evidence[filling.LOOK].get("seal")
    if stamp.seal_id is None and named is None:
        return None
    seal = session.get(OfficialSeal, stamp.seal_id) if stamp.seal_id else None
    same = isinstance(named, Mapping) and seal is not None and named.get("id") == str(seal.id)
    if seal is None or not same or seal.image_sha256 != stamp.image_sha256:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    return int(named["mm"])


def look_lines(person: Participant, posted_at: datetime, zone: str) -> tuple[str, ...]:
    """Company, name, and the time of the act; a line that cannot be printed is left out, which a
    stamp image makes up for."""
    letters = FontLettering()
    lines = (person.company, person.name, local_time_text(posted_at, zone))
    clean = (letters.normalised(line).strip() for line in lines)
    return tuple(line for line in clean if line and filling.is_printable(line))


def _image(session: Session, vault: Vault, act: Act, stamp_id: UUID) -> bytes:
    """The clean picture that the person saw: its hash is in the evidence."""
    stamp = session.get(Stamp, stamp_id)
    if stamp is None or stamp.image_blob_id is None or stamp.participant_id != act.participant_id:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    try:
        image = vault.read(session, stamp.image_blob_id)
    except VaultError:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE) from None
    if hashlib.sha256(image).hexdigest() != act.evidence[filling.LOOK].get("sha256"):
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    return image
