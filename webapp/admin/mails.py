"""メールの文面: whom the organisation's mails are from by name, and its own words in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.kinds import Language, NoticeKind
from domain.mail_texts import (
    OWN_SUBJECTS,
    PARTS,
    SENDER,
    TEXT_KINDS,
    VARIABLE_MEANING,
    VARIABLE_NAMES,
    MailSender,
    MailText,
    MailWords,
    check_sender,
    check_text,
    variables_of,
)
from domain.refusals import Words
from storage import mail_texts
from storage.mail_texts import TextChangedMeanwhile, Written
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.admin.mail_preview import Preview, page_of, preview
from webapp.language import problem_texts, say, words
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

SENDER_FIELDS = tuple(one.name for one in fields(MailSender))
_LANGUAGES = (Language.JA, Language.EN)
_PART_WORDS = {
    "subject": Words("件名", "Subject"),
    "opening": Words("はじめの文", "Opening"),
    "closing": Words("おわりの文", "Closing"),
    "name": Words("差出人の表示名", "Sender's name"),
    "name_en": Words("差出人の表示名（英語）", "Sender's name (English)"),
    "reply_to": Words("返信先", "Reply-To"),
}


@dataclass(frozen=True)
class Change:
    """A part that a version has other than the one before; empty: the service's."""

    part: str
    before: str
    after: str


@dataclass(frozen=True)
class Seen:
    """What a form was made from, and who was quicker since."""

    version: int
    other: Written | None = None


@blueprint.get("/mails")
@may("organisation.configure")
def mails() -> Response:
    """The sender, and every kind of mail with what is written for it."""
    with state().database.reading() as session:
        row = mail_texts.newest_of(session, member().organisation_id, SENDER)
    kept = MailSender(**row.content) if row is not None else MailSender()
    return _list(kept, Seen(row.version if row is not None else 0))


@blueprint.post("/mails")
@may("organisation.configure")
def change_mail_sender() -> BaseResponse:
    """Keep name and Reply-To; what is wrong stays as typed."""
    typed = MailSender(**{name: _typed(name) for name in SENDER_FIELDS})
    try:
        changed = _save(SENDER, check_sender(typed).content())
    except FormProblems as found:
        return _list(typed, Seen(_seen()), problem_texts(found.problems), 422)
    except TextChangedMeanwhile:
        return _list(typed, _overtaken(SENDER), status=409)
    return _saved(changed, url_for("admin.mails"))


@blueprint.get("/mails/<kind>")
@may("organisation.configure")
def mail_text(kind: str) -> Response:
    """The words for one kind of mail, and the versions before them."""
    wanted = _kind_or_404(kind)
    with state().database.reading() as session:
        row = mail_texts.newest_of(session, member().organisation_id, wanted.value)
    kept = MailText.of(row.content) if row is not None else MailText()
    return _form(wanted, kept, Seen(row.version if row is not None else 0))


@blueprint.post("/mails/<kind>")
@may("organisation.configure")
def change_mail_text(kind: str) -> BaseResponse:
    """Keep the words, show the mail that they make, or go back to the service's own."""
    wanted, typed, what = _kind_or_404(kind), _typed_text(), request.form.get("what", "")
    if what == "reset":
        typed = MailText()
    try:
        checked = check_text(wanted, typed)
        if what == "preview":
            return _form(wanted, typed, Seen(_seen()), shown=_previews(wanted, checked))
        changed = _save(wanted.value, checked.content())
    except FormProblems as found:
        return _form(wanted, typed, Seen(_seen()), problem_texts(found.problems), status=422)
    except TextChangedMeanwhile:
        return _form(wanted, typed, _overtaken(wanted.value), status=409)
    return _saved(changed, url_for("admin.mail_text", kind=wanted.value))


@blueprint.post("/mails/<kind>/html")
@may("organisation.configure")
def mail_html(kind: str) -> BaseResponse:
    """The HTML part of what is typed, as a mail program shows it: in a window of its own."""
    wanted = _kind_or_404(kind)
    language = chosen(Language, request.form.get("language", ""), Language.JA)
    try:
        return page_of(_preview(wanted, check_text(wanted, _typed_text()), language))
    except FormProblems as found:
        return _form(
            wanted, _typed_text(), Seen(_seen()), problem_texts(found.problems), status=422
        )


