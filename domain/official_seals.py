"""公印・角印: an organisation's own seals, and who may use which on which days.

Nobody may use one who is not named, by himself, by his department or by a role of his.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from domain.deals import read_day
from domain.forms import CHOICE, FormCheck, FormProblems
from domain.kinds import Role
from domain.refusals import Words

MAX_NAME_CHARACTERS = 60
MIN_MM, MAX_MM = 5, 90
USUAL_MM = 21
POINTS_PER_MM = 72 / 25.4

_NO_NAME = Words("印影の名前を入力してください。", "Enter the seal’s name.")
_SIZE = Words(
    f"大きさは{MIN_MM}から{MAX_MM}までのミリメートルの整数で入力してください。",
    f"Write the size in whole millimetres, from {MIN_MM} to {MAX_MM}.",
)
_TURNED = Words(
    "使える期間の終わりが、始まりより前になっています。",
    "The seal’s last day is before its first.",
)
_NOBODY = Words(
    "使える人を、利用者・部署・権限のどれかで1つ以上選んでください。",
    "Choose who may use it: at least one member, department or role.",
)


@dataclass(frozen=True)
class TypedOfficialSeal:
    """The form, as typed."""

    name: str = ""
    mm: str = str(USUAL_MM)
    valid_from: str = ""
    valid_until: str = ""
    members: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckedOfficialSeal:
    """Both days included, in the organisation's zone; None: without end. Ids as texts."""

    name: str
    mm: int
    valid_from: date | None
    valid_until: date | None
    members: tuple[str, ...]
    departments: tuple[str, ...]
    roles: tuple[str, ...]

    def holds(self, day: date) -> bool:
        """Whether it may be used on a day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)

    def is_for(self, member: str, department: str | None, roles: Collection[str]) -> bool:
        """Whether somebody may use it: a member's id, his department's, and his roles."""
        return (
            member in self.members
            or (department is not None and department in self.departments)
            or not set(roles).isdisjoint(self.roles)
        )


def check_official_seal(
    typed: TypedOfficialSeal, members: Collection[str], departments: Collection[str]
) -> CheckedOfficialSeal:
    """`members` and `departments` are those that there are. Raises FormProblems, by name."""
    check = FormCheck()
    name = check.line("name", typed.name, _NO_NAME, MAX_NAME_CHARACTERS)
    mm = _read_mm(check, typed.mm)
    begins = read_day(check, "valid_from", typed.valid_from)
    ends = read_day(check, "valid_until", typed.valid_until)
    if begins and ends and ends < begins:
        check.problems.setdefault("valid_until", _TURNED)
    chosen = {
        "members": _known(check, "members", typed.members, members),
        "departments": _known(check, "departments", typed.departments, departments),
        "roles": _known(check, "roles", typed.roles, [role.value for role in Role]),
    }
    if not any(chosen.values()):
        check.problems.setdefault("members", _NOBODY)
    if check.problems:
        raise FormProblems(check.problems)
    return CheckedOfficialSeal(name, mm, begins, ends, **chosen)


def _read_mm(check: FormCheck, typed: str) -> int:
    clean = typed.strip().removesuffix("mm").strip()
    if clean.isdigit() and len(clean) <= len(str(MAX_MM)) and MIN_MM <= int(clean) <= MAX_MM:
        return int(clean)
    check.problems["mm"] = _SIZE
    return USUAL_MM


def _known(
    check: FormCheck, name: str, typed: Sequence[str], there: Collection[str]
) -> tuple[str, ...]:
    if not set(typed) <= set(there):
        check.problems[name] = CHOICE
    return tuple(sorted(set(typed)))
