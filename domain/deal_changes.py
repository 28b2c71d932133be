"""The history of the register as a list: narrowed by envelope, days, who changed it, and what."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from uuid import UUID

from domain.checkwords import read_number
from domain.deal_words import VALUE_WORDS
from domain.deals import OWN, read_day
from domain.forms import FormCheck, FormProblems
from domain.ids import read_id
from domain.lists import Usual
from domain.refusals import Words

SYSTEM = "system"
"""Instead of a member: what the service entered by itself."""
BY_SYSTEM = Words("自動", "Automatic")
_TURNED = Words("期間の終わりが、始まりより前になっています。", "The period ends before it begins.")
CHANGE_HEADS = (
    Words("変更日時", "Changed at"),
    Words("封筒番号", "Envelope number"),
    Words("封筒名", "Title"),
    Words("項目", "Field"),
    Words("変更前", "Before"),
    Words("変更後", "After"),
    Words("変更した人", "Changed by"),
    Words("理由", "Reason"),
)
CHANGE_SORTS: Usual = {"at": True, "number": False}
"""What the list is sorted by: of what it shows, what indexes have an order of."""
OWN_FIELD = Words("独自項目", "Own field")


@dataclass(frozen=True)
class TypedChanges:
    """The URL's values, as typed."""

    since: str = ""
    until: str = ""
    number: str = ""
    who: str = ""
    field: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "TypedChanges":
        """From a query string; unknown names are ignored."""
        return cls(**{one.name: values.get(one.name, "")[:40] for one in fields(cls)})

    def as_query(self) -> dict[str, str]:
        """For a URL, without what is empty."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class ChangeSearch:
    """Checked; None and empty: any. Days are the organisation's."""

    since: date | None = None
    until: date | None = None
    who: UUID | None = None
    by_system: bool = False
    field: str = ""
    number: str = ""
    """Of an envelope, whole."""


def check_changes(typed: TypedChanges) -> ChangeSearch:
    """Raises FormProblems, by the name of the field."""
    check = FormCheck()
    since = read_day(check, "since", typed.since)
    until = read_day(check, "until", typed.until)
    if since and until and until < since:
        check.problems.setdefault("until", _TURNED)
    if check.problems:
        raise FormProblems(check.problems)
    return ChangeSearch(
        since,
        until,
        _member(typed.who),
        typed.who == SYSTEM,
        typed.field if _is_field(typed.field) else "",
        read_number(typed.number),
    )


def _is_field(name: str) -> bool:
    """A value of the register, or a field of an organisation's own."""
    own = read_id(name.removeprefix(OWN)) if name.startswith(OWN) else None
    return name in VALUE_WORDS or own is not None


def _member(typed: str) -> UUID | None:
    try:
        return UUID(typed) if typed and typed != SYSTEM else None
    except ValueError:
        return UUID(int=0)  # nobody
