"""封筒の初期値: what a new envelope begins with."""

from dataclasses import fields

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.demands import DEMAND_WORDS, OWN_DEMAND_WORDS, Demand
from domain.draft_defaults import DraftDefaults, TypedDefaults, check_defaults
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from storage.app_codes import NO_SMS
from storage.draft_defaults import defaults_for, keep_defaults
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.security import may
from webapp.sender.chain_choice import kinds_to_offer
from webapp.sender.drafting import sends_sms
from webapp.state import state


@blueprint.get("/draft-defaults")
@may("organisation.configure")
def draft_defaults() -> Response:
    """As it is."""
    with state().database.reading() as session:
        found = defaults_for(session, member().organisation_id)
    return _page(found.typed, {})


@blueprint.post("/draft-defaults")
@may("organisation.configure")
def keep_draft_defaults() -> BaseResponse:
    """Keep it; what is wrong stays as typed."""
    typed = TypedDefaults(
        **{
            one.name: request.form.get(one.name, str(one.default))[:MAX_TYPED_CHARACTERS]
            for one in fields(TypedDefaults)
        }
    )
    try:
        wanted = _possible(check_defaults(typed))
    except FormProblems as found:
        return _page(typed, problem_texts(found.problems))
    with state().database.transaction() as session:
        changed = keep_defaults(session, member(), wanted, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.draft_defaults"), code=303)


def _possible(wanted: DraftDefaults) -> DraftDefaults:
    """Nothing may be demanded that nobody could give. Raises FormProblems."""
    if wanted.asks_sms and not sends_sms():
        name = "demand" if wanted.demand is Demand.SMS else "sms_kinds"
        raise FormProblems({name: NO_SMS})
    return wanted


def _page(typed: TypedDefaults, errors: dict[str, str]) -> Response:
    with state().database.reading() as session:
        kinds = kinds_to_offer(session, member().organisation_id)
    body = render_template(
        "admin/draft_defaults.html",
        typed=typed,
        errors=errors,
        kinds=kinds,
        sms=sends_sms(),
        demands=[
            (demand.value, words(text), "")
            for demand, text in DEMAND_WORDS.items()
            if demand is not Demand.SMS or sends_sms() or typed.demand == demand
        ],
        own_demands=[(demand.value, words(text), "") for demand, text in OWN_DEMAND_WORDS.items()],
    )
    return make_response(body, 422 if errors else 200)
