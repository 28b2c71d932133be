"""What a person enters into the fields of his slot: kept while he types, frozen by his act.

Sealed under the organisation's data key, so that nobody reads a value in the database. The seal of
a frozen filling is bound to the whole act: altered columns, or a copied act, break it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Json, canonical, utc_text
from domain.evidence import filled_sha256, values_sha256
from domain.ids import read_id
from domain.kinds import DocumentState, FieldKind, Language, Look
from domain.limits import MAX_VALUE_CHARACTERS
from domain.prefill import Facts, given, is_fixed, prefilled, source_of
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from domain.values import CheckedValues, check_values
from runtime.telemetry import logger
from storage import official_seals, stamps
from storage.attachments import FieldFile, files_of
from storage.field_rows import SlotField, asked_for, by_id, fields_of_slot, fields_sha256
from storage.letters import FontLettering
from storage.people import VAULT_OWNER
from storage.tables import (
    Act,
    ActFilling,
    Envelope,
    OfficialSeal,
    Participant,
    Slot,
    Stamp,
    TypedValues,
)
from storage.vault import SealBroken, Vault, VaultError

log = logger(__name__)

LOOK = "look"
"""The name of the look among problems."""
_PENS = "pens"
MAX_TYPED = 5 * MAX_VALUE_CHARACTERS
"""Characters kept of one value: room for a paste by mistake, which is told and not lost."""
_UNBOUNDED = 1e6
"""Points: a box in which everything fits that can be printed at all."""

_NAME_NOT_PRINTABLE = Words(
    "お名前に印字できない文字があるため、文字では表示できません。印影の画像を選んでください。",
    "Your name has characters that cannot be printed. Choose a picture of your stamp instead.",
)
_NO_STAMP = Words(
    "印影の画像を追加するか、「お名前を文字で表示する」を選んでください。",
    "Add a picture of your stamp, or choose to show your name in type.",
)
_CHECKING = Words(
    "送信されたファイルを確認しています。数秒待ってから、もう一度「完了する」を押してください。",
    "The file that you sent is being checked. Wait a few seconds, then finish once more.",
)


@dataclass(frozen=True)
class Typed:
    """As typed: texts by field id, and the chosen look."""

    values: Mapping[str, str] = field(default_factory=dict)
    look: Look = Look.NAME
    pens: Mapping[str, str] = field(default_factory=dict)
    """Which page wrote a field last, by field id, where that page named itself."""


@dataclass(frozen=True)
class Filling:
    """Everything that one person is asked to fill in, and what he made of it so far."""

    fields: tuple[SlotField, ...]
    typed: Typed
    checked: CheckedValues
    stamp: Stamp | None
    """The newest that was uploaded, whatever became of it."""
    look_problem: Words | None
    fixed: frozenset[str] = frozenset()
    """Fields that were filled in for him and that he cannot change, by id."""
    files: Mapping[str, FieldFile] = field(default_factory=dict)
    """What he has attached, by field id."""
    given: frozenset[str] = frozenset()
    """Fields that hold what the sender had filled in from the address book, by id."""
    seal: OfficialSeal | None = None
    """The organisation's seal that the picture is a copy of."""

    @property
    def visible(self) -> bool:
        """Whether a signature of his shows itself."""
        return any(row.kind is FieldKind.SIGNATURE and row.field.rect for row in self.fields)

    @property
    def inputs(self) -> tuple[SlotField, ...]:
        """The fields that take a value."""
        return tuple(row for row in self.fields if row.kind is not FieldKind.SIGNATURE)

    @property
    def problems(self) -> dict[str, Words]:
        """What is wrong, by field id; the look's under `look`."""
        found = dict(self.checked.problems)
        if self.look_problem is not None:
            found[LOOK] = self.look_problem
        return found

    @property
    def sha256(self) -> str:
        """What the confirmation shows and the act repeats."""
        if not self.visible:
            return filled_sha256(self.checked.values)
        return filled_sha256(self.checked.values, self.typed.look.value, self._stamp_sha256)

    @property
    def _stamp_sha256(self) -> str:
        with_stamp = self.typed.look is Look.STAMP and self.stamp is not None
        return (self.stamp.image_sha256 or "") if with_stamp and self.stamp else ""

    @property
    def evidence(self) -> dict[str, Any]:
        """What the act's evidence keeps of it, apart from the values."""
        found: dict[str, Any] = {"fields_sha256": fields_sha256(self.fields)}
        if self.visible:
            found[LOOK] = {"kind": self.typed.look.value}
            if self._stamp_sha256 and self.stamp is not None:
                found[LOOK] |= {"stamp": str(self.stamp.id), "sha256": self._stamp_sha256}
                if self.seal is not None:
                    found[LOOK]["seal"] = official_seals.told(self.seal)
        return found


