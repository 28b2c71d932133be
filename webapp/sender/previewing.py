"""The draft as each of its people will meet it, before anybody does."""

from dataclasses import dataclass
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.field_kinds import millimetres
from domain.fields import DraftField
from domain.forms import FormProblems
from domain.kinds import EnvelopeState
from domain.refusals import Refusal
from storage.previewing import Previewed, previews
from storage.tables import Document
from webapp.admin.mail_preview import as_sent
from webapp.language import say
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.drafting import sends_sms
from webapp.sender.placing import Sheet, sheets_of
from webapp.sender.scope import envelope_or_404
from webapp.state import state

MOST_PAGES = 30
"""Of one document; the rest is in the PDF."""


@dataclass(frozen=True)
class PageSeen:
    """A page with somebody's fields: their numbers in his list, and their places in
    millimetres."""

    sheet: Sheet
    fields: list[tuple[int, tuple[float, ...]]]


@dataclass(frozen=True)
class DocumentSeen:
    """A document: the pages on which he is asked for something, or its first."""

    document: Document
    pages: list[PageSeen]
    more: int
    """Pages that are not shown here."""


@blueprint.get("/envelopes/<uuid:envelope_id>/preview")
@may("envelope.write")
def preview_draft(envelope_id: UUID) -> "str | BaseResponse":
    """One person's mail, documents and fields; `?person=` is his number in the list."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        if envelope.state != EnvelopeState.DRAFT:
            return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
        try:
            trial = state().settings.trial
            found = previews(session, envelope, member(), now(), trial=trial, sms=sends_sms())
        except (FormProblems, Refusal):  # the draft says what is missing
            target = url_for("sender.envelope", envelope_id=envelope_id, check=1)
            return redirect(target, code=303)
        number, title = envelope.number, envelope.title
    chosen = min(max(request.args.get("person", 1, type=int), 1), len(found))
    shown = found[chosen - 1]
    return render_template(
        "sender/preview.html",
        envelope_id=envelope_id,
        number=number,
        title=title,
        people=found,
        chosen=chosen,
        shown=shown,
        mail=as_sent(shown.notice),
        documents=[_document(shown, one) for one in shown.documents],
        methods=_methods(shown),
        is_last=shown.stage == max(one.stage for one in found),
    )


def _methods(shown: Previewed) -> list[str]:
    """How he is asked who he is."""
    person = shown.person
    found = [
        (bool(person.access_code), say("アクセスコード")),
        (person.mail_code, say("確認コード（メール）")),
        (bool(person.phone), say("確認コード（SMS）")),
        (person.app_code, say("認証アプリ")),
        (person.passkey, say("パスキー")),
    ]
    return [say("メールのリンク"), *(name for asked, name in found if asked)]


def _document(shown: Previewed, document: Document) -> DocumentSeen:
    numbers = {one.key: number for number, one in enumerate(shown.fields, 1)}
    sheets = sheets_of(document)
    asked = [sheet for sheet in sheets if shown.on_page(document.id, sheet.number)]
    pages = [
        PageSeen(
            sheet,
            [
                (numbers[one.key], _place(one))
                for one in shown.on_page(document.id, sheet.number)
                if one.rect is not None
            ],
        )
        for sheet in (asked or sheets[:1])[:MOST_PAGES]
    ]
    return DocumentSeen(document, pages, len(sheets) - len(pages))


def _place(made: DraftField) -> tuple[float, ...]:
    return tuple(float(millimetres(length)) for length in made.rect or ())
