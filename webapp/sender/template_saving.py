"""A draft saved as a template, or as the next version of the one that it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.drafts import TypedDraft, TypedPerson, typed_draft
from domain.filling_in import unknown_merges
from domain.forms import CHOICE, MAX_TYPED_CHARACTERS, FormProblems
from domain.kinds import EnvelopeState
from domain.limits import MAX_NAME_CHARACTERS
from domain.merging import without
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from domain.template_content import content_of
from domain.templates import CheckedTemplate, Share, TypedTemplate, check_template, shares_for
from storage import template_drafts, templates
from storage.tables import Envelope, Template
from storage.templates import TemplateChangedMeanwhile, VersionLine
from webapp.language import problem_texts, say
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.sender.template_page import typed_description
from webapp.sender.template_scope import changes, template_to_change
from webapp.sender.template_words import PartDiffers, parts_differing
from webapp.state import state
from webapp.tries import count_upload

_CHANGED = Words(
    "保存している間に下書きの文書が変わりました。もう一度保存してください。",
    "Documents of the draft changed while it was saved. Save it again.",
)


class Into(StrEnum):
    """What the draft is to become."""

    UPDATE = "update"
    NEW = "new"


@dataclass(frozen=True)
class Saving:
    """The form as typed."""

    typed: TypedTemplate
    into: str
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """The template that the draft came from, as it is now."""

    row: Template
    changeable: bool
    newer: Sequence[VersionLine] = ()
    """Versions that were made since; the newest first."""
    differing: Sequence[PartDiffers] = ()
    """What the newest of them and the draft say differently."""


@blueprint.get("/envelopes/<uuid:envelope_id>/template")
@may("template.write")
def save_as_template(envelope_id: UUID) -> str | BaseResponse:
    """The form: a new template, or the next version of the draft's own."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        if envelope.state != EnvelopeState.DRAFT:
            return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
        row = _row_of(session, envelope)
        form = _first(session, envelope, row)
    return _page(envelope_id, form)


