"""Planning a route: the chain's stages, and the draft's own people where it has a place for them or
else after it. Nothing is written here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from domain import conclusion
from domain.chain_conditions import Facts
from domain.chains import ChainStage
from domain.conclusion import Purpose
from domain.demands import KIND_NEEDED, Demands
from domain.drafts import CheckedDraft, Order, Person
from domain.forms import FormProblems
from domain.kinds import SLOT_KIND_OF, Language, ParticipantKind, PartyKind, SlotKind, StageRule
from domain.refusals import Refusal, RefusalCode, Words
from domain.stages import OPENING_ROLES, Gate
from storage import app_codes
from storage.chain_plan import JudgedChain, JudgedPlace, JudgedStage, judge
from storage.draft_defaults import defaults_for
from storage.people import active_members
from storage.senders import Senders
from storage.tables import Member

_PARTICIPANT_KIND = {slot: participant for participant, slot in SLOT_KIND_OF.items()}

_NO_OPENER = Words(
    "この人は条件待ちを開けなくなりました。選び直してください。",
    "This person can no longer open a gate. Choose another one.",
)
_IN_CHAIN = Words(
    "この人は承認ルートに含まれています。どちらか一方にしてください。",
    "This person is already part of the approval route. Keep only one of the two.",
)
_ALONE = Words(
    "この承認ルートで承認・署名するのは、送信者と下書きを作った人だけです。自分の起案を自分だけで決めることは"
    "できません。ほかの人が承認・署名する承認ルートを選ぶか、承認者・署名者を加えてください。",
    "Along this route only the sender and who made the draft approve or sign: nobody decides alone "
    "about what he drew up. Choose a route with somebody else, or add an approver or signer.",
)
_DECIDING = frozenset({SlotKind.APPROVE, SlotKind.SIGN})


@dataclass(frozen=True)
class PlannedSlot:
    """A place for one person; `kind` None for a recipient, who fills none."""

    person: Person
    kind: SlotKind | None
    member_id: UUID | None = None
    place: str = ""
    """Of a chain's people the key of their place; who holds a role shares it with others."""


@dataclass(frozen=True)
class PlannedStage:
    """Slots that are open together, and how many must be filled."""

    rule: StageRule
    need: int
    slots: tuple[PlannedSlot, ...]
    days: int | None = None
    """Its own deadline, in days from its opening."""
    gate: Gate | None = None
    reminders: tuple[int, ...] | None = None
    """Days of its own on which people are reminded; None: as in the whole envelope."""
    keys: tuple[str, ...] = ()
    """Of a chain's stage: those of all its places, also where nobody is asked."""
    own: bool = False
    """Whether it comes from the draft, not from a chain."""

    @property
    def places(self) -> tuple[tuple[PlannedSlot, ...], ...]:
        """The slots, each with its candidates: one for each person, or as many as are needed.

        People with different acts cannot share a slot: where any one of them is enough, each has
        a slot of his own.
        """
        return self._places_of_all if self._apart else (self.slots,) * self.need

    @property
    def _apart(self) -> bool:
        return self.rule is StageRule.ALL or len({slot.kind for slot in self.slots}) > 1

    def asked_for(self, demands: Demands) -> "PlannedStage":
        """The same, its people asked for what the organisation demands."""
        slots = (replace(slot, person=demands.of(slot.person)) for slot in self.slots)
        return replace(self, slots=tuple(slots))

    def at_place(self, others: ChainStage | None) -> "PlannedStage":
        """The same, with the days that a chain's place of the other side says, where it has none of
        its own. A gate there is the draft's alone."""
        if others is None or self.gate is not None:
            return self
        reminders = others.reminders if self.reminders is None else self.reminders
        return replace(self, days=self.days or others.days, reminders=reminders)

    def shares(self, slot: PlannedSlot) -> bool:
        """Whether, though everybody of the stage has to act, one of several people does for this
        place."""
        alone = [one for one in self.places if slot in one and len(one) > 1]
        return self.rule is StageRule.ALL and bool(alone)

    @property
    def _places_of_all(self) -> tuple[tuple[PlannedSlot, ...], ...]:
        """A place for each person; one for all who hold a role."""
        found: dict[str | int, list[PlannedSlot]] = {}
        for index, slot in enumerate(self.slots):
            found.setdefault(slot.place or index, []).append(slot)
        return tuple(map(tuple, found.values()))

    @property
    def seats(self) -> tuple[tuple[str, str], ...]:
        """For each place, the key under which its fields are kept, and who may sit there.

        A shared place has the key of one of its people, the first place that of the first. In a
        chain the keys are the places' own, whoever sits there.
        """
        found = []
        for index, (people, key) in enumerate(zip(self.places, self.persons, strict=True)):
            name = " / ".join(slot.person.name for slot in people)
            several = self._shared(people) and len(self.places) > 1
            number = f" ({index + 1}/{len(self.places)})" if several else ""
            found.append((self._own_key(index) or people[0].place or key, name + number))
        return tuple(found)

    @property
    def persons(self) -> tuple[str, ...]:
        """For each place, the key of a person. Older drafts keep also a chain's fields so."""
        return tuple(
            (
                people[index] if self._shared(people) and index < len(people) else people[0]
            ).person.key
            for index, people in enumerate(self.places)
        )

    def _shared(self, people: tuple[PlannedSlot, ...]) -> bool:
        return len(people) > 1 and people == self.slots

    def _own_key(self, index: int) -> str:
        """Of a chain's place that all of its stage share."""
        if self._apart or not self.keys:
            return ""
        return self.keys[index] if index < len(self.keys) else f"{self.keys[0]}-{index}"


