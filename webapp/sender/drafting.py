"""The draft: one page, saved as it is typed, documents and people in any order."""

from collections.abc import Mapping
from uuid import UUID

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.calendar import end_of_day
from domain.deals import Relation
from domain.drafts import CheckedDraft, typed_draft
from domain.filling_in import MergeFacts, check_filled
from domain.forms import FormProblems
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from runtime.settings import SmsProvider
from storage import addressees, consents, deals, drafts, own_side, placing
from storage.app_codes import check_methods, without_app
from storage.away import away_on
from storage.merging import merge_facts
from storage.own_fields import own_problems, with_own
from storage.picking import forgotten
from storage.prefilling import prefill_notes
from storage.repairs import agree_to_repair
from storage.route_plan import PlannedRoute, plan_route
from storage.senders import senders_of
from storage.sending import check_choices, check_documents
from storage.sending import send as send_envelope
from storage.tables import Envelope
from webapp.deals.card import entered_rows
from webapp.language import say, words, zone
from webapp.login import member, now
from webapp.security import may, receives_files
from webapp.sender import blueprint
from webapp.sender.code_form import typed_codes, with_codes
from webapp.sender.documents import documents_fragment, is_fragment
from webapp.sender.draft_page import DraftPage, draft_page
from webapp.sender.forms import is_rearranging, rearranged, typed_from
from webapp.sender.keeping import autosaved, keep_form, keep_typed
from webapp.sender.mandate_gaps import mandate_gaps
from webapp.sender.own_fields import own_rows
from webapp.sender.picking import forgets, is_picking, to_address_book
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.sender.stage_form import is_laying_out, laid_out_anew
from webapp.sender.uploading import prepare_files, store_files
from webapp.state import state


@blueprint.post("/envelopes/new")
@may("envelope.write")
def new_envelope() -> BaseResponse:
    """A fresh draft."""
    with state().database.transaction() as session:
        envelope = drafts.create_draft(session, member(), now())
    return redirect(url_for("sender.envelope", envelope_id=envelope.id), code=303)


def show_draft(envelope_id: UUID) -> str:
    """The form; with `?check=1` it says what is still missing."""
    page = _page(envelope_id)
    found = draft_problems(page)
    return _form(page, found if request.args.get("check") else {}, found)


def _form(page: DraftPage, errors: Mapping[str, str], found: Mapping[str, str]) -> str:
    """A chain that cannot be used is said at once: nobody finds it by looking at the form. `found`:
    what the check before sending says, for the steps."""
    lost = {"chain_id": words(page.chain_trouble)} if page.chain_trouble else {}
    return render_template(
        "sender/draft.html", page=page, errors=lost | dict(errors), problems=found
    )


def _page(envelope_id: UUID) -> DraftPage:
    with state().database.reading() as session:
        return draft_page(session, envelope_or_404(session, envelope_id))


def draft_problems(page: DraftPage) -> dict[str, str]:
    """Everything that keeps the draft from being sent, by field."""
    found: dict[str, Words] = {}
    if not page.has_contact:
        found["contact"] = WORDS[RefusalCode.NO_CONTACT]
    try:
        check_documents(page.documents)
    except Refusal as refusal:
        found["files"] = WORDS[refusal.code]
    with state().database.reading() as session:
        envelope = envelope_or_404(session, page.envelope_id)
        try:
            _check_whole(session, envelope, page)
        except FormProblems as problems:
            found |= problems.problems
        except Refusal as refusal:
            found["people"] = WORDS[refusal.code]
        found |= own_problems(
            session, member().organisation_id, page.typed.contract_kind, page.typed.own
        )
    if page.fields_wrong:
        found["step-fields"] = _FIELDS
    return {name: words(text) for name, text in found.items()}


def _check_whole(session: Session, envelope: Envelope, page: DraftPage) -> None:
    """Raises FormProblems and Refusal, the first that is found of either."""
    mine, by = member().organisation_id, senders_of(session, envelope, member())
    checked = check_filled(page.typed, merge_facts(session, envelope, now(), member()))
    plan_route(session, by, checked, sms=sends_sms())
    check_methods(session, mine, checked.people, sms=sends_sms())
    addressees.check_people(session, mine, checked.people)
    own_side.check_people(session, mine, checked.people)
    check_choices(checked.people, page.documents)
    deals.check_draft(session, envelope, checked)


def _merge_facts(session: Session, envelope_id: UUID) -> MergeFacts:
    return merge_facts(session, envelope_or_404(session, envelope_id), now(), member())


