"""A chain held against one draft's facts: which stages are asked, which are skipped and why; and
what of that an envelope keeps (`chain_uses`)."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_conditions import Facts, among, missing
from domain.chain_gates import unopened
from domain.chain_names import unjudged, unjudged_kinds
from domain.chain_seating import needed, receiving, seats_of
from domain.chain_seats import Seat, Staff
from domain.chain_slots import FILLED, ChainSlot, Who, place_keys
from domain.chains import ChainStage, kept_recipients, kept_stages
from domain.draft_check import typed_facts
from domain.drafts import TypedDraft
from domain.events import Json, canonical
from domain.forms import FormProblems
from domain.ids import read_id
from domain.kinds import ParticipantKind
from domain.refusals import Words
from domain.stages import GATE_WORDS
from storage import chains, own_fields
from storage.chain_staff import staff_of
from storage.deal_search import kinds_of
from storage.senders import Senders
from storage.tables import Chain, ChainUse, Envelope, Member

NO_CHAIN = Words(
    "この承認ルートは使えなくなりました。選び直してください。",
    "This approval route is no longer available. Choose another one.",
)
_NOBODY = Words(
    "この金額・種類・部署では、この承認ルートの段階がすべて省かれ、誰にも依頼されません。"
    "別の承認ルートを選ぶか、管理者に相談してください。",
    "With this amount, kind and department every stage of this route is skipped. Choose another "
    "route, or ask an administrator.",
)


@dataclass(frozen=True)
class JudgedPlace:
    """A place of a stage; of the members one acts there."""

    seat: Seat
    members: tuple[Member, ...]
    key: str = ""
    """The same whoever sits there; "" of a recipient's."""


@dataclass(frozen=True)
class JudgedStage:
    """A stage, its places with their people, and why it is skipped: nothing where it is asked."""

    stage: ChainStage
    places: tuple[JudgedPlace, ...]
    why: tuple[Words, ...]
    merged: bool = False
    """Whether it is skipped for no other reason than that its people are asked in other stages."""

    @property
    def asked(self) -> bool:
        """Whether its people will be asked."""
        return not self.why

    @property
    def need(self) -> int:
        """How many have to act."""
        return needed(self.stage, [place.seat for place in self.places])

    @property
    def people(self) -> tuple[tuple[ChainSlot, Member], ...]:
        """Everybody who may be asked, each with his place."""
        return tuple((place.seat.slot, member) for place in self.places for member in place.members)


@dataclass(frozen=True)
class JudgedChain:
    """A chain for one draft. `lacking` says, by field, what the draft has to say first."""

    chain: Chain
    facts: Facts
    stages: tuple[JudgedStage, ...]
    lacking: Mapping[str, Words]
    staff: Staff
    receivers: tuple[JudgedPlace, ...] = ()
    """Who gets the finished documents besides those who act."""

    @property
    def mark(self) -> str:
        """Chain version and stages asked: differs exactly where the route differs."""
        numbers = [str(index) for index, stage in enumerate(self.stages) if stage.asked]
        return f"{self.chain.id}:{','.join(numbers)}"

    @property
    def seated(self) -> str:
        """Who would be asked where: differs wherever somebody else would be."""
        rows: list[Json] = [
            [str(member.id) for _slot, member in stage.people] for stage in self.stages
        ]
        rows.append([str(member.id) for place in self.receivers for member in place.members])
        return hashlib.sha256(canonical(rows)).hexdigest()

    @property
    def filled(self) -> tuple[tuple[int | None, ChainSlot], ...]:
        """The places that the sender fills, each with the number of its stage, from 0; None for
        a recipient's."""
        acting: tuple[tuple[int | None, ChainSlot], ...] = tuple(
            (index, place.seat.slot)
            for index, stage in enumerate(self.stages)
            if stage.asked or stage.merged or self.lacking
            for place in stage.places
            if place.seat.slot.who is Who.FILLED
        )
        slots = (place.seat.slot for place in self.receivers)
        return (*acting, *((None, slot) for slot in slots if slot.who is Who.FILLED))

    @property
    def vacant(self) -> dict[str, Words]:
        """Places of stages that are asked and for which there is nobody, and gates that nobody
        could open, by the field that says whom, with the stage's number and name."""
        found: dict[str, Words] = {}
        for where, place in self._asked_places():
            if (lacks := place.seat.lacks) is not None:
                slot = place.seat.slot
                name = f"{FILLED}-{slot.key}" if slot.who is Who.FILLED else "chain_id"
                said = Words(f"{where.ja}：{lacks.ja}", f"{where.en}: {lacks.en}")
                found[name] = _joined(found.get(name), said)
        for where, lacks in self._closed_gates():
            said = Words(f"{where.ja}：{lacks.ja}", f"{where.en}: {lacks.en}")
            found["chain_id"] = _joined(found.get("chain_id"), said)
        return found

    def _closed_gates(self) -> Iterator[tuple[Words, Words]]:
        """What they are called, and why nobody could open them."""
        for number, stage in enumerate(self.stages if not self.lacking else (), 1):
            gate = stage.stage.gate if stage.asked else None
            lacks = unopened(gate, self.staff) if gate else None
            if gate and lacks:
                title = gate.title if gate.title != GATE_WORDS.ja else GATE_WORDS.en
                yield Words(f"段階{number} {gate.title}", f"Stage {number} {title}"), lacks

    @property
    def has_place_for_others(self) -> bool:
        """Whether it says where the draft's own people stand."""
        return self.others is not None

    @property
    def others(self) -> ChainStage | None:
        """The place of the draft's own people, where it says one."""
        return next((stage.stage for stage in self.stages if stage.stage.others), None)

    def _asked_places(self) -> Iterator[tuple[Words, JudgedPlace]]:
        """Each with what it is called: by the stage's number and name."""
        if self.lacking:
            return
        for number, stage in enumerate(self.stages, 1):
            name = f" {stage.stage.name}" if stage.stage.name else ""
            for place in stage.places if stage.asked else ():
                yield Words(f"段階{number}{name}", f"Stage {number}{name}"), place
        for place in self.receivers:
            yield Words("受領者", "Recipient"), place

    def acts(self, people: Collection[UUID]) -> bool:
        """Whether any of these members is asked by a stage that is not skipped."""
        return any(
            person.id in people
            for stage in self.stages
            if stage.asked
            for _slot, person in stage.people
        )

    def refuse(self) -> None:
        """Raises FormProblems for a draft that has to say more, or would ask nobody."""
        if self.lacking:
            raise FormProblems(self.lacking)
        if vacant := self.vacant:
            raise FormProblems(vacant)
        if not any(stage.asked and stage.stage.asks for stage in self.stages):
            raise FormProblems({"chain_id": _NOBODY})


