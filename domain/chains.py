"""Approval chains (承認ルート) that administrators define: as typed, checked, and as they are kept.

A chain is a list of stages, asked one after the other. Within a stage everybody is asked at once,
and all of them, any one, or a number of them must act. A stage may be a gate (条件待ち) instead of
people. Either may have a condition (domain.chain_conditions): where it does not hold, the stage is
skipped. One stage may be the place of the draft's own people (相手方); where no stage is, they come
after the chain.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from domain.chain_conditions import ALWAYS, Condition, condition_of, read_condition
from domain.chain_slots import ChainSlot, SlotCheck, TypedSlot, Who, kept_slot, typed_slot
from domain.days import read_own_reminders, reminders_typed
from domain.events import Json
from domain.forms import FormCheck, FormProblems
from domain.kinds import StageRule
from domain.refusals import Words
from domain.stages import GATE_WORDS, MAX_STAGE_DAYS, Gate, kept_gate, read_gate, read_number

MAX_CHAIN_NAME = 100
MAX_STAGE_NAME = 60
MAX_STAGE_PEOPLE = 20
MAX_CHAIN_STAGES = 200
"""Conditions make many of them alternatives, of which one envelope meets a few."""

_NO_NAME = Words("承認ルートの名前を入力してください。", "Enter a name for the route.")
_NO_STAGE = Words("段階を1つ以上追加してください。", "Add at least one stage.")
_NO_PEOPLE = Words(
    "組織内の人に依頼する段階を1つ以上追加してください。",
    "Add at least one stage in which people of your side are asked.",
)
_TWO_OTHERS = Words(
    "「相手方」は1つのルートに1つだけです。どちらかを外してください。",
    "A route has one place for the other side. Take one of them out.",
)
_NO_OPENER = Words(
    "この人は、もう利用者ではありません。番号と日付を登録できる人を選び直してください。",
    "This person is no longer a member. Choose somebody else who may open the gate.",
)
_TOO_MANY_STAGES = Words(
    f"段階は{MAX_CHAIN_STAGES}個までです。", f"There may be at most {MAX_CHAIN_STAGES} stages."
)
_NOBODY = Words(
    "この段階には人がいません。人を追加するか、段階を外してください。",
    "Nobody is in this stage. Add somebody, or take the stage out.",
)
_TOO_MANY_PEOPLE = Words(
    f"1つの段階は{MAX_STAGE_PEOPLE}人までです。", f"At most {MAX_STAGE_PEOPLE} people in a stage."
)
_TOO_MANY_RECIPIENTS = Words(
    f"受領者は{MAX_STAGE_PEOPLE}人までです。", f"At most {MAX_STAGE_PEOPLE} recipients."
)
_MIXED = Words(
    "「誰か1人」や「決められた人数」の段階では、全員を同じ役割にしてください。",
    "Where any one or a number of people is enough, all of them need the same role.",
)
_DAYS = Words(
    f"期限は1から{MAX_STAGE_DAYS}までの日数で入力してください。空欄なら封筒の期限だけが適用されます。",
    f"Enter the deadline as a number of days from 1 to {MAX_STAGE_DAYS}, or leave it empty.",
)


class ChainStageKind(StrEnum):
    """What a stage of a chain is."""

    PEOPLE = "people"
    GATE = "gate"
    """Nobody is asked: a named member opens it with number and day (条件待ち)."""
    OTHERS = "others"
    """The place of the draft's own people: the other side, and whoever else its sender adds."""


@dataclass(frozen=True)
class TypedChainStage:
    """One stage, as typed. What belongs to another kind is kept unread."""

    name: str = ""
    rule: str = StageRule.ALL.value
    need: str = ""
    days: str = ""
    reminders: str = ""
    """Days on which people are reminded; "" is as in the whole envelope, "0" never."""
    least: str = ""
    """From this amount on; "" is from any."""
    below: str = ""
    kinds: str = ""
    """Kinds of contract, with commas between; "" is any."""
    departments: str = ""
    """Departments of the sender, likewise."""
    kind: str = ChainStageKind.PEOPLE.value
    title: str = ""
    """Of a gate: what is waited for; "" is the usual."""
    opener: str = ""
    """Of a gate: who may open it, as domain.stages.Opener says it; "" is any clerk."""
    people: tuple[TypedSlot, ...] = (TypedSlot(),)

    @property
    def condition(self) -> tuple[str, str, str, str]:
        """When the stage is asked, as typed."""
        return self.least, self.below, self.kinds, self.departments