def _printed(envelope_id: UUID) -> tuple[str, ...]:
    """What mails about this envelope print, besides what is typed in its form."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        titles = [document.title for document in drafts.documents_of(session, envelope.id)]
        labels = [field.label for field in placing.fields_of(envelope)]  # of files to be sent
    return (envelope.number, *titles, *labels)


def sends_sms() -> bool:
    """Whether this service can send any."""
    return state().settings.sms_provider is not SmsProvider.NONE


_FIELDS = Words(
    "入力欄に直すところがあります。「入力欄を置く」を開いて直してください。",
    "Some fields need to be changed. Open “Place fields” to see which.",
)


@blueprint.post("/envelopes/<uuid:envelope_id>/draft")
@may("envelope.write")
@receives_files(prepare_files)
def save(envelope_id: UUID) -> BaseResponse:
    """Keep everything that is typed, then do what the button says."""
    action = request.form.get("action", "save")
    typed = typed_from(request.form)
    errors: dict[str, str] = {}
    if action != "autosave":  # half a code is no code
        printed = _printed(envelope_id) if typed_codes(request.form) else ()
        typed, errors = with_codes(typed, request.form, printed)
    typed, row = rearranged(typed, action)
    typed = forgotten(typed, forgets(action))
    if is_laying_out(action):
        typed = laid_out_anew(typed, action)
    if action == "autosave":
        return autosaved(envelope_id, typed)
    try:
        errors |= keep_typed(envelope_id, typed)
    finally:
        store_files(envelope_id)
    if action == "discard":
        errors = {}  # what goes need not be right
    if errors and (is_rearranging(action) or is_picking(action)):
        flash(next(iter(errors.values())), "error")
    elif errors:
        page = _page(envelope_id)
        return make_response(_form(page, errors, draft_problems(page)), 422)
    return _go_on(envelope_id, action, row)


def _go_on(envelope_id: UUID, action: str, row: int) -> BaseResponse:
    """To where the button leads, once everything is kept."""
    if action == "confirm":
        return _to_confirmation(envelope_id)
    if is_picking(action):
        return to_address_book(envelope_id, action)
    if action == "fields":
        return redirect(url_for("sender.fields", envelope_id=envelope_id), code=303)
    if action == "discard":
        return redirect(url_for("sender.discard", envelope_id=envelope_id), code=303)
    if action == "template":
        return redirect(url_for("sender.save_as_template", envelope_id=envelope_id), code=303)
    anchor = f"people-{row}-name" if is_rearranging(action) else None
    if is_laying_out(action):
        anchor = "stages"
    if anchor is None:
        flash(say("下書きを保存しました。"), "success")
    target = url_for("sender.envelope", envelope_id=envelope_id, _anchor=anchor)
    return redirect(target, code=303)


def _to_confirmation(envelope_id: UUID) -> BaseResponse:
    """A route that differs from what the form showed is looked at first."""
    read = _page(envelope_id)
    if read.route and read.route.changed:
        return redirect(_to_route(envelope_id), code=303)
    if draft_problems(read):
        page = url_for("sender.envelope", envelope_id=envelope_id, check=1)
    else:
        page = url_for("sender.confirm", envelope_id=envelope_id)
    return redirect(page, code=303)


def _to_route(envelope_id: UUID) -> str:
    return url_for("sender.envelope", envelope_id=envelope_id, _anchor="chain-route")


@blueprint.get("/envelopes/<uuid:envelope_id>/confirm")
@may("envelope.write")
def confirm(envelope_id: UUID) -> "str | BaseResponse":
    """What will be sent to whom, before it is sent."""
    page = _page(envelope_id)
    if not page.is_draft:
        return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
    if draft_problems(page):
        target = url_for("sender.envelope", envelope_id=envelope_id, check=1)
        return redirect(target, code=303)
    if page.route and page.route.newer:
        return redirect(_to_route(envelope_id), code=303)
    with state().database.reading() as session:
        checked = check_filled(page.typed, _merge_facts(session, envelope_id))
        checked = with_own(session, member().organisation_id, checked)
        envelope = envelope_or_404(session, envelope_id)
        by = senders_of(session, envelope, member())
        route = plan_route(session, by, checked, sms=sends_sms())
        asked = consents.asked_by(session, member().organisation_id)
        gaps = mandate_gaps(session, member().organisation_id, route, checked)
        people = [slot.person for stage in route.stages for slot in stage.slots]
        without = without_app(session, member().organisation_id, people)
        absent = away_on(session, envelope, member(), route, now())
        notes = prefill_notes(session, envelope, page.documents, member())
    deadline = end_of_day(now(), checked.deadline_days, zone())
    return render_template(
        "sender/confirm.html",
        page=page,
        draft=checked,
        route=route,
        deadline=deadline,
        consent=asked,
        mandate_gaps=gaps,
        ungated=_is_ungated(checked, route),
        away=absent,
        without_app=[person.name for person in without],
        deal_rows=entered_rows(checked.deal),
        own=own_rows([row.field for row in page.own], dict(checked.own)),
        prefill_notes=[(row.label, notes[row.key]) for row in page.fields if row.key in notes],
        members={row.id: row.name for row in page.openers},
    )


def _is_ungated(draft: CheckedDraft, route: PlannedRoute) -> bool:
    """Whether a main contract that follows a provisional one waits for no resolution."""
    main = draft.deal.relation == Relation.MAIN.value
    return main and not any(stage.gate is not None for stage in route.stages)


@blueprint.post("/envelopes/<uuid:envelope_id>/send")
@may("envelope.send")
def send(envelope_id: UUID) -> BaseResponse:
    """Send what the summary showed; if it changed since then, show the summary again."""
    target = url_for("sender.envelope", envelope_id=envelope_id)
    try:
        with state().database.transaction() as session:
            envelope = draft_or_404(session, envelope_id)
            if request.form.get("shown", "") != draft_page(session, envelope).sha256:
                flash(say("下書きが変わりました。もう一度内容を確認してください。"), "warning")
                return redirect(url_for("sender.confirm", envelope_id=envelope_id), code=303)
            _send(session, envelope)
    except FormProblems:
        return redirect(url_for("sender.envelope", envelope_id=envelope_id, check=1), code=303)
    except Refusal as refusal:
        if refusal.code is not RefusalCode.ALREADY_SENT:
            page = url_for("sender.envelope", envelope_id=envelope_id, check=1)
            return redirect(page, code=303)
        flash(words(WORDS[refusal.code]), "information")
        return redirect(target, code=303)
    flash(say("送信しました。最初の人に依頼のメールが届きます。"), "success")
    return redirect(target, code=303)


def _send(session: Session, envelope: Envelope) -> None:
    checked = check_filled(
        typed_draft(envelope.draft), merge_facts(session, envelope, now(), member())
    )
    check_methods(session, envelope.organisation_id, checked.people, sms=sends_sms())
    send_envelope(session, envelope, checked, member(), now(), sms=sends_sms())


@blueprint.post("/envelopes/<uuid:envelope_id>/documents")
@may("envelope.write")
@receives_files(prepare_files)
def upload(envelope_id: UUID) -> "str | BaseResponse":
    """Take files; the rest of the form is kept too if it came along."""
    try:
        keep_form(envelope_id)
    finally:
        stored = store_files(envelope_id)
    if not stored and not is_fragment():
        flash(say("追加するPDFファイルを選んでください。"), "warning")
    return _documents_again(envelope_id)


@blueprint.post("/envelopes/<uuid:envelope_id>/documents/<uuid:document_id>/remove")
@may("envelope.write")
def remove_document(envelope_id: UUID, document_id: UUID) -> "str | BaseResponse":
    """Take a document out of the draft."""
    keep_form(envelope_id)
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        try:
            drafts.remove_document(session, envelope, document_id, member(), now())
        except LookupError:
            abort(404)
    return _documents_again(envelope_id)


@blueprint.post("/envelopes/<uuid:envelope_id>/documents/<uuid:document_id>/repair")
@may("envelope.write")
def repair_document(envelope_id: UUID, document_id: UUID) -> "str | BaseResponse":
    """Agree to a repaired copy that lacks exactly what the page showed."""
    keep_form(envelope_id)
    shown = request.form.get("mends", "").split()
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        try:
            agreed = agree_to_repair(session, envelope, document_id, shown, member(), now())
        except LookupError:
            abort(404)
    if not agreed and not is_fragment():
        flash(say("文書の状態が変わっています。もう一度確認してください。"), "warning")
    return _documents_again(envelope_id)


def _documents_again(envelope_id: UUID) -> "str | BaseResponse":
    """The list alone for our scripts, else the page at the list."""
    if is_fragment():
        return documents_fragment(envelope_id)
    target = url_for("sender.envelope", envelope_id=envelope_id, _anchor="documents")
    return redirect(target, code=303)
