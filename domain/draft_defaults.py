"""What an organisation's envelopes begin with (封筒の初期値): deadline, days of reminders, and how
people of the other side are asked who they are, by kind of contract."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.chain_conditions import among, read_names
from domain.draft_check import MAX_DEADLINE_DAYS, read_days
from domain.drafts import Person
from domain.events import Json
from domain.forms import FormCheck, FormProblems
from domain.kinds import ParticipantKind, PartyKind
from domain.limits import DEADLINE_DAYS, REMINDER_DAYS
from domain.refusals import Words

MAX_REMINDERS = 10
"""More mails about one request are read by nobody."""
_SEPARATORS = re.compile(r"[、,，;；\s]+")
NEVER = "0"
"""Typed instead of days: nobody is reminded."""

_DAYS = Words(
    f"期限は1日から{MAX_DEADLINE_DAYS}日までの数字で入力してください。",
    f"Enter the deadline as a number of days from 1 to {MAX_DEADLINE_DAYS}.",
)
REMINDERS = Words(
    f"再送する日は、1から{MAX_DEADLINE_DAYS}までの数字を「、」で区切って{MAX_REMINDERS}個まで入力してください。"
    "再送しないときは0を入力します。",
    f"Enter up to {MAX_REMINDERS} numbers from 1 to {MAX_DEADLINE_DAYS} with commas between, or 0 "
    "for no reminders.",
)


class Demand(StrEnum):
    """What is asked besides the link, at least."""

    NONE = "none"
    MAIL = "mail"
    """A one-time code by mail; who is asked for a code by SMS or app, or a passkey, needs none."""
    PASSKEY = "passkey"


DEMAND_WORDS: dict[Demand, Words] = {
    Demand.NONE: Words("求めない（封筒ごとに決める）", "Nothing (decided for each envelope)"),
    Demand.MAIL: Words("確認コード（メール）", "One-time code by mail"),
    Demand.PASSKEY: Words("パスキー", "Passkey"),
}


@dataclass(frozen=True)
class TypedDefaults:
    """The form, as typed."""

    deadline_days: str = ""
    reminder_days: str = ""
    demand: str = Demand.NONE.value
    mail_kinds: str = ""
    """Kinds of contract, with commas between."""
    passkey_kinds: str = ""


@dataclass(frozen=True)
class DraftDefaults:
    """Days from sending to the deadline, days after which somebody asked is reminded, and what
    people of the other side who act are asked for: whatever the kind is, and for some kinds."""

    deadline_days: int = DEADLINE_DAYS
    reminder_days: tuple[int, ...] = REMINDER_DAYS
    demand: Demand = Demand.NONE
    mail_kinds: tuple[str, ...] = ()
    passkey_kinds: tuple[str, ...] = ()

    def demanded(self, kind: str) -> Demand:
        """Of a contract of this kind: the most of all that holds."""
        if self.demand is Demand.PASSKEY or among(kind, self.passkey_kinds):
            return Demand.PASSKEY
        if self.demand is Demand.MAIL or among(kind, self.mail_kinds):
            return Demand.MAIL
        return Demand.NONE

    def of(self, person: Person, kind: str) -> Person:
        """A person of a draft, asked for what has to be asked at least."""
        if person.party is PartyKind.OWN or person.kind is ParticipantKind.RECIPIENT:
            return person
        match self.demanded(kind):
            case Demand.PASSKEY:
                return replace(person, passkey=True)
            case Demand.MAIL if not (person.passkey or person.phone or person.app_code):
                return replace(person, mail_code=True)
        return person

    @property
    def typed(self) -> TypedDefaults:
        """The form of what is kept."""
        return TypedDefaults(
            str(self.deadline_days),
            reminders_typed(self.reminder_days),
            self.demand.value,
            "、".join(self.mail_kinds),
            "、".join(self.passkey_kinds),
        )

    def as_json(self) -> dict[str, Json]:
        """As the organisation's row keeps it."""
        return {
            "deadline_days": self.deadline_days,
            "reminder_days": list(self.reminder_days),
            "demand": self.demand.value,
            "mail_kinds": list(self.mail_kinds),
            "passkey_kinds": list(self.passkey_kinds),
        }


def defaults_of(stored: Mapping[str, object] | None) -> DraftDefaults:
    """From the row; what it does not say is the service's own."""
    first, row = DraftDefaults(), stored or {}
    days, reminders = row.get("deadline_days"), row.get("reminder_days")
    return DraftDefaults(
        int(days) if isinstance(days, int) else first.deadline_days,
        tuple(int(day) for day in reminders)
        if isinstance(reminders, list)
        else first.reminder_days,
        Demand(str(row.get("demand") or Demand.NONE.value)),
        _texts(row.get("mail_kinds")),
        _texts(row.get("passkey_kinds")),
    )


def _texts(stored: object) -> tuple[str, ...]:
    return tuple(map(str, stored)) if isinstance(stored, list) else ()


def check_defaults(typed: TypedDefaults) -> DraftDefaults:
    """As typed. Raises FormProblems, by the name of the field."""
    check = FormCheck()
    problems = check.problems
    demand = check.choice("demand", typed.demand, Demand)
    mail = read_names(check, "mail_kinds", typed.mail_kinds)
    passkey = read_names(check, "passkey_kinds", typed.passkey_kinds)
    days, found = read_days(typed.deadline_days), read_reminders(typed.reminder_days)
    if days is None:
        problems["deadline_days"] = _DAYS
    if found is None:
        problems["reminder_days"] = REMINDERS
    if problems or days is None or found is None:
        raise FormProblems(problems)
    return DraftDefaults(days, found, demand, mail, passkey)


def read_reminders(typed: str) -> tuple[int, ...] | None:
    """Days in their order, each once; none for 0. None for what cannot be read, or is empty."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if text == NEVER:
        return ()
    found = [read_days(part) for part in _SEPARATORS.split(text) if part]
    days = sorted({day for day in found if day is not None})
    good = bool(found) and None not in found and len(days) <= MAX_REMINDERS
    return tuple(days) if good else None


def reminders_typed(days: tuple[int, ...]) -> str:
    """As a form shows them."""
    return "、".join(map(str, days)) or NEVER
