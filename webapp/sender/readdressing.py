"""Correcting an address: a page of its own, since the clerk compares the old with the new one."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from flask import abort, make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.addressees import refused
from domain.forms import FormProblems
from domain.kinds import ActKind, SlotState
from domain.phones import shown_phone
from domain.readdressing import FIELD, PHONE, check_address, check_number
from domain.refusals import WORDS, RefusalCode, Words
from storage import readdressing
from storage.tables import Envelope, Organisation, Participant, Slot
from webapp.language import problem_texts, words
from webapp.login import member
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import envelope_or_404
from webapp.sender.steering import Aim, carry_out, shown
from webapp.sender.steps import fresh_nonce
from webapp.state import state

PROBLEMS = {
    RefusalCode.ALREADY_ON_ROUTE: Words(
        "このアドレスは、すでにこの封筒の関係者のものです。",
        "This address belongs to somebody of this envelope already.",
    ),
    RefusalCode.OTHER_SIDE: Words(
        "このアドレスは、自社の利用者のものです。",
        "This address belongs to a member of your own organisation.",
    ),
}


class _Typed(NamedTuple):
    mail: str = ""
    phone: str = ""


@blueprint.get("/envelopes/<uuid:envelope_id>/slots/<uuid:slot_id>/address")
@may("envelope.steer")
def address(envelope_id: UUID, slot_id: UUID) -> str:
    """The form."""
    with state().database.reading() as session:
        person = _person(session, envelope_id, slot_id)[1]
    # Where the number may be what is wrong, the address need not be typed again.
    first = _Typed(person.mail, shown_phone(person.phone)) if person.phone else _Typed()
    return _page(envelope_id, slot_id, person, first, {})


@blueprint.post("/envelopes/<uuid:envelope_id>/slots/<uuid:slot_id>/address")
@may("envelope.steer")
def readdress(envelope_id: UUID, slot_id: UUID) -> BaseResponse | tuple[str, int]:
    """Ask the person anew at another address; what is wrong with it is said beside it."""
    typed = _Typed(request.form.get(FIELD, ""), request.form.get(PHONE, ""))
    read = shown(envelope_id)
    with state().database.reading() as session:
        envelope, person, slot = _person(session, envelope_id, slot_id)
        try:
            mail = check_address(typed.mail)
            phone = check_number(typed.phone) if person.phone else ""
        except FormProblems as found:
            errors = problem_texts(found.problems)
            return _page(envelope_id, slot_id, person, typed, errors), 422
        code = readdressing.objection(session, envelope, slot, mail, phone)
    # His own address: the form was sent twice, and the second time is the same act.
    if code is not None and mail.lower() != person.mail.lower():
        errors = {FIELD: words(_said(code, mail))}
        return _page(envelope_id, slot_id, person, typed, errors), 422
    aim = Aim(slot_id=slot_id, mail=mail, phone=phone)

    def again(errors: Mapping[str, str]) -> BaseResponse:
        """The form as it was typed; where nobody's address can be corrected there any more, it is
        shown all the same, because the words that say why stand above it."""
        page = _page(envelope_id, slot_id, person, typed, dict(errors), fresh_nonce())
        return make_response(page, 409)

    return carry_out(envelope_id, read, ActKind.READDRESS, aim, again=again)


def _said(code: RefusalCode, mail: str) -> Words:
    if code is RefusalCode.DOMAIN_NOT_ALLOWED:
        with state().database.reading() as session:
            rule = session.get_one(Organisation, member().organisation_id).recipient_domains
        return refused(rule, mail)
    return PROBLEMS.get(code, WORDS[code])


def _person(
    session: Session, envelope_id: UUID, slot_id: UUID
) -> tuple[Envelope, Participant, Slot]:
    """Whose address may be corrected; nobody else has such a page."""
    envelope = envelope_or_404(session, envelope_id)
    slot = session.get(Slot, slot_id)
    if slot is None or slot.envelope_id != envelope.id or slot.state != SlotState.ASKED:
        abort(404)
    person = readdressing.person_of(session, slot)
    if person is None:
        abort(404)
    return envelope, person, slot


def _page(  # noqa: PLR0913 - whose address, and what was typed
    envelope_id: UUID,
    slot_id: UUID,
    person: Participant,
    typed: _Typed,
    errors: dict[str, str],
    nonce: str = "",
) -> str:
    return render_template(
        "sender/readdress.html",
        envelope_id=envelope_id,
        slot_id=slot_id,
        person=person,
        typed=typed,
        errors=errors,
        nonce=nonce or request.form.get("nonce") or fresh_nonce(),
    )
