"""取引情報 of one envelope: a form of its own, and who changed what, when and why."""

from collections.abc import Callable
from dataclasses import fields
from typing import TypeVar
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.deal_words import RELATIONS
from domain.deals import Deal as DealValues
from domain.deals import Relation, TypedDeal, check_deal, check_reason
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.own_fields import posted_own
from domain.refusals import Words
from storage import deals, own_fields
from storage.tables import Deal, Envelope
from webapp.deals.blueprint import blueprint
from webapp.deals.card import fact_rows
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.security import may
from webapp.sender.chain_choice import kinds_to_offer
from webapp.sender.own_fields import own_inputs, own_rows
from webapp.sender.scope import envelope_or_404
from webapp.state import state

Checked = TypeVar("Checked")

_MEANWHILE = Words(
    "この画面を開いたあとに、ほかの人が取引情報を変更しました。今の値と履歴を下で確かめ、必要なら入力し直して保存してください。",
    "Somebody else changed the data since you opened this page. Compare with the values below, and "
    "save again if yours still hold.",
)


@blueprint.get("/envelopes/<uuid:envelope_id>/deal")
@may("deal.change")
def deal(envelope_id: UUID) -> str:
    """The form, filled with what is known."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        row = _row_or_404(session, envelope)
        typed = deals.deal_of(row).as_typed()
    return _page(envelope_id, typed, "", {})


@blueprint.post("/envelopes/<uuid:envelope_id>/deal")
@may("deal.change")
def change_deal(envelope_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep it; what is wrong is said beside it, and nothing typed is lost."""
    typed = TypedDeal(
        **{
            one.name: request.form.get(one.name, "")[:MAX_TYPED_CHARACTERS]
            for one in fields(TypedDeal)
        }
    )
    reason = request.form.get("reason", "")[:MAX_TYPED_CHARACTERS]
    errors: dict[str, str] = {}
    checked = _checked(lambda: check_deal(typed), errors)
    why = _checked(lambda: check_reason(reason), errors)
    if checked is None or why is None:
        return _page(envelope_id, typed, reason, errors), 422
    try:
        changed = _keep(envelope_id, checked, why)
    except FormProblems as problem:
        return _page(envelope_id, typed, reason, problem_texts(problem.problems)), 422
    except deals.DealChangedMeanwhile:
        errors = {"made_on": words(_MEANWHILE)}
        return _page(envelope_id, typed, reason, errors, newer=True), 409
    flash(
        say("取引情報を保存しました。") if changed else say("取引情報は変わっていません。"),
        "success",
    )
    return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)


def _checked(check: Callable[[], Checked], errors: dict[str, str]) -> Checked | None:
    """None where something is wrong, which is added to the errors."""
    try:
        return check()
    except FormProblems as found:
        errors.update(problem_texts(found.problems))
        return None


def _keep(envelope_id: UUID, deal: DealValues, reason: str) -> bool:
    revision = request.form.get("revision", -1, type=int)
    with state().database.transaction() as session:
        envelope = envelope_or_404(session, envelope_id)
        _row_or_404(session, envelope)
        return deals.change(
            session,
            envelope,
            deal,
            member=member(),
            reason=reason,
            revision=revision,
            now=now(),
            typed_own=dict(posted_own(request.form)),
        )


def _row_or_404(session: Session, envelope: Envelope) -> Deal:
    """The envelope's row; one that was never sent has none."""
    row = deals.find(session, envelope)
    if row is None:
        abort(404)
    return row


def _page(
    envelope_id: UUID,
    typed: TypedDeal,
    reason: str,
    errors: dict[str, str],
    *,
    newer: bool = False,
) -> str:
    """`newer`: the values of today are shown beside what was typed."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        row = _row_or_404(session, envelope)
        kinds = kinds_to_offer(session, member().organisation_id)
        values = own_fields.values_of(session, envelope_id)
        own = own_inputs(
            session,
            member().organisation_id,
            typed.kind,
            values | dict(posted_own(request.form)),
            sent=True,
        )
        fields = [row.field for row in own]
    return render_template(
        "deals/deal.html",
        envelope=envelope,
        typed=typed,
        reason=reason,
        errors=errors,
        kinds=kinds,
        relations=[("", say("なし")), *((one, words(RELATIONS[one])) for one in Relation)],
        known=(*fact_rows(deals.deal_of(row).as_json()), *own_rows(fields, values, empty=True))
        if newer
        else (),
        own=own,
        revision=row.revision,
    )
