"""A passkey at the moment of an act: its challenge is made from the act, and the act keeps the
answer, so that the worker that signs can prove it again from the rows alone.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import utc_text
from domain.evidence import values_sha256
from domain.factors import Moment
from domain.kinds import ACT_OF_SLOT, ActKind, Language
from domain.limits import MAX_NONCE_CHARACTERS
from domain.passkeys import (
    CHALLENGE_LIFE,
    EVIDENCE,
    KeptAssertion,
    SignedAct,
    act_challenge,
    kept_assertion,
    nonce_sha256,
)
from domain.refusals import Refusal, RefusalCode
from runtime.passkeys import Known, holds
from storage import passkeys
from storage.database import Database
from storage.filling import filling_of
from storage.passkeys import PasskeyProof
from storage.shown import shown_documents, shown_sha256
from storage.standing import holder_of
from storage.tables import (
    Act,
    Envelope,
    Link,
    Participant,
    Passkey,
    PasskeyChallenge,
)
from storage.vault import Vault
from storage.visits import Visiting


class Intended(NamedTuple):
    """What the confirmation's form says of the act that is about to be posted."""

    kind: ActKind
    nonce: str
    version_sha256: str
    filled_sha256: str
    language: Language


class Asked(NamedTuple):
    """What the browser is to ask an authenticator for."""

    challenge: bytes
    known: tuple[Known, ...]


def ask(  # noqa: PLR0913 - whose, for what, where and when
    database: Database,
    vault: Vault,
    visiting: Visiting,
    intended: Intended,
    rp_id: str,
    now: datetime,
) -> Asked:
    """A challenge for this very act. Raises Refusal as the act itself would: NOT_YOUR_SLOT,
    VERSION_REPLACED, VALUES_INCOMPLETE, VALUES_CHANGED; FACTOR_MISSING without any passkey."""
    with database.transaction() as session:
        link = session.get_one(Link, visiting.visit.link_id)
        holder = holder_of(session, link, now)
        if not holder.may_act or holder.slot is None:
            raise Refusal(RefusalCode.NOT_YOUR_SLOT)
        wrong_kind = intended.kind is not ACT_OF_SLOT[holder.slot_kind]
        if wrong_kind or not 0 < len(intended.nonce) <= MAX_NONCE_CHARACTERS:
            raise Refusal(RefusalCode.NOT_ALLOWED)
        rows = passkeys.of_holder(session, holder, rp_id)
        if not rows:
            raise Refusal(RefusalCode.FACTOR_MISSING)
        if shown_sha256(shown_documents(session, holder.envelope)) != intended.version_sha256:
            raise Refusal(RefusalCode.VERSION_REPLACED)
        values, evidence = values_sha256({}), dict[str, Any]()
        if intended.kind is ActKind.SIGN:
            filling = filling_of(
                session, vault, holder.envelope, holder.slot, holder.participant, intended.language
            )
            if filling.problems:
                raise Refusal(RefusalCode.VALUES_INCOMPLETE)
            if filling.sha256 != intended.filled_sha256:
                raise Refusal(RefusalCode.VALUES_CHANGED)
            values, evidence = values_sha256(filling.checked.values), filling.evidence
        act = SignedAct(
            envelope=str(holder.envelope.id),
            participant=str(holder.participant.id),
            visit=str(visiting.visit.id),
            kind=intended.kind.value,
            version=holder.envelope.version,
            version_sha256=intended.version_sha256,
            values_sha256=values,
            evidence=evidence,
        )
        key = uuid4()
        challenge = act_challenge(act, str(key), nonce_sha256(intended.nonce))
        passkeys.add_challenge(
            session, visiting, Moment.SIGNING, now, challenge, intended.nonce, key
        )
        return Asked(challenge, passkeys.known(rows))


def signed_act(act: Act) -> SignedAct:
    """What the passkey of an act stands for, by its row."""
    return SignedAct(
        envelope=str(act.envelope_id),
        participant=str(act.participant_id),
        visit=str(act.evidence.get("visit_id")),
        kind=act.kind,
        version=act.version,
        version_sha256=act.version_sha256,
        values_sha256=act.values_sha256,
        evidence=act.evidence,
    )


def keep(session: Session, vault: Vault, visiting: Visiting, act: Act, proof: PasskeyProof) -> None:
    """Put the assertion into the evidence of an act that is being posted. The hash is computed
    anew from the act: an answer that was given for other values is none.

    Raises Refusal FACTOR_MISSING.
    """
    passkey = passkeys.find(session, visiting.holder, proof)
    if passkey is None or not passkeys.is_genuine(session, vault, passkey):
        raise Refusal(RefusalCode.FACTOR_MISSING)
    kept = KeptAssertion(
        challenge_id=str(proof.challenge_id),
        nonce_sha256=nonce_sha256(act.nonce),
        rp_id=proof.party.id,
        origin=proof.party.origin,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        authenticator_data=proof.assertion.authenticator_data,
        client_data=proof.assertion.client_data,
        signature=proof.assertion.signature,
        registered_at=utc_text(passkey.registered_at),
    )
    act.evidence = act.evidence | {EVIDENCE: kept.model_dump()}


def prove(session: Session, act: Act, envelope: Envelope, participant: Participant) -> bool:
    """Whether the act's kept assertion is by a passkey of this person, for exactly this act, to a
    challenge that was asked for it and used at its POST."""
    kept = kept_assertion(act.evidence)
    if kept is None or kept.nonce_sha256 != nonce_sha256(act.nonce):
        return False
    passkey = _passkey_of(session, envelope, kept)
    if passkey is None or not passkeys.owned_by(passkey, envelope, participant):
        return False
    if not _fits(passkey, kept, act) or not _was_asked(session, act, kept):
        return False
    return holds(kept, act_challenge(signed_act(act), kept.challenge_id, kept.nonce_sha256))


def _passkey_of(session: Session, envelope: Envelope, kept: KeptAssertion) -> Passkey | None:
    return session.scalar(
        select(Passkey).where(
            Passkey.organisation_id == envelope.organisation_id,
            Passkey.credential_sha256 == passkeys.credential_sha256(kept.credential_id),
        )
    )


def _fits(passkey: Passkey, kept: KeptAssertion, act: Act) -> bool:
    alive = passkey.removed_at is None or act.posted_at <= passkey.removed_at
    return (
        alive
        and passkey.registered_at <= act.posted_at
        and passkey.rp_id == kept.rp_id
        and passkey.credential_id == kept.credential_id
        and passkey.public_key == kept.public_key
        and utc_text(passkey.registered_at) == kept.registered_at
    )


def _was_asked(session: Session, act: Act, kept: KeptAssertion) -> bool:
    try:
        row = session.get(PasskeyChallenge, UUID(kept.challenge_id))
    except ValueError:
        return False
    return (
        row is not None
        and str(row.visit_id) == act.evidence.get("visit_id")
        and row.moment == Moment.SIGNING.value
        and row.act_nonce == act.nonce
        and row.used_at is not None
        and row.asked_at <= act.posted_at <= row.asked_at + CHALLENGE_LIFE
    )


def check_sealed(session: Session, vault: Vault, act: Act, envelope: Envelope) -> None:
    """Before the key is used: the passkey of an act is one that this service registered, and not
    one that somebody wrote into the database. Raises Refusal EVIDENCE_INCOMPLETE."""
    if EVIDENCE not in act.evidence:
        return
    kept = kept_assertion(act.evidence)
    passkey = _passkey_of(session, envelope, kept) if kept is not None else None
    if passkey is None or not passkeys.is_genuine(session, vault, passkey):
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
