"""Which persons each place of a chain means by itself, for one sender.

domain.chain_seating puts a chain's places together, so that everybody is asked once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.chain_slots import SENDERS, ChainSlot, Who, unit_words
from domain.chains import MAX_STAGE_PEOPLE
from domain.permissions import ROLE_WORDS
from domain.refusals import Words


@dataclass(frozen=True)
class Colleague:
    """A member as chains need to know him."""

    name: str
    active: bool
    department: str = ""
    department_id: UUID | None = None
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unit:
    """A department, and who heads it."""

    name: str
    head: UUID | None = None


@dataclass(frozen=True)
class Staff:
    """An organisation's members, also those who left, and its departments."""

    people: Mapping[UUID, Colleague]
    units: Mapping[UUID, Unit] = field(default_factory=dict)

    @property
    def names(self) -> dict[UUID, str]:
        """Of members."""
        return {key: one.name for key, one in self.people.items()}

    @property
    def unit_names(self) -> dict[UUID, str]:
        """Of departments."""
        return {key: one.name for key, one in self.units.items()}

    def works(self, member_id: UUID | None) -> bool:
        """Whether somebody is an active member."""
        found = self.people.get(member_id) if member_id else None
        return found is not None and found.active


@dataclass(frozen=True)
class Sender:
    """Whoever sends, and who made the draft; nobody knows them while a chain is defined."""

    member_id: UUID | None = None
    department_id: UUID | None = None
    maker_id: UUID | None = None

    @property
    def themselves(self) -> frozenset[UUID]:
        """Whom nobody asks by a role to judge what they drew up."""
        return frozenset(one for one in (self.member_id, self.maker_id) if one is not None)


@dataclass(frozen=True)
class Seat:
    """A place, and the persons of whom one acts there.

    `lacks` says why there is nobody, so that nothing can be sent; `elsewhere` why nobody is asked
    here although somebody is there: he is asked in another stage.
    """

    slot: ChainSlot
    people: tuple[UUID, ...]
    lacks: Words | None = None
    elsewhere: Words | None = None


NO_UNIT = Words(
    "送信者の部署が登録されていないため、この段階の人が決まりません。管理者に相談してください。",
    "The sender belongs to no department, so that nobody is known for this stage. Ask an "
    "administrator.",
)


def candidates(slot: ChainSlot, staff: Staff, sender: Sender, chosen: Mapping[str, UUID]) -> Seat:
    """A place by itself. `chosen` are the persons whom the sender named, by the places' keys."""
    match slot.who:
        case Who.MEMBER:
            return _one(slot, staff, slot.member_id, _left(slot, staff))
        case Who.FILLED:
            wanted = Words(f"「{slot.label}」を選んでください。", f"Choose: {slot.label}.")
            return _one(slot, staff, chosen.get(slot.key), wanted)
    unit = sender.department_id if slot.unit == SENDERS else slot.unit_id
    if slot.unit == SENDERS and unit is None:
        return Seat(slot, (), NO_UNIT)
    if slot.who is Who.HEAD:
        found = staff.units.get(unit) if unit else None
        head = found.head if found else None
        return _one(slot, staff, head, _headless(slot, staff, unit))
    return _crowd(slot, staff, sender, unit)


def _one(slot: ChainSlot, staff: Staff, member_id: UUID | None, lacks: Words) -> Seat:
    if member_id is None or not staff.works(member_id):
        return Seat(slot, (), lacks)
    return Seat(slot, (member_id,))


def _crowd(slot: ChainSlot, staff: Staff, sender: Sender, unit: UUID | None) -> Seat:
    found = sorted(
        (
            key
            for key, one in staff.people.items()
            if one.active
            and slot.role.value in one.roles
            and (unit is None or one.department_id == unit)
            and key not in sender.themselves
        ),
        key=lambda key: (staff.people[key].name, key),
    )
    if len(found) > MAX_STAGE_PEOPLE:
        return Seat(slot, (), _crowded(slot, staff, unit, len(found)))
    return Seat(slot, tuple(found), None if found else nobody(slot, staff, unit))


def _left(slot: ChainSlot, staff: Staff) -> Words:
    person = staff.people.get(slot.member_id) if slot.member_id else None
    name = person.name if person else "―"
    return Words(
        f"{name}さんは利用者ではなくなったため、手続きできません。別の人に変えてください。",
        f"{name} is no longer a member and cannot act. Choose somebody else.",
    )


def _headless(slot: ChainSlot, staff: Staff, unit: UUID | None) -> Words:
    name = unit_words(str(unit) if unit else slot.unit, staff.unit_names)
    return Words(
        f"「{name.ja}」に部署長がいません。管理者が「部署」で登録すると使えます。",
        f"“{name.en}” has no head. An administrator enters one under Departments.",
    )


def nobody(slot: ChainSlot, staff: Staff, unit: UUID | None) -> Words:
    """Nobody holds a role who may be asked here."""
    ja, en = _among(slot, staff, unit)
    return Words(
        f"{ja}に、依頼できる人がいません（送信者、下書きを作った人と、ほかの段階の人を除く）。管理者に相談してください。",
        f"Nobody can be asked among {en} (besides the sender, the draft’s author and people of "
        "other stages). "
        "Ask an administrator.",
    )


def _crowded(slot: ChainSlot, staff: Staff, unit: UUID | None, number: int) -> Words:
    ja, en = _among(slot, staff, unit)
    return Words(
        f"{ja}は{number}人います。依頼できるのは{MAX_STAGE_PEOPLE}人までです。部署で絞ってください。",
        f"There are {number} people among {en}, and at most {MAX_STAGE_PEOPLE} can be asked. "
        "Choose a department.",
    )


def _among(slot: ChainSlot, staff: Staff, unit: UUID | None) -> tuple[str, str]:
    role = ROLE_WORDS[slot.role]
    if not slot.unit:
        return role.ja, f"all {role.en.lower()}s"
    name = unit_words(str(unit) if unit else slot.unit, staff.unit_names)
    return f"「{name.ja}」の{role.ja}", f"the {role.en.lower()}s of “{name.en}”"