def _joined(before: Words | None, words: Words) -> Words:
    if before is None:
        return words
    return Words(f"{before.ja}{words.ja}", f"{before.en} {words.en}")


def judge_typed(session: Session, by: Senders, chain_id: UUID, typed: TypedDraft) -> JudgedChain:
    """For a draft as it is typed so far. Raises as `judge`."""
    beside = [
        person.mail.strip()
        for person in typed.people
        if person.kind != ParticipantKind.RECIPIENT and person.mail.strip()
    ]
    return judge(session, by, chain_id, typed_facts(typed), typed.filled, beside)


def judge(  # noqa: PLR0913 - a chain, and what a draft says of itself
    session: Session,
    by: Senders,
    chain_id: UUID,
    facts: Facts,
    filled: Sequence[tuple[str, str]] = (),
    beside: Collection[str] = (),
) -> JudgedChain:
    """By the newest version, whichever `chain_id` is of: a draft follows its chain. `filled` are
    the ids of the members whom the draft names, by the keys of their places, and `beside` the
    addresses of those who act in it besides the chain: nobody is asked by his role besides.

    Raises FormProblems for a chain that is not offered any more, whose people left, or whose
    conditions name a department that does not exist.
    """
    chain = chains.offered(session, by.organisation_id, chain_id)
    if chain is None:
        raise FormProblems({"chain_id": NO_CHAIN})
    kept = kept_stages(chain.definition)
    facts = Facts(facts.amount, facts.kind, by.sender.department, by.maker.department)
    staff = staff_of(session, by.organisation_id)
    chosen = {key: found for key, value in filled if (found := read_id(value)) is not None}
    why = [stage.condition.unmet(facts) for stage in kept]
    own = _members_at(session, by.organisation_id, beside)
    seats = seats_of(kept, [not one for one in why], staff, by.judged, chosen, own)
    _refuse_left(kept, why, staff)
    kinds = _known_kinds(session, by.organisation_id, kept)
    for words in (*unjudged(kept, facts, staff), *unjudged_kinds(kept, facts, kinds)):
        raise FormProblems({"chain_id": words})
    acting = {
        one
        for row, unmet in zip(seats, why, strict=True)
        if not unmet
        for seat in row
        for one in seat.people
    }
    gets = receiving(kept_recipients(chain.definition), acting, staff, by.judged, chosen)
    members = _members(session, [*seats, gets])
    keys = place_keys([stage.people for stage in kept])
    stages = (
        _judged(stage, list(zip(row, names, strict=True)), unmet, members)
        for stage, row, names, unmet in zip(kept, seats, keys, why, strict=True)
    )
    lacking = missing([stage.condition for stage in kept], facts)
    receivers = tuple(
        JudgedPlace(seat, tuple(members[one] for one in seat.people)) for seat in gets
    )
    return JudgedChain(chain, facts, tuple(stages), lacking, staff, receivers)


