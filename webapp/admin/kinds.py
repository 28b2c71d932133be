"""契約の種類と独自項目: kinds of contract, and the fields that each of them has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.own_definitions import (
    TypedOwnField,
    as_typed,
    check_names,
    rearranged_rows,
    typed_rows,
)
from domain.own_fields import MAX_OWN_FIELDS, OWN_KIND_WORDS, OwnKind
from domain.refusals import Words
from storage import own_fields
from storage.office_lists import KIND_SORTS, kind_page
from storage.own_fields import Definition, KindChangedMeanwhile, KindTaken
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

_TAKEN = Words(
    "この名前の種類はすでにあるか、種類の数が上限に達しています。",
    "There is a kind of this name, or there are as many kinds as there may be.",
)
_MEANWHILE = Words(
    "この画面を開いたあとに、ほかの人が項目を変更しました。下の「これまでの版」を確かめ、必要なら画面を開き直してください。",
    "Somebody else changed the fields since you opened this page. See the versions below, and open "
    "the page again if needed.",
)


@dataclass(frozen=True)
class _Form:
    """What the editor shows, as typed."""

    rows: Sequence[TypedOwnField]
    name_en: str
    seen: int


@blueprint.get("/kinds")
@may("kind.write")
def kinds_page() -> Response:
    """All of them, and a form for another."""
    return _list("", "", {})


@blueprint.post("/kinds")
@may("kind.write")
def add_kind() -> BaseResponse:
    """One more; its fields are defined next."""
    name, name_en = _typed("name"), _typed("name_en")
    try:
        names = check_names(name, name_en)
        with state().database.transaction() as session:
            made = own_fields.add(session, member(), *names, now()).id
    except FormProblems as found:
        return _list(name, name_en, problem_texts(found.problems))
    except KindTaken:
        return _list(name, name_en, {"name": words(_TAKEN)})
    flash(say("契約の種類を追加しました。続けて項目を決められます。"), "success")
    return redirect(url_for("admin.kind", kind_id=made), code=303)


@blueprint.get("/kinds/<uuid:kind_id>")
@may("kind.write")
def kind(kind_id: UUID) -> Response:
    """Its fields."""
    found = _kind_or_404(kind_id)
    rows = [as_typed(field) for field in found.fields]
    return _editor(found, _Form(rows, found.kind.name_en, found.kind.version), {})


@blueprint.post("/kinds/<uuid:kind_id>")
@may("kind.write")
def change_kind(kind_id: UUID) -> BaseResponse:
    """Keep a version, or show the rows as the button moved them; nothing typed is lost."""
    found = _kind_or_404(kind_id)
    form = _Form(typed_rows(request.form), _typed("name_en"), _seen())
    moved = rearranged_rows(form.rows, request.form.get("do", ""))
    if moved is not None:
        rows, look_at = moved
        return _editor(found, _Form(rows, form.name_en, form.seen), {}, look_at)
    try:
        _name, name_en = check_names(found.kind.name, form.name_en)
        with state().database.transaction() as session:
            changed = own_fields.save(
                session, member(), kind_id, form.rows, name_en, form.seen, now()
            )
    except FormProblems as problem:
        return _editor(found, form, problem_texts(problem.problems))
    except KindChangedMeanwhile:
        return _editor(found, form, {"fields": words(_MEANWHILE)}, code=409)
    flash(say("項目を保存しました。") if changed else say("項目は変わっていません。"), "success")
    return redirect(url_for("admin.kind", kind_id=kind_id), code=303)


@blueprint.post("/kinds/<uuid:kind_id>/retire")
@may("kind.write")
def retire_kind(kind_id: UUID) -> BaseResponse:
    """Not offered any more, or offered again; contracts keep what they have."""
    found, back = _kind_or_404(kind_id), request.form.get("back") == "yes"
    with state().database.transaction() as session:
        own_fields.retire(session, member(), kind_id, now(), back=back)
    name = found.kind.name
    text = say("「%(name)s」を使う扱いに戻しました。", name=name)
    if not back:
        text = say("「%(name)s」を使わない扱いにしました。", name=name)
    flash(text, "success")
    return redirect(url_for("admin.kinds_page"), code=303)


def _typed(name: str) -> str:
    return request.form.get(name, "")[:MAX_TYPED_CHARACTERS]


def _seen() -> int:
    return request.form.get("seen", -1, type=int)


def _kind_or_404(kind_id: UUID) -> Definition:
    with state().database.reading() as session:
        found = own_fields.find(session, member().organisation_id, kind_id)
    return found or abort(404)


def _list(name: str, name_en: str, errors: Mapping[str, str]) -> Response:
    wishes = asked(KIND_SORTS)
    with state().database.reading() as session:
        found = kind_page(session, member().organisation_id, wishes)
    page = render_template(
        "admin/kinds.html",
        page=found,
        asked=wishes,
        here=here_of("admin.kinds_page", wishes.as_query()),
        name=name,
        name_en=name_en,
        errors=errors,
    )
    return make_response(page, 422 if errors else 200)


def _editor(
    found: Definition,
    form: _Form,
    errors: Mapping[str, str],
    look_at: int | None = None,
    code: int = 422,
) -> Response:
    with state().database.reading() as session:
        versions = own_fields.versions(session, found.kind.id)
    page = render_template(
        "admin/kind.html",
        found=found,
        form=form,
        errors=errors,
        look_at=look_at,
        versions=[(row, who, _labels(row.fields)) for row, who in versions],
        types=[(one.value, words(text)) for one, text in OWN_KIND_WORDS.items()],
        type_text=_type_text,
        most=MAX_OWN_FIELDS,
        known={field.id: field for field in found.fields},
    )
    return make_response(page, code if errors else 200)


def _labels(stored: Sequence[Mapping[str, object]]) -> list[str]:
    return [
        str(one["ja"]) + (say("（使わない項目）") if one.get("retired") else "") for one in stored
    ]


def _type_text(kind: str) -> str:
    return words(OWN_KIND_WORDS[OwnKind(kind)]) if kind in set(OwnKind) else kind
