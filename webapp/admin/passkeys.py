"""署名者のパスキー: an administrator looks for an address and takes away what was lost."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS
from storage import passkeys
from storage.tables import Passkey
from webapp.admin.blueprint import blueprint
from webapp.language import say
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.security import may, not_found
from webapp.state import state


@blueprint.get("/passkeys")
@may("organisation.configure")
def signers_passkeys() -> str:
    """Those of one address; nobody leafs through all of them."""
    mail = request.args.get("mail", "")[:MAX_TYPED_CHARACTERS].strip()
    wishes = asked(passkeys.SORTS)
    with state().database.reading() as session:
        page = passkeys.every_of(session, member().organisation_id, mail, wishes) if mail else None
    here = here_of("admin.signers_passkeys", {"mail": mail} | wishes.sorting.as_query())
    return render_template(
        "admin/passkeys.html", mail=mail, page=page, sorting=wishes.sorting, here=here
    )


@blueprint.get("/passkeys/<uuid:passkey>")
@may("organisation.configure")
def passkey(passkey: UUID) -> str:
    """What removing it means, before it is done."""
    with state().database.reading() as session:
        row = _own(session, passkey)
    return render_template("admin/passkey.html", row=row)


@blueprint.post("/passkeys/<uuid:passkey>")
@may("organisation.configure")
def remove_passkey(passkey: UUID) -> BaseResponse:
    """Nobody uses it any more. Twice is once."""
    with state().database.transaction() as session:
        row = _own(session, passkey)
        passkeys.remove(session, row, member().id, now())
        mail = row.mail
    flash(say("パスキーを無効にしました。"), "success")
    return redirect(url_for("admin.signers_passkeys", mail=mail), code=303)


def _own(session: Session, key: UUID) -> Passkey:
    row = session.get(Passkey, key)
    if row is None or row.organisation_id != member().organisation_id:
        raise not_found()
    return row
