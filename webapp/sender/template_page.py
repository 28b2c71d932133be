"""One template: what it holds, its versions, its description, and drafts made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.operations import Operation
from domain.refusals import WORDS, Refusal
from domain.template_content import content_of
from domain.templates import TypedTemplate, check_template, shares_for
from storage import chains, template_drafts, templates
from storage.tables import Envelope, TemplateFile
from storage.template_list import line_of
from storage.templates import TemplateChangedMeanwhile
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.template_scope import (
    changes,
    say_changed,
    template_or_404,
    template_to_change,
    version_or_404,
)
from webapp.sender.template_words import parts_shown
from webapp.signer.ranges import StoredFile, send_stored
from webapp.state import state
from webapp.tries import count_upload


@dataclass(frozen=True)
class Described:
    """The form of name, description and sharing."""

    typed: TypedTemplate
    errors: Mapping[str, str] = field(default_factory=dict)
    newer: bool = False
    """Somebody else was faster: both are shown, nothing is kept yet."""


@blueprint.get("/templates/<uuid:template_id>")
@may("template.read")
@records(Operation.TEMPLATE_VIEWED)
def template(template_id: UUID) -> str:
    """What it holds now."""
    return _page(template_id)


@blueprint.get("/templates/<uuid:template_id>/versions/<int:version>")
@may("template.read")
@records(Operation.TEMPLATE_VIEWED)
def template_version(template_id: UUID, version: int) -> str:
    """What one of its versions held."""
    return _page(template_id, version)


@blueprint.get("/templates/<uuid:template_id>/files/<uuid:file_id>")
@may("template.read")
@records(Operation.DOCUMENT_OPENED)
def template_file(template_id: UUID, file_id: UUID) -> Response:
    """A document of it, as a file."""
    with state().database.reading() as session:
        row = template_or_404(session, template_id)
        file = session.get(TemplateFile, file_id)
        if file is None or file.template_id != row.id:
            abort(404)
        held = content_of(templates.newest_of(session, row).content).documents
    names = {document.file: document.file_name for document in held}
    name = names.get(str(file.id), f"{row.name}.pdf")
    return send_stored(StoredFile(file.blob_id, file.size, file.sha256, name))


@blueprint.post("/templates/<uuid:template_id>")
@may("template.write")
def describe_template(template_id: UUID) -> BaseResponse | tuple[str, int]:
    """Another name, description or sharing, as a version of its own."""
    typed = typed_description()
    with state().database.reading() as session:
        row = template_or_404(session, template_id)
        if not changes(row):
            abort(403)
        shares = shares_for(templates.owned(row), templates.asking(member()))
    try:
        checked = check_template(typed, shares, reason_needed=True)
        with state().database.transaction() as session:
            row = template_to_change(session, template_id, _seen())
            changed = templates.describe(session, row, member(), checked, now())
    except FormProblems as found:
        form = Described(typed, problem_texts(found.problems))
        return _page(template_id, form=form), 422
    except TemplateChangedMeanwhile:
        return _page(template_id, form=Described(typed, newer=True)), 409
    same = say("ひな形は変わっていません。")
    flash(say("ひな形を変更しました。") if changed else same, "success")
    return redirect(url_for("sender.template", template_id=template_id), code=303)


def typed_description() -> TypedTemplate:
    """The form as typed, without people."""
    name, description, share, reason = (
        request.form.get(name, "")[:MAX_TYPED_CHARACTERS]
        for name in ("name", "description", "share", "reason")
    )
    return TypedTemplate(name, description, share, reason)


@blueprint.post("/templates/<uuid:template_id>/retire")
@may("template.write")
def retire_template(template_id: UUID) -> BaseResponse:
    """Nobody makes drafts from it any more; what was made stays."""
    return _switch(template_id, active=False)


@blueprint.post("/templates/<uuid:template_id>/restore")
@may("template.write")
def restore_template(template_id: UUID) -> BaseResponse:
    """It is offered again."""
    return _switch(template_id, active=True)


def _switch(template_id: UUID, *, active: bool) -> BaseResponse:
    try:
        with state().database.transaction() as session:
            row = template_to_change(session, template_id, _seen())
            templates.switch(session, row, member(), now(), active=active)
    except TemplateChangedMeanwhile:
        say_changed()
    else:
        restored = say("ひな形を使う扱いに戻しました。")
        flash(restored if active else say("ひな形を使わない扱いにしました。"), "success")
    return redirect(url_for("sender.template", template_id=template_id), code=303)


@blueprint.post("/templates/<uuid:template_id>/draft")
@may("envelope.write")
def draft_from_template(template_id: UUID) -> BaseResponse:
    """A new draft with everything of the newest version, or of the one that the form names."""
    target = url_for("sender.template", template_id=template_id)
    with state().database.reading() as session:
        row = template_or_404(session, template_id)
        number = request.form.get("version", row.version, type=int)
        version = version_or_404(session, row, number)
        if not row.active:
            flash(say("このひな形は使わない扱いになっています。"), "warning")
            return redirect(target, code=303)
        count_upload(member().id)
        try:
            with (
                template_drafts.fetched(session, state().vault, row, version) as copies,
                state().database.transaction() as writing,
            ):
                envelope = template_drafts.draft_from(
                    writing, row, version, copies, member(), now()
                )
        except Refusal as refusal:
            flash(words(WORDS[refusal.code]), "warning")
            return redirect(target, code=303)
        _warn_of_chain(session, envelope)
    flash(
        say(
            "ひな形「%(name)s」第%(version)s版から下書きを作成しました。",
            name=row.name,
            version=number,
        ),
        "success",
    )
    return redirect(url_for("sender.envelope", envelope_id=envelope.id), code=303)


def _warn_of_chain(session: Session, envelope: Envelope) -> None:
    """One that is not offered any more has to be replaced before anything can be sent."""
    chosen = str(envelope.draft.get("chain_id", ""))
    offered = chains.newest(session, envelope.organisation_id, only_active=True)
    if chosen and chosen not in {str(chain.id) for chain in offered}:
        flash(
            say("ひな形の承認ルートは使えなくなっています。承認ルートを選び直してください。"),
            "warning",
        )


def _seen() -> int:
    return request.form.get("seen", -1, type=int)


def _page(template_id: UUID, number: int | None = None, form: Described | None = None) -> str:
    with state().database.reading() as session:
        row = template_or_404(session, template_id)
        version = version_or_404(session, row, number or row.version)
        content = content_of(version.content)
        files = {
            str(file.id): file
            for file in session.query(TemplateFile).filter(TemplateFile.template_id == row.id)
        }
        history = templates.history(session, row, request.args.get("page", 1, type=int))
        parts = parts_shown(session, member(), content)
        line = line_of(session, row)
    known = TypedTemplate(row.name, row.description, row.share)
    return render_template(
        "sender/template.html",
        row=row,
        line=line,
        version=version,
        documents=[(one, files[one.file]) for one in content.documents],
        parts=parts,
        history=history,
        changeable=changes(row),
        shares=shares_for(templates.owned(row), templates.asking(member())),
        form=form or Described(known),
        here=lambda page: url_for(
            "sender.template", template_id=row.id, page=page, _anchor="versions"
        ),
    )
