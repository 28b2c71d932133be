"""I14: what an accepted act rests on and shows is there: consent, attached files, the seal of the
organisation, the stages that a sending back asks anew. Nothing is checked or stamped for ever (I7).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.faults.oracle.scene import Breach, Scene
from domain.attachments import attached_of
from domain.consents import CONSENTED_ACTS, ConsentKind
from domain.events import Event
from domain.kinds import ENDED, ActKind, DocumentState, FieldKind, PartyKind, SlotState
from domain.refusals import Refusal
from signing.timestamps import judge_token
from storage.desks.signing_fills import visible_documents
from storage.filling import thaw
from storage.handed_in import handed_in
from storage.tables import (
    Act,
    Attachment,
    Consent,
    Envelope,
    Field,
    LedgerEvent,
    MemberSeal,
    OfficialSeal,
    OfficialSealUse,
    Participant,
    Party,
    Slot,
    Stage,
    Stamp,
)
from storage.vault import VaultError

PATIENCE = timedelta(seconds=60)
_CHECKED: tuple[type[Attachment | Stamp | MemberSeal | OfficialSeal], ...] = (
    Attachment,
    Stamp,
    MemberSeal,
    OfficialSeal,
)


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Act by act; then what waits for a check, or for a time-stamp."""
    for envelope in scene.envelopes(session):
        acts = session.scalars(
            select(Act).where(Act.envelope_id == envelope.id, Act.accepted.is_(True))
        ).all()
        for act in acts:
            for words in _of_act(scene, session, envelope, act):
                yield Breach("I14", words, envelope.number)
    yield from _consents(scene, session)
    yield from _unchecked(scene, session)


def _of_act(scene: Scene, session: Session, envelope: Envelope, act: Act) -> Iterator[str]:
    if act.kind == ActKind.SIGN and act.slot_id is not None:
        yield from _seal(session, act)
        yield from _files(scene, session, envelope, act)
    if act.kind == ActKind.SEND_BACK and act.evidence.get("stage_id"):
        yield from _asked_anew(scene, session, envelope, act)
    if act.kind in CONSENTED_ACTS:
        yield from _agreed(session, envelope, act)


def _seal(session: Session, act: Act) -> Iterator[str]:
    """Each signature that shows the organisation's seal is in its book once, and no other one."""
    slot = session.get_one(Slot, act.slot_id)
    look = act.evidence.get("look")
    seal = look.get("seal") if isinstance(look, Mapping) else None
    shown = visible_documents(session, slot) if seal and slot.state == SlotState.DONE else []
    uses = session.scalars(select(OfficialSealUse).where(OfficialSealUse.act_id == act.id)).all()
    if Counter(use.document_id for use in uses) != Counter(shown):
        yield f"act {act.id} shows a seal in {len(shown)} documents, and {len(uses)} uses are noted"
    if any(str(use.seal_id) != seal["id"] for use in uses if seal):
        yield f"a use of act {act.id} names another seal"
    noted = session.scalars(
        select(LedgerEvent.data).where(
            LedgerEvent.envelope_id == act.envelope_id,
            LedgerEvent.tag == Event.OFFICIAL_SEAL_USED.value,
        )
    ).all()
    count = sum(data.get("act") == str(act.id) for data in noted)
    if count != int(bool(shown)):
        yield f"the seal of act {act.id} stands {count} times in the ledger"


def _files(scene: Scene, session: Session, envelope: Envelope, act: Act) -> Iterator[str]:
    """What he signed for is handed in, byte by byte."""
    if act.version != envelope.version:
        return
    kept = {item.file.id: item for item in handed_in(session, scene.vault, envelope)}
    for said in _signed_for(scene, session, envelope, act):
        item = kept.get(said)
        if item is None:
            yield f"file {said} of act {act.id} is not handed in"
            continue
        try:
            data = scene.vault.read(session, item.blob_id)
        except VaultError as lost:
            yield f"file {said} of act {act.id}: {type(lost).__name__}: {lost}"
            continue
        if sha256(data).hexdigest() != item.file.sha256:
            yield f"file {said} of act {act.id} is another one"


