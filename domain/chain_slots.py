"""Places in a chain's stages: whom each is for, as typed, checked and kept.

A place is for a named member, for anybody who holds a role, for the head of a department, or for
whom the sender names. domain.chain_seats says which persons that are for one envelope.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from domain.events import Json
from domain.forms import CHOICE, MAX_TYPED_CHARACTERS, FormCheck
from domain.ids import read_id
from domain.kinds import Role, SlotKind
from domain.permissions import ROLE_WORDS
from domain.refusals import Words

MAX_LABEL_CHARACTERS = 60
MAX_FILLED = 200
"""A draft keeps no more of them; a chain asks for fewer."""
MOST_ASKED = 50
"""So many a chain may ask for: its sender would fill in as many fields."""
FILLED = "filled"
"""Fields in which a sender fills a place are called this, with its key."""
_FIELD_OF_KEY = re.compile(rf"{FILLED}-([0-9a-f]{{12}})")
SENDERS = "sender"
"""In the place of a department's id: that of whoever sends."""


class Who(StrEnum):
    """How a place says whom it is for."""

    MEMBER = "member"
    ROLE = "role"
    """Any active member who holds a role, in one department or in all."""
    HEAD = "head"
    """The head (部署長) of a department."""
    FILLED = "filled"
    """Whom the sender names."""


WHO_WORDS: dict[Who, Words] = {
    Who.MEMBER: Words("利用者を名前で指定", "A named member"),
    Who.ROLE: Words("役割で指定（そのうち誰か1人）", "By role (any one who holds it)"),
    Who.HEAD: Words("部署長", "Head of a department"),
    Who.FILLED: Words("送信のときに選ぶ", "Chosen when sending"),
}
RECEIVER_WORDS = WHO_WORDS | {Who.ROLE: Words("役割で指定（全員）", "By role (everybody)")}
"""The same of recipients."""
PLACE_ROLES = (Role.APPROVER, Role.CLERK, Role.ADMIN, Role.AUDITOR, Role.VIEWER)
"""Operators see no document, and so are never asked by their role."""

_NO_MEMBER = Words("人を選んでください。", "Choose a person.")
_LEFT = Words(
    "この人は、もう利用者ではありません。別の人を選んでください。",
    "This person is no longer a member. Choose somebody else.",
)
_TWICE = Words(
    "この人は、このルートにもう入っています。1人は1回だけです（「相手方」の前と後には、1回ずつ入れます）。",
    "This person is in the route already. Everybody acts once, or once before the other side and "
    "once after it.",
)
_ROLE_TWICE = Words(
    "同じ役割がもう入っています。段階の人数は「何人の対応が必要か」で決めます。",
    "This role is there already. How many act in a stage is said by its rule.",
)
_NO_UNIT = Words(
    "この部署は、もう一覧にありません。選び直してください。",
    "This department is no longer in the list. Choose another one.",
)
_NO_LABEL = Words(
    "送信者に何と尋ねるかを入力してください。例：主管課長",
    "Enter what the sender is asked for, like “Manager in charge”.",
)
_LABEL_TWICE = Words(
    "この名前は、このルートにもうあります。別の名前にしてください。",
    "The route has this name already. Choose another one.",
)
_TOO_MANY_ASKED = Words(
    f"「送信のときに選ぶ」人は、1つのルートに{MOST_ASKED}人までです。",
    f"A route may ask its sender for at most {MOST_ASKED} people.",
)
_GONE = Words("削除された部署", "a department that was removed")
_OWN = Words("送信者の部署", "the sender’s department")


@dataclass(frozen=True)
class TypedSlot:
    """One place of a stage, as typed. What belongs to another way of saying is kept unread."""

    kind: str = SlotKind.APPROVE.value
    member: str = ""
    who: str = Who.MEMBER.value
    role: str = Role.APPROVER.value
    among: str = ""
    """Of a role: a department's id, SENDERS, or "" for all."""
    unit: str = SENDERS
    """Of a head: a department's id, or SENDERS."""
    label: str = ""
    """What the sender is asked for."""


@dataclass(frozen=True)
class ChainSlot:
    """One place. What `who` does not need is empty."""

    kind: SlotKind | None
    """None: of a recipient, who does nothing but get the finished documents."""
    member_id: UUID | None = None
    who: Who = Who.MEMBER
    role: Role = Role.APPROVER
    unit: str = ""
    """A department's id or SENDERS; "" is every department."""
    label: str = ""

    @property
    def key(self) -> str:
        """Under which a draft keeps whom its sender named: the same in each chain that asks for
        the same, and in each version."""
        return filled_key(self.label)

    @property
    def unit_id(self) -> UUID | None:
        """The department that is named."""
        return read_id(self.unit) if self.unit not in ("", SENDERS) else None

    def as_json(self) -> dict[str, Json]:
        """As a chain's definition keeps it; a named member's as ever."""
        said: dict[str, Json] = {"kind": self.kind.value} if self.kind else {}
        match self.who:
            case Who.MEMBER:
                return said | {"member_id": str(self.member_id)}
            case Who.ROLE:
                return said | {"who": self.who, "role": self.role.value, "unit": self.unit}
            case Who.HEAD:
                return said | {"who": self.who, "unit": self.unit}
            case Who.FILLED:
                return said | {"who": self.who, "label": self.label}