@dataclass(frozen=True)
class PlannedRoute:
    """The route before it becomes rows."""

    stages: tuple[PlannedStage, ...]
    recipients: tuple[PlannedSlot, ...]
    chain: JudgedChain | None = None
    """What the stages come from that are not the draft's own, with those that are skipped."""

    @property
    def lacks_others(self) -> bool:
        """Whether the chain has a place for the other side, of which nobody acts."""
        people = (slot.person for stage in self.stages for slot in stage.slots)
        others = any(person.party is PartyKind.COUNTERPARTY for person in people)
        return self.chain is not None and self.chain.has_place_for_others and not others


def plan_route(
    session: Session, by: Senders, checked: CheckedDraft, *, sms: bool = True
) -> PlannedRoute:
    """The chain's stages with the draft's people at their place, asked for what the organisation
    demands of this kind of contract. `sms`: whether this service sends any.

    Raises Refusal NO_SIGNER; FormProblems for a chain or a person that does not fit or cannot be
    asked for what is demanded, and for a contract that a party would not sign.
    """
    defaults = defaults_for(session, by.organisation_id)
    if defaults.by_kind and not checked.contract_kind:
        raise FormProblems({"contract_kind": KIND_NEEDED})
    demands = defaults.demands(checked.contract_kind)
    checked = replace(checked, people=tuple(map(demands.of, checked.people)))
    judged = chain_of(session, by, checked)
    if judged is not None:
        judged.refuse()
    before, behind = chain_stages(judged)
    receivers = _receivers(judged, checked.people)
    _refuse_doubles((*before, *behind), receivers, checked.people)
    acting = [
        PlannedSlot(person, SLOT_KIND_OF[person.kind])
        for person in checked.people
        if person.kind in SLOT_KIND_OF
    ]
    if checked.order is Order.STAGES:
        own = _laid_out(session, by.organisation_id, checked, acting)
    elif checked.order is Order.PARALLEL and acting:
        own = [PlannedStage(StageRule.ALL, len(acting), tuple(acting), own=True)]
    else:
        own = [PlannedStage(StageRule.ALL, 1, (slot,), own=True) for slot in acting]
    own = [stage.at_place(judged.others) for stage in own] if judged else own
    stages = tuple(stage.asked_for(demands) for stage in (*before, *own, *behind))
    if not any(slot.kind is SlotKind.SIGN for stage in stages for slot in stage.slots):
        raise Refusal(RefusalCode.NO_SIGNER)
    if checked.purpose is Purpose.CONTRACT:
        _require_each_party(stages, checked.people)
    if judged is not None:
        _refuse_alone(stages, by)
    unproven = demands.lacking(checked.people, sms=sms)
    unproven |= app_codes.lacking(session, by.organisation_id, _places(stages))
    if unproven:
        raise FormProblems(unproven)
    recipients = receivers + tuple(
        PlannedSlot(person, None)
        for person in checked.people
        if person.kind is ParticipantKind.RECIPIENT
    )
    return PlannedRoute(stages, recipients, judged)


def _places(stages: Iterable[PlannedStage]) -> list[tuple[bool, tuple[Person, ...]]]:
    """The people of each place, and whether a chain says them."""
    return [
        (place[0].member_id is not None, tuple(slot.person for slot in place))
        for stage in stages
        if stage.gate is None
        for place in stage.places
    ]


def _require_each_party(stages: Iterable[PlannedStage], people: Sequence[Person]) -> None:
    """What is missing is said beside a person of that party; of a party without any, above all."""
    asked = [
        conclusion.Stage(
            stage.need,
            [
                conclusion.Place(_side(place[0].person), place[0].kind is SlotKind.SIGN)
                for place in stage.places
            ],
        )
        for stage in stages
        if stage.gate is None
    ]
    rows = {
        _side(person): f"people-{person.row}-kind"
        for person in reversed(people)
        if person.kind in SLOT_KIND_OF
    }
    missing = conclusion.unsigned(asked)
    if missing:
        raise FormProblems({rows.get(side, "people"): words for side, words in missing.items()})


