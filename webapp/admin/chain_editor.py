"""承認ルート: made, changed into a new version, stopped and offered again."""

import re
from dataclasses import dataclass, replace
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.chain_checks import errors_of, findings
from domain.chain_conditions import condition_words
from domain.chain_finding import Finding
from domain.chain_rearranging import open_stages, rearranged
from domain.chain_seats import Staff
from domain.chain_slots import (
    PLACE_ROLES,
    RECEIVER_WORDS,
    WHO_WORDS,
    ChainSlot,
    TypedSlot,
    place_words,
    read_typed,
)
from domain.chains import (
    ChainStage,
    TypedChain,
    TypedChainStage,
    check_chain,
    kept_recipients,
    kept_stages,
    sketched,
    sketched_recipients,
    typed_chain,
)
from domain.forms import FormProblems
from domain.kinds import SlotKind, StageRule
from domain.permissions import ROLE_WORDS
from domain.refusals import Words
from domain.stages import Gate, read_gate
from storage import chains
from storage.chain_staff import staff_of
from storage.people import active_members
from storage.route_plan import openers
from storage.tables import Chain
from webapp.admin.blueprint import blueprint
from webapp.admin.chain_form import trial_from, typed_from
from webapp.admin.chain_trial import tried
from webapp.admin.queries import Judge
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.security import may, takes_long_forms
from webapp.sender.chain_choice import kinds_to_offer
from webapp.sender.words import RULE_WORDS, SLOT_WORDS, member_label, rule_words
from webapp.state import state

_STAGE_FIELD = re.compile(r"stages-(\d{1,3})-")
SAVE = "save"
PARK = "park"
"""Keep a new one without offering it to senders yet."""
_TAKEN = Words(
    "同じ名前の承認ルートがあります。別の名前にするか、一覧からそのルートを変更してください。",
    "There is a route of this name. Choose another name, or change that one from the list.",
)


@dataclass(frozen=True)
class Meanwhile:
    """A version that came between opening the form and saving it."""

    version: chains.ChainVersion
    stages: tuple[ChainStage, ...]
    recipients: tuple[ChainSlot, ...]


@blueprint.get("/chains/new")
@may("chain.write")
def new_chain() -> str:
    """An empty form."""
    return _page(None, TypedChain(), {})


@blueprint.post("/chains/new")
@may("chain.write")
@takes_long_forms
def create_chain() -> BaseResponse | str | tuple[str, int]:
    """Another row, or the finished chain."""
    return _carry_out(None)


@blueprint.get("/chains/<uuid:chain_id>")
@may("chain.write")
def chain(chain_id: UUID) -> str:
    """The form of a chain's newest version."""
    with state().database.reading() as session:
        row = _chain_or_404(session, chain_id)
        return _page(row, typed_chain(row.name, row.definition), {})


@blueprint.post("/chains/<uuid:chain_id>")
@may("chain.write")
@takes_long_forms
def change_chain(chain_id: UUID) -> BaseResponse | str | tuple[str, int]:
    """Another row, or the next version."""
    with state().database.reading() as session:
        row = _chain_or_404(session, chain_id)
    return _carry_out(row)


@blueprint.post("/chains/<uuid:chain_id>/stop")
@may("chain.write")
def stop_chain(chain_id: UUID) -> BaseResponse:
    """Senders do not see it any more; what was sent with it goes on."""
    return _switch(chain_id, active=False)


@blueprint.post("/chains/<uuid:chain_id>/offer")
@may("chain.write")
def offer_chain(chain_id: UUID) -> BaseResponse:
    """Senders can choose it again."""
    return _switch(chain_id, active=True)


def _switch(chain_id: UUID, *, active: bool) -> BaseResponse:
    with state().database.transaction() as session:
        row = _chain_or_404(session, chain_id)
        staff = staff_of(session, row.organisation_id)
        if active and errors_of(_findings(row, staff)):
            flash(
                say(
                    "「%(name)s」には直すところがあるため、選べるようにできません。"
                    "一覧の赤い説明を読み、変更して保存してからもう一度お試しください。",
                    name=row.name,
                ),
                "error",
            )
            return redirect(url_for("admin.chains"), code=303)
        chains.switch(session, member(), row, now(), active=active)
    offered = say("「%(name)s」を、送信者が選べるようにしました。", name=row.name)
    stopped = say("「%(name)s」を停止しました。送信済みの封筒はそのまま進みます。", name=row.name)
    flash(offered if active else stopped, "success")
    return redirect(url_for("admin.chains"), code=303)


def _carry_out(row: Chain | None) -> BaseResponse | str | tuple[str, int]:
    typed = typed_from(request.form)
    action = request.form.get("action", "")
    if action not in ({SAVE} if row else {SAVE, PARK}):
        return _page(row, rearranged(typed, action), {})
    try:
        saved = _save(row, typed, offered=action == SAVE)
    except FormProblems as found:
        errors = problem_texts(found.problems)
        return _page(row, typed, errors), 422
    except chains.ChainNameTaken:
        return _page(row, typed, {"name": words(_TAKEN)}), 409
    except chains.ChainChangedMeanwhile:
        if row is None:
            return _page(row, typed, {"name": words(_TAKEN)}), 409
        return _overtaken(row, typed), 409
    flash(
        say("「%(name)s」を第%(version)s版として保存しました。", name=saved.name,
            version=saved.version),
        "success",
    )  # fmt: skip
    return redirect(url_for("admin.chains"), code=303)