def filling_of(  # noqa: PLR0913 - whose, where, and in which language
    session: Session,
    vault: Vault,
    envelope: Envelope,
    slot: Slot,
    participant: Participant,
    language: Language,
) -> Filling:
    """What is asked and typed, checked as it would be if the person pressed the button now."""
    fields = fields_of_slot(session, slot)
    typed = load(session, vault, envelope, slot, participant) if fields else Typed()
    letters, asked = FontLettering(), asked_for(fields)
    facts = Facts(participant.name, participant.mail, participant.company, participant.known or {})
    values = prefilled(asked, typed.values, facts, letters)
    files = _files(session, vault, fields, slot, participant)
    typed = replace(typed, values={**values, **{key: file.value for key, file in files.items()}})
    checked = _without_checking(check_values(asked, typed.values, letters, language), files)
    stamp = stamps.newest(session, participant.id)
    fixed = frozenset(field.id for field in asked if is_fixed(field, facts, letters))
    theirs = given(asked, values, facts, letters)
    seal = session.get(OfficialSeal, stamp.seal_id) if stamp and stamp.seal_id else None
    filling = Filling(fields, typed, checked, stamp, None, fixed, files, theirs, seal)
    problem = _look_problem(session, envelope, filling, participant) if filling.visible else None
    return replace(filling, look_problem=problem)


def _files(
    session: Session,
    vault: Vault,
    fields: tuple[SlotField, ...],
    slot: Slot,
    participant: Participant,
) -> dict[str, FieldFile]:
    """Of every field that asks for a file: nobody types what one would be."""
    wanted = [str(row.field.id) for row in fields if row.kind is FieldKind.ATTACHMENT]
    found = files_of(session, vault, slot, participant) if wanted else {}
    return {key: found.get(key, FieldFile()) for key in wanted}


def _without_checking(checked: CheckedValues, files: Mapping[str, FieldFile]) -> CheckedValues:
    """A file that is still being checked is waited for, also where none is demanded: he sent it."""
    waiting = {
        key
        for key, file in files.items()
        if file.checking is not None and key not in checked.hidden
    }
    if not waiting:
        return checked
    return replace(
        checked,
        problems={**checked.problems, **dict.fromkeys(waiting, _CHECKING)},
        missing=checked.missing | waiting,
    )


def _look_problem(
    session: Session, envelope: Envelope, filling: Filling, participant: Participant
) -> Words | None:
    stamp = filling.stamp
    if filling.typed.look is Look.STAMP:
        if stamp is not None and stamp.state == DocumentState.CHECKING:
            return _CHECKING
        if stamp is None or stamp.image_sha256 is None:
            return _NO_STAMP
        found = official_seals.objection(session, envelope, participant, stamp, datetime.now(UTC))
        return WORDS[found] if found else None
    return None if is_printable(participant.name) else _NAME_NOT_PRINTABLE


def is_printable(text: str) -> bool:
    """Whether the documents' typeface has all of it."""
    letters = FontLettering()
    clean = letters.normalised(text)
    return letters.problem(clean, _UNBOUNDED, _UNBOUNDED, multiline=False) is None


def load(
    session: Session, vault: Vault, envelope: Envelope, slot: Slot, participant: Participant
) -> Typed:
    """What was typed so far. Raises VaultError for a row that somebody else wrote."""
    row = session.get(TypedValues, (slot.id, participant.id))
    if row is None:
        return Typed()
    context = _typed_context(slot, participant)
    plain = vault.unseal(session, VAULT_OWNER, envelope.organisation_id, row.sealed, context)
    stored = json.loads(plain)
    return Typed(dict(stored["values"]), Look(stored[LOOK]), dict(stored.get(_PENS, {})))


