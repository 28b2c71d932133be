"""The chosen chain beside the draft's form: drawn for amount and kind; a change is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from flask import render_template, request
from sqlalchemy.orm import Session

from domain.chain_checks import HIMSELF
from domain.chain_slots import FILLED, kept_filled
from domain.chains import kept_stages
from domain.drafts import TypedDraft, typed_draft
from domain.forms import FormProblems
from domain.ids import read_id
from domain.refusals import Words
from storage import own_fields
from storage.chain_plan import NO_CHAIN, JudgedChain, judge_typed
from storage.chains import find, newest
from storage.deal_search import kinds_of
from storage.people import active_members
from storage.senders import Senders, senders_of
from storage.tables import Chain, Envelope
from webapp.language import say
from webapp.login import member
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.forms import typed_from
from webapp.sender.scope import envelope_or_404
from webapp.sender.words import gate_title, member_label
from webapp.state import state


@dataclass(frozen=True)
class WantedPerson:
    """A place of the chain that the sender fills, and whom he has named; "" is nobody yet."""

    name: str
    """Of the field."""
    label: str
    stage: int | None
    """Number of the stage, from 1; None: he is a recipient."""
    chosen: str


@dataclass(frozen=True)
class ChosenChain:
    """The chain for what the form says now, and what differs from what it showed last."""

    judged: JudgedChain
    by: Senders
    added: tuple[str, ...] = ()
    """Names of stages that were skipped, and now are asked."""
    dropped: tuple[str, ...] = ()
    newer: bool = False
    """Whether the form names an older version of the chain than the one that is used."""
    wanted: tuple["WantedPerson", ...] = ()
    """Whom the sender has to name."""
    choices: Sequence[tuple[str, str]] = ()
    """Ids and names of those who may be named."""

    @property
    def mark(self) -> str:
        """Of the route that is shown; empty while it is not known."""
        return "" if self.judged.lacking else self.judged.mark

    @property
    def changed(self) -> bool:
        """Whether the form showed another route before."""
        return bool(self.newer or self.added or self.dropped)

    @property
    def himself(self) -> Words | None:
        """A warning where the draft asks its own sender, or who made it."""
        known = not self.judged.lacking
        return HIMSELF if known and self.judged.acts(self.by.judged.themselves) else None


def chosen_chain(session: Session, envelope: Envelope, typed: TypedDraft) -> ChosenChain | None:
    """None without one, and for one that cannot be used; `chain_trouble` says why."""
    chosen = read_id(typed.chain_id)
    if chosen is None:
        return None
    by = senders_of(session, envelope, member())
    try:
        judged = judge_typed(session, by, chosen, typed)
    except FormProblems:
        return None
    route = ChosenChain(
        judged,
        by,
        newer=judged.chain.id != chosen,
        wanted=_wanted(judged, typed),
        choices=_choices(session, judged, by),
    )
    if judged.lacking:
        return route
    before = _stages_seen(typed.route_seen, judged)
    now = {index for index, stage in enumerate(judged.stages) if stage.asked}
    if before is None:
        return route
    return replace(route, added=_names(judged, now - before), dropped=_names(judged, before - now))


def chain_trouble(session: Session, envelope: Envelope, typed: TypedDraft) -> Words | None:
    """Why the chain that a draft keeps cannot be used; None where it can, and without one."""
    if not typed.chain_id:
        return None
    chosen = read_id(typed.chain_id)
    if chosen is None:
        return NO_CHAIN
    by = senders_of(session, envelope, member())
    try:
        judge_typed(session, by, chosen, typed)
    except FormProblems as found:
        return found.problems.get("chain_id")
    return None


def chain_choices(
    session: Session, offered: Sequence[Chain], organisation_id: UUID, kept: str
) -> list[tuple[str, str]]:
    """Ids and names of the chains to choose from. One that a draft keeps and that is not offered
    is among them: a form without it would post that no chain was wanted."""
    rows = [(str(chain.id), chain.name) for chain in offered]
    if not kept or kept in {key for key, _name in rows}:
        return rows
    chosen = read_id(kept)
    chain = find(session, organisation_id, chosen) if chosen else None
    stopped = (
        say("%(name)s（停止中）", name=chain.name) if chain else say("（見つからない承認ルート）")
    )
    return [*rows, (kept, stopped)]


def _wanted(judged: JudgedChain, typed: TypedDraft) -> tuple[WantedPerson, ...]:
    named = dict(typed.filled)
    return tuple(
        WantedPerson(
            f"{FILLED}-{slot.key}",
            slot.label,
            None if index is None else index + 1,
            named.get(slot.key, ""),
        )
        for index, slot in judged.filled
    )


def _choices(session: Session, judged: JudgedChain, by: Senders) -> list[tuple[str, str]]:
    """Nobody is asked for where no place is to be filled."""
    if not judged.filled:
        return []
    people = active_members(session, by.organisation_id)
    return [(str(one.id), member_label(one)) for one in people]


def _stages_seen(mark: str, judged: JudgedChain) -> set[int] | None:
    """The numbers in a mark of the same chain; None for another's, or none."""
    chain, _, numbers = mark.partition(":")
    if chain != str(judged.chain.id):
        return None
    return {int(one) for one in numbers.split(",") if one.isascii() and one.isdigit()}


def _names(judged: JudgedChain, numbers: set[int]) -> tuple[str, ...]:
    return tuple(
        stage.stage.name
        or "、".join(member.name for _slot, member in stage.people)
        or (gate_title(stage.stage.gate.title) if stage.stage.gate else "")
        or say("段階%(number)s", number=index + 1)
        for index, stage in enumerate(judged.stages)
        if index in numbers
    )


def kinds_to_offer(session: Session, organisation_id: UUID) -> Sequence[str]:
    """Kinds that an administrator defined, and that were entered before. What chains ask about
    only where none is defined: it may be misspelt there."""
    defined = own_fields.listed(session, organisation_id)
    gone = {kind.name for kind in defined if kind.retired_at}
    offered = [] if defined else newest(session, organisation_id, only_active=True)
    asked = (
        kind
        for chain in offered
        for stage in kept_stages(chain.definition)
        for kind in stage.condition.kinds
    )
    named = (kind.name for kind in defined)
    every = dict.fromkeys([*named, *asked, *kinds_of(session, organisation_id)])
    return [kind for kind in every if kind not in gone]


@dataclass(frozen=True)
class _Fragment:
    """What the picture needs of the draft's page."""

    envelope_id: UUID
    route: ChosenChain | None
    errors: Mapping[str, str] = field(default_factory=dict)


@blueprint.post("/envelopes/<uuid:envelope_id>/route")
@may("envelope.write")
def draft_route(envelope_id: UUID) -> str:
    """The picture alone, for what the form says now; nothing is kept."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        stored = typed_draft(envelope.draft)  # the picture's form brings neither people nor all
        typed = typed_from(request.form)
        named = kept_filled(stored.filled, typed.filled)
        typed = replace(typed, people=stored.people, order=stored.order, filled=named)
        route = chosen_chain(session, envelope, typed)
        page = _Fragment(envelope_id, route)
        return render_template("sender/chain_route.html", page=page, errors=page.errors)
