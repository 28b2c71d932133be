"""部署: a short list with codes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.ids import read_id
from domain.members import check_department
from domain.refusals import Words
from domain.templates import NO_HEIR, SHARE_WORDS, Share
from storage import department_templates, departments
from storage.chain_renaming import save_department
from storage.chain_staff import members_of
from storage.department_templates import TemplatesLeft
from storage.departments import CodeTaken, DepartmentInUse, NoSuchHead
from storage.office_lists import DEPARTMENT_SORTS, department_page
from storage.tables import Chain, Department, Member
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.security import may
from webapp.sender.words import member_label
from webapp.state import state

SHOWN_TEMPLATES = 10
"""Names of templates on the page of a removal; of the others their number is said."""
_NOBODYS = UUID(int=0)
"""For what is no id at all: no member has it."""
_NO_HEAD = Words(
    "部署長は、利用者から選んでください。退職した人は選べません。",
    "Choose one of the members; nobody who has left.",
)
_TAKEN = Words("この部署コードは、すでに使われています。", "Another department has this code.")


@blueprint.get("/departments")
@may("member.read")
def departments_page() -> Response:
    """All of them, and a form for another."""
    return _page("", "", "", {})


@blueprint.post("/departments")
@may("member.write")
def add_department() -> BaseResponse:
    """One more."""
    code, name, head = _typed("code"), _typed("name"), _typed("head")
    errors = _save(None, code, name, head)
    if errors:
        return _page(code, name, head, errors)
    flash(say("部署「%(name)s」を追加しました。", name=name), "success")
    return redirect(url_for("admin.departments_page"), code=303)


@blueprint.get("/departments/<uuid:department_id>")
@may("member.read")
def department(department_id: UUID) -> Response:
    """Its form."""
    row = _department_or_404(department_id)
    return _one(row, row.code, row.name, str(row.head_id or ""), {})


@blueprint.post("/departments/<uuid:department_id>")
@may("member.write")
def change_department(department_id: UUID) -> BaseResponse:
    """New code or name; its members' pages say them at once."""
    row = _department_or_404(department_id)
    code, name, head = _typed("code"), _typed("name"), _typed("head")
    errors = _save(row, code, name, head)
    if errors:
        return _one(row, code, name, head, errors)
    flash(say("部署「%(name)s」を保存しました。", name=name), "success")
    return redirect(url_for("admin.departments_page"), code=303)


@blueprint.post("/departments/<uuid:department_id>/remove")
@may("member.write")
def remove_department(department_id: UUID) -> BaseResponse:
    """Take it out of the list, if it is empty; its templates go where the form says."""
    row, to = _department_or_404(department_id), _typed("to")
    reason = say("部署「%(name)s」の削除", name=row.name)
    try:
        with state().database.transaction() as session:
            moved = departments.remove(session, member(), row, now(), to=to, reason=reason)
    except TemplatesLeft:
        return _one(row, row.code, row.name, str(row.head_id or ""), {"to": words(NO_HEIR)})
    except DepartmentInUse:
        flash(
            say("利用者または招待中の人がいる部署は削除できません。先に所属を変更してください。"),
            "warning",
        )
    else:
        flash(say("部署「%(name)s」を削除しました。", name=row.name), "success")
        if moved:
            flash(say("ひな形%(count)s件の共有先を移しました。", count=moved), "information")
    return redirect(url_for("admin.departments_page"), code=303)


def _typed(name: str) -> str:
    return request.form.get(name, "")[:MAX_TYPED_CHARACTERS]


def _save(row: Department | None, code: str, name: str, head: str) -> dict[str, str]:
    """What is wrong with the form; nothing where it was kept."""
    try:
        checked = check_department(code, name)
        head_id = (read_id(head) or _NOBODYS) if head else None
        with state().database.transaction() as session:
            if row is None:
                departments.save(session, member(), None, *checked, now(), head_id)
            else:
                _tell(save_department(session, member(), row, *checked, now(), head_id))
    except FormProblems as found:
        return problem_texts(found.problems)
    except CodeTaken:
        return {"code": words(_TAKEN)}
    except NoSuchHead:
        return {"head": words(_NO_HEAD)}
    return {}


def _tell(carried: Sequence[Chain]) -> None:
    if carried:
        flash(
            say(
                "送信者の部署の条件でこの部署を使っている承認ルートも、新しい部署名の版にしました：%(names)s",
                names=say("、").join(
                    say("%(name)s（第%(version)s版）", name=row.name, version=row.version)
                    for row in carried
                ),
            ),
            "information",
        )


def _department_or_404(department_id: UUID) -> Department:
    with state().database.reading() as session:
        row = departments.find(session, member().organisation_id, department_id)
    if row is None:
        abort(404)
    return row


def _one(row: Department, code: str, name: str, head: str, errors: Mapping[str, str]) -> Response:
    with state().database.reading() as session:
        shared = department_templates.shared_with(session, row, SHOWN_TEMPLATES)
        count = department_templates.count_shared(session, row)
        others = department_templates.heirs(session, row)
    heirs = [
        ("", say("選んでください")),
        *((str(one.id), one.name) for one in others),
        (department_templates.EVERYBODY, words(SHARE_WORDS[Share.ORGANISATION])),
    ]
    page = render_template(
        "admin/department.html",
        row=row, code=code, name=name, head=head, heads=_heads(row.head_id), errors=errors,
        shared=shared, shared_count=count, heirs=heirs, heir=_typed("to"),
    )  # fmt: skip
    return make_response(page, 422 if errors else 200)


def _page(code: str, name: str, head: str, errors: Mapping[str, str]) -> Response:
    wishes = asked(DEPARTMENT_SORTS)
    with state().database.reading() as session:
        found = department_page(session, member().organisation_id, wishes)
    page = render_template(
        "admin/departments.html",
        page=found, asked=wishes, here=here_of("admin.departments_page", wishes.as_query()),
        code=code, name=name, head=head, heads=_heads(None),
        errors=errors,
    )  # fmt: skip
    return make_response(page, 422 if errors else 200)


def _heads(present: UUID | None) -> list[tuple[str, str]]:
    """Whom to choose from; also the present head who has left, so that a form says it."""
    with state().database.reading() as session:
        people = members_of(session, member().organisation_id)
    rows = [(str(one.id), _label(one)) for one in people if one.active or one.id == present]
    return [("", say("未登録")), *rows]


def _label(person: Member) -> str:
    """Two of the same name are told apart."""
    if not person.active:
        return say("%(name)s（退職）", name=person.name)
    return member_label(person)
