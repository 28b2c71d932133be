"""利用者: the list, found and paged by the URL, and one member's form."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.ids import read_id
from domain.kinds import Role
from domain.lists import Sorting
from domain.members import INVITATION_LIFE, CheckedMember, TypedMember, check_member
from domain.networks import lets_in, not_with_these_roles
from domain.operations import Operation
from domain.permissions import ROLE_HINTS, ROLE_WORDS
from domain.refusals import Words
from storage import departments, members, operators
from storage.members import (
    MEMBER_SORTS,
    MemberChangedMeanwhile,
    MemberSearch,
    NoAdministratorLeft,
    Shown,
)
from storage.office_lists import INVITATION_SORTS, invitation_page
from storage.sso_exempt import NoDoorLeft
from storage.tables import Department, Member, Organisation
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender.account import role_text
from webapp.state import state

INVITED = "invited_"
"""Before the words that speak of the other list on the page, that of invitations."""
MEANWHILE = Words(
    "この画面を開いたあとに、ほかの人がこの利用者を変更しました。一覧から開き直し、今の内容を確かめてから変更してください。",
    "Somebody else changed this member since you opened the page. Open it again from the list and "
    "look at what it is now.",
)
LAST = Words(
    "管理者がいなくなるため、変更できません。先に、ほかの人を管理者にしてください。",
    "The organisation would be left without an administrator. Make somebody else one first.",
)
DOOR = Words(
    "認証サーバーが止まった日にログインできる最後の管理者のため、変更できません。先に「シングルサインオン」で、パスワードと2段階認証のあるほかの管理者を選ぶか、「使える」に戻してください。",
    "This is the last administrator who can log in on the day on which the identity provider "
    "fails. First choose another one, with a password and a second factor, under “Single sign-on”, "
    "or set it back to “Offered”.",
)
SHOWN_WORDS = {
    Shown.ACTIVE: Words("利用中", "Active"),
    Shown.RETIRED: Words("退職", "Retired"),
    Shown.ALL: Words("すべて", "All"),
}


@blueprint.get("/members")
@may("member.read")
@records(Operation.MEMBERS_SEARCHED, when="q")
def members_page() -> str:
    """Members by name, and invitations that wait for their people."""
    wanted, invited = _search(request.args), asked(INVITATION_SORTS, INVITED)
    query = _query(wanted)
    both = query | invited.as_query()
    with state().database.reading() as session:
        organisation = member().organisation_id
        page = members.search(session, organisation, wanted, asked(MEMBER_SORTS).number)
        waiting = invitation_page(session, organisation, invited)
        parts = departments.listed(session, organisation)
    return render_template(
        "admin/members.html",
        page=page,
        wanted=wanted,
        invited=invited,
        waiting=waiting,
        over_at=lambda row: row.invited_at + INVITATION_LIFE,
        moment_now=now(),
        role_text=role_text,
        roles=[("", say("すべて")), *role_choices()],
        departments=[("", say("すべて")), *department_choices(parts)],
        shown=[(key, words(text)) for key, text in SHOWN_WORDS.items()],
        asked=query,
        here=here_of("admin.members_page", both, anchor="members"),
        invited_here=here_of("admin.members_page", both, prefix=INVITED, anchor="invited"),
    )


def _search(args: Mapping[str, str]) -> MemberSearch:
    shown, role = args.get("shown", ""), args.get("role", "")
    return MemberSearch(
        shown=chosen(Shown, shown, Shown.ACTIVE),
        text=args.get("q", "")[:100],
        role=chosen(Role, role, None),
        department_id=read_id(args.get("department")),
        sorting=Sorting.read(args, MEMBER_SORTS),
    )


def _query(wanted: MemberSearch) -> dict[str, str]:
    """The conditions as they stand in the URL."""
    found = {
        "shown": wanted.shown.value if wanted.shown is not Shown.ACTIVE else "",
        "q": wanted.text,
        "role": wanted.role.value if wanted.role else "",
        "department": str(wanted.department_id or ""),
    }
    return {name: value for name, value in found.items() if value} | wanted.sorting.as_query()


@blueprint.get("/members/<uuid:member_id>")
@may("member.read")
def member_page(member_id: UUID) -> Response:
    """The form, with what is so now."""
    with state().database.reading() as session:
        row = member_or_404(session, member_id)
    typed = TypedMember(
        name=row.name, roles=tuple(row.roles), department=str(row.department_id or "")
    )
    return _form(row, row.revision, typed, {})


@blueprint.post("/members/<uuid:member_id>")
@may("member.write")
def change_member(member_id: UUID) -> BaseResponse:
    """Keep name, roles and department, unless somebody else was faster."""
    typed, seen = typed_member(request.form), request.form.get("seen", 0, type=int)
    with state().database.reading() as session:
        row = member_or_404(session, member_id)
    try:
        changed = _save(row, seen, typed)
    except FormProblems as found:
        return _form(row, seen, typed, problem_texts(found.problems), 422)
    except NoAdministratorLeft:
        return _form(row, seen, typed, {"roles": words(LAST)}, 422)
    except NoDoorLeft:
        return _form(row, seen, typed, {"roles": words(DOOR)}, 422)
    except MemberChangedMeanwhile:
        return _form(row, seen, typed, {"name": words(MEANWHILE)}, 409)
    saved = say("%(name)sさんの登録内容を保存しました。", name=typed.name)
    flash(saved if changed else say("登録内容は変わっていません。"), "success")
    return redirect(url_for("admin.members_page"), code=303)


def _save(row: Member, seen: int, typed: TypedMember) -> bool:
    with state().database.transaction() as session:
        parts = departments.listed(session, row.organisation_id)
        checked = check_member(typed, [part.id for part in parts])
        operators.check_granted(session, row.roles, [role.value for role in checked.roles])
        if row.id == member().id:
            _stays_inside(session.get_one(Organisation, row.organisation_id), checked)
        return members.change(session, member(), row, seen, checked, now())


def _stays_inside(organisation: Organisation, checked: CheckedMember) -> None:
    """Raises FormProblems where an administrator would keep himself out by roles of his own."""
    address, roles = request.remote_addr or "", [role.value for role in checked.roles]
    if not lets_in(organisation.networks, roles, address):
        raise FormProblems({"roles": not_with_these_roles(address)})


def _form(
    row: Member, seen: int, typed: TypedMember, errors: Mapping[str, str], status: int = 200
) -> Response:
    with state().database.reading() as session:
        parts = departments.listed(session, row.organisation_id)
        successor = session.get(Member, row.successor_id) if row.successor_id else None
    page = render_template(
        "admin/member.html",
        row=row,
        seen=seen,
        typed=typed,
        errors=errors,
        successor=successor,
        role_text=role_text,
        **form_choices(parts),
    )
    return make_response(page, status)


def member_or_404(session: Session, member_id: UUID) -> Member:
    """A member of one's own organisation."""
    row = members.find(session, member().organisation_id, member_id)
    if row is None:
        abort(404)
    return row


def typed_member(form: MultiDict[str, str]) -> TypedMember:
    """The form as typed."""
    return TypedMember(
        mail=form.get("mail", "")[:MAX_TYPED_CHARACTERS],
        name=form.get("name", "")[:MAX_TYPED_CHARACTERS],
        roles=tuple(form.getlist("roles")[: len(Role)]),
        department=form.get("department", "")[:100],
        language=form.get("language", "")[:10],
    )


def form_choices(parts: Sequence[Department]) -> dict[str, object]:
    """What a member's form offers."""
    return {
        "role_choices": [
            (role.value, words(ROLE_WORDS[role]), words(ROLE_HINTS[role])) for role in Role
        ],
        "departments": [("", say("所属なし")), *department_choices(parts)],
    }


def role_choices() -> list[tuple[str, str]]:
    """Roles in words."""
    return [(role.value, words(ROLE_WORDS[role])) for role in Role]


def department_choices(parts: Sequence[Department]) -> list[tuple[str, str]]:
    """Departments with their codes."""
    return [(str(row.id), f"{row.code} {row.name}") for row in parts]
