"""The completion mail once more, where it did not reach somebody."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.ids import read_id
from storage import completion_again
from storage.desks.rows import locked_envelope
from storage.outbox import When
from webapp.language import say
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import envelope_or_404
from webapp.state import state


@blueprint.post("/envelopes/<uuid:envelope_id>/completion")
@may("envelope.steer")
def send_completion_again(envelope_id: UUID) -> BaseResponse:
    """To the same address, with the same link; or by nobody's mail, where it was handed over
    otherwise. The ledger names who said so."""
    lost_id, otherwise = read_id(request.form.get("lost")), "otherwise" in request.form
    with state().database.transaction() as session:
        envelope = envelope_or_404(session, envelope_id)
        locked_envelope(session, envelope.id)
        when = When(now(), state().message_host)
        try:
            if otherwise:
                completion_again.settle(session, envelope, member(), lost_id, when.at)
            else:
                completion_again.send_again(session, envelope, member(), lost_id, when)
        except LookupError:
            said = say("このメールは、もう送り直す必要がありません。")
            flash(said, "information")
        else:
            flash(_said(otherwise=otherwise), "success")
    return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)


def _said(*, otherwise: bool) -> str:
    if otherwise:
        return say("別の方法で渡したことを記録しました。")
    return say("完了のお知らせを送り直します。届かなかったときは、またここに表示します。")
