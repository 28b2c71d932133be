"""The only way to a signature: it leads through an act row (house rule: authority lies in rows).

The signing worker asks here before it uses the key. Whatever message led to the question, the
answer depends on what a person posted and what the route answered, as rows.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import RevisionKind, SlotState
from domain.ports.desks import SigningTask, StoredIntent
from domain.ports.signatures import DraftSignature, Timestamp
from domain.refusals import Refusal, RefusalCode
from storage import official_seal_uses
from storage.database import Database
from storage.desks import authority, signing_events
from storage.desks.rows import locked_envelope, now, revision_bytes
from storage.desks.signing_fills import visible_documents
from storage.locks import locked
from storage.tables import Act, Blob, Document, Revision, SignatureIntent, Slot
from storage.vault import Vault

DOCUMENT = "document"
"""Owner kind of the data key that seals an intent's tail."""


class StaleBase(Exception):
    """Another signature was stored, or is being made, since the draft was read: draft again."""


class ResultDiffers(Exception):
    """A step was carried out twice at once; the stored result is the one that counts."""


class StoredSigningDesk:
    """domain.ports.desks.SigningDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def authorise(self, envelope_id: UUID, act_id: UUID) -> SigningTask:
        """What the act allows. Raises Refusal unless rows prove every part of it."""
        with self._database.reading() as session:
            return authority.task_of(session, self._vault, envelope_id, act_id)

    def intents(self, act_id: UUID) -> tuple[StoredIntent, ...]:
        """Intents of an act, in tab order; empty before `intend`."""
        with self._database.reading() as session:
            return tuple(self._stored(session, intent) for intent in _intents(session, act_id))

    def _stored(self, session: Session, intent: SignatureIntent) -> StoredIntent:
        token, moment, tsa = intent.token, intent.token_time, intent.tsa
        return StoredIntent(
            intent_id=intent.id,
            document_id=intent.document_id,
            base_revision_id=intent.base_revision_id,
            draft=DraftSignature(
                field_name=intent.field_name,
                tail=self._tail(session, intent),
                layout={name: int(value) for name, value in intent.layout.items()},
                document_digest=bytes.fromhex(intent.document_digest),
                signed_attributes=intent.signed_attributes,
                key_label=intent.key_label,
                certificate_sha256=intent.certificate_sha256,
                algorithm=intent.algorithm,
            ),
            signature=intent.signature,
            timestamp=Timestamp(token, moment, tsa) if token and moment and tsa else None,
            revision_id=intent.revision_id,
        )

    def _tail(self, session: Session, intent: SignatureIntent) -> bytes:
        """The draft's bytes; empty once the stamped revision is stored."""
        if intent.sealed_tail is None:
            return b""
        return self._vault.unseal(
            session, DOCUMENT, intent.document_id, intent.sealed_tail, intent.id.bytes
        )

    def intend(self, task: SigningTask, drafts: Sequence[tuple[UUID, DraftSignature]]) -> None:
        """Consume the act and insert one intent per document, in one transaction.

        Raises Refusal ALREADY_ACTED for an act that was consumed before, other refusals as
        `authorise`; StaleBase if a document has a newer revision than the draft: draft again.
        """
        with self._database.transaction() as session:
            act = _locked_act(session, task.act_id)
            if act.consumed_at is not None:
                raise Refusal(RefusalCode.ALREADY_ACTED)
            # The rows decide again, under the locks: nothing is taken from the caller's task.
            allowed = authority.task_of(session, self._vault, act.envelope_id, act.id)
            _match(session, task, allowed, drafts)
            act.consumed_at = now()
            session.flush()
            made = [
                self._insert(session, act, document.base_revision_id, draft)
                for document, (_, draft) in zip(allowed.documents, drafts, strict=True)
            ]
            signing_events.note(
                session,
                Event.SIGNATURE_INTENDED,
                act,
                signing_events.intended(act, made),
                f"intended:{act.id}",
            )

    def _insert(
        self, session: Session, act: Act, base_revision_id: UUID, draft: DraftSignature
    ) -> SignatureIntent:
        base = session.get_one(Revision, base_revision_id)
        intent = SignatureIntent(
            act_id=act.id,
            document_id=base.document_id,
            base_revision_id=base.id,
            field_name=draft.field_name,
            key_label=draft.key_label,
            certificate_sha256=draft.certificate_sha256,
            algorithm=draft.algorithm,
            document_digest=draft.document_digest.hex(),
            signed_attributes=draft.signed_attributes,
            layout=dict(draft.layout),
            created_at=now(),
        )
        session.add(intent)
        session.flush()
        intent.sealed_tail = self._vault.seal(
            session, DOCUMENT, base.document_id, draft.tail, intent.id.bytes
        )
        session.flush()
        return intent

    def begin_call(self, intent_id: UUID) -> None:
        """Count one C_Sign call before it is made. Raises Refusal once a value is stored."""
        with self._database.transaction() as session:
            intent = _locked_intent(session, intent_id)
            if intent.signature is not None:
                raise Refusal(RefusalCode.ALREADY_ACTED)
            intent.sign_calls += 1

    def store_signature(self, intent_id: UUID, signature: bytes) -> None:
        """Store the value before anything else is done with it. The first one stays."""
        with self._database.transaction() as session:
            intent = _locked_intent(session, intent_id)
            if intent.signature is not None:
                return _same(intent.signature, signature)
            intent.signature, intent.signed_at = signature, now()
            session.flush()
            data = signing_events.about(intent) | {
                "signature_sha256": hashlib.sha256(signature).hexdigest()
            }
            act = session.get_one(Act, intent.act_id)
            return signing_events.note(
                session, Event.SIGNATURE_MADE, act, data, f"made:{intent.id}"
            )

    def store_timestamp(self, intent_id: UUID, timestamp: Timestamp) -> None:
        """Store the checked token. The first one stays."""
        with self._database.transaction() as session:
            intent = _locked_intent(session, intent_id)
            if intent.signature is None:
                raise Refusal(RefusalCode.NOT_ALLOWED)
            if intent.token is not None:
                return _same(intent.token, timestamp.token)
            intent.token, intent.token_time = timestamp.token, timestamp.at
            intent.tsa = timestamp.authority
            return None

    def store_revision(self, intent_id: UUID, tail: bytes) -> UUID:
        """Store the signed revision (predecessor + tail) in the vault and as a row.

        Raises Refusal NOT_ALLOWED before signature and token are stored, or if the tail differs
        from the draft outside the place of the signature.
        """
        with self._database.transaction() as session:
            intent = _locked_intent(session, intent_id)
            if intent.revision_id is not None:
                return intent.revision_id
            base = session.get_one(Revision, intent.base_revision_id)
            drafted = self._tail(session, intent)
            if intent.token is None or not _only_contents_differ(intent, base, drafted, tail):
                raise Refusal(RefusalCode.NOT_ALLOWED)
            blob_id = self._vault.append(session, base.document_id, base.blob_id, tail)
            revision = signed_revision(session, base, blob_id, RevisionKind.SIGNATURE)
            revision.act_id = intent.act_id
            session.flush()
            intent.revision_id, intent.sealed_tail = revision.id, None
            session.flush()
            act = session.get_one(Act, intent.act_id)
            data = signing_events.about(intent) | signing_events.stamp(intent, revision)
            signing_events.note(session, Event.SIGNATURE_STAMPED, act, data, f"stamped:{intent.id}")
            return revision.id

    def read_revision(self, revision_id: UUID) -> bytes:
        """Stored bytes, through the vault."""
        with self._database.reading() as session:
            return revision_bytes(session, self._vault, revision_id)

    def finish(self, act_id: UUID) -> None:
        """Every document of the act is signed, stamped and verified: slot done.

        Raises Refusal NOT_ALLOWED while a document lacks its revision.
        """
        with self._database.transaction() as session:
            act = session.get(Act, act_id)
            if act is None or act.slot_id is None or not authority.carried_out(session, act):
                raise Refusal(RefusalCode.NOT_ALLOWED)
            envelope = locked_envelope(session, act.envelope_id)
            slot = locked(session, Slot, act.slot_id)
            if slot is not None and slot.state != SlotState.DONE:
                slot.state, slot.done_at = SlotState.DONE.value, now()
                envelope.changed_at = now()
                official_seal_uses.note_uses(session, act, visible_documents(session, slot))


