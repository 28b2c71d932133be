"""What is said of one file before it is taken: a form of its own."""

from dataclasses import fields
from pathlib import PurePath
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.deal_words import RELATIONS
from domain.deals import Relation, TypedDeal
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.imports import IMPORT_WORDS, WAY_HINTS, WAY_WORDS, TypedImport, Way, check_import
from domain.own_fields import PREFIX, posted_own
from storage import imports
from storage.import_judging import judge_of
from storage.imports import ImportLine
from webapp.deals.blueprint import blueprint
from webapp.deals.importing import find, locked_or_404
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.security import may
from webapp.sender.chain_choice import kinds_to_offer
from webapp.sender.own_fields import own_inputs
from webapp.state import state

_NAMES = ("title", "way", "late_reason", *(one.name for one in fields(TypedDeal)))


@blueprint.get("/deals/imports/<uuid:batch_id>/files/<uuid:envelope_id>")
@may("deal.import")
def import_file(batch_id: UUID, envelope_id: UUID) -> str:
    """The form, filled with what is known."""
    with state().database.reading() as session:
        typed = _line_or_404(session, batch_id, envelope_id).typed
    return _page(batch_id, envelope_id, typed, {})


@blueprint.post("/deals/imports/<uuid:batch_id>/files/<uuid:envelope_id>")
@may("deal.import")
def keep_import_file(batch_id: UUID, envelope_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep it; what is wrong is said beside it, and nothing typed is lost: it is kept too, unless
    what was there before can be taken."""
    typed = TypedImport.read(
        {name: request.form.get(name, "")[:MAX_TYPED_CHARACTERS] for name in _NAMES}
        | {PREFIX + name: value for name, value in posted_own(request.form)}
    )
    try:
        with state().database.transaction() as session:
            batch = locked_or_404(session, batch_id)
            line = _line_or_404(session, batch_id, envelope_id)
            name = line.name
            judge = judge_of(session, batch.organisation_id, now())
            check_import(typed, PurePath(name).stem, judge)
            imports.set_values(session, batch, envelope_id, typed, now())
    except FormProblems as found:
        with state().database.transaction() as session:
            batch = locked_or_404(session, batch_id)
            if not _line_or_404(session, batch_id, envelope_id).sound:
                imports.set_values(session, batch, envelope_id, typed, now())
        return _page(batch_id, envelope_id, typed, problem_texts(found.problems)), 422
    flash(say("%(name)sの内容を保存しました。", name=name), "success")
    return redirect(url_for("deals.import_batch", batch_id=batch_id), code=303)


def _line_or_404(session: Session, batch_id: UUID, envelope_id: UUID) -> ImportLine:
    batch = find(session, batch_id)
    lines = [line for line in batch.lines if line.envelope.id == envelope_id]
    if not lines or not batch.open:
        abort(404)
    return lines[0]


def _page(batch_id: UUID, envelope_id: UUID, typed: TypedImport, errors: dict[str, str]) -> str:
    with state().database.reading() as session:
        line = _line_or_404(session, batch_id, envelope_id)
        kinds = kinds_to_offer(session, member().organisation_id)
        own = own_inputs(session, member().organisation_id, typed.deal.kind, dict(typed.own))
    return render_template(
        "deals/import_file.html",
        line=line,
        typed=typed,
        errors=errors,
        kinds=kinds,
        own=own,
        relations=[("", say("なし")), *((one, words(RELATIONS[one])) for one in Relation)],
        ways=[(one.value, words(WAY_WORDS[one]), words(WAY_HINTS[one])) for one in Way],
        import_name=lambda name: words(IMPORT_WORDS[name]),
    )
