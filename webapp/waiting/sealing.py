"""まとめて署名 with a seal, once for several envelopes: the signer's registered one for every one
that shows a signature on its pages, or one of the organisation's that he may use, for those that
are ticked or for one of them. Nothing is acted on by it."""

from dataclasses import replace
from uuid import UUID

from flask import flash, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from domain.refusals import WORDS, Refusal, RefusalCode
from storage import official_seals
from storage.entering import Entered, enter
from storage.member_seals import registered_for
from storage.stamps import finish_stamp
from storage.tables import Envelope, Participant
from storage.visits import Visiting
from webapp.language import say, words
from webapp.security import may
from webapp.signer.sealing import copied, official_of
from webapp.signer.visiting import STOP_POLLING, now
from webapp.state import state
from webapp.waiting.acting import Item, confirm_page, item_of, over, said_of, visits_of
from webapp.waiting.blueprint import blueprint

_NOTHING = Entered("", {}, pictured=True)
"""No fields, and a picture that is to be shown."""
_FOR = "."
"""In what a button says: between the seal and the one envelope that it is for."""


@blueprint.post("/waiting/seal")
@may("task.use")
def seal() -> AnyResponse:
    """The page again, with what was ticked and typed on it, and the seals on their way."""
    shown = visits_of(request.form.getlist("listed"))
    official = official_of(request.form.get("action", "").partition(_FOR)[0])
    for item in map(item_of, shown):
        if official is not None and _is_meant(item):
            _take_official(item, official)
        elif official is None and item.seal is not None:
            _take(item.visiting)
    items = [_with_typed(item_of(visiting)) for visiting in shown]
    return confirm_page(items) if items else over()


def _is_meant(item: Item) -> bool:
    """Whether the button of a seal of the organisation was this envelope's, or everybody's, and it
    is ticked: such a seal goes nowhere unasked."""
    only = request.form.get("action", "").partition(_FOR)[2]
    meant = only == str(item.key) if only else str(item.key) in request.form.getlist("visit")
    return meant and item.look is not None


def _take_official(item: Item, key: UUID) -> None:
    """The envelope keeps a copy for his signature; that he used it is noted with the act. What is
    refused is told for its envelope, and the others have theirs."""
    visiting = item.visiting
    try:
        with state().database.transaction() as session:
            enter(session, state().vault, visiting, _NOTHING, now())
            person = session.get_one(Participant, visiting.holder.participant.id)
            envelope = session.get_one(Envelope, visiting.holder.envelope.id)
            official_seals.take(session, state().vault, envelope, person, key, now())
    except Refusal as refusal:
        why = words(WORDS[refusal.code])
    except LookupError:
        why = words(WORDS[RefusalCode.SEAL_NOT_ALLOWED])
    else:
        return
    flash(f"{item.holder.envelope.title}{say('：')}{why}", "error")


def _take(visiting: Visiting) -> None:
    """The envelope keeps a copy of its own, cleaned as every picture is. An envelope whose visit
    or turn ended meanwhile says so by itself, and so does one that got too many pictures."""
    with state().database.reading() as session:
        registered = registered_for(session, visiting.holder)
    upload = copied(registered)
    if upload is None:
        return
    try:
        with state().database.transaction() as session:
            enter(session, state().vault, visiting, _NOTHING, now())
            person = session.get_one(Participant, visiting.holder.participant.id)
            finish_stamp(session, person, upload, now())
    except Refusal:
        upload.abandon()


def _with_typed(item: Item) -> Item:
    """With its tick, and what was typed beside it."""
    typed = said_of(item)
    return replace(item, comment=typed.comment, amount=typed.amount, chosen=typed.chosen)


@blueprint.get("/waiting/<uuid:visit>/look")
@may("task.use", keeps_awake=False)
def look(visit: UUID) -> AnyResponse:
    """What shows on the pages of one of them, for the page that waits for it."""
    found = visits_of([str(visit)])
    if not found:
        answer = make_response(render_template("waiting/look_over.html"), STOP_POLLING)
    else:
        answer = make_response(render_template("waiting/looked.html", item=item_of(found[0])))
    return answer