def _kind_or_404(kind: str) -> NoticeKind:
    found = chosen(NoticeKind, kind, None)
    if found not in TEXT_KINDS:
        abort(404)
    return found


def _typed(name: str) -> str:
    return request.form.get(name, "")[:MAX_TYPED_CHARACTERS]


def _typed_text() -> MailText:
    return MailText(
        *(
            MailWords(**{part: _typed(f"{language.value}-{part}") for part in PARTS})
            for language in _LANGUAGES
        )
    )


def _seen() -> int:
    return request.form.get("seen", 0, type=int)


def _save(part: str, content: Mapping[str, Any]) -> bool:
    with state().database.transaction() as session:
        return mail_texts.save(session, member(), part, content, _seen(), now())


def _overtaken(part: str) -> Seen:
    """Whoever saves again has seen what the other wrote, and means to replace it."""
    with state().database.reading() as session:
        found = mail_texts.newest_of_all(session, member().organisation_id)[part]
    return Seen(found.row.version, found)


def _saved(changed: bool, back: str) -> BaseResponse:
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(back, code=303)


def _previews(kind: NoticeKind, text: MailText) -> list[Preview]:
    return [_preview(kind, text, language) for language in _LANGUAGES]


def _preview(kind: NoticeKind, text: MailText, language: Language) -> Preview:
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
        sender = mail_texts.sender_at(session, organisation.id, now())
    return preview(organisation, sender, kind, text, language, now())


def _changes(written: Written) -> Iterator[Change]:
    """What a version has other than the one before it, in words."""
    content: Mapping[str, Any] = written.row.content
    if written.row.part == SENDER:
        for name in SENDER_FIELDS:
            before, after = written.before.get(name, ""), content.get(name, "")
            if before != after:
                yield Change(words(_PART_WORDS[name]), before, after)
        return
    old, new = MailText.of(written.before), MailText.of(content)
    for language in _LANGUAGES:
        for part in PARTS:
            before, after = (getattr(one.in_language(language), part) for one in (old, new))
            if before != after:
                named = say("日本語") if language is Language.JA else say("英語")
                said = say("%(name)s（%(place)s）", name=words(_PART_WORDS[part]), place=named)
                yield Change(said, before, after)


def _list(
    typed: MailSender, seen: Seen, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
        kept = mail_texts.newest_of_all(session, organisation.id)
        written = mail_texts.versions(session, organisation.id, SENDER, _page_number())
    rows = [
        (kind, words(name), kept.get(kind.value), _is_own(kept.get(kind.value)))
        for kind, name in TEXT_KINDS.items()
    ]
    body = render_template(
        "admin/mails.html",
        typed=typed,
        seen=seen,
        errors=errors or {},
        organisation=organisation,
        rows=rows,
        versions=written,
        changes=lambda one: list(_changes(one)),
        here=lambda page: url_for("admin.mails", page=page),
    )
    return make_response(body, status)


def _is_own(written: Written | None) -> bool:
    return written is not None and bool(MailText.of(written.row.content))


def _form(  # noqa: PLR0913 - what the page shows
    kind: NoticeKind,
    typed: MailText,
    seen: Seen,
    errors: dict[str, str] | None = None,
    shown: list[Preview] | None = None,
    status: int = 200,
) -> Response:
    with state().database.reading() as session:
        written = mail_texts.versions(session, member().organisation_id, kind.value, _page_number())
    body = render_template(
        "admin/mail_text.html",
        kind=kind.value,
        name=words(TEXT_KINDS[kind]),
        own_subject=kind in OWN_SUBJECTS,
        typed={language.value: typed.in_language(language) for language in _LANGUAGES},
        seen=seen,
        errors=errors or {},
        shown=shown or [],
        variables=[
            (VARIABLE_NAMES[one], words(VARIABLE_MEANING[one])) for one in variables_of(kind)
        ],
        versions=written,
        changes=lambda one: list(_changes(one)),
        here=lambda page: url_for("admin.mail_text", kind=kind.value, page=page),
    )
    return make_response(body, status)


def _page_number() -> int:
    return request.args.get("page", 1, type=int)
