"""公印・角印: the organisation's seals, who may use them, and what they were used for."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.events import Event
from domain.forms import FormProblems
from domain.kinds import DocumentState, Role
from domain.official_seals import TypedOfficialSeal, check_official_seal
from domain.permissions import ROLE_WORDS
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from runtime.seal_drawing import SealForm
from runtime.spreadsheets import harmless
from storage import departments, official_seals
from storage.incoming import Incoming
from storage.office_lists import SEAL_SORTS, seal_page
from storage.official_seal_uses import USE_SORTS, Use, UseSearch, every_use, uses_page
from storage.official_seals import SealChangedMeanwhile
from storage.people import active_members
from storage.seal_cropping import crop_official
from storage.tables import Blob, OfficialSeal, Organisation
from webapp.admin.blueprint import blueprint
from webapp.cropping import asked_crop, of_again, typed_crop
from webapp.exports import asked_encoding, dated, note_export, table_answer, write_table
from webapp.language import problem_texts, say, second, words
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.requests import arrived_files
from webapp.seal_making import MAX_TYPED, made_seal
from webapp.security import may, receives_files
from webapp.sender.seal import prepare_picture
from webapp.signer.ranges import StoredFile, send_stored
from webapp.state import state
from webapp.tries import count_upload

_MEANWHILE = Words(
    "この画面を開いたあとに、ほかの人が変更しました。画面を開き直して、今の値を確かめてください。",
    "Somebody else changed it since you opened this page. Open it again to see today’s values.",
)
_UNDER_WAY = Words(
    "この公印の切り抜きは、先に受け付けた範囲で直しています。"
    "画像の確認が終わると、前の公印は廃止されます。",
    "This seal is being cropped already, as was chosen first. Once the picture is checked, the "
    "seal of before is retired.",
)
_LINES = ("name", "mm", "valid_from", "valid_until")
_LISTS = ("members", "departments", "roles")
_CONDITIONS = ("since", "until", "who", "number")


@blueprint.get("/seals")
@may("seal.write")
def official_seals_page() -> Response:
    """All of them, and a form for another."""
    return _list(TypedOfficialSeal(), {})


@blueprint.post("/seals")
@may("seal.write")
@receives_files(prepare_picture)
def add_official_seal() -> BaseResponse:
    """One more: of a picture that was sent, or drawn from typed letters."""
    count_upload(member().id)
    typed, errors = _typed(), dict[str, str]()
    drawn = request.form.get("action") == "make"
    upload = made_seal() if drawn else _sent(errors)
    crop = None if drawn else asked_crop(errors)
    try:
        with state().database.transaction() as session:
            checked = check_official_seal(typed, *_there(session))
            if upload is None or errors:
                _drop(upload)
                return _list(typed, errors)
            made = official_seals.add(session, member(), checked, upload, now(), crop).id
    except FormProblems as found:
        _drop(upload)
        return _list(typed, problem_texts(found.problems) | errors)
    except Refusal as refusal:
        return _list(typed, {"name": words(WORDS[refusal.code])})
    flash(say("公印を追加しました。画像の確認が終わると使えます。"), "success")
    return redirect(url_for("admin.official_seal", official_id=made), code=303)


def _drop(upload: Incoming | None) -> None:
    if upload is not None:
        upload.abandon()


@blueprint.post("/seals/<uuid:official_id>/crop")
@may("seal.write")
def crop_official_seal(official_id: UUID) -> BaseResponse:
    """Another seal, of a closer crop of the clean picture, takes this one's place."""
    with state().database.reading() as session:
        row = _row_or_404(session, official_id)
    count_upload(member().id)
    errors: dict[str, str] = {}
    crop = asked_crop(errors, some=True)
    if errors:
        answer = _one(row, _typed_of(row), {}, errors)
        answer.status_code = 422
        return answer
    try:
        with state().database.transaction() as session:
            made, fresh = crop_official(session, state().vault, member(), official_id, crop, now())
            made_id = made.id
    except LookupError:
        abort(404)
    except Refusal as refusal:
        flash(words(WORDS[refusal.code]), "error")
        return redirect(url_for("admin.official_seal", official_id=official_id), code=303)
    if fresh:
        text = say("切り抜きを直しています。画像の確認が終わると、前の公印は廃止されます。")
        flash(text, "success")
    else:
        flash(words(_UNDER_WAY), "warning")
    return redirect(url_for("admin.official_seal", official_id=made_id), code=303)


@blueprint.get("/seals/<uuid:official_id>")
@may("seal.write")
def official_seal(official_id: UUID) -> Response:
    """Its values, and its uses."""
    with state().database.reading() as session:
        row = _row_or_404(session, official_id)
    return _one(row, _typed_of(row), {})