@blueprint.post("/envelopes/<uuid:envelope_id>/template")
@may("template.write")
def keep_template(envelope_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep it; what is wrong, or newer, is said beside the form, and nothing typed is lost."""
    with state().database.reading() as session:
        people = _people(typed_draft(envelope_or_404(session, envelope_id).draft))
    form = Saving(_typed(people), request.form.get("into", ""))
    try:
        target, kept = _keep(envelope_id, form)
    except FormProblems as found:
        form = replace(form, errors=problem_texts(found.problems))
        return _page(envelope_id, form), 422
    except (TemplateChangedMeanwhile, template_drafts.DraftChangedMeanwhile) as found:
        if isinstance(found, template_drafts.DraftChangedMeanwhile):
            form = replace(form, errors=problem_texts({"documents": _CHANGED}))
        return _page(envelope_id, form), 409
    except Refusal as refusal:
        if refusal.code is RefusalCode.ALREADY_SENT:
            return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
        form = replace(form, errors=problem_texts({"documents": WORDS[refusal.code]}))
        return _page(envelope_id, form), 422
    flash(say("ひな形を保存しました。") if kept else say("ひな形は変わっていません。"), "success")
    return redirect(url_for("sender.template", template_id=target), code=303)


def _keep(envelope_id: UUID, form: Saving) -> tuple[UUID, bool]:
    """The template's id, and whether anything was kept.

    Documents are copied before anything is locked.
    """
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        row = _row_of(session, envelope)
        checked = _checked(envelope, row, form)
        updated = row if form.into == Into.UPDATE else None
        count_upload(member().id)
        with (
            template_drafts.copies_of(
                session, state().vault, envelope, updated.id if updated else None
            ) as copies,
            state().database.transaction() as writing,
        ):
            draft = draft_or_404(writing, envelope_id)
            return _write(writing, draft, updated, copies, checked)


def _write(
    session: Session,
    draft: Envelope,
    updated: Template | None,
    copies: template_drafts.Copies,
    checked: CheckedTemplate,
) -> tuple[UUID, bool]:
    if updated is None:
        row = templates.begin(session, member(), checked, now())
    else:
        seen = request.form.get("seen", -1, type=int)
        row = template_to_change(session, updated.id, seen)
    content = template_drafts.content_of_draft(session, draft, row, copies, checked, now())
    kept = True
    if updated is None:
        templates.keep_first(session, row, member(), content, now())
    else:
        kept = templates.change_content(session, row, member(), content, checked.reason, now())
    template_drafts.name_places(draft, checked.places, now())
    draft.template_id, draft.template_version = row.id, row.version
    return row.id, kept


def _checked(envelope: Envelope, row: Template | None, form: Saving) -> CheckedTemplate:
    """Raises FormProblems with all that is wrong, also with the draft's merge fields."""
    problems: dict[str, Words] = {}
    typed, owned = form.typed, None
    if form.into == Into.UPDATE and row is not None and row.active and changes(row):
        typed = replace(typed, name=row.name, description=row.description, share=row.share)
        owned = templates.owned(row)
    elif form.into != Into.NEW:
        raise FormProblems({"into": CHOICE})
    shares = shares_for(owned, templates.asking(member()))
    try:
        checked = check_template(typed, shares, reason_needed=owned is not None)
        places = checked.places
    except FormProblems as found:
        problems, places = found.problems, typed.places
    problems |= unknown_merges(typed_draft(envelope.draft), [one for one in places.values() if one])
    if problems:
        raise FormProblems(problems)
    return checked


def _row_of(session: Session, envelope: Envelope) -> Template | None:
    """The template that the draft came from, if the member sees it."""
    if envelope.template_id is None:
        return None
    return templates.find(session, member(), envelope.template_id)


def _people(typed: TypedDraft) -> list[TypedPerson]:
    return [person for person in typed.people if not person.untouched]


def _typed(people: Sequence[TypedPerson]) -> TypedTemplate:
    form = request.form
    return replace(
        typed_description(),
        places={one.key: form.get(f"place-{one.key}", "")[:MAX_TYPED_CHARACTERS] for one in people},
        open=frozenset(one.key for one in people if form.get(f"open-{one.key}")),
    )


def _first(session: Session, envelope: Envelope, row: Template | None) -> Saving:
    """As the form is opened: what was left open in the template is left open again."""
    typed = typed_draft(envelope.draft)
    people = _people(typed)
    left_open = {one.key for one in people if not (one.name.strip() or one.mail.strip())}
    if row is not None:
        stored = content_of(templates.newest_of(session, row).content).draft.people
        left_open |= {one.key for one in stored if not (one.name or one.mail)}
    form = TypedTemplate(
        name=without(typed.title)[:MAX_NAME_CHARACTERS],
        share=Share.MEMBER.value,
        places={one.key: one.role for one in people},
        open=frozenset(one.key for one in people if one.key in left_open),
    )
    if row is None or not row.active or not changes(row):
        return Saving(form, Into.NEW.value)
    # Whoever was overtaken has to choose.
    return Saving(form, "" if row.version != envelope.template_version else Into.UPDATE.value)


def _origin(session: Session, envelope: Envelope, typed: TypedTemplate) -> Origin | None:
    row = _row_of(session, envelope)
    if row is None:
        return None
    changeable = row.active and changes(row)
    newer = templates.since(session, row, envelope.template_version or 0)
    if not newer or not changeable:
        return Origin(row, changeable)
    kept = CheckedTemplate("", "", Share.MEMBER, "", typed.places, typed.open)
    held = template_drafts.held_by(session, envelope, row)
    mine = template_drafts.preview(session, envelope, kept, held)
    theirs = content_of(templates.newest_of(session, row).content)
    return Origin(row, changeable, newer, parts_differing(session, member(), theirs, mine))


def _page(envelope_id: UUID, form: Saving) -> str:
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        typed = typed_draft(envelope.draft)
        origin = _origin(session, envelope, form.typed)
    return render_template(
        "sender/template_save.html",
        envelope_id=envelope_id,
        draft=typed,
        people=_people(typed),
        origin=origin,
        form=form,
        shares=shares_for(None, templates.asking(member())),
    )
