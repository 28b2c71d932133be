"""What an organisation's envelopes begin with (封筒の初期値): deadline, days of reminders, and how
people are asked who they are, by kind of contract (domain.demands)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.chain_conditions import among, read_names
from domain.days import (
    MAX_DEADLINE_DAYS,
    REMINDERS,
    read_days,
    read_reminders,
    reminders_typed,
)
from domain.demands import Demand, Demands, OwnDemand
from domain.events import Json
from domain.forms import FormCheck, FormProblems
from domain.limits import DEADLINE_DAYS, REMINDER_DAYS
from domain.refusals import Words

_DAYS = Words(
    f"期限は1日から{MAX_DEADLINE_DAYS}日までの数字で入力してください。",
    f"Enter the deadline as a number of days from 1 to {MAX_DEADLINE_DAYS}.",
)


@dataclass(frozen=True)
class TypedDefaults:
    """The form, as typed."""

    deadline_days: str = ""
    reminder_days: str = ""
    demand: str = Demand.NONE.value
    mail_kinds: str = ""
    """Kinds of contract, with commas between."""
    passkey_kinds: str = ""
    sms_kinds: str = ""
    code_kinds: str = ""
    own_demand: str = OwnDemand.NONE.value
    app_kinds: str = ""
    own_passkey_kinds: str = ""


_KINDS = (
    "mail_kinds", "passkey_kinds", "sms_kinds", "code_kinds", "app_kinds", "own_passkey_kinds",
)  # fmt: skip
"""Lists of kinds, by what is asked for them."""


@dataclass(frozen=True)
class DraftDefaults:
    """Days from sending to the deadline, days after which somebody asked is reminded, and what
    people who act are asked for: whatever the kind is, and for some kinds."""

    deadline_days: int = DEADLINE_DAYS
    reminder_days: tuple[int, ...] = REMINDER_DAYS
    demand: Demand = Demand.NONE
    mail_kinds: tuple[str, ...] = ()
    passkey_kinds: tuple[str, ...] = ()

    sms_kinds: tuple[str, ...] = ()
    code_kinds: tuple[str, ...] = ()
    own_demand: OwnDemand = OwnDemand.NONE
    """The same of the organisation's own people."""
    app_kinds: tuple[str, ...] = ()
    own_passkey_kinds: tuple[str, ...] = ()

    def demands(self, kind: str) -> Demands:
        """Of a contract of this kind: all that holds."""
        other = {
            Demand.MAIL: self.mail_kinds,
            Demand.SMS: self.sms_kinds,
            Demand.CODE: self.code_kinds,
            Demand.PASSKEY: self.passkey_kinds,
        }
        own = {OwnDemand.APP: self.app_kinds, OwnDemand.PASSKEY: self.own_passkey_kinds}
        return Demands(
            frozenset(
                one for one, names in other.items() if self.demand is one or among(kind, names)
            ),
            frozenset(
                one for one, names in own.items() if self.own_demand is one or among(kind, names)
            ),
        )

    @property
    def by_kind(self) -> bool:
        """Whether what is demanded depends on the kind of contract."""
        other = (self.mail_kinds, self.sms_kinds, self.code_kinds, self.passkey_kinds)
        return any((*other, self.app_kinds, self.own_passkey_kinds))

    @property
    def asks_sms(self) -> bool:
        """Whether any contract needs a code by SMS."""
        return self.demand is Demand.SMS or bool(self.sms_kinds)

    @property
    def typed(self) -> TypedDefaults:
        """The form of what is kept."""
        return TypedDefaults(
            str(self.deadline_days),
            reminders_typed(self.reminder_days),
            self.demand.value,
            own_demand=self.own_demand.value,
            **{name: "、".join(getattr(self, name)) for name in _KINDS},
        )

    def as_json(self) -> dict[str, Json]:
        """As the organisation's row keeps it."""
        return {
            "deadline_days": self.deadline_days,
            "reminder_days": list(self.reminder_days),
            "demand": self.demand.value,
            "own_demand": self.own_demand.value,
            **{name: list(getattr(self, name)) for name in _KINDS},
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
        own_demand=OwnDemand(str(row.get("own_demand") or OwnDemand.NONE.value)),
        **{name: _texts(row.get(name)) for name in _KINDS},
    )


def _texts(stored: object) -> tuple[str, ...]:
    return tuple(map(str, stored)) if isinstance(stored, list) else ()


def check_defaults(typed: TypedDefaults) -> DraftDefaults:
    """As typed. Raises FormProblems, by the name of the field."""
    check = FormCheck()
    problems = check.problems
    demand = check.choice("demand", typed.demand, Demand)
    own = check.choice("own_demand", typed.own_demand, OwnDemand)
    kinds = {name: read_names(check, name, getattr(typed, name)) for name in _KINDS}
    days, found = read_days(typed.deadline_days), read_reminders(typed.reminder_days)
    if days is None:
        problems["deadline_days"] = _DAYS
    if found is None:
        problems["reminder_days"] = REMINDERS
    if problems or days is None or found is None:
        raise FormProblems(problems)
    return DraftDefaults(days, found, demand, own_demand=own, **kinds)