@blueprint.post("/seals/<uuid:official_id>")
@may("seal.write")
def change_official_seal(official_id: UUID) -> BaseResponse:
    """Name, size, days and people. The picture stays: another picture is another seal."""
    typed, revision = _typed(), request.form.get("revision", -1, type=int)
    try:
        with state().database.transaction() as session:
            row = _row_or_404(session, official_id)
            known = _there(session, row)
            checked = check_official_seal(typed, *known)
            changed = official_seals.change(
                session, member(), official_id, checked, revision, now()
            )
    except FormProblems as found:
        return _again(official_id, typed, problem_texts(found.problems), 422)
    except SealChangedMeanwhile:
        return _again(official_id, typed, {"name": words(_MEANWHILE)}, 409)
    flash(say("公印を保存しました。") if changed else say("公印は変わっていません。"), "success")
    return redirect(url_for("admin.official_seal", official_id=official_id), code=303)


@blueprint.post("/seals/<uuid:official_id>/retire")
@may("seal.write")
def retire_official_seal(official_id: UUID) -> BaseResponse:
    """Nobody may use it any more. Documents that show it stay as they are."""
    with state().database.transaction() as session:
        _row_or_404(session, official_id)
        official_seals.retire(session, member(), official_id, now())
    flash(say("公印を廃止しました。署名済みの文書の印影は変わりません。"), "success")
    return redirect(url_for("admin.official_seal", official_id=official_id), code=303)


@blueprint.get("/seals/<uuid:official_id>/state")
@may("seal.write", keeps_awake=False)
def official_seal_state(official_id: UUID) -> Response:
    """What became of the picture; 204 while nothing has."""
    with state().database.reading() as session:
        row = _row_or_404(session, official_id)
    if request.args.get("seen") == row.state:
        return make_response("", 204)
    return make_response(render_template("admin/official_seal_state.html", **_pictured(row)))


@blueprint.get("/seals/<uuid:official_id>/picture.png")
@may("seal.write")
def official_seal_picture(official_id: UUID) -> Response:
    """The cleaned picture."""
    with state().database.reading() as session:
        row = _row_or_404(session, official_id)
        if row.image_blob_id is None:
            abort(404)
        blob = session.get_one(Blob, row.image_blob_id)
    file = StoredFile(blob.id, blob.size, blob.sha256, "seal.png", "image/png")
    return send_stored(file, way="inline")


@blueprint.get("/seals/<uuid:official_id>/uses.csv")
@may("seal.write")
def official_seal_uses(official_id: UUID) -> Response:
    """Every use that the conditions find."""
    encoding, file = asked_encoding(), io.BytesIO()
    with state().database.reading() as session:
        row = _row_or_404(session, official_id)
        wanted, errors = _search(session)
    if errors:
        return _again(official_id, _typed_of(row), {}, 422)
    with state().database.reading() as session:
        lines = write_table(file, _lines(every_use(session, row, wanted)), encoding)
    said = {name: request.args.get(name, "") for name in ("who", "number", "since", "until")}
    note_export(Event.OFFICIAL_SEAL_EXPORTED, said, lines, seal=str(official_id))
    return table_answer(file, encoding, dated("seal-uses"))


def _lines(found: Iterator[Use]) -> Iterator[list[str]]:
    yield [
        say("日時"), say("署名した人"), say("封筒番号"), say("封筒名"), say("文書名"),
        say("印影の名前"), say("印影のSHA-256"),
    ]  # fmt: skip
    for use in found:
        row = use.row
        texts = (row.person, use.envelope.number, use.envelope.title, use.document, row.name)
        yield [second(row.used_at), *(harmless(text) for text in texts), row.image_sha256]


def _row_or_404(session: Session, official_id: UUID) -> OfficialSeal:
    return official_seals.find(session, member().organisation_id, official_id) or abort(404)


def _typed() -> TypedOfficialSeal:
    name, mm, begins, ends = (request.form.get(one, "")[:200] for one in _LINES)
    people, parts, roles = (tuple(request.form.getlist(one)[:1000]) for one in _LISTS)
    return TypedOfficialSeal(name, mm, begins, ends, people, parts, roles)


def _typed_of(row: OfficialSeal) -> TypedOfficialSeal:
    days = (row.valid_from, row.valid_until)
    begins, ends = (day.isoformat() if day else "" for day in days)
    lists = (tuple(row.members), tuple(row.departments), tuple(row.roles))
    return TypedOfficialSeal(row.name, str(row.mm), begins, ends, *lists)


def _there(session: Session, row: OfficialSeal | None = None) -> tuple[set[str], set[str]]:
    """Members and departments that may be named; whoever is named already may stay."""
    mine = member().organisation_id
    people = {str(one.id) for one in active_members(session, mine)}
    parts = {str(one.id) for one in departments.listed(session, mine)}
    if row is None:
        return people, parts
    return people | set(row.members), parts | set(row.departments)


