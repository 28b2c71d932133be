"""What the pages of a correction read: documents, their corrections, and what happens to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from domain.corrections import corrected_sha256
from domain.kinds import DocumentState, SlotState
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from storage import corrections
from storage.comparisons import Comparison, changes_to_come
from storage.corrections import Corrected
from storage.tables import Envelope
from webapp.language import words
from webapp.login import member, now
from webapp.marks import mark
from webapp.sender.on_route import PersonOnRoute, StageOnRoute
from webapp.sender.queries import envelope_page
from webapp.state import state


class Effect(StrEnum):
    """What a correction means to one person."""

    AGAIN = "again"
    ANEW = "anew"
    FIRST = "first"
    LATER_AGAIN = "later_again"
    LATER = "later"


EFFECT_WORDS = {
    Effect.AGAIN: Words(
        "手続き済みです。訂正をメールで知らせ、新しい文書での手続きをあらためて依頼します。",
        "Has acted. Is told of the correction by mail and asked to act anew on the new document.",
    ),
    Effect.ANEW: Words(
        "前の文書を読んでいます。訂正をメールで知らせ、新しい文書での手続きを依頼します。",
        "Has read the document before. Is told of the correction by mail and asked anew.",
    ),
    Effect.FIRST: Words(
        "まだ読んでいません。新しい文書の依頼を、新しいリンクで送ります。",
        "Has not read it yet. Gets a request for the new document, with a new link.",
    ),
    Effect.LATER_AGAIN: Words(
        "前の文書での手続きは無効になることをメールで知らせます。順番が来たら、あらためて依頼します。",
        "Is told by mail that the document before no longer counts, and asked anew in their turn.",
    ),
    Effect.LATER: Words(
        "順番が来たら、新しい文書の手続きを依頼します。",
        "Is asked for the new document when it is their turn.",
    ),
}


@dataclass(frozen=True)
class Concern:
    """One person of the route, and what happens to him."""

    person: PersonOnRoute
    effect: Effect

    @property
    def text(self) -> str:
        """In words."""
        return words(EFFECT_WORDS[self.effect])


@dataclass(frozen=True)
class CorrectionPage:
    """Everything that the pages of a correction show."""

    envelope: Envelope
    rows: tuple[Corrected, ...]
    concerns: tuple[Concern, ...]
    confirmed: str
    """Hash of what would be replaced; empty while it cannot be confirmed."""
    objection: RefusalCode | None
    """Why nothing can be corrected now."""
    signatures: int
    """How many people have acted on the present version."""
    comparisons: tuple[Comparison, ...] = ()
    """What changed on the pages; for the confirmation alone."""
    opened: tuple[tuple[int, StageOnRoute], ...] = ()
    """Gates that are open on the present version, with the numbers of their stages: on the next
    one they are closed again."""

    @property
    def checking(self) -> bool:
        """Whether a check is still running."""
        busy = {DocumentState.CHECKING, DocumentState.UPLOADING}
        return any(row.replacement.state in busy for row in self.rows if row.replacement)

    @property
    def replaced(self) -> Sequence[Corrected]:
        """What would be replaced."""
        return [row for row in self.rows if row.replacement is not None]

    @property
    def fields_only(self) -> bool:
        """Whether every document stays as it is, and fields alone were wrong."""
        return bool(self.replaced) and all(row.same for row in self.replaced)

    @property
    def mark(self) -> str:
        """Changes whenever the list looks different."""
        parts = [
            f"{row.document.id}{row.replacement.id}{row.replacement.state}{row.fits}"
            f"{len(row.replacement.thumbnail_blob_ids)}{row.replacement.mends}"
            f"{row.replacement.placed is not None}{row.moved}"
            for row in self.rows
            if row.replacement is not None
        ]
        return mark(parts)

    @property
    def objection_text(self) -> str:
        """In words."""
        return words(WORDS[self.objection]) if self.objection is not None else ""


def correction_page(
    session: Session, envelope: Envelope, *, compare: bool = False
) -> CorrectionPage:
    """Read it all at one moment; with `compare` also what changed on the pages."""
    confirmed, objection = "", None
    try:
        corrections.check_correctable(session, envelope)
        corrections.check_corrector(session, envelope, member())
        confirmed = corrected_sha256(corrections.replacements_of(session, envelope))
    except Refusal as refusal:
        usual = {RefusalCode.NOTHING_CORRECTED, RefusalCode.FIELDS_DO_NOT_FIT}
        objection = None if refusal.code in usual else refusal.code
    page = envelope_page(session, envelope, now())
    concerned = set(corrections.concerned_by(session, envelope))
    rows = corrections.corrections_of(session, envelope)
    return CorrectionPage(
        envelope=envelope,
        rows=rows,
        concerns=tuple(
            Concern(person, _effect(person, index == 0, person.participant.id in concerned))
            for index, stage in enumerate(page.stages)
            for person in stage.people
        ),
        confirmed=confirmed,
        objection=objection,
        signatures=_acted(page.stages),
        opened=tuple(
            (number, stage)
            for number, stage in enumerate(page.stages, start=1)
            if stage.is_gate and stage.opening is not None
        ),
        comparisons=changes_to_come(session, state().vault, rows) if compare and confirmed else (),
    )


def _effect(person: PersonOnRoute, first: bool, known: bool) -> Effect:
    if not first:
        return Effect.LATER_AGAIN if known else Effect.LATER
    if person.slot.state in {SlotState.ACTED, SlotState.DONE}:
        return Effect.AGAIN
    return Effect.ANEW if known else Effect.FIRST


def _acted(stages: Sequence[StageOnRoute]) -> int:
    acted = {SlotState.ACTED, SlotState.DONE}
    return sum(person.slot.state in acted for stage in stages for person in stage.people)