@dataclass(frozen=True)
class TypedChain:
    """The form. A new one has one stage with one person to be chosen."""

    name: str = ""
    stages: tuple[TypedChainStage, ...] = (TypedChainStage(),)
    recipients: tuple[TypedSlot, ...] = ()
    """Who gets the finished documents besides those who act."""


@dataclass(frozen=True)
class ChainStage:
    """One stage that may be kept. `need` counts the acts; 0 where the chain asks nobody."""

    name: str
    rule: StageRule
    need: int
    days: int | None
    people: tuple[ChainSlot, ...]
    condition: Condition = ALWAYS
    reminders: tuple[int, ...] | None = None
    """Days of its own on which people are reminded; None: as in the whole envelope."""
    gate: Gate | None = None
    """What is waited for in the place of people."""
    others: bool = False
    """Whether the draft's own people stand here. The draft says who they are and whether there are
    any, so that the place has neither people nor a condition."""

    @property
    def asks(self) -> bool:
        """Whether it is there to ask people of the chain."""
        return self.gate is None and not self.others


OTHERS = ChainStage("", StageRule.ALL, 0, None, (), others=True)
"""The place of the draft's own people."""


@dataclass(frozen=True)
class CheckedChain:
    """A chain that may be kept."""

    name: str
    stages: tuple[ChainStage, ...]
    recipients: tuple[ChainSlot, ...] = ()

    @property
    def definition(self) -> dict[str, Json]:
        """As the table keeps it; a chain without recipients says nothing of them."""
        rows: list[Json] = [slot.as_json() for slot in self.recipients]
        kept: dict[str, Json] = {"stages": [_as_json(stage) for stage in self.stages]}
        return kept | ({"recipients": rows} if rows else {})


def check_chain(
    typed: TypedChain, members: Collection[UUID], units: Collection[UUID] = ()
) -> CheckedChain:
    """`members` are those who may act, `units` the departments. Raises FormProblems, by the name
    of the field."""
    check = FormCheck()
    name = check.line("name", typed.name, _NO_NAME, MAX_CHAIN_NAME)
    _check_kinds(check, [stage.kind for stage in typed.stages])
    slots = SlotCheck(check, members, units)
    stages = _stages(slots, typed)
    recipients = _receivers(slots, typed)
    if check.problems:
        raise FormProblems(check.problems)
    return CheckedChain(name, stages, recipients)


def _check_kinds(check: FormCheck, kinds: Sequence[str]) -> None:
    """Stages that ask somebody, and one place for the other side at most."""
    if not kinds:
        check.problems["stages"] = _NO_STAGE
    elif set(kinds) <= {ChainStageKind.GATE.value, ChainStageKind.OTHERS.value}:
        check.problems["stages"] = _NO_PEOPLE
    if len(kinds) > MAX_CHAIN_STAGES:
        check.problems["stages"] = _TOO_MANY_STAGES
    others = [number for number, kind in enumerate(kinds) if kind == ChainStageKind.OTHERS]
    check.problems |= {f"stages-{number}-kind": _TWO_OTHERS for number in others[1:]}


def sketched(
    typed: TypedChain, members: Collection[UUID], units: Collection[UUID] = ()
) -> tuple[ChainStage, ...]:
    """The stages as far as they can be read already: for the picture while it is typed."""
    return _stages(SlotCheck(FormCheck(), members, units), typed)


def sketched_recipients(
    typed: TypedChain, members: Collection[UUID], units: Collection[UUID] = ()
) -> tuple[ChainSlot, ...]:
    """The recipients likewise."""
    return _receivers(SlotCheck(FormCheck(), members, units), typed)