def _sent(errors: dict[str, str]) -> Incoming | None:
    arrived = arrived_files()
    if not arrived:
        errors["stamp"] = say("印影の画像を選んでください。")
        return None
    return cast("Incoming", arrived[0][1])


def _choices(session: Session) -> dict[str, object]:
    mine = member().organisation_id
    return {
        "people": [
            (str(one.id), one.name, one.department) for one in active_members(session, mine)
        ],
        "parts": [(str(one.id), one.name, "") for one in departments.listed(session, mine)],
        "roles": [(role.value, words(ROLE_WORDS[role]), "") for role in Role],
    }


def _list(typed: TypedOfficialSeal, errors: Mapping[str, str]) -> Response:
    wishes = asked(SEAL_SORTS)
    with state().database.reading() as session:
        found = seal_page(session, member().organisation_id, wishes)
        choices = _choices(session)
    square = request.form.get("seal-form", SealForm.SQUARE) == SealForm.SQUARE
    page = render_template(
        "admin/official_seals.html",
        page=found,
        rows=[(row, _standing(row)) for row in found.rows],
        asked=wishes,
        here=here_of("admin.official_seals_page", wishes.as_query()),
        typed=typed,
        errors=errors,
        letters=request.form.get("seal-text", "")[:MAX_TYPED],
        most=MAX_TYPED,
        square=square,
        crop=typed_crop(),
        **choices,
    )
    wrong = errors or request.method == "POST"
    return make_response(page, 422 if wrong else 200)


def _standing(row: OfficialSeal) -> str:
    if row.retired_at is not None:
        return say("廃止")
    if row.state == DocumentState.CHECKING:
        return say("画像を確認中")
    if row.state == DocumentState.REFUSED:
        return say("画像が使えません")
    today = now().astimezone(ZoneInfo(_zone())).date()
    if official_seals.checked_of(row).holds(today):
        return say("使用できます")
    return say("期間外")


def _zone() -> str:
    with state().database.reading() as session:
        return session.get_one(Organisation, member().organisation_id).zone


def _again(
    official_id: UUID, typed: TypedOfficialSeal, errors: Mapping[str, str], code: int
) -> Response:
    with state().database.reading() as session:
        row = _row_or_404(session, official_id)
    answer = _one(row, typed, errors)
    answer.status_code = code
    return answer


def _one(
    row: OfficialSeal,
    typed: TypedOfficialSeal,
    errors: Mapping[str, str],
    crop_errors: Mapping[str, str] | None = None,
) -> Response:
    said = {name: request.args.get(name, "")[:100] for name in _CONDITIONS}
    wishes = asked(USE_SORTS)
    with state().database.reading() as session:
        wanted, wrong = _search(session)
        page = uses_page(session, row, wanted, wishes)
        choices = _choices(session)
    kept = {name: text for name, text in said.items() if text}
    body = render_template(
        "admin/official_seal.html",
        typed=typed,
        errors={**errors, **wrong},
        summary={**errors, **wrong, **of_again(crop_errors or {})},
        uses=page,
        asked=said,
        sorting=wishes.sorting,
        narrowed=bool(kept),
        here=here_of(
            "admin.official_seal", kept | wishes.sorting.as_query(), official_id=str(row.id)
        ),
        second_text=second,
        **_pictured(row) | {"crop": typed_crop(), "crop_errors": crop_errors or {}},
        **choices,
    )
    return make_response(body)


def _pictured(row: OfficialSeal) -> dict[str, object]:
    code = row.refusal
    return {
        "row": row,
        "standing": _standing(row),
        "checking": row.state == DocumentState.CHECKING,
        "refusal": words(WORDS[RefusalCode(code)]) if code else "",
        "crop": {},
        "crop_errors": {},
    }


def _search(session: Session) -> tuple[UseSearch, dict[str, str]]:
    """The conditions of this URL; days are the organisation's."""
    errors: dict[str, str] = {}
    zone = ZoneInfo(session.get_one(Organisation, member().organisation_id).zone)
    since, until = (_day(name, errors) for name in ("since", "until"))
    return UseSearch(
        since=_midnight(since, zone) if since else None,
        before=_midnight(until + timedelta(days=1), zone) if until else None,
        who=request.args.get("who", "").strip()[:100],
        number=request.args.get("number", "").strip()[:20],
    ), errors


def _day(name: str, errors: dict[str, str]) -> date | None:
    text = request.args.get(name, "")
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.max
    if found is not None and found.year not in range(1970, 9999):
        errors[name] = say("日付を選んでください。")
        return None
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