def _signed_for(scene: Scene, session: Session, envelope: Envelope, act: Act) -> Iterator[UUID]:
    fields = session.scalars(
        select(Field.id).where(
            Field.slot_id == act.slot_id, Field.kind == FieldKind.ATTACHMENT.value
        )
    ).all()
    try:
        values = thaw(session, scene.vault, envelope, act) if fields else {}
    except Refusal:
        return  # its signature is made from the same: I1 says so
    for key in fields:
        if str(key) in values:
            yield attached_of(values[str(key)]).id


def _asked_anew(scene: Scene, session: Session, envelope: Envelope, act: Act) -> Iterator[str]:
    """New places once, whose first is open; those of before are evidence. What ended first asks
    nobody."""
    if act.answered_at is None or act.answered_at > scene.now - PATIENCE:
        return
    made = session.scalars(select(Stage).where(Stage.returned_by == act.id)).all()
    ended = session.scalars(select(Stage.id).where(Stage.ended_by == act.id)).all()
    if not made and not ended and envelope.state in ENDED:
        return
    if not made or len(made) != len(ended):
        yield f"sending back {act.id} made {len(made)} stages of {len(ended)}"
    again = [stage for stage in made if stage.version > 0]
    if again and min(again, key=lambda stage: stage.position).opened_at is None:
        yield f"sending back {act.id} asks nobody"


def _agreed(session: Session, envelope: Envelope, act: Act) -> Iterator[str]:
    """Where a consent is asked for, the other side's act rests on one to that text, which was given
    before, by the same party, and not taken back before."""
    party = _party_of(session, session.get_one(Participant, act.participant_id).party_id)
    if envelope.consent_version_id is None or party[0] != PartyKind.COUNTERPARTY:
        return
    named = act.evidence.get("consent")
    if named is None:
        yield f"act {act.id} rests on no consent"
        return
    row = session.get(Consent, UUID(str(named["id"])))
    if row is None or row.kind != ConsentKind.GIVEN or row.at > act.posted_at:
        yield f"act {act.id} names a consent that was not given"
        return
    if row.version_id != envelope.consent_version_id:
        yield f"act {act.id} names a consent to another text"
    if _party_of(session, row.party_id) != party:
        yield f"act {act.id} names a consent of another party"
    ended = session.scalar(select(Consent.at).where(Consent.withdraws_id == row.id))
    if ended is not None and ended < act.posted_at:
        yield f"act {act.id} names a consent that was taken back"


def _party_of(session: Session, key: UUID) -> tuple[str, str]:
    party = session.get_one(Party, key)
    return party.kind, party.name


def _consents(scene: Scene, session: Session) -> Iterator[Breach]:
    since = scene.now - PATIENCE
    tags = {ConsentKind.GIVEN: Event.CONSENT_GIVEN, ConsentKind.WITHDRAWN: Event.CONSENT_WITHDRAWN}
    for envelope in scene.envelopes(session):
        events = session.scalars(
            select(LedgerEvent).where(LedgerEvent.envelope_id == envelope.id)
        ).all()
        for row in session.scalars(select(Consent).where(Consent.envelope_id == envelope.id)):
            tag = tags[ConsentKind(row.kind)].value
            found = sum(one.tag == tag and one.data.get("consent") == str(row.id) for one in events)
            if found != 1:
                words = f"{tag} of consent {row.id} stands {found} times in the ledger"
                yield Breach("I14", words, envelope.number)
            if row.token is None and row.at < since:
                words = f"consent {row.id} has waited for a time-stamp since {row.at.isoformat()}"
                yield Breach("I7", words, envelope.number)
            digest = bytes.fromhex(row.statement_sha256)
            if row.token is not None and not judge_token(row.token, digest, scene.trust).good:
                words = f"the time-stamp of consent {row.id} does not hold"
                yield Breach("I14", words, envelope.number)


def _unchecked(scene: Scene, session: Session) -> Iterator[Breach]:
    since = scene.now - PATIENCE
    for table in _CHECKED:
        waiting = select(table.id).where(
            table.state == DocumentState.CHECKING.value, table.created_at < since
        )
        if scene.since is not None:
            waiting = waiting.where(table.created_at >= scene.since)
        for key in session.scalars(waiting):
            yield Breach("I7", f"{table.__tablename__} {key} is being checked for ever")