def typed_chain(name: str, definition: Mapping[str, object]) -> TypedChain:
    """The form of a chain that is kept; what older rows lack gets its first value."""
    rows = _mappings(definition.get("stages"))
    recipients = tuple(typed_slot(slot) for slot in kept_recipients(definition))
    return TypedChain(name, tuple(_typed_stage(row) for row in rows), recipients)


def kept_stages(definition: Mapping[str, object]) -> tuple[ChainStage, ...]:
    """The stages of a chain that is kept, whatever version of this program wrote it."""
    return tuple(_kept_stage(row) for row in _mappings(definition.get("stages")))


def kept_recipients(definition: Mapping[str, object]) -> tuple[ChainSlot, ...]:
    """The recipients of a chain that is kept; older versions have none."""
    return tuple(kept_slot(row) for row in _mappings(definition.get("recipients")))


def _receivers(slots: SlotCheck, typed: TypedChain) -> tuple[ChainSlot, ...]:
    found: list[ChainSlot] = []
    slots.taken |= slots.before  # whoever acts gets the documents anyway
    for index, row in enumerate(typed.recipients[:MAX_STAGE_PEOPLE]):
        slot = slots.receiver(f"recipients-{index}", row, found)
        if slot is not None:
            found.append(slot)
    if len(typed.recipients) > MAX_STAGE_PEOPLE:
        slots.check.problems["recipients"] = _TOO_MANY_RECIPIENTS
    return tuple(found)


def _stages(slots: SlotCheck, typed: TypedChain) -> tuple[ChainStage, ...]:
    return tuple(
        _stage(slots, f"stages-{index}", stage)
        for index, stage in enumerate(typed.stages[:MAX_CHAIN_STAGES])
    )


def _stage(slots: SlotCheck, name: str, typed: TypedChainStage) -> ChainStage:
    match slots.check.choice(f"{name}-kind", typed.kind, ChainStageKind):
        case ChainStageKind.OTHERS:
            slots.pass_others()
            return _others(name, typed, slots.check.problems)
        case ChainStageKind.GATE:
            return _gate(slots, name, typed)
        case ChainStageKind.PEOPLE:
            return _asking(slots, name, typed)


def _others(name: str, typed: TypedChainStage, problems: dict[str, Words]) -> ChainStage:
    """Deadline and reminders hold for each stage of the draft's own people."""
    days = read_number(f"{name}-days", typed.days, MAX_STAGE_DAYS, _DAYS, problems)
    reminders = read_own_reminders(f"{name}-reminders", typed.reminders, problems)
    return replace(OTHERS, days=days, reminders=reminders)


def _gate(slots: SlotCheck, name: str, typed: TypedChainStage) -> ChainStage:
    problems = slots.check.problems
    gate = read_gate(name, typed.title, typed.opener, problems)
    if gate.opener.member_id is not None and gate.opener.member_id not in slots.members:
        problems[f"{name}-opener"] = _NO_OPENER
    condition = read_condition(slots.check, name, typed.condition)
    reminders = read_own_reminders(f"{name}-reminders", typed.reminders, problems)
    return ChainStage("", StageRule.ALL, 0, None, (), condition, reminders, gate)


def _asking(slots: SlotCheck, name: str, typed: TypedChainStage) -> ChainStage:
    check = slots.check
    title = check.line(f"{name}-name", typed.name, None, MAX_STAGE_NAME)
    rule = check.choice(f"{name}-rule", typed.rule, StageRule)
    people = _people(slots, name, typed)
    if not typed.people:
        check.problems[f"{name}-rule"] = _NOBODY
    if len(typed.people) > MAX_STAGE_PEOPLE:
        check.problems[f"{name}-rule"] = _TOO_MANY_PEOPLE
    if rule is not StageRule.ALL and len({row.kind for row in typed.people}) > 1:
        check.problems[f"{name}-rule"] = _MIXED
    places, most = max(1, len(typed.people)), _most(typed)
    needs = Words(f"1から{most}までの数字で入力してください。", f"Enter a number from 1 to {most}.")
    need = {StageRule.ALL: places, StageRule.ANY: 1}.get(rule) or (
        read_number(f"{name}-need", typed.need or "0", most, needs, check.problems) or 1
    )
    days = read_number(f"{name}-days", typed.days, MAX_STAGE_DAYS, _DAYS, check.problems)
    condition = read_condition(check, name, typed.condition)
    reminders = read_own_reminders(f"{name}-reminders", typed.reminders, check.problems)
    return ChainStage(title, rule, need, days, people, condition, reminders)


