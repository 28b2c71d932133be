"""期間検証: asked for, watched while it runs, and its result."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.findings import FINDING_WORDS, Finding
from domain.forms import FormProblems
from domain.operations import Operation
from domain.refusals import Words
from domain.report_words import chain_words
from domain.verification import (
    BASIS_WORDS,
    OPEN_RUNS,
    RUN_WORDS,
    Basis,
    RunState,
    TypedPeriod,
    check_period,
    fiscal_year,
    result_words,
)
from storage import verifications
from storage.verifications import Run, TooManyRuns
from webapp.deals.blueprint import blueprint
from webapp.language import language, problem_texts, words, zone
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.marks import mark
from webapp.recording import records
from webapp.security import may
from webapp.state import state

TOO_MANY = Words(
    f"検証は同時に{OPEN_RUNS}件までです。下の一覧の検証が終わってから、もう一度お試しください。",
    f"At most {OPEN_RUNS} verifications run at a time. Try again when one of those below is done.",
)


@blueprint.get("/deals/verifications")
@may("deal.verify")
def verifications_page() -> str:
    """The form, with this fiscal year in it, and the runs so far."""
    since, until = fiscal_year(now().astimezone(ZoneInfo(zone())).date())
    return _form(TypedPeriod(since=since.isoformat(), until=until.isoformat()), {})


@blueprint.post("/deals/verifications")
@may("deal.verify")
def begin_verification() -> BaseResponse | tuple[str, int]:
    """Order a run, and go where it is watched."""
    typed = TypedPeriod(*(request.form.get(name, "")[:40] for name in ("basis", "since", "until")))
    try:
        period = check_period(typed)
        with state().database.transaction() as session:
            run_id = verifications.ask(session, member(), period, language(), now()).id
    except FormProblems as found:
        return _form(typed, problem_texts(found.problems)), 422
    except TooManyRuns:
        return _form(typed, {"since": words(TOO_MANY)}), 409
    return redirect(url_for("deals.verification", run_id=run_id), code=303)


@blueprint.get("/deals/verifications/<uuid:run_id>")
@may("deal.verify")
@records(Operation.VERIFICATION_VIEWED)
def verification(run_id: UUID) -> str:
    """How far it is; then the result, document by document."""
    wrong, wishes = request.args.get("shown") == "wrong", asked(verifications.LINE_SORTS)
    with state().database.reading() as session:
        run = run_or_404(session, run_id)
        page = verifications.lines_page(session, run, wishes, wrong=wrong)
    query = ({"shown": "wrong"} if wrong else {}) | wishes.sorting.as_query()
    return render_template(
        "deals/verification.html",
        run=run,
        mark=_mark(run),
        page=page,
        wrong=wrong,
        sorting=wishes.sorting,
        here=here_of("deals.verification", query, anchor="results", run_id=str(run_id)),
        finding_text=_finding_text,
        result_text=lambda line: words(result_words(line)),
        **_said(),
    )


@blueprint.get("/deals/verifications/<uuid:run_id>/live")
@may("deal.verify", keeps_awake=False)
def verification_live(run_id: UUID) -> Response:
    """How far it is; 204 while nothing changed."""
    with state().database.reading() as session:
        run = run_or_404(session, run_id)
    if request.args.get("seen") == _mark(run):
        return make_response("", 204)
    page = render_template("deals/verification_live.html", run=run, mark=_mark(run), **_said())
    answer = make_response(page)
    if run.state is RunState.DONE:
        answer.headers["HX-Refresh"] = "true"  # the documents stand below
    return answer


def run_or_404(session: Session, run_id: UUID) -> Run:
    """A run of the member's own organisation."""
    return verifications.find(session, member().organisation_id, run_id) or abort(404)


def _form(typed: TypedPeriod, errors: dict[str, str]) -> str:
    wishes = asked(verifications.RUN_SORTS)
    with state().database.reading() as session:
        page = verifications.run_page(session, member().organisation_id, wishes)
    return render_template(
        "deals/verifications.html",
        typed=typed,
        errors=errors,
        page=page,
        asked=wishes,
        here=here_of("deals.verifications_page", wishes.as_query()),
        bases=[(basis.value, words(BASIS_WORDS[basis]), "") for basis in Basis],
        **_said(),
    )


def _said() -> dict[str, object]:
    """What templates ask in words."""
    return {
        "RunState": RunState,
        "run_text": lambda run: words(RUN_WORDS[run.state]),
        "of_search": lambda run: verifications.searched(run.row) is not None,
        "asked_text": lambda run: words(run.words),
        "chain_text": lambda intact: words(chain_words(intact=bool(intact))),
    }


def _finding_text(finding: Finding) -> str:
    return words(FINDING_WORDS[finding])


def _mark(run: Run) -> str:
    row = run.row
    return mark([run.state, row.documents, row.checked, row.problems])