def _refuse_alone(stages: Iterable[PlannedStage], by: Senders) -> None:
    """Along a chain somebody of the own side decides who neither sends nor made the draft: a stage
    of which he is not one of several who are enough without him."""
    decides = False
    for stage in stages:
        own = [slot for slot in stage.slots if slot.person.party is PartyKind.OWN]
        deciding = [slot for slot in own if slot.kind in _DECIDING]
        mine = sum(slot.person.mail.lower() in by.mails for slot in own)
        others = any(slot.person.mail.lower() not in by.mails for slot in deciding)
        if others and stage.need > mine:
            return
        decides = decides or bool(deciding)
    if decides:
        raise FormProblems({"chain_id": _ALONE})


def _side(person: Person) -> conclusion.Side:
    return conclusion.side_of(person.party, person.company)


def _laid_out(
    session: Session, organisation_id: UUID, checked: CheckedDraft, acting: Sequence[PlannedSlot]
) -> list[PlannedStage]:
    """The stages as the sender laid them out."""
    known = {row.id for row in openers(session, organisation_id)}
    for index, stage in enumerate(checked.stages):
        opener = stage.gate.opener.member_id if stage.gate else None
        if opener is not None and opener not in known:
            raise FormProblems({f"stages-{index}-opener": _NO_OPENER})
    return [
        PlannedStage(
            stage.rule,
            stage.need,
            tuple(slot for slot in acting if slot.person.stage == index),
            stage.days,
            stage.gate,
            stage.reminders,
            own=True,
        )
        for index, stage in enumerate(checked.stages)
    ]


def openers(session: Session, organisation_id: UUID) -> Sequence[Member]:
    """Members who may be named for a gate, by name."""
    roles = {role.value for role in OPENING_ROLES}
    return [
        member
        for member in active_members(session, organisation_id)
        if roles.intersection(member.roles)
    ]


def chain_of(session: Session, by: Senders, checked: CheckedDraft) -> JudgedChain | None:
    """The chosen chain for this draft. Raises FormProblems for one that is not usable."""
    if checked.chain_id is None:
        return None
    facts = Facts(checked.amount, checked.contract_kind)
    beside = [person.mail for person in checked.people if person.kind in SLOT_KIND_OF]
    return judge(session, by, checked.chain_id, facts, checked.filled, beside)


Around = tuple[tuple[PlannedStage, ...], tuple[PlannedStage, ...]]
"""A chain's stages before the draft's own people, and those behind them."""


def chain_stages(judged: JudgedChain | None) -> Around:
    """The stages that are asked, none without a chain; all while the draft does not say enough.
    Where the chain has no place for the draft's people, none is behind them."""
    stages = judged.stages if judged else ()
    place = next((index for index, one in enumerate(stages) if one.stage.others), len(stages))
    before, behind = (
        tuple(
            _chain_stage(one)
            for one in part
            if (one.asked or (judged and judged.lacking)) and (one.people or one.stage.gate)
        )
        for part in (stages[:place], stages[place:])
    )
    return before, behind


def _chain_stage(one: JudgedStage) -> PlannedStage:
    return PlannedStage(
        one.stage.rule,
        one.need,
        tuple(_chain_slot(place, member) for place in one.places for member in place.members),
        one.stage.days,
        one.stage.gate,
        one.stage.reminders,
        tuple(place.key for place in one.places),
    )


def _receivers(judged: JudgedChain | None, people: Sequence[Person]) -> tuple[PlannedSlot, ...]:
    """Whoever acts in the draft gets the documents anyway."""
    acting = {person.mail.lower() for person in people if person.kind in SLOT_KIND_OF}
    return tuple(
        _chain_slot(place, member)
        for place in (judged.receivers if judged else ())
        for member in place.members
        if member.mail.lower() not in acting
    )


def _chain_slot(place: JudgedPlace, member: Member) -> PlannedSlot:
    slot = place.seat.slot
    person = Person(
        name=member.name,
        mail=member.mail,
        company=member.department,
        party=PartyKind.OWN,
        kind=_PARTICIPANT_KIND[slot.kind] if slot.kind else ParticipantKind.RECIPIENT,
        language=Language(member.language),
        key=str(member.id),
    )
    return PlannedSlot(person, slot.kind, member.id, place.key)


def _refuse_doubles(
    chain: Iterable[PlannedStage], receivers: Iterable[PlannedSlot], people: Sequence[Person]
) -> None:
    taken = {slot.person.mail.lower() for stage in chain for slot in stage.slots}
    taken |= {slot.person.mail.lower() for slot in receivers}
    doubles = {
        f"people-{person.row}-mail": _IN_CHAIN for person in people if person.mail.lower() in taken
    }
    if doubles:
        raise FormProblems(doubles)
