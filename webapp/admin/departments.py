"""部署: a short list with codes."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.members import check_department
from domain.refusals import Words
from storage import departments
from storage.departments import CodeTaken, DepartmentInUse
from storage.tables import Department
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

_TAKEN = Words("この部署コードは、すでに使われています。", "Another department has this code.")


@blueprint.get("/departments")
@may("member.read")
def departments_page() -> Response:
    """All of them, and a form for another."""
    return _page("", "", {})


@blueprint.post("/departments")
@may("member.write")
def add_department() -> BaseResponse:
    """One more."""
    code, name = _typed("code"), _typed("name")
    errors = _save(None, code, name)
    if errors:
        return _page(code, name, errors)
    flash(say("部署「%(name)s」を追加しました。", name=name), "success")
    return redirect(url_for("admin.departments_page"), code=303)


@blueprint.get("/departments/<uuid:department_id>")
@may("member.read")
def department(department_id: UUID) -> Response:
    """Its form."""
    row = _department_or_404(department_id)
    return _one(row, row.code, row.name, {})


@blueprint.post("/departments/<uuid:department_id>")
@may("member.write")
def change_department(department_id: UUID) -> BaseResponse:
    """New code or name; its members' pages say them at once."""
    row, code, name = _department_or_404(department_id), _typed("code"), _typed("name")
    errors = _save(row, code, name)
    if errors:
        return _one(row, code, name, errors)
    flash(say("部署「%(name)s」を保存しました。", name=name), "success")
    return redirect(url_for("admin.departments_page"), code=303)


@blueprint.post("/departments/<uuid:department_id>/remove")
@may("member.write")
def remove_department(department_id: UUID) -> BaseResponse:
    """Take it out of the list, if it is empty."""
    row = _department_or_404(department_id)
    try:
        with state().database.transaction() as session:
            departments.remove(session, member(), row, now())
    except DepartmentInUse:
        flash(
            say("利用者または招待中の人がいる部署は削除できません。先に所属を変更してください。"),
            "warning",
        )
    else:
        flash(say("部署「%(name)s」を削除しました。", name=row.name), "success")
    return redirect(url_for("admin.departments_page"), code=303)


def _typed(name: str) -> str:
    return request.form.get(name, "")[:MAX_TYPED_CHARACTERS]


def _save(row: Department | None, code: str, name: str) -> dict[str, str]:
    """What is wrong with the form; nothing where it was kept."""
    try:
        checked = check_department(code, name)
        with state().database.transaction() as session:
            departments.save(session, member(), row, *checked, now())
    except FormProblems as found:
        return problem_texts(found.problems)
    except CodeTaken:
        return {"code": words(_TAKEN)}
    return {}


def _department_or_404(department_id: UUID) -> Department:
    with state().database.reading() as session:
        row = departments.find(session, member().organisation_id, department_id)
    if row is None:
        abort(404)
    return row


def _one(row: Department, code: str, name: str, errors: Mapping[str, str]) -> Response:
    page = render_template("admin/department.html", row=row, code=code, name=name, errors=errors)
    return make_response(page, 422 if errors else 200)


def _page(code: str, name: str, errors: Mapping[str, str]) -> Response:
    with state().database.reading() as session:
        rows = departments.listed(session, member().organisation_id)
        sizes = departments.sizes(session, member().organisation_id)
    page = render_template(
        "admin/departments.html", rows=rows, sizes=sizes, code=code, name=name, errors=errors
    )
    return make_response(page, 422 if errors else 200)
