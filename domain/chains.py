"""Approval chains (承認ルート) that administrators define: as typed, checked, and as they are kept.

A chain is a list of stages, asked one after the other. Within a stage everybody is asked at once,
and all of them, any one, or a number of them must act. A stage may have a condition
(domain.chain_conditions): where it does not hold, the stage is skipped.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.chain_conditions import ALWAYS, Condition, condition_of, read_condition
from domain.chain_slots import ChainSlot, SlotCheck, TypedSlot, Who, kept_slot, typed_slot
from domain.draft_defaults import REMINDERS, read_reminders, reminders_typed
from domain.events import Json
from domain.forms import FormCheck, FormProblems
from domain.kinds import SlotKind, StageRule
from domain.refusals import Words
from domain.stages import MAX_STAGE_DAYS, read_number

MAX_CHAIN_NAME = 100
MAX_STAGE_NAME = 60
MAX_STAGE_PEOPLE = 20
MAX_CHAIN_STAGES = 200
"""Conditions make many of them alternatives, of which one envelope meets a few."""
MOST_OPEN_STAGES = 10
"""A longer chain's form shows the stages that somebody works on; the others are a line each."""

_NO_NAME = Words("承認ルートの名前を入力してください。", "Enter a name for the route.")
_NO_STAGE = Words("段階を1つ以上追加してください。", "Add at least one stage.")
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


@dataclass(frozen=True)
class TypedChainStage:
    """One stage, as typed."""

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
    """One stage that may be kept. `need` counts the acts."""

    name: str
    rule: StageRule
    need: int
    days: int | None
    people: tuple[ChainSlot, ...]
    condition: Condition = ALWAYS
    reminders: tuple[int, ...] | None = None
    """Days of its own on which people are reminded; None: as in the whole envelope."""


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
    if not typed.stages:
        check.problems["stages"] = _NO_STAGE
    if len(typed.stages) > MAX_CHAIN_STAGES:
        check.problems["stages"] = _TOO_MANY_STAGES
    slots = SlotCheck(check, members, units)
    stages = _stages(slots, typed)
    recipients = _receivers(slots, typed)
    if check.problems:
        raise FormProblems(check.problems)
    return CheckedChain(name, stages, recipients)


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


def rearranged(typed: TypedChain, action: str) -> TypedChain:
    """The chain after `add-stage`, `drop-stage-1`, `up-stage-1`, `down-stage-0`, `add-person-0`,
    `drop-person-0-2`, `add-recipient` or `drop-recipient-1`; any other word changes nothing."""
    word, _, rest = action.partition("-")
    what, *numbers = rest.split("-")
    if not all(number.isascii() and number.isdigit() and len(number) < 4 for number in numbers):
        return typed
    at = [int(number) for number in numbers]
    stages = list(typed.stages)
    if what == "stage":
        return replace(typed, stages=tuple(_moved(stages, word, at)))
    if what == "recipient":
        return replace(typed, recipients=_with_recipients(typed.recipients, word, at))
    if what == "person" and at and at[0] < len(stages):
        stages[at[0]] = _with_people(stages[at[0]], word, at[1:])
    return replace(typed, stages=tuple(stages))


def open_stages(
    number: int, action: str, wrong: Iterable[str], before: Iterable[str] = ()
) -> frozenset[int]:
    """Which of so many stages the form shows with all their fields: all of a short chain; else
    the one that a button was about, and those of the fields that are wrong. A button that is about
    no stage, and the Enter key, leave open what was open `before`, as the form says it."""
    if number <= MOST_OPEN_STAGES:
        return frozenset(range(number))
    word, _, rest = action.partition("-")
    what, *numbers = rest.split("-")
    at = int(numbers[0]) if numbers and numbers[0].isascii() and numbers[0].isdigit() else 0
    found = {int(name.split("-")[1]) for name in wrong if name.startswith("stages-")}
    if (what, word) == ("stage", "add"):
        found.add(number - 1)
    elif what == "person" or (what == "stage" and word != "drop"):
        found.add(at + {"up": -1, "down": 1}.get(word, 0))
    elif what != "stage":
        places = (int(text) for text in before if text.isascii() and text.isdigit())
        found |= {place for place in places if place < number}
    return frozenset(found)


