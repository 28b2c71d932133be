"""Stages that a sender lays out himself (段階): rules, deadlines, gates, as typed and checked. A
chain's gates are read here too."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from domain.days import read_own_reminders
from domain.events import Json
from domain.ids import read_id
from domain.kinds import ParticipantKind, PartyKind, Role, StageRule
from domain.refusals import Words

MAX_STAGES = 20
MAX_STAGE_DAYS = 365
MAX_GATE_CHARACTERS = 60
MAX_RESOLUTION_CHARACTERS = 60
GATE_WORDS = Words("議決", "Resolution")
"""What a gate waits for unless the sender says otherwise."""


class StageKind(StrEnum):
    """What stands in a stage's row of the form: the rule for its people, or a gate."""

    ALL = "all"
    ANY = "any"
    N_OF = "n_of"
    GATE = "gate"


@dataclass(frozen=True)
class TypedStage:
    """One row of the stages' list, as typed."""

    kind: str = StageKind.ALL.value
    need: str = ""
    days: str = ""
    title: str = ""
    opener: str = ""
    reminders: str = ""
    """Days on which people, or who may open the gate, are reminded; "" is as in the whole envelope,
    "0" never."""


class Opener(NamedTuple):
    """Who may open a gate: one member, or whoever has a role."""

    member_id: UUID | None = None
    role: Role | None = None

    @property
    def word(self) -> str:
        """As forms and tables keep it: `member:<id>` or `role:clerk`."""
        return f"member:{self.member_id}" if self.member_id else f"role:{self.role}"


OPENING_ROLES = (Role.CLERK, Role.ADMIN)
"""Roles that may be named: an operator opens nothing."""


@dataclass(frozen=True)
class Gate:
    """What is waited for, and who says that it is there."""

    title: str
    opener: Opener

    def as_json(self) -> dict[str, Json]:
        """As a chain's definition keeps it."""
        return {"title": self.title, "opener": self.opener.word}


ANY_CLERK = Opener(role=Role.CLERK)
"""Who opens a gate unless somebody else is named."""


@dataclass(frozen=True)
class CheckedStage:
    """A stage that may be sent. `need` counts the acts; 0 for a gate."""

    rule: StageRule = StageRule.ALL
    need: int = 0
    days: int | None = None
    """Days from its opening until its own deadline, if it has one."""
    gate: Gate | None = None
    reminders: tuple[int, ...] | None = None
    """Days of its own on which people are reminded; None: as in the whole envelope."""


class Seat(NamedTuple):
    """What the rules of a stage look at, of one person in it; `row` is his in the form."""

    row: int
    kind: ParticipantKind
    party: PartyKind
    company: str


def opener_of(word: str) -> Opener | None:
    """The opener that forms and tables name; None for anything else."""
    kind, _, rest = word.partition(":")
    if kind == "role" and rest in {role.value for role in OPENING_ROLES}:
        return Opener(role=Role(rest))
    member_id = read_id(rest) if kind == "member" else None
    return Opener(member_id=member_id) if member_id is not None else None


def typed_stages(rows: object) -> tuple[TypedStage, ...]:
    """From the draft's JSON; missing parts get their first values."""
    found = rows if isinstance(rows, list) else []
    names = vars(TypedStage())
    return tuple(
        TypedStage(**{name: _text(row, name, str(names[name])) for name in names})
        for row in found[: MAX_STAGES + 1]
        if isinstance(row, Mapping)
    )


def _text(row: Mapping[str, Any], name: str, default: str) -> str:
    return str(row.get(name, default))[:1000]


def check_stages(
    typed: Sequence[TypedStage], seats: Mapping[int, Sequence[Seat]]
) -> tuple[tuple[CheckedStage, ...], dict[str, Words]]:
    """The stages with their types, and what is wrong by field name (`stages-0-need` and so on).

    `seats` are the people who act, by the position of their stage.
    """
    problems: dict[str, Words] = {}
    if len(typed) > MAX_STAGES:
        problems["stages"] = TOO_MANY_STAGES
    stages = tuple(
        _check(f"stages-{index}", row, seats.get(index, ()), problems)
        for index, row in enumerate(typed)
    )
    return stages, problems


def _check(
    name: str, row: TypedStage, people: Sequence[Seat], problems: dict[str, Words]
) -> CheckedStage:
    if row.kind not in set(StageKind):
        problems[f"{name}-kind"] = _CHOICE
        return CheckedStage()
    reminders = read_own_reminders(f"{name}-reminders", row.reminders, problems)
    if row.kind == StageKind.GATE:
        if people:
            problems[f"{name}-kind"] = _PEOPLE_AT_GATE
        gate = read_gate(name, row.title, row.opener, problems)
        return CheckedStage(gate=gate, reminders=reminders)
    if not people:
        problems[f"{name}-kind"] = _EMPTY
    rule = StageRule(row.kind)
    sides = {(seat.kind, seat.party, seat.company) for seat in people}
    if rule is not StageRule.ALL and len(sides) > 1:
        problems[f"{name}-kind"] = _MIXED
    days = read_number(f"{name}-days", row.days, MAX_STAGE_DAYS, _DAYS, problems)
    need = len(people) if rule is StageRule.ALL else 1
    if rule is StageRule.N_OF:
        wrong = Words(
            f"1人から{max(1, len(people))}人までの数字で入力してください。",
            f"Enter a number from 1 to {max(1, len(people))}.",
        )
        need = (
            read_number(f"{name}-need", row.need or "0", max(1, len(people)), wrong, problems) or 1
        )
    return CheckedStage(rule, need, days, reminders=reminders)


