"""The list, and what leads on from it: a link to act by mail, or the finished documents."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.choices import chosen
from domain.mailbox import SHOW_WORDS, STATUS_WORDS, Files, Show
from storage import fresh_links, lasting, mailbox_list, mailbox_visits
from storage.mailbox_list import Entry
from webapp.language import say, words
from webapp.mailbox import visiting
from webapp.mailbox.blueprint import blueprint
from webapp.mailbox.queries import rows_of
from webapp.mailbox.visiting import POLL, USE, visit
from webapp.security import may, not_found
from webapp.signer.links import exchange, fresh_nonce
from webapp.signer.visiting import caller, now
from webapp.signer.words import role_name
from webapp.state import state


@blueprint.get("/mailbox/documents")
@may(USE)
def documents() -> Response:
    """Everything that this address was told of, twenty at a time."""
    show = _shown()
    number = request.args.get("page", 1, type=int)
    with state().database.reading() as session:
        page = mailbox_list.entries(session, visit().mail, show, number, now())
        rows = rows_of(session, page.entries)
        held = lasting.held_by(session, visit().mail)
    body = render_template(
        "mailbox/documents.html",
        mail=visit().mail,
        page=page,
        rows=rows,
        held=held,
        choices=[(key, words(text)) for key, text in SHOW_WORDS.items()],
        status_text=lambda status: words(STATUS_WORDS[status]),
        role_name=role_name,
        new_nonce=fresh_nonce,
        seconds_left=visiting.seconds_left(),
        open_until=mailbox_visits.ends_at(visit()),
        idle_minutes=visiting.idle_minutes(),
        days=state().settings.download_days,
    )
    return make_response(body)


@blueprint.post("/mailbox/documents/<uuid:participant>/link")
@may(USE)
def send_link(participant: UUID) -> AnyResponse:
    """A new link by mail: it leads through whatever the sender demands, as always."""
    entry = _entry(participant)
    nonce = request.form.get("nonce", "") or fresh_nonce()
    try:
        wait = fresh_links.post_by_mailbox(
            state().database, visit(), participant, caller(), nonce, now()
        )
    except LookupError:
        flash(say("いまは、この文書の手続きのリンクをお送りできません。"), "error")
        return _back()
    title = entry.holder.envelope.title
    if wait is not None:
        minutes = -(-wait // 60)
        flash(
            say(
                "「%(title)s」のリンクは、1時間に3回までお送りできます。%(minutes)s分ほど待ってから、もう一度お試しください。",
                title=title,
                minutes=minutes,
            ),
            "error",
        )
        return _back()
    flash(
        say(
            "「%(title)s」の新しいリンクを、%(mail)sにお送りします。数分後にメールを確認し、そのリンクから手続きを進めてください。前のリンクは使えなくなります。",
            title=title,
            mail=visit().mail,
        ),
        "success",
    )
    return _back()


@blueprint.post("/mailbox/documents/<uuid:participant>/files")
@may(USE)
def open_files(participant: UUID) -> AnyResponse:
    """A visit of the download page, as the link of the completion mail makes it: what is demanded
    besides the link is asked there."""
    entry = _entry(participant)
    if entry.handed is None or entry.files not in {Files.OPEN, Files.LATE}:
        flash(say("この文書は、いまはダウンロードできません。"), "error")
        return _back()
    return exchange(entry.handed, "download.files", visit().id)


@blueprint.get("/mailbox/remaining")
@may(POLL)
def remaining() -> Response:
    """Seconds until the list is closed, as plain text; asking keeps it no longer open."""
    return Response(str(visiting.seconds_left()), mimetype="text/plain")


@blueprint.post("/mailbox/stay")
@may(USE)
def stay_longer() -> Response:
    """The person is still there, which the guard has kept; answers as `remaining` does."""
    return Response(str(visiting.seconds_left()), mimetype="text/plain")


@blueprint.post("/mailbox/end")
@may(USE)
def end() -> AnyResponse:
    """Whoever comes after him at this screen sees nothing."""
    with state().database.transaction() as session:
        mailbox_visits.end(session, visit().id, now())
    flash(
        say("「あなたの文書」を閉じました。もう一度見るには、新しい確認コードが必要です。"),
        "success",
    )
    return redirect(url_for("mailbox.ask_form"), 303)


def _entry(participant: UUID) -> Entry:
    """One row of this mailbox; another's and nobody's are told alike."""
    with state().database.reading() as session:
        entry = mailbox_list.entry_of(session, visit().mail, participant, now())
    if entry is None:
        raise not_found()
    return entry


def _shown() -> Show:
    wanted = request.values.get("show", "")
    return chosen(Show, wanted, Show.ALL)


def _back() -> AnyResponse:
    """To the page of the list that the button was on."""
    number = request.form.get("page", 1, type=int)
    return redirect(url_for("mailbox.documents", show=_shown().value, page=number), 303)