def signed_revision(
    session: Session, base: Revision, blob_id: UUID, kind: RevisionKind
) -> Revision:
    """The revision after `base`; the table's constraint lets only one follow it."""
    blob = session.get_one(Blob, blob_id)
    revision = Revision(
        document_id=base.document_id,
        version=base.version,
        number=base.number + 1,
        kind=kind.value,
        blob_id=blob.id,
        sha256=blob.sha256,
        size=blob.size,
        created_at=now(),
    )
    session.add(revision)
    session.flush()
    return revision


def _intents(session: Session, act_id: UUID) -> Sequence[SignatureIntent]:
    return session.scalars(
        select(SignatureIntent)
        .join(Document, Document.id == SignatureIntent.document_id)
        .where(SignatureIntent.act_id == act_id)
        .order_by(Document.position, Document.created_at)
    ).all()


def _locked_act(session: Session, act_id: UUID) -> Act:
    """The act, locked after its envelope, as everywhere."""
    envelope_id = session.scalar(select(Act.envelope_id).where(Act.id == act_id))
    if envelope_id is None:
        raise Refusal(RefusalCode.UNKNOWN_ACT)
    locked_envelope(session, envelope_id)
    act = locked(session, Act, act_id)
    if act is None:
        raise Refusal(RefusalCode.UNKNOWN_ACT)
    return act


def _locked_intent(session: Session, intent_id: UUID) -> SignatureIntent:
    intent = locked(session, SignatureIntent, intent_id)
    if intent is None:
        raise Refusal(RefusalCode.UNKNOWN_ACT)
    return intent


def _match(
    session: Session,
    task: SigningTask,
    allowed: SigningTask,
    drafts: Sequence[tuple[UUID, DraftSignature]],
) -> None:
    """The drafts are for exactly the allowed documents and fields, on their newest revisions."""
    wanted = [(document.document_id, document.field_name) for document in allowed.documents]
    if [(document_id, draft.field_name) for document_id, draft in drafts] != wanted or not wanted:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    drafted = [document.base_revision_id for document in task.documents]
    for document, base_revision_id in zip(allowed.documents, drafted, strict=True):
        if document.base_revision_id != base_revision_id:
            raise StaleBase(str(document.document_id))
        if authority.signature_under_way(session, document.document_id):
            raise StaleBase(str(document.document_id))


def _same(stored: bytes, given: bytes) -> None:
    if stored != given:
        raise ResultDiffers


def _only_contents_differ(
    intent: SignatureIntent, base: Revision, drafted: bytes, tail: bytes
) -> bool:
    start = int(intent.layout["contents_start"]) - base.size
    end = int(intent.layout["contents_end"]) - base.size
    return (
        len(drafted) == len(tail)
        and 0 <= start < end <= len(tail)
        and drafted[:start] == tail[:start]
        and drafted[end:] == tail[end:]
    )