def filled_key(label: str) -> str:
    """Part of a field's name: the sender's answer to this label."""
    return hashlib.sha256(unicodedata.normalize("NFKC", label).encode()).hexdigest()[:12]


@dataclass
class SlotCheck:
    """Reads the places of one chain: what is said twice in it, and what is not there any more."""

    check: FormCheck
    members: Collection[UUID]
    units: Collection[UUID]
    taken: set[UUID] = field(default_factory=set)
    """On this side of the other side."""
    before: set[UUID] = field(default_factory=set)
    """On the far side."""
    labels: set[str] = field(default_factory=set)

    def pass_others(self) -> None:
        """What follows comes behind the other side: who acted before it may act once more."""
        self.before, self.taken = self.before | self.taken, set()

    def slot(self, name: str, row: TypedSlot, others: Collection[ChainSlot]) -> ChainSlot | None:
        """One place, `others` are those before it in its stage; None while nobody is named."""
        return self._slot(self.check.choice(f"{name}-kind", row.kind, SlotKind), name, row, others)

    def receiver(
        self, name: str, row: TypedSlot, others: Collection[ChainSlot]
    ) -> ChainSlot | None:
        """A recipient's place."""
        return self._slot(None, name, row, others)

    def _slot(
        self, kind: SlotKind | None, name: str, row: TypedSlot, others: Collection[ChainSlot]
    ) -> ChainSlot | None:
        match self.check.choice(f"{name}-who", row.who, Who):
            case Who.MEMBER:
                return self._member(kind, f"{name}-member", row.member)
            case Who.ROLE:
                return self._role(kind, name, row, others)
            case Who.HEAD:
                return ChainSlot(kind, who=Who.HEAD, unit=self._unit(f"{name}-unit", row.unit))
            case Who.FILLED:
                return self._filled(kind, f"{name}-label", row.label)

    def _member(self, kind: SlotKind | None, name: str, typed: str) -> ChainSlot | None:
        member_id = read_id(typed)
        if member_id is None:
            self.check.problems[name] = CHOICE if typed else _NO_MEMBER
            return None
        if member_id not in self.members:
            self.check.problems[name] = _LEFT
        elif member_id in self.taken:
            self.check.problems[name] = _TWICE
        self.taken.add(member_id)
        return ChainSlot(kind, member_id)

    def _role(
        self, kind: SlotKind | None, name: str, row: TypedSlot, others: Collection[ChainSlot]
    ) -> ChainSlot:
        role = self.check.choice(f"{name}-role", row.role, Role)
        if role not in PLACE_ROLES:
            self.check.problems[f"{name}-role"] = CHOICE
        unit = self._unit(f"{name}-among", row.among) if row.among else ""
        found = ChainSlot(kind, who=Who.ROLE, role=role, unit=unit)
        if any((one.who, one.role, one.unit) == (Who.ROLE, role, unit) for one in others):
            self.check.problems[f"{name}-role"] = _ROLE_TWICE
        return found

    def _unit(self, name: str, typed: str) -> str:
        if typed == SENDERS:
            return SENDERS
        found = read_id(typed)
        if found is None or found not in self.units:
            self.check.problems[name] = _NO_UNIT if found else CHOICE
        return str(found or SENDERS)

    def _filled(self, kind: SlotKind | None, name: str, typed: str) -> ChainSlot | None:
        label = self.check.line(name, typed, _NO_LABEL, MAX_LABEL_CHARACTERS)
        if label and filled_key(label) in self.labels:
            self.check.problems[name] = _LABEL_TWICE
        self.labels.add(filled_key(label))
        if len(self.labels) > MOST_ASKED:
            self.check.problems[name] = _TOO_MANY_ASKED
        return ChainSlot(kind, who=Who.FILLED, label=label) if label else None


def kept_slot(row: Mapping[str, object]) -> ChainSlot:
    """From a definition; rows from before name members only."""
    who = Who(str(row.get("who") or Who.MEMBER.value))
    return ChainSlot(
        SlotKind(str(row["kind"])) if "kind" in row else None,
        UUID(str(row["member_id"])) if who is Who.MEMBER else None,
        who,
        Role(str(row.get("role") or Role.APPROVER.value)),
        str(row.get("unit") or ""),
        str(row.get("label") or ""),
    )


