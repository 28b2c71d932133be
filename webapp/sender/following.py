"""A draft of a contract that follows a concluded one: 変更契約, 本契約, 更新契約."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.deals import Relation
from domain.follow_ups import FOLLOWING
from domain.refusals import Refusal
from storage import follow_ups
from webapp.language import say
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import envelope_or_404
from webapp.state import state


@blueprint.post("/envelopes/<uuid:envelope_id>/follow-up")
@may("envelope.write")
def follow_up(envelope_id: UUID) -> BaseResponse:
    """Make it, linked, with people and kind filled in."""
    relation = chosen(Relation, request.form.get("relation", ""), None)
    try:
        with state().database.transaction() as session:
            envelope = envelope_or_404(session, envelope_id)
            wanted = relation if relation in FOLLOWING else Relation.AMENDS
            draft = follow_ups.draft_after(session, envelope, wanted, member(), now())
    except Refusal:
        flash(say("続きの契約は、締結した契約から作れます。"), "warning")
        return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
    flash(
        say("元の契約から下書きを作りました。関係者と契約の情報を確かめ、文書を追加してください。"),
        "success",
    )
    return redirect(url_for("sender.envelope", envelope_id=draft.id), code=303)
