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
from webapp.sender.code_form import code_changes, codes_gone, typed_codes
from webapp.sender.forms import typed_from
from webapp.sender.overtaking import Overtaking, overtaking, posted, seen_edition
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.sender.template_words import PartDiffers, parts_differing
from webapp.state import state

_TAKE = "take-"
_LEADING = {"save", "confirm", "fields", "template", "discard"}
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


@dataclass(frozen=True)
class Saved:
    """What became of a form that saved itself, and what its page now stands for."""

    kept: bool
    theirs: Overtaking | None = None
    """Who was quicker."""
    edition: int | None = None
    base: str = ""


def keep_typed(envelope_id: UUID, typed: TypedDraft) -> dict[str, str]:
    """Store the form. Access codes that it means to keep and that are gone, as errors by field.
    Raises Refusal ALREADY_SENT, DraftOvertaken."""
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        turn = turn_of(request.form)
        is_late(session, envelope_id, turn, now())  # a button's form is kept
        if overtaken_by(envelope, seen_edition(), turn):
            raise DraftOvertaken
        typed = merged(typed, typed_draft(envelope.draft), _taken())
        drafts.save_draft(envelope, typed, now(), Author(member().id, turn))
        return codes_gone(typed_draft(envelope.draft), request.form)


def keep_form(envelope_id: UUID) -> None:
    """Store the form that came along with a button of the list of documents, if one did; our own
    scripts carry the button out in any case. Raises as `keep_typed`."""
    if "title" not in request.form:
        return
    if wants_fragment():
        keep_unless_overtaken(envelope_id, typed_from(request.form))
    else:
        keep_typed(envelope_id, typed_from(request.form))


def keep_unless_overtaken(envelope_id: UUID, typed: TypedDraft) -> Saved:
    """Store a form that nobody pressed a button of, unless its page sent a later one. Nothing is
    stored where somebody else was quicker, or where its rows of people are not the draft's any
    more. Raises Refusal ALREADY_SENT."""
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        turn = turn_of(request.form)
        if is_late(session, envelope_id, turn, now()):
            return Saved(kept=True)
        if theirs := overtaken_by(envelope, seen_edition(), turn):
            return Saved(kept=False, theirs=overtaking(session, theirs))
        if drafts.has_other_people(envelope, typed):
            return Saved(kept=False)
        drafts.save_draft(envelope, typed, now(), Author(member().id, turn))
        base = marks_of(typed_draft(envelope.draft))
        return Saved(kept=True, edition=edition_of(envelope).number, base=base)


def autosaved(envelope_id: UUID, typed: TypedDraft) -> BaseResponse:
    """What the page says after it saved itself, or could not."""
    saved = keep_unless_overtaken(envelope_id, typed)
    said = {"at": now(), "envelope_id": envelope_id, **vars(saved)}
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
        _proposed(mine),
        [row for row in posted("base", *_choices(), *_codes()) if not row[0].endswith("-code")],
        action if (action := request.form.get("action")) in _LEADING else "save",
    )


def _proposed(mine: TypedDraft) -> frozenset[Part]:
    """What only the other one changed. A code is not in the form as it is stored: whoever typed
    one, or took one away, changed the people."""
    found = untouched(mine, request.form.get("base", ""))
    return found - {Part.PEOPLE, Part.ORDER} if code_changes(request.form) else found


def _choices() -> list[str]:
    return [f"{_TAKE}{part}" for part in Part]


def _codes() -> list[str]:
    """Of people whose code was typed: codes are shown never again, so it is asked for once more."""
    return [name.replace("-code", "-hadcode") for name in typed_codes(request.form)]


def _taken() -> set[Part]:
    """Parts of the other's form that somebody chose instead of his own."""
    return {part for part in Part if request.form.get(f"{_TAKE}{part}") == "theirs"}