def _moved(stages: list[TypedChainStage], word: str, at: Sequence[int]) -> list[TypedChainStage]:
    if word == "add" and len(stages) < MAX_CHAIN_STAGES:
        return [*stages, TypedChainStage()]
    if len(at) != 1 or at[0] >= len(stages):
        return stages
    [index] = at
    if word == "drop":
        return stages[:index] + stages[index + 1 :]
    other = {"up": index - 1, "down": index + 1}.get(word, -1)
    if 0 <= other < len(stages):
        stages[index], stages[other] = stages[other], stages[index]
    return stages


def _with_people(stage: TypedChainStage, word: str, at: Sequence[int]) -> TypedChainStage:
    people = stage.people
    if word == "add" and len(people) < MAX_STAGE_PEOPLE:
        kind = people[-1].kind if people else SlotKind.APPROVE.value
        return replace(stage, people=(*people, TypedSlot(kind)))
    if word == "drop" and len(at) == 1 and at[0] < len(people):
        return replace(stage, people=people[: at[0]] + people[at[0] + 1 :])
    return stage


def _with_recipients(
    rows: tuple[TypedSlot, ...], word: str, at: Sequence[int]
) -> tuple[TypedSlot, ...]:
    if word == "add" and len(rows) < MAX_STAGE_PEOPLE:
        return (*rows, TypedSlot())
    if word == "drop" and len(at) == 1:
        return rows[: at[0]] + rows[at[0] + 1 :]
    return rows


def _receivers(slots: SlotCheck, typed: TypedChain) -> tuple[ChainSlot, ...]:
    found: list[ChainSlot] = []
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
    reminders = read_reminders(typed.reminders) if typed.reminders.strip() else None
    if typed.reminders.strip() and reminders is None:
        check.problems[f"{name}-reminders"] = REMINDERS
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
    return kept | {"when": stage.condition.as_json()} if stage.condition else kept


def _kept_stage(row: Mapping[str, object]) -> ChainStage:
    rule = StageRule(str(row.get("rule") or StageRule.ALL.value))
    people = tuple(kept_slot(slot) for slot in _mappings(row.get("slots")))
    days = row.get("days")
    return ChainStage(
        name=str(row.get("name") or ""),
        rule=rule,
        need={StageRule.ALL: len(people), StageRule.ANY: 1}.get(rule) or int(str(row["need"])),
        days=int(str(days)) if days else None,
        people=people,
        condition=condition_of(row.get("when")),
        reminders=_reminders(row),
    )


def _reminders(row: Mapping[str, object]) -> tuple[int, ...] | None:
    days = row.get("reminders")
    return tuple(int(day) for day in days) if isinstance(days, list) else None


def _typed_stage(row: Mapping[str, object]) -> TypedChainStage:
    people = _mappings(row.get("slots"))
    rule = str(row.get("rule") or StageRule.ALL.value)
    when = condition_of(row.get("when"))
    return TypedChainStage(
        name=str(row.get("name") or ""),
        rule=rule,
        need=str(row.get("need") or "") if rule == StageRule.N_OF else "",
        days=str(row.get("days") or ""),
        reminders="" if (own := _reminders(row)) is None else reminders_typed(own),
        least="" if when.least is None else f"{when.least:,}",
        below="" if when.below is None else f"{when.below:,}",
        kinds="、".join(when.kinds),
        departments="、".join(when.departments),
        people=tuple(typed_slot(kept_slot(slot)) for slot in people),
    )


def _mappings(rows: object) -> list[Mapping[str, object]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
