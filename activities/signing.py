"""One accepted sign act, carried out over all documents: intent, C_Sign, token, stored revision.
The consent that it stands on has its token before.

Each result is stored before the next step begins, so a repeated run goes on where the last one
stopped. Authority comes from the act row alone: `SigningDesk.authorise` reads it.
"""

from uuid import UUID

from temporalio import activity

from activities.boundary import beating, bounded
from activities.consents import ConsentStamps
from domain.messages import SignOrder, SignOutcome
from domain.ports.desks import SigningDesk, SigningTask, StoredIntent
from domain.ports.signatures import (
    DocumentSigner,
    DraftSignature,
    SignatureInvalid,
    SignatureText,
    Timestamp,
)
from domain.refusals import Refusal


class SigningActivities:
    """The only activity that leads to the signing key."""

    def __init__(self, desk: SigningDesk, signer: DocumentSigner, consents: ConsentStamps) -> None:
        self._desk = desk
        self._signer = signer
        self._consents = consents

    @activity.defn
    @bounded
    def sign_act(self, order: SignOrder) -> SignOutcome:
        """Sign every document of the act; raises TimestampUnavailable while no TSA answers."""
        with beating():
            task = self._desk.authorise(order.envelope_id, order.act_id)
            self._consents.stamp_all(order.envelope_id)
            self._intend(task)
            intents = self._desk.intents(task.act_id)
            for intent in intents:
                if intent.revision_id is None:
                    self._carry_out(intent)
                else:
                    # A run of before may have ended between storing it and reading it, or because
                    # it could not be read: the vault holds what it gives back against the row.
                    self._desk.read_revision(intent.revision_id)
            self._desk.finish(task.act_id)
            return SignOutcome(documents=len(intents))

    def _intend(self, task: SigningTask) -> None:
        """Consume the act, unless a twin of this run has done it meanwhile."""
        if self._desk.intents(task.act_id):
            return
        try:
            self._desk.intend(task, self._drafts(task))
        except Refusal:
            if not self._desk.intents(task.act_id):
                raise

    def _drafts(self, task: SigningTask) -> list[tuple[UUID, DraftSignature]]:
        return [
            (
                document.document_id,
                self._signer.draft(
                    self._desk.read_revision(document.base_revision_id),
                    SignatureText(
                        field_name=document.field_name,
                        reason=task.reason,
                        location=task.location,
                        at=task.posted_at,
                        fills=document.fills,
                        look=document.look,
                    ),
                ),
            )
            for document in task.documents
        ]

    def _carry_out(self, intent: StoredIntent) -> None:
        base = self._desk.read_revision(intent.base_revision_id)
        signature = intent.signature or self._sign(intent, base)
        timestamp = intent.timestamp or self._timestamp(intent, signature)
        tail = self._signer.embed(base, intent.draft, signature, timestamp)
        revision = base + tail
        self._signer.check(revision, intent.draft.field_name)
        revision_id = self._desk.store_revision(intent.intent_id, tail)
        if self._desk.read_revision(revision_id) != revision:
            message = "the stored revision differs from the verified one"
            raise SignatureInvalid(message)

    def _sign(self, intent: StoredIntent, base: bytes) -> bytes:
        self._desk.begin_call(intent.intent_id)
        signature = self._signer.sign(base, intent.draft)
        self._desk.store_signature(intent.intent_id, signature)
        return signature

    def _timestamp(self, intent: StoredIntent, signature: bytes) -> Timestamp:
        timestamp = self._signer.timestamp(signature)
        self._desk.store_timestamp(intent.intent_id, timestamp)
        return timestamp
