"""承認ルート: made, changed into a new version, stopped and offered again."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.chains import (
    TypedChain,
    TypedChainStage,
    check_chain,
    rearranged,
    signs,
    typed_chain,
)
from domain.forms import FormProblems
from domain.kinds import SlotKind, StageRule
from domain.refusals import Words
from storage import chains
from storage.people import active_members
from storage.tables import Chain, Member
from webapp.admin.blueprint import blueprint
from webapp.admin.chain_form import typed_from
from webapp.language import say, words
from webapp.login import member, now
from webapp.security import may
from webapp.sender.words import RULE_WORDS, SLOT_WORDS, rule_words
from webapp.state import state

SAVE = "save"
_MEANWHILE = Words(
    "この画面を開いたあとに、ほかの人がこの承認ルートを変更しました。一覧から開き直し、今の内容を確かめてから変更してください。",
    "Somebody else changed this route since you opened the page. Open it again from the list and "
    "look at what it is now.",
)
_TAKEN = Words(
    "同じ名前の承認ルートがあります。別の名前にするか、一覧からそのルートを変更してください。",
    "There is a route of this name. Choose another name, or change that one from the list.",
)


@blueprint.get("/chains/new")
@may("chain.write")
def new_chain() -> str:
    """An empty form."""
    return _page(None, TypedChain(), {})


@blueprint.post("/chains/new")
@may("chain.write")
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
        chains.switch(session, member(), row, now(), active=active)
    offered = say("「%(name)s」を、送信者が選べるようにしました。", name=row.name)
    stopped = say("「%(name)s」を停止しました。送信済みの封筒はそのまま進みます。", name=row.name)
    flash(offered if active else stopped, "success")
    return redirect(url_for("admin.chains"), code=303)


def _carry_out(row: Chain | None) -> BaseResponse | str | tuple[str, int]:
    typed = typed_from(request.form)
    action = request.form.get("action", "")
    if action != SAVE:
        return _page(row, rearranged(typed, action), {})
    try:
        saved = _save(row, typed)
    except FormProblems as found:
        errors = {name: words(text) for name, text in found.problems.items()}
        return _page(row, typed, errors), 422
    except chains.ChainChangedMeanwhile:
        errors = {"name": words(_TAKEN if row is None else _MEANWHILE)}
        return _page(row, typed, errors), 409
    flash(
        say("「%(name)s」を第%(version)s版として保存しました。", name=saved.name,
            version=saved.version),
        "success",
    )  # fmt: skip
    return redirect(url_for("admin.chains"), code=303)


def _save(row: Chain | None, typed: TypedChain) -> Chain:
    with state().database.transaction() as session:
        people = active_members(session, member().organisation_id)
        if row is not None:
            typed = TypedChain(row.name, typed.stages)
        checked = check_chain(typed, {person.id for person in people})
        based_on = chains.find(session, row.organisation_id, row.id) if row else None
        return chains.save(session, member(), checked, based_on, now())


def _chain_or_404(session: Session, chain_id: UUID) -> Chain:
    row = chains.find(session, member().organisation_id, chain_id)
    if row is None:
        abort(404)
    return row


def _page(row: Chain | None, typed: TypedChain, errors: dict[str, str]) -> str:
    with state().database.reading() as session:
        people = list(active_members(session, member().organisation_id))
    return render_template(
        "admin/chain.html",
        row=row,
        typed=typed,
        errors=errors,
        signs=signs(typed.stages),
        members=[("", say("選んでください")), *((str(one.id), _label(one)) for one in people)],
        names={str(one.id): one.name for one in people},
        kinds=[(kind.value, words(text)) for kind, text in SLOT_WORDS.items()],
        rules=[(rule.value, words(text)) for rule, text in RULE_WORDS.items()],
        picture_rule=_rule_text,
        picture_kind=_kind_text,
    )


def _rule_text(stage: TypedChainStage) -> str:
    """How many of a stage's people act; a rule that nobody knows is said beside its field."""
    if stage.rule not in set(StageRule):
        return ""
    need = int(stage.need) if stage.need.isascii() and stage.need.isdigit() else 1
    return rule_words(stage.rule, need, len(stage.people))


def _kind_text(kind: str) -> str:
    return words(SLOT_WORDS[SlotKind(kind)]) if kind in set(SlotKind) else ""


def _label(person: Member) -> str:
    """Two of the same name are told apart."""
    place = person.department or person.mail
    return say("%(name)s（%(place)s）", name=person.name, place=place)
