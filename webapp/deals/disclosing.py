"""提出用ZIP: asked for from a search of the register, watched while it is made, and taken away."""

from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.deal_search import Search, TypedSearch, check_search
from domain.disclosure import KEPT_FOR, MAX_ZIP_BYTES, PACK_WORDS, PackState, conditions_words
from domain.forms import FormProblems
from domain.lists import Asked
from domain.operations import Operation
from domain.own_search import LABELS
from storage import disclosures
from storage.disclosures import Pack, TooLarge
from storage.text_search import TAKEN_OUT, TooManyCandidates, confirmed
from storage.verifications import TooManyRuns
from webapp.deals.blueprint import blueprint
from webapp.deals.searching import here, register_page, typed_search
from webapp.deals.verifying import TOO_MANY
from webapp.language import language, problem_texts, words, zone
from webapp.lists import asked
from webapp.login import member, now
from webapp.marks import mark
from webapp.recording import records
from webapp.security import may
from webapp.signer.ranges import StoredFile, send_stored
from webapp.state import state

ZIP = "application/zip"
PACKS = "zip_"
"""Before the words about the ZIPs so far: the address says the search of the register too."""


@blueprint.get("/deals/disclosures")
@may("deal.disclose")
def disclosures_page() -> str | BaseResponse:
    """What a ZIP of these conditions would hold, the button, and the ZIPs so far."""
    try:
        return _form(typed_search(), "")
    except FormProblems as wrong:
        return _wrong(wrong)


@blueprint.post("/deals/disclosures")
@may("deal.disclose")
def begin_disclosure() -> BaseResponse | tuple[str, int]:
    """Order one, and go where it is watched. The conditions stand in the URL, as in a search."""
    typed = typed_search()
    try:
        with state().database.reading() as session:
            among, _ = _among(session, check_search(typed))
        with state().database.transaction() as session:
            made = disclosures.ask(session, member(), typed, language(), now(), among).id
    except FormProblems as wrong:
        return _wrong(wrong)
    except TooManyRuns:
        return _form(typed, words(TOO_MANY)), 409
    except TooLarge:
        return _form(typed, ""), 409  # the page says it by itself
    return redirect(url_for("deals.disclosure", disclosure_id=made), code=303)


@blueprint.get("/deals/disclosures/<uuid:disclosure_id>")
@may("deal.disclose")
def disclosure(disclosure_id: UUID) -> str:
    """How far it is; then the download."""
    with state().database.reading() as session:
        pack = pack_or_404(session, disclosure_id)
    return render_template(
        "deals/disclosure.html", pack=pack, mark=_mark(pack), beside=False, **_said()
    )


@blueprint.get("/deals/disclosures/<uuid:disclosure_id>/live")
@may("deal.disclose", keeps_awake=False)
def disclosure_live(disclosure_id: UUID) -> Response:
    """The same part of it again; 204 while nothing changed."""
    with state().database.reading() as session:
        pack = pack_or_404(session, disclosure_id)
    if request.args.get("seen") == _mark(pack):
        return make_response("", 204)
    page = render_template(
        "deals/disclosure_live.html", pack=pack, mark=_mark(pack), beside=True, **_said()
    )
    return make_response(page)


@blueprint.get("/deals/disclosures/<uuid:disclosure_id>/file")
@may("deal.disclose")
@records(Operation.DISCLOSURE_TAKEN)
def disclosure_file(disclosure_id: UUID) -> Response:
    """The ZIP, as often as it is asked for while it is kept."""
    with state().database.reading() as session:
        row = pack_or_404(session, disclosure_id).row
    over = row.expires_at is None or row.expires_at <= now()
    if row.blob_id is None or row.sha256 is None or over:
        abort(404)
    name = f"register-{row.asked_at.astimezone(ZoneInfo(zone())):%Y%m%d-%H%M%S}.zip"
    return send_stored(StoredFile(row.blob_id, row.size, row.sha256, name, ZIP))


def pack_or_404(session: Session, disclosure_id: UUID) -> Pack:
    """One of the member's own organisation."""
    return disclosures.find(session, member().organisation_id, disclosure_id) or abort(404)


def _wrong(wrong: FormProblems) -> BaseResponse:
    """The register says what is wrong, beside what was typed, and offers no ZIP."""
    return make_response(register_page(problem_texts(wrong.problems)), 422)


def _among(session: Session, search: Search) -> tuple[frozenset[UUID] | None, bool]:
    """The envelopes whose documents say what is searched for, and whether they are known yet: of
    more candidates than one request looks at, they are found out once the ZIP is asked for."""
    try:
        return confirmed(session, state().vault, member().organisation_id, search), True
    except TooManyCandidates:
        return None, False


def _form(typed: TypedSearch, error: str) -> str:
    """Raises FormProblems."""
    wishes, search = asked(disclosures.PACK_SORTS, PACKS), check_search(typed)
    with state().database.reading() as session:
        among, known = _among(session, search)
        mine = member().organisation_id
        extent = disclosures.extent(session, mine, search, among) if known else None
        page = disclosures.pack_page(session, member().organisation_id, wishes)
        labels = disclosures.own_labels(session, member().organisation_id, typed)
    return render_template(
        "deals/disclosures.html",
        asked=words(conditions_words(typed.as_query() | {LABELS: labels})),
        extent=extent,
        looked_at=TAKEN_OUT,
        page=page,
        wishes=wishes,
        conditions=typed.as_query(),
        packs_here=partial(_packs_here, wishes),
        error=error,
        here=here,
        **_said(),
    )


def _packs_here(wishes: Asked, **more: Any) -> str:  # noqa: ANN401 - for templates
    """The same conditions, and the ZIPs so far on another page or in another order."""
    turned = {f"{PACKS}{name}" if name == "page" else name: value for name, value in more.items()}
    return here("deals.disclosures_page", **(wishes.as_query() | turned), _anchor="packs")


def _said() -> dict[str, object]:
    """What templates ask in words."""
    return {
        "PackState": PackState,
        "days": KEPT_FOR.days,
        "most": f"{MAX_ZIP_BYTES // 1024**3} GiB",
        "pack_text": lambda pack: words(PACK_WORDS[pack.state]),
        "found_text": lambda pack: words(pack.words),
    }


def _mark(pack: Pack) -> str:
    return mark([pack.state, pack.run.documents, pack.run.checked, pack.row.packed])
