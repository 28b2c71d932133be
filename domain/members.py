"""Members (利用者) as forms say them, and how long an invitation lives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.forms import FormCheck, FormProblems
from domain.kinds import Role
from domain.limits import MAX_NAME_CHARACTERS
from domain.refusals import Words

INVITATION_LIFE = timedelta(hours=72)
"""A weekend. A mailbox is read by others sooner or later, so that a link must not lie there."""
MAX_CODE_CHARACTERS = 20

_NO_NAME = Words("氏名を入力してください。", "Enter a name.")
_NO_ROLE = Words("役割を一つ以上選んでください。", "Choose at least one role.")
_NO_DEPARTMENT = Words("一覧にある部署を選んでください。", "Choose a department of the list.")
_NO_CODE = Words("部署コードを入力してください。", "Enter a code.")
_NO_TITLE = Words("部署名を入力してください。", "Enter a name.")


@dataclass(frozen=True)
class TypedMember:
    """A member's form as typed; `mail` is that of an invitation, `name` that of a member."""

    mail: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    department: str = ""
    language: str = ""


@dataclass(frozen=True)
class CheckedMember:
    """The same as it will be kept."""

    roles: tuple[Role, ...]
    department_id: UUID | None
    mail: str = ""
    name: str = ""


def check_invitation(typed: TypedMember, departments: Iterable[UUID]) -> CheckedMember:
    """Whom to invite. Raises FormProblems."""
    check = FormCheck()
    mail = check.mail("mail", typed.mail)
    return _checked(check, typed, departments, mail=mail)


def check_member(typed: TypedMember, departments: Iterable[UUID]) -> CheckedMember:
    """What a member is to be. Raises FormProblems."""
    check = FormCheck()
    name = check.line("name", typed.name, _NO_NAME, MAX_NAME_CHARACTERS)
    return _checked(check, typed, departments, name=name)


def _checked(
    check: FormCheck,
    typed: TypedMember,
    departments: Iterable[UUID],
    *,
    mail: str = "",
    name: str = "",
) -> CheckedMember:
    roles = tuple(role for role in Role if role.value in typed.roles)
    if not roles:
        check.problems["roles"] = _NO_ROLE
    known = {str(key): key for key in departments}
    if typed.department and typed.department not in known:
        check.problems["department"] = _NO_DEPARTMENT
    if check.problems:
        raise FormProblems(check.problems)
    return CheckedMember(roles, known.get(typed.department), mail, name)


def check_own_name(typed: str) -> str:
    """What an invited person is called. Raises FormProblems, by `name`."""
    check = FormCheck()
    name = check.line("name", typed, _NO_NAME, MAX_NAME_CHARACTERS)
    if check.problems:
        raise FormProblems(check.problems)
    return name


def check_department(code: str, name: str) -> tuple[str, str]:
    """Code and name as they will be kept. Raises FormProblems, by `code` and `name`."""
    check = FormCheck()
    found = (
        check.line("code", code, _NO_CODE, MAX_CODE_CHARACTERS),
        check.line("name", name, _NO_TITLE, MAX_NAME_CHARACTERS),
    )
    if check.problems:
        raise FormProblems(check.problems)
    return found


def leaves_an_administrator(
    roles_by_member: Sequence[tuple[UUID, Sequence[str]]], member_id: UUID, after: Sequence[str]
) -> bool:
    """Whether somebody still is one when this member's roles are `after`. `roles_by_member` are
    the active members of the organisation; who retires has none afterwards."""
    others = [roles for key, roles in roles_by_member if key != member_id]
    return any(Role.ADMIN.value in roles for roles in (*others, after))
