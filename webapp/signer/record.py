"""The ledger so far, for whoever has done his part: as a page, and with its hashes as a file."""

from uuid import UUID

from flask import Response, abort
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import FILLING_ACTS, EnvelopeState
from storage.recipients import chosen_for
from storage.standing import Holder
from webapp.event_words import event_text
from webapp.ledger_rows import ledger_rows
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.evidence_file import evidence_answer
from webapp.signer.pages import page, to
from webapp.signer.visiting import READ, visiting
from webapp.state import state


def gets_record(holder: Holder) -> bool:
    """Whoever has filled his slot, and is not left out of some document that the ledger names."""
    act = holder.act
    if act is None or not act.accepted or act.kind not in FILLING_ACTS:
        return False
    with state().database.reading() as session:
        return not chosen_for(session, holder.participant.id)


@blueprint.get("/sign/<uuid:visit>/record")
@may(READ)
def record(visit: UUID) -> AnyResponse:
    """What has happened, in words."""
    holder = visiting().holder
    if not gets_record(holder):
        return to("signer.done", visit)
    with state().database.reading() as session:
        rows = ledger_rows(session, holder.envelope.id, holder.participant)
    ended = holder.envelope_state is EnvelopeState.DONE
    return page("signer/record.html", rows=rows, event_text=event_text, ended=ended)


@blueprint.get("/sign/<uuid:visit>/record.json")
@may(READ)
def record_file(visit: UUID) -> Response:
    """The same as data that proves itself."""
    del visit  # the guard has read it
    holder = visiting().holder
    if not gets_record(holder):
        abort(404)
    return evidence_answer(holder.envelope, holder.participant)