def typed_slot(slot: ChainSlot) -> TypedSlot:
    """The form of a place that is kept."""
    return TypedSlot(
        kind=slot.kind.value if slot.kind else TypedSlot.kind,
        member=str(slot.member_id or ""),
        who=slot.who.value,
        role=slot.role.value,
        among=slot.unit if slot.who is Who.ROLE else "",
        unit=slot.unit if slot.who is Who.HEAD else SENDERS,
        label=slot.label,
    )


def read_typed(row: TypedSlot) -> ChainSlot | None:
    """A place for its picture, while it is typed; None while nobody is named. ValueError for what
    no form says."""
    who = Who(row.who)
    unit = row.among if who is Who.ROLE else row.unit
    slot = ChainSlot(
        SlotKind(row.kind), read_id(row.member), who, Role(row.role), unit, row.label.strip()
    )
    named = {Who.MEMBER: slot.member_id is not None, Who.FILLED: bool(slot.label)}
    return slot if named.get(who, True) else None


def place_words(slot: ChainSlot, names: Mapping[UUID, str], units: Mapping[UUID, str]) -> Words:
    """Whom a place is for: 「送信者の部署の部署長」. `names` are members', `units` departments'."""
    match slot.who:
        case Who.MEMBER:
            name = names.get(slot.member_id, "―") if slot.member_id else "―"
            return Words(name, name)
        case Who.ROLE:
            return _crowd_words(slot, units)
        case Who.HEAD:
            unit = unit_words(slot.unit, units)
            return Words(f"{unit.ja}の部署長", f"Head of {unit.en}")
        case Who.FILLED:
            return Words(f"{slot.label}（送信のときに選ぶ）", f"{slot.label} (chosen when sending)")


def _crowd_words(slot: ChainSlot, units: Mapping[UUID, str]) -> Words:
    role, unit = ROLE_WORDS[slot.role], unit_words(slot.unit, units)
    ja = f"{unit.ja}の{role.ja}" if slot.unit else role.ja
    en = f"{role.en.lower()} of {unit.en}" if slot.unit else role.en.lower()
    if slot.kind is None:
        return Words(f"{ja}の全員", f"Every {en}")
    return Words(f"{ja}のうち誰か1人", f"Any one {en}")


def unit_words(unit: str, units: Mapping[UUID, str]) -> Words:
    """A department as a place names it."""
    if unit == SENDERS:
        return _OWN
    found = read_id(unit)
    name = units.get(found) if found else None
    return Words(name, name) if name else _GONE


def place_keys(stages: Iterable[Iterable[ChainSlot]]) -> tuple[tuple[str, ...], ...]:
    """For each place of a chain, the key under which a draft keeps its fields: of a member his id,
    of others what they are called, whoever sits there; what is there again is numbered."""
    seen: Counter[str] = Counter()

    def numbered(slot: ChainSlot) -> str:
        name = _place_key(slot)
        seen[name] += 1
        return name if seen[name] == 1 else f"{name}~{seen[name]}"

    return tuple(tuple(numbered(slot) for slot in row) for row in stages)


def _place_key(slot: ChainSlot) -> str:
    match slot.who:
        case Who.MEMBER:
            return str(slot.member_id)
        case Who.ROLE:
            return f"role-{slot.role.value}-{slot.unit}"
        case Who.HEAD:
            return f"head-{slot.unit}"
        case Who.FILLED:
            return f"{FILLED}-{slot.key}"


def posted_filled(form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Whom a sender's form names, by the keys of the places; "" where it shows one with nobody."""
    return tuple(
        sorted(
            (found[1], value[:MAX_TYPED_CHARACTERS])
            for name, value in form.items()
            if (found := _FIELD_OF_KEY.fullmatch(name))
        )[:MAX_FILLED]
    )


def kept_filled(
    stored: Collection[tuple[str, str]], typed: Collection[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """With those that the form does not show, since they are of another chain or of stages that
    are skipped: whoever comes back to them finds whom he chose."""
    said = dict(typed)
    waiting = [(key, value) for key, value in stored if key not in said]
    chosen = [(key, value) for key, value in [*said.items(), *waiting] if value]
    return tuple(sorted(chosen[:MAX_FILLED]))


def stored_filled(stored: object) -> tuple[tuple[str, str], ...]:
    """The same from a draft's column."""
    rows = stored.items() if isinstance(stored, Mapping) else ()
    return posted_filled({f"{FILLED}-{key}": str(value) for key, value in rows})
