"""まとめて署名 with the signer's registered seal: one press takes it for every envelope that shows
a signature on its pages, and nothing is acted on."""

from dataclasses import replace
from uuid import UUID

from flask import make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from domain.refusals import Refusal
from storage.entering import Entered, enter
from storage.member_seals import registered_for
from storage.stamps import finish_stamp
from storage.tables import Participant
from storage.visits import Visiting
from webapp.security import may
from webapp.signer.sealing import copied
from webapp.signer.visiting import STOP_POLLING, now
from webapp.state import state
from webapp.waiting.acting import Item, confirm_page, item_of, over, said_of, visits_of
from webapp.waiting.blueprint import blueprint

_NOTHING = Entered("", {}, pictured=True)
"""No fields, and a picture that is to be shown."""


@blueprint.post("/waiting/seal")
@may("task.use")
def seal() -> AnyResponse:
    """The page again, with what was ticked and typed on it, and the seals on their way."""
    shown = visits_of(request.form.getlist("listed"))
    for visiting in shown:
        if item_of(visiting).seal is not None:
            _take(visiting)
    items = [_with_typed(item_of(visiting)) for visiting in shown]
    return confirm_page(items) if items else over()


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