def _overtaken(row: Chain, typed: TypedChain) -> str:
    """Both: what was typed here, to be saved on top, and what somebody else has saved meanwhile."""
    with state().database.reading() as session:
        newest = chains.versions(session, row, 1).rows[0]
    definition = newest.row.definition
    meanwhile = Meanwhile(newest, kept_stages(definition), kept_recipients(definition))
    return _page(newest.row, typed, {}, meanwhile)


def _save(row: Chain | None, typed: TypedChain, *, offered: bool) -> Chain:
    """What senders can choose has no errors; what they cannot may wait for its repair."""
    with state().database.transaction() as session:
        people = active_members(session, member().organisation_id)
        staff = staff_of(session, member().organisation_id)
        checked = check_chain(typed, {person.id for person in people}, staff.units)
        based_on = chains.find(session, row.organisation_id, row.id) if row else None
        in_use = based_on.active if based_on else offered
        if in_use and (errors := errors_of(findings(checked.stages, staff, checked.recipients))):
            raise FormProblems(errors)
        return chains.save(session, member(), checked, based_on, now(), active=offered)


def _findings(row: Chain, staff: Staff) -> tuple[Finding, ...]:
    return findings(kept_stages(row.definition), staff, kept_recipients(row.definition))


def _chain_or_404(session: Session, chain_id: UUID) -> Chain:
    row = chains.find(session, member().organisation_id, chain_id)
    if row is None:
        abort(404)
    return row


def _page(
    row: Chain | None,
    typed: TypedChain,
    errors: dict[str, str],
    meanwhile: Meanwhile | None = None,
) -> str:
    with state().database.reading() as session:
        people = list(active_members(session, member().organisation_id))
        kinds = kinds_to_offer(session, member().organisation_id)
        may_open = openers(session, member().organisation_id)
        judge = Judge.of(session, member().organisation_id, now())
        known = {person.id for person in people}
        stages = sketched(typed, known, judge.staff.units)
        said = judge.findings(stages, sketched_recipients(typed, known, judge.staff.units))
    trial = tried(stages, trial_from(request.form), people, judge.staff)
    choices = [(str(one.id), member_label(one)) for one in people]
    return render_template(
        "admin/chain.html",
        row=row,
        meanwhile=meanwhile,
        typed=typed,
        errors=errors,
        summary={name: _with_stage(name, text) for name, text in errors.items()},
        shown=open_stages(
            len(typed.stages),
            request.form.get("action", ""),
            errors,
            request.form.getlist("open")[: len(typed.stages)],
        ),
        trial=trial,
        trial_errors=problem_texts(trial.problems),
        conditions=[_condition_text(stage) for stage in stages],
        said=said,
        members=[("", say("選んでください")), *choices],
        senders=[("", say("選ばない")), *choices],
        staff=judge.staff,
        units=[(str(key), unit.name) for key, unit in judge.staff.units.items()],
        whos=[(who.value, words(text)) for who, text in WHO_WORDS.items()],
        receiver_whos=[(who.value, words(text)) for who, text in RECEIVER_WORDS.items()],
        roles=[(role.value, words(ROLE_WORDS[role])) for role in PLACE_ROLES],
        openers=may_open,
        picture_gate=_gate_as_typed,
        picture_place=lambda slot, acts=True: _place_text(slot, judge.staff, acts=acts),
        kinds=[(kind.value, words(text)) for kind, text in SLOT_WORDS.items()],
        contract_kinds=kinds,
        registered_kinds=judge.kinds,
        departments=sorted({one.department for one in people if one.department}),
        rules=[(rule.value, words(text)) for rule, text in RULE_WORDS.items()],
        picture_rule=_rule_text,
        picture_kind=_kind_text,
    )


def _with_stage(name: str, text: str) -> str:
    """Above a form of many stages, what is wrong says in which of them."""
    if found := _STAGE_FIELD.match(name):
        return say("段階%(number)s：%(text)s", number=int(found[1]) + 1, text=text)
    return text


def _rule_text(stage: TypedChainStage) -> str:
    """How many of a stage's people act; a rule that nobody knows is said beside its field."""
    if stage.rule not in set(StageRule):
        return ""
    need = int(stage.need) if stage.need.isascii() and stage.need.isdigit() else 1
    return rule_words(stage.rule, need, len(stage.people))


def _place_text(row: TypedSlot, staff: Staff, *, acts: bool) -> str:
    """Whom a place is for, as far as it is typed."""
    try:
        slot = read_typed(row)
    except ValueError:
        return ""
    if slot is None:
        return ""
    slot = slot if acts else replace(slot, kind=None)
    return words(place_words(slot, staff.names, staff.unit_names))


def _gate_as_typed(stage: TypedChainStage) -> Gate:
    """For the picture; what is wrong with it is said beside its fields."""
    return read_gate("", stage.title, stage.opener, {})


def _kind_text(kind: str) -> str:
    return words(SLOT_WORDS[SlotKind(kind)]) if kind in set(SlotKind) else ""


def _condition_text(stage: ChainStage) -> str:
    return words(condition_words(stage.condition))