def save(  # noqa: PLR0913 - whose, where, what and when
    session: Session,
    vault: Vault,
    envelope: Envelope,
    slot: Slot,
    participant: Participant,
    typed: Typed,
    now: datetime,
) -> None:
    """Keep what is typed; values of fields that are not the slot's are left out. Emptiness is kept
    where something would be filled in instead.

    The caller has locked the slot.
    """
    rows = by_id(fields_of_slot(session, slot))
    kept: Json = {
        "values": {
            key: value[:MAX_TYPED]
            for key, value in typed.values.items()
            if key in rows
            and rows[key].kind is not FieldKind.ATTACHMENT
            and (value or source_of(rows[key].kind, rows[key].rules) is not None)
        },
        LOOK: typed.look.value,
        _PENS: {key: pen for key, pen in typed.pens.items() if key in rows},
    }
    plain = json.dumps(kept, sort_keys=True).encode()  # ASCII: a lone surrogate survives too
    context = _typed_context(slot, participant)
    sealed = vault.seal(session, VAULT_OWNER, envelope.organisation_id, plain, context)
    row = session.get(TypedValues, (slot.id, participant.id))
    if row is None:
        session.add(
            TypedValues(
                slot_id=slot.id, participant_id=participant.id, sealed=sealed, changed_at=now
            )
        )
    else:
        row.sealed, row.changed_at = sealed, now
    session.flush()


def carry(  # noqa: PLR0913 - whose, where, and where to
    session: Session,
    vault: Vault,
    envelope: Envelope,
    slot: Slot,
    onto: Slot,
    now: datetime,
    names: Mapping[str, str] | None = None,
) -> None:
    """What was typed for a slot is kept for the one that takes its place, with the same fields, or
    those of them that `names` has others for, by id.

    A row whose seal is broken is left behind: one person types again, and the route goes on.
    """
    for row in session.scalars(select(TypedValues).where(TypedValues.slot_id == slot.id)).all():
        person = session.get_one(Participant, row.participant_id)
        try:
            typed = load(session, vault, envelope, slot, person)
        except SealBroken:  # a data key that does not open is everybody's, and an operator's
            log.warning("typed_values_unreadable", slot=str(slot.id), person=str(person.id))
            continue
        if names is not None:
            values = {names[key]: text for key, text in typed.values.items() if key in names}
            typed = Typed(values, typed.look)
        save(session, vault, envelope, onto, person, typed, now)
        session.delete(row)


def freeze(session: Session, vault: Vault, envelope: Envelope, act: Act, filling: Filling) -> None:
    """Seal the values with their act, whose row must be written and will not change any more."""
    plain = canonical(dict(filling.checked.values))
    sealed = vault.seal(session, VAULT_OWNER, envelope.organisation_id, plain, act_context(act))
    session.add(ActFilling(act_id=act.id, sealed=sealed))
    session.flush()


def thaw(session: Session, vault: Vault, envelope: Envelope, act: Act) -> dict[str, str]:
    """The values of an act. Raises Refusal EVIDENCE_INCOMPLETE unless the act is, column by
    column, the one that the web sealed, and its hash is that of these values."""
    row = session.get(ActFilling, act.id)
    if row is None:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    try:
        plain = vault.unseal(
            session, VAULT_OWNER, envelope.organisation_id, row.sealed, act_context(act)
        )
    except VaultError:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE) from None
    if hashlib.sha256(plain).hexdigest() != act.values_sha256:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    values: dict[str, str] = json.loads(plain)
    if values_sha256(values) != act.values_sha256:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    return values


def act_context(act: Act) -> bytes:
    """All that an act says, as the seal's associated data."""
    said: Json = {
        "act": str(act.id),
        "nonce": act.nonce,
        "envelope": str(act.envelope_id),
        "participant": str(act.participant_id),
        "slot": str(act.slot_id),
        "kind": act.kind,
        "version": act.version,
        "version_sha256": act.version_sha256,
        "values_sha256": act.values_sha256,
        "reason": act.reason,
        "language": act.language,
        "posted_at": utc_text(act.posted_at),
        "evidence": act.evidence,
    }
    return b"act:" + hashlib.sha256(canonical(said)).digest()


def _typed_context(slot: Slot, participant: Participant) -> bytes:
    return b"typed:" + slot.id.bytes + participant.id.bytes


def stamp_id(evidence: Mapping[str, Any]) -> UUID | None:
    """The stamp image that an act's evidence names; None for a name in type."""
    look = evidence.get(LOOK)
    found = look.get("stamp") if isinstance(look, Mapping) else None
    return read_id(found)