def _most(typed: TypedChainStage) -> int:
    """How many acts a number may ask for: a role stands for as many as hold it."""
    crowd = any(row.who == Who.ROLE for row in typed.people)
    return MAX_STAGE_PEOPLE if crowd else max(1, len(typed.people))


def _people(slots: SlotCheck, name: str, typed: TypedChainStage) -> tuple[ChainSlot, ...]:
    found: list[ChainSlot] = []
    for index, row in enumerate(typed.people[:MAX_STAGE_PEOPLE]):
        slot = slots.slot(f"{name}-people-{index}", row, found)
        if slot is not None:
            found.append(slot)
    return tuple(found)


def _as_json(stage: ChainStage) -> dict[str, Json]:
    slots: list[Json] = [slot.as_json() for slot in stage.people]
    kept: dict[str, Json] = {
        "name": stage.name,
        "rule": stage.rule.value,
        "need": stage.need,
        "days": stage.days,
        "slots": slots,
    }
    if stage.reminders is not None:
        kept["reminders"] = list(stage.reminders)
    if stage.gate is not None:
        kept["gate"] = stage.gate.as_json()
    if stage.others:
        kept["others"] = True
    return kept | {"when": stage.condition.as_json()} if stage.condition else kept


def _kept_stage(row: Mapping[str, object]) -> ChainStage:
    rule = StageRule(str(row.get("rule") or StageRule.ALL.value))
    people = tuple(kept_slot(slot) for slot in _mappings(row.get("slots")))
    days = row.get("days")
    return ChainStage(
        name=str(row.get("name") or ""),
        rule=rule,
        need={StageRule.ALL: len(people), StageRule.ANY: 1}.get(rule)
        or int(str(row.get("need") or 0)),
        days=int(str(days)) if days else None,
        people=people,
        condition=condition_of(row.get("when")),
        reminders=_reminders(row),
        gate=kept_gate(row.get("gate")),
        others=row.get("others") is True,
    )


def _reminders(row: Mapping[str, object]) -> tuple[int, ...] | None:
    days = row.get("reminders")
    return tuple(int(day) for day in days) if isinstance(days, list) else None


def _typed_stage(row: Mapping[str, object]) -> TypedChainStage:
    people = _mappings(row.get("slots"))
    rule = str(row.get("rule") or StageRule.ALL.value)
    when = condition_of(row.get("when"))
    gate = kept_gate(row.get("gate"))
    return TypedChainStage(
        kind=_kind_of(row, gate).value,
        name=str(row.get("name") or ""),
        rule=rule,
        need=str(row.get("need") or "") if rule == StageRule.N_OF else "",
        days=str(row.get("days") or ""),
        reminders="" if (own := _reminders(row)) is None else reminders_typed(own),
        least="" if when.least is None else f"{when.least:,}",
        below="" if when.below is None else f"{when.below:,}",
        kinds="、".join(when.kinds),
        departments="、".join(when.departments),
        title=gate.title if gate and gate.title != GATE_WORDS.ja else "",
        opener=gate.opener.word if gate else "",
        people=tuple(typed_slot(kept_slot(slot)) for slot in people),
    )


def _kind_of(row: Mapping[str, object], gate: Gate | None) -> ChainStageKind:
    if row.get("others") is True:
        return ChainStageKind.OTHERS
    return ChainStageKind.GATE if gate else ChainStageKind.PEOPLE


def _mappings(rows: object) -> list[Mapping[str, object]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
