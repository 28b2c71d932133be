"""Keeping a draft's form, also where somebody else kept his meanwhile: nobody's is lost in silence.

A form says from which edition it was made. Where that is not the newest any more, one that saved
itself is not kept and says so; one whose button was pressed is shown beside the other's, and its
sender chooses part by part.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.draft_merging import marks_of, merged, untouched
from domain.drafts import TypedDraft, typed_draft
from domain.template_content import Part, TemplateContent, TemplateDocument
from domain.turns import turn_of
from storage import drafts
from storage.editions import Author, edition_of, overtaken_by
from storage.tables import Envelope
from storage.turns import is_late
from webapp.errors import wants_fragment
from webapp.login import member, now
from webapp.sender import blueprint
from webapp.sender.forms import typed_from
from webapp.sender.overtaking import Overtaking, overtaking, posted, seen_edition
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.sender.template_words import PartDiffers, parts_differing
from webapp.state import state

_TAKE = "take-"
_LEADING = {"save", "confirm", "fields", "template"}
"""Buttons that may still be meant after the comparison; those that move rows are pressed again."""


class DraftOvertaken(Exception):
    """Somebody else kept his form since this one's page was made."""


@dataclass(frozen=True)
class Comparison:
    """Both forms: what differs, and mine as it was posted."""

    envelope_id: UUID
    theirs: Overtaking
    differing: list[PartDiffers]
    untouched: frozenset[Part]
    """What only the other one changed: his is proposed."""
    posted: list[tuple[str, str]]
    action: str


def keep_typed(envelope_id: UUID, typed: TypedDraft) -> None:
    """Store the form. Raises Refusal ALREADY_SENT, DraftOvertaken."""
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        turn = turn_of(request.form)
        is_late(session, envelope_id, turn, now())  # a button's form is kept
        if overtaken_by(envelope, seen_edition(), turn):
            raise DraftOvertaken
        typed = merged(typed, typed_draft(envelope.draft), _taken())
        drafts.save_draft(envelope, typed, now(), Author(member().id, turn))


def keep_form(envelope_id: UUID) -> None:
    """Store the form that came along with a button of the list of documents, if one did; our own
    scripts carry the button out in any case. Raises as `keep_typed`."""
    if "title" not in request.form:
        return
    if wants_fragment():
        keep_unless_overtaken(envelope_id, typed_from(request.form))
    else:
        keep_typed(envelope_id, typed_from(request.form))


def keep_unless_overtaken(envelope_id: UUID, typed: TypedDraft) -> Overtaking | bool:
    """Store a form that nobody pressed a button of, unless its page sent a later one. Nothing is
    stored where somebody else was quicker: who; or where its rows of people are not the draft's
    any more: False. Raises Refusal ALREADY_SENT."""
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        turn = turn_of(request.form)
        if is_late(session, envelope_id, turn, now()):
            return True
        if theirs := overtaken_by(envelope, seen_edition(), turn):
            return overtaking(session, theirs)
        if drafts.has_other_people(envelope, typed):
            return False
        drafts.save_draft(envelope, typed, now(), Author(member().id, turn))
        return True


def autosaved(envelope_id: UUID, typed: TypedDraft) -> BaseResponse:
    """What the page says after it saved itself, or could not."""
    kept = keep_unless_overtaken(envelope_id, typed)
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        edition, base = edition_of(envelope).number, marks_of(typed_draft(envelope.draft))
    theirs = None if isinstance(kept, bool) else kept
    said = {"at": now(), "kept": kept is True, "theirs": theirs, "edition": edition, "base": base}
    return make_response(render_template("sender/saved.html", **said))


@blueprint.errorhandler(DraftOvertaken)
def compare(_error: DraftOvertaken) -> tuple[str, int]:
    """Both forms beside each other; nothing of either is lost."""
    envelope_id = (request.view_args or {})["envelope_id"]
    with state().database.reading() as session:
        page = _comparison(session, envelope_or_404(session, envelope_id))
    return render_template("sender/overtaken.html", page=page), 409


def _comparison(session: Session, envelope: Envelope) -> Comparison:
    documents = tuple(
        TemplateDocument(str(row.id), str(row.id), row.title, row.file_name)
        for row in drafts.documents_of(session, envelope.id)
    )
    theirs = typed_draft(envelope.draft)
    mine = drafts.as_kept(envelope, typed_from(request.form))
    both = (TemplateContent(one, (), documents) for one in (theirs, mine))
    return Comparison(
        envelope.id,
        overtaking(session, edition_of(envelope)),
        parts_differing(session, member(), *both),
        untouched(mine, request.form.get("base", "")),
        posted("base", *(f"{_TAKE}{part}" for part in Part)),
        action if (action := request.form.get("action")) in _LEADING else "save",
    )


def _taken() -> set[Part]:
    """Parts of the other's form that somebody chose instead of his own."""
    return {part for part in Part if request.form.get(f"{_TAKE}{part}") == "theirs"}