def _members_at(session: Session, organisation_id: UUID, mails: Collection[str]) -> frozenset[UUID]:
    wanted = {mail.lower() for mail in mails}
    found = select(Member.id).where(
        Member.organisation_id == organisation_id, Member.mail.in_(wanted)
    )
    return frozenset(session.scalars(found)) if wanted else frozenset()


def _known_kinds(
    session: Session, organisation_id: UUID, stages: Sequence[ChainStage]
) -> Sequence[str]:
    """Names of kinds of contract: the registered ones, in use or not, and where conditions have
    others, those that were entered. Without a registered one whatever conditions say is a kind."""
    asked = [one for stage in stages for one in stage.condition.kinds]
    named = [kind.name for kind in own_fields.listed(session, organisation_id)] if asked else []
    if not named:
        return asked
    if all(among(one, named) for one in asked):
        return named
    return [*named, *kinds_of(session, organisation_id)]


def _refuse_left(
    stages: Sequence[ChainStage], why: Sequence[tuple[Words, ...]], staff: Staff
) -> None:
    """A chain that names somebody who left waits for its repair."""
    for stage, unmet in zip(stages, why, strict=True):
        for slot in stage.people:
            if slot.who is Who.MEMBER and (
                slot.member_id not in staff.people or not (unmet or staff.works(slot.member_id))
            ):
                raise FormProblems({"chain_id": NO_CHAIN})


def _members(session: Session, seats: Sequence[Sequence[Seat]]) -> dict[UUID, Member]:
    wanted = {one for row in seats for seat in row for one in seat.people}
    wanted |= {seat.slot.member_id for row in seats for seat in row if seat.slot.member_id}
    rows = session.scalars(select(Member).where(Member.id.in_(wanted)))
    return {row.id: row for row in rows}


def _judged(
    stage: ChainStage,
    row: Sequence[tuple[Seat, str]],
    why: tuple[Words, ...],
    members: Mapping[UUID, Member],
) -> JudgedStage:
    places = tuple(
        JudgedPlace(seat, tuple(members[one] for one in _shown(seat, skipped=bool(why))), key)
        for seat, key in row
    )
    elsewhere = tuple(seat.elsewhere for seat, _key in row if seat.elsewhere is not None)
    merged = bool(row) and not why and len(elsewhere) == len(row)
    return JudgedStage(stage, places, elsewhere if merged else why, merged)


def _shown(seat: Seat, *, skipped: bool) -> tuple[UUID, ...]:
    """A stage that is skipped still says whom it names, also somebody who left."""
    left = skipped and seat.slot.who is Who.MEMBER and seat.slot.member_id
    return (left,) if left else seat.people


def keep_use(session: Session, envelope: Envelope, judged: JudgedChain, now: datetime) -> ChainUse:
    """What the route was made of, once for each sending; it never changes."""
    row = ChainUse(
        envelope_id=envelope.id,
        version=envelope.version,
        chain_id=judged.chain.id,
        name=judged.chain.name,
        chain_version=judged.chain.version,
        amount=judged.facts.amount,
        kind=judged.facts.kind,
        department=judged.facts.department,
        maker_department=judged.facts.maker_department,
        stages=[_kept(stage) for stage in judged.stages],
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def use_of(session: Session, envelope: Envelope) -> ChainUse | None:
    """Of the newest sending; None where no chain was used, or before that was kept."""
    return session.scalar(
        select(ChainUse)
        .where(ChainUse.envelope_id == envelope.id, ChainUse.version <= envelope.version)
        .order_by(ChainUse.version.desc())
        .limit(1)
    )


def use_data(use: ChainUse) -> dict[str, Json]:
    """For the ledger: ids, numbers and hashes. Skipped stages by number, from 1."""
    skipped: list[Json] = [
        number for number, stage in enumerate(use.stages, 1) if not stage["asked"]
    ]
    said: dict[str, Json] = {
        "amount": use.amount,
        "kind": use.kind,
        "department": use.department,
        "stages": list(use.stages),
    }
    if use.maker_department not in ("", use.department):
        said["maker_department"] = use.maker_department
    return {
        "chain": str(use.chain_id),
        "chain_version": use.chain_version,
        "amount": use.amount,
        "skipped": skipped,
        "chain_use": hashlib.sha256(canonical(said)).hexdigest(),
    }


def _kept(stage: JudgedStage) -> dict[str, Json]:
    """Who was asked, as persons: whoever joins or leaves later changes nothing here."""
    why: list[Json] = [{"ja": one.ja, "en": one.en} for one in stage.why]
    people: list[Json] = [member.name for _slot, member in stage.people]
    kept: dict[str, Json] = {
        "name": stage.stage.name,
        "people": people,
        "asked": stage.asked,
        "why": why,
    }
    if stage.stage.gate is not None:
        kept["gate"] = stage.stage.gate.title
    if stage.stage.others:
        kept["others"] = True
    return kept | ({"merged": True} if stage.merged else {})
