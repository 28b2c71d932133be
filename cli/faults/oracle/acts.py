"""I1, I2, I5: acts and signatures belong together, one to one."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.faults.oracle.scene import Breach, Scene, documents_of, is_of, revisions_of
from domain.kinds import FILLING_ACTS, ActKind, EnvelopeState, RevisionKind
from storage.tables import Act, Document, Envelope, Revision, SignatureIntent, Visit


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Every envelope's acts against its signatures."""
    for envelope in scene.envelopes(session):
        acts = session.scalars(select(Act).where(Act.envelope_id == envelope.id)).all()
        signing = [act for act in acts if act.kind == ActKind.SIGN and act.accepted]
        for document in documents_of(session, envelope):
            yield from _document(session, envelope, document, signing)
        yield from _slots(envelope, [act for act in acts if act.kind in FILLING_ACTS])
        yield from _orders(envelope, acts)
        for act in acts:
            yield from _authority(session, envelope, act)


def _document(
    session: Session, envelope: Envelope, document: Document, signing: list[Act]
) -> Iterator[Breach]:
    revisions = revisions_of(session, document)
    signatures = [row for row in revisions if row.kind == RevisionKind.SIGNATURE]
    per_act = Counter(row.act_id for row in signatures)
    accepted = {act.id for act in signing}
    for act in signing:
        if per_act[act.id] > 1:
            yield _doubled(envelope, f"act {act.id} signed document {document.id} twice")
        # A version that a correction replaced was signed by everybody who had acted before it.
        over = act.version < envelope.version or envelope.state == EnvelopeState.DONE
        if per_act[act.id] == 0 and over and is_of(document, act.version):
            yield Breach("I1", f"act {act.id} is not in document {document.id}", envelope.number)
    for row in signatures:
        if row.act_id not in accepted:
            words = f"revision {row.number} of {document.id} is signed without an accepted act"
            yield Breach("I2", words, envelope.number)
        yield from _intent(session, envelope, row)
    yield from _archived(envelope, document, revisions)


def _archived(
    envelope: Envelope, document: Document, revisions: Sequence[Revision]
) -> Iterator[Breach]:
    archived = any(row.kind == RevisionKind.ARCHIVE for row in revisions)
    current = is_of(document, envelope.version)
    if envelope.state == EnvelopeState.DONE and current and not archived:
        yield Breach("I5", f"document {document.id} is done and not archived", envelope.number)


def _doubled(envelope: Envelope, words: str) -> Breach:
    return Breach("I1", words, envelope.number)


def _intent(session: Session, envelope: Envelope, row: Revision) -> Iterator[Breach]:
    intents = session.scalars(
        select(SignatureIntent).where(SignatureIntent.revision_id == row.id)
    ).all()
    if len(intents) != 1:
        words = f"revision {row.number} of {row.document_id} has {len(intents)} intents"
        yield Breach("I2", words, envelope.number)
        return
    intent = intents[0]
    if intent.act_id != row.act_id or intent.signature is None or intent.token is None:
        yield Breach("I2", f"intent {intent.id} is not what was signed", envelope.number)
    if intent.sign_calls < 1:
        yield Breach("I2", f"intent {intent.id} has a signature and no key use", envelope.number)


def _slots(envelope: Envelope, filling: list[Act]) -> Iterator[Breach]:
    per_slot = Counter((act.slot_id, act.version) for act in filling if act.accepted)
    for (slot, _), count in per_slot.items():
        if count > 1:
            yield _doubled(envelope, f"slot {slot} was filled by {count} accepted acts")


def _orders(envelope: Envelope, acts: Sequence[Act]) -> Iterator[Breach]:
    """Whoever was decided first decided for all."""
    numbers = Counter(act.answer_order for act in acts if act.answer_order is not None)
    for number, count in numbers.items():
        if count > 1:
            yield _doubled(envelope, f"{count} acts have answer number {number}")


def _authority(session: Session, envelope: Envelope, act: Act) -> Iterator[Breach]:
    intents = session.scalars(
        select(SignatureIntent.id).where(SignatureIntent.act_id == act.id)
    ).all()
    if not intents:
        return
    if act.kind != ActKind.SIGN or not act.accepted or act.consumed_at is None:
        words = f"act {act.id} ({act.kind}) was never allowed to sign, and has an intent"
        yield Breach("I2", words, envelope.number)
    if str(act.evidence.get("method")).startswith(("link", "login")):
        visit = session.scalar(select(Visit).where(Visit.participant_id == act.participant_id))
        if visit is None or not act.evidence.get("visit_id"):
            yield Breach("I2", f"act {act.id} has no visit behind it", envelope.number)
    if not act.evidence.get("documents"):
        yield Breach("I2", f"act {act.id} does not say what was shown", envelope.number)
