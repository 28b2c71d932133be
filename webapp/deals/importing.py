"""取込: files from elsewhere, sent, looked at together, and taken whole or not at all."""

import io
from collections.abc import Callable
from typing import IO, cast
from uuid import UUID

from flask import (
    Response,
    abort,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.import_table import COLUMNS, offered_headings, read_import_table, template_rows
from domain.imports import CLOCK_TONES, CLOCK_WORDS, MAX_BATCH, SHOWN_WORDS, WAY_WORDS, Shown, Way
from domain.kinds import EnvelopeState
from domain.lists import Asked
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from domain.tables import MAX_TABLE_BYTES, TableRefused
from runtime.spreadsheets import harmless
from storage import import_dropping, import_taking, imports
from storage.absences import day_of
from storage.import_judging import judge_of
from storage.import_lines import LINE_SORTS, WHICH_WORDS, Which, is_faulty, line_page
from storage.import_list import SORTS, clocks_page
from storage.import_taking import BatchChanged
from storage.imports import Batch
from storage.tables import ImportBatch
from storage.uploads import Upload, begin_upload
from webapp.deals.blueprint import blueprint
from webapp.deals.terms import left_text
from webapp.exports import asked_encoding, table_answer, write_table
from webapp.language import language, problem_texts, say, words
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.marks import mark
from webapp.requests import HeldFile, ReceivedFile, Swallow, arrived_files
from webapp.security import may, receives_files
from webapp.sender.uploading import MAX_REQUEST_BYTES
from webapp.state import state
from webapp.tries import count_upload

BEGUN = "open_"
"""Before the words that speak of the imports under way, the other list on the page."""
_NOTHING = Words("PDFファイルを選んでください。", "Choose PDF files.")
_CHANGED = Words(
    "その間に内容が変わりました。もう一度確かめてください。",
    "It has changed meanwhile. Look at it again.",
)


def prepare_import(batch_id: UUID | None = None) -> Callable[[str], IO[bytes]]:
    """Where each file goes, before the body is read: PDFs into the vault, a table into memory."""
    if batch_id is not None:
        with state().database.reading() as session:
            if not find(session, batch_id).open:
                abort(404)
    count_upload(member().id)
    request.max_content_length = MAX_REQUEST_BYTES
    g.uploads = []
    return _open


def _open(name: str) -> IO[bytes]:
    if not name:  # a file field that was left empty
        return cast("IO[bytes]", Swallow())
    if name.lower().endswith(".csv"):
        return cast("IO[bytes]", ReceivedFile(HeldFile(name, MAX_TABLE_BYTES)))
    upload = begin_upload(state().vault, name)
    g.uploads.append(upload)
    return cast("IO[bytes]", ReceivedFile(upload))


@blueprint.get("/deals/imports")
@may("deal.import")
def imports_page() -> str:
    """What waits for somebody, and the limits for time-stamps."""
    return _imports_page("")


def _imports_page(error: str) -> str:
    shown = chosen(Shown, request.args.get("shown", ""), Shown.OPEN)
    wishes, begun = asked(SORTS), asked(imports.BATCH_SORTS, BEGUN)
    query = wishes.as_query() | begun.as_query() | {"shown": shown.value}
    with state().database.reading() as session:
        organisation = member().organisation_id
        today = day_of(session, organisation, now())
        page = clocks_page(session, organisation, shown, today, wishes)
        batches = imports.batch_page(session, organisation, begun)
    return render_template(
        "deals/imports.html",
        errors={"files": error} if error else {},
        batches=batches,
        page=page,
        shown=shown,
        asked=wishes,
        begun=begun,
        here=here_of("deals.imports_page", query, anchor="limits"),
        begun_here=here_of("deals.imports_page", query, prefix=BEGUN, anchor="open"),
        choices=[(one.value, words(text)) for one, text in SHOWN_WORDS.items()],
        most=MAX_BATCH,
        left_text=lambda day: left_text((day - today).days),
        **_said(),
    )


@blueprint.post("/deals/imports")
@may("deal.import")
@receives_files(prepare_import)
def begin_import() -> BaseResponse | tuple[str, int]:
    """Keep the files, and go where they are looked at."""
    _require_whole()
    files = arrived_files()
    if not any(isinstance(file, Upload) for _, file in files):
        return _imports_page(words(_NOTHING)), 422
    with state().database.transaction() as session:
        batch_id = imports.open_batch(session, member(), now()).id
    _store(batch_id)
    return redirect(url_for("deals.import_batch", batch_id=batch_id), code=303)


@blueprint.post("/deals/imports/<uuid:batch_id>/files")
@may("deal.import")
@receives_files(prepare_import)
def add_import_files(batch_id: UUID) -> BaseResponse:
    """More files, or their index."""
    _require_whole()
    if not _store(batch_id):
        flash(say("追加するPDFか、一覧のCSVを選んでください。"), "warning")
    return redirect(url_for("deals.import_batch", batch_id=batch_id), code=303)


def _require_whole() -> None:
    """Half a contract is no contract. Raises Refusal UPLOAD_BROKEN_OFF."""
    arrived = [file for _, file in arrived_files() if isinstance(file, Upload)]
    if len(arrived) != len(g.get("uploads", [])):
        raise Refusal(RefusalCode.UPLOAD_BROKEN_OFF)


def _store(batch_id: UUID) -> int:
    """PDFs first, then what the table says of them. Returns how many files came."""
    files = [file for _, file in arrived_files()]
    for file in files:
        if isinstance(file, Upload):
            with state().database.transaction() as session:
                batch = locked_or_404(session, batch_id)
                imports.add_file(session, batch, file, member(), now())
    tables = [file for file in files if isinstance(file, HeldFile)]
    for table in tables[-1:]:
        with state().database.transaction() as session:
            _apply(session, locked_or_404(session, batch_id), table)
    return len(files)


def _apply(session: Session, batch: ImportBatch, table: HeldFile) -> None:
    judge = judge_of(session, batch.organisation_id, now())
    try:
        read = read_import_table(bytes(table.data), imports.file_names(session, batch), judge)
    except TableRefused as refused:
        imports.refuse_table(batch, refused.words, table.name)
    else:
        imports.apply_table(session, batch, read, table.name, now())


@blueprint.get("/deals/imports/<uuid:batch_id>")
@may("deal.import")
def import_batch(batch_id: UUID) -> str:
    """Every file, what is said of it, and what is wrong."""
    return _batch_page(batch_id, "", {})


def _batch_page(batch_id: UUID, reason: str, errors: dict[str, str]) -> str:
    with state().database.reading() as session:
        batch = find(session, batch_id)
    which, wishes = _asked_lines()
    narrowed = {"which": which.value} if which is not Which.ALL else {}
    return render_template(
        "deals/import_batch.html",
        batch=batch,
        page=line_page(batch, which, wishes),
        asked=wishes,
        which=which,
        narrowed=narrowed,
        whiches=[(one.value, words(text)) for one, text in WHICH_WORDS.items()],
        faulty=sum(map(is_faulty, batch.lines)),
        here=here_of(
            "deals.import_batch",
            wishes.as_query() | narrowed,
            anchor="files-found",
            batch_id=str(batch_id),
        ),
        mark=_mark(batch),
        reason=reason,
        errors=errors,
        faults=[(line, column, Words(ja, en)) for line, column, ja, en in batch.row.faults],
        column_text=lambda name: words(COLUMNS[name]) if name in COLUMNS else name,
        **_said(),
    )


def _asked_lines() -> tuple[Which, Asked]:
    return chosen(Which, request.args.get("which", ""), Which.ALL), asked(LINE_SORTS)


@blueprint.get("/deals/imports/<uuid:batch_id>/live")
@may("deal.import", keeps_awake=False)
def import_live(batch_id: UUID) -> Response:
    """Whether the PDFs have been looked at; 204 while nothing changed."""
    with state().database.reading() as session:
        batch = find(session, batch_id)
    if request.args.get("seen") == _mark(batch):
        return make_response("", 204)
    answer = make_response("", 204)
    answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.get("/deals/imports/<uuid:batch_id>/index.csv")
@may("deal.import")
def import_index(batch_id: UUID) -> Response:
    """The index to be filled in, with the names of the PDFs."""
    encoding, file = asked_encoding(), io.BytesIO()
    with state().database.reading() as session:
        names = [harmless(one) for one in imports.file_names(session, find(session, batch_id).row)]
        judge = judge_of(session, member().organisation_id, now())
    own = [harmless(one) for one in offered_headings(judge, language())]
    heads = [*(words(text) for text in COLUMNS.values()), *own]
    write_table(file, template_rows(names, heads), encoding)
    return table_answer(file, encoding, "import-index.csv")


@blueprint.post("/deals/imports/<uuid:batch_id>/files/<uuid:envelope_id>/remove")
@may("deal.import")
def remove_import(batch_id: UUID, envelope_id: UUID) -> BaseResponse:
    """Leave a file out."""
    with state().database.transaction() as session:
        batch = locked_or_404(session, batch_id)
        try:
            import_dropping.remove_file(session, state().vault, batch, envelope_id, member(), now())
        except LookupError:
            abort(404)
    which, wishes = _asked_lines()
    query = wishes.as_query() | {"which": which.value, "page": str(wishes.number)}
    here = here_of("deals.import_batch", query, batch_id=str(batch_id))
    return redirect(here(), code=303)


@blueprint.post("/deals/imports/<uuid:batch_id>/drop")
@may("deal.import")
def drop_import(batch_id: UUID) -> BaseResponse:
    """Take nothing of it."""
    with state().database.transaction() as session:
        batch = locked_or_404(session, batch_id)
        import_dropping.drop_batch(session, state().vault, batch, member(), now())
    flash(say("取込をやめました。何も取り込んでいません。"), "success")
    return redirect(url_for("deals.imports_page"), code=303)


@blueprint.post("/deals/imports/<uuid:batch_id>/take")
@may("deal.import")
def take_import(batch_id: UUID) -> BaseResponse | tuple[str, int]:
    """All of it, or with `sound` what can be taken, exactly as it was shown."""
    reason = request.form.get("late_reason", "")[:MAX_TYPED_CHARACTERS]
    shown, rest_waits = request.form.get("shown", ""), "sound" in request.form
    try:
        with state().database.transaction() as session:
            taken = import_taking.take(
                session, member(), batch_id, shown, reason, now(), rest_waits=rest_waits
            )
    except FormProblems as found:
        return _batch_page(batch_id, reason, problem_texts(found.problems)), 422
    except BatchChanged:
        return _batch_page(batch_id, reason, {"batch": words(_CHANGED)}), 409
    except LookupError:
        with state().database.reading() as session:
            find(session, batch_id)  # a foreign one does not exist; one that is over says so
        return redirect(url_for("deals.import_batch", batch_id=batch_id), code=303)
    taken_all = say("%(count)s件を取り込みました。タイムスタンプは順に付与されます。", count=taken)
    taken_some = say(
        "%(count)s件を取り込みました。ほかの契約書は、この画面に残っています。", count=taken
    )
    flash(taken_some if rest_waits else taken_all, "success")
    return redirect(url_for("deals.import_batch", batch_id=batch_id), code=303)


def find(session: Session, batch_id: UUID) -> Batch:
    """A batch of the member's own organisation, or 404."""
    try:
        return imports.find_batch(session, member().organisation_id, batch_id, now())
    except LookupError:
        abort(404)


def locked_or_404(session: Session, batch_id: UUID) -> ImportBatch:
    """The batch, locked, as long as it is open."""
    try:
        return imports.open_for_change(session, member(), batch_id)
    except LookupError:
        abort(404)


def _said() -> dict[str, object]:
    """What templates ask in words."""
    return {
        "EnvelopeState": EnvelopeState,
        "way_text": lambda way: words(WAY_WORDS[Way(way)]) if way in set(Way) else "―",
        "clock_text": lambda clock: words(CLOCK_WORDS[clock]),
        "clock_tone": lambda clock: CLOCK_TONES[clock],
        "refused_text": lambda code: words(WORDS[RefusalCode(code)]),
    }


def _mark(batch: Batch) -> str:
    return mark([[line.document.state, line.envelope.state] for line in batch.lines])