def read_gate(name: str, title: str, opener: str, problems: dict[str, Words]) -> Gate:
    """From `<name>-title` and `<name>-opener` as typed, also of a chain's stage."""
    title = unicodedata.normalize("NFC", title).strip() or GATE_WORDS.ja
    if len(title) > MAX_GATE_CHARACTERS or not title.isprintable():
        problems[f"{name}-title"] = _TITLE
    found = opener_of(opener) if opener else ANY_CLERK
    if found is None:
        problems[f"{name}-opener"] = _CHOICE
    return Gate(title, found or ANY_CLERK)


def kept_gate(stored: object) -> Gate | None:
    """From a chain's definition; None for a stage that is no gate."""
    if not isinstance(stored, Mapping):
        return None
    opener = opener_of(str(stored.get("opener") or ""))
    return Gate(str(stored.get("title") or GATE_WORDS.ja), opener or ANY_CLERK)


def read_number(
    name: str, value: str, most: int, wrong: Words, problems: dict[str, Words]
) -> int | None:
    """A number from 1 to `most`; None for an empty field. Full-width digits are digits too."""
    digits = unicodedata.normalize("NFKC", value).strip()
    if not digits:
        return None
    good = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_STAGE_DAYS))
    if not good or not 1 <= int(digits) <= most:
        problems[name] = wrong
        return None
    return int(digits)


_CHOICE = Words("一覧から選んでください。", "Choose one of the list.")
TOO_MANY_STAGES = Words(
    f"段階は{MAX_STAGES}個までです。", f"There may be at most {MAX_STAGES} stages."
)
_EMPTY = Words(
    "この段階には人がいません。関係者の「段階」で選ぶか、この段階を外してください。",
    "Nobody is in this stage. Choose it for somebody, or take it out.",
)
_MIXED = Words(
    "「誰か1人」や「決められた人数」の段階では、全員を同じ役割・同じ当事者・同じ会社名にしてください。",
    "Where any one or a number of people is enough, all of them need the same role, "
    "the same side and the same company.",
)
_PEOPLE_AT_GATE = Words(
    "条件待ちの段階には人を入れられません。その人の「段階」を選び直してください。",
    "A gate has no people. Choose another stage for them.",
)
_TITLE = Words(
    f"待つものの名前は{MAX_GATE_CHARACTERS}文字以内で入力してください。",
    f"Use at most {MAX_GATE_CHARACTERS} characters for what is waited for.",
)
_DAYS = Words(
    f"段階の期限は1日から{MAX_STAGE_DAYS}日までの数字で入力してください。空欄なら封筒の期限だけが適用されます。",
    f"Enter the stage's deadline as a number of days from 1 to {MAX_STAGE_DAYS}, or leave it "
    "empty: then only the envelope's deadline applies.",
)


class Resolution(NamedTuple):
    """What opened a gate, e.g. 議案第12号 of a day."""

    number: str
    day: date


class ResolutionProblem(ValueError):
    """What is wrong with a resolution as typed, in words, and in which field of its form."""

    def __init__(self, words: Words, field: str) -> None:
        super().__init__(words.en)
        self.words = words
        self.field = field


def check_resolution(number: str, day: str, today: date) -> Resolution:
    """A resolution as typed. Raises ResolutionProblem."""
    clean = unicodedata.normalize("NFC", number).strip()
    if not 0 < len(clean) <= MAX_RESOLUTION_CHARACTERS or not clean.isprintable():
        raise ResolutionProblem(_NO_NUMBER, "resolution")
    try:
        found = date.fromisoformat(day.strip())
    except ValueError:
        raise ResolutionProblem(_NO_DAY, "resolved_on") from None
    if found > today:
        raise ResolutionProblem(_DAY_TO_COME, "resolved_on")
    return Resolution(clean, found)


_NO_NUMBER = Words(
    f"議決の番号を{MAX_RESOLUTION_CHARACTERS}文字以内で入力してください。例：議案第12号",
    f"Enter the resolution's number, at most {MAX_RESOLUTION_CHARACTERS} characters.",
)
_NO_DAY = Words("議決の日付を入力してください。", "Enter the day of the resolution.")
_DAY_TO_COME = Words(
    "議決の日付が先の日になっています。", "The day of the resolution has not come yet."
)
