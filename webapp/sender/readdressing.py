"""Correcting an address: a page of its own, since the clerk compares the old with the new one.

Of whoever is asked, of whose turn has not come yet, and of a recipient, who is asked for nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import UUID

from flask import abort, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.addressees import refused
from domain.forms import FormProblems
from domain.ids import read_id
from domain.kinds import ActKind, EnvelopeState, SlotState
from domain.phones import shown_phone
from domain.readdressing import FIELD, PHONE, check_address, check_number
from domain.refusals import WORDS, RefusalCode, Words
from storage import corrected_contacts, readdressing
from storage.tables import Act, Contact, Envelope, Organisation, Participant, Slot
from webapp.language import problem_texts, words
from webapp.login import allows, member
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


OWN_ONLY = Words(
    "このアドレスの利用者はいません。自社の人の宛先は、今の自社の利用者のアドレスにだけ訂正できます。",
    "No member has this address. Whoever acts for your own organisation can be corrected to the "
    "address of a present member only.",
)


class When(StrEnum):
    """What the person was sent so far, which the page says."""

    ASKED = "asked"
    PAUSED = "paused"
    """He was asked, and the envelope is sent back: nothing is mailed for the moment."""
    AHEAD = "ahead"
    RECIPIENT = "recipient"


TOLD = {
    When.PAUSED: Words(
        "宛先を訂正しました。前のリンクはもう使えません。再開または訂正の後のメールは、新しいアドレスに届きます。",
        "The address is corrected, and the old link no longer opens. Mails go to the new address "
        "once you resume or correct the envelope.",
    ),
    When.AHEAD: Words(
        "宛先を訂正しました。順番が来ると、新しいアドレスに依頼のメールが届きます。",
        "The address is corrected. The request goes there when the turn comes.",
    ),
    When.RECIPIENT: Words(
        "宛先を訂正しました。締結した文書のお知らせは、新しいアドレスに届きます。",
        "The address is corrected. The notice of the concluded documents goes there.",
    ),
}
"""What is said once it is accepted, where nobody was asked anew."""
_WHEN = {SlotState.ASKED: When.ASKED, SlotState.WAITING: When.AHEAD}
_UNDER_WAY = {EnvelopeState.RUNNING, EnvelopeState.SENT_BACK}


BOOK = "book"
"""Of the form: whether the address book is corrected too."""


class _Typed(NamedTuple):
    mail: str = ""
    phone: str = ""
    book: bool = True


class _Whose(NamedTuple):
    """As the address of the page says it: by the slot, and who of those who share it, or a
    recipient by himself."""

    envelope_id: UUID
    slot_id: UUID | None = None
    person_id: UUID | None = None

    @classmethod
    def of_slot(cls, envelope_id: UUID, slot_id: UUID) -> Self:
        """Whoever is alone in his place is not named besides it."""
        return cls(envelope_id, slot_id, read_id(request.args.get("person")))

    @property
    def action(self) -> str:
        """Where the form goes."""
        here, person = self.envelope_id, self.person_id
        if self.slot_id is None:
            return url_for("sender.readdress_recipient", envelope_id=here, recipient_id=person)
        return url_for("sender.readdress", envelope_id=here, slot_id=self.slot_id, person=person)


class _Found(NamedTuple):
    envelope: Envelope
    person: Participant
    when: When
    contact: Contact | None
    """Of the address book, where the wrong address stands too and the member may correct it."""
    own: bool
    """Whether he acts for the own side, as its members do."""


@blueprint.get("/envelopes/<uuid:envelope_id>/slots/<uuid:slot_id>/address")
@may("envelope.steer")
def address(envelope_id: UUID, slot_id: UUID) -> str:
    """The form for whoever is asked, or will be."""
    return _form(_Whose.of_slot(envelope_id, slot_id))


@blueprint.post("/envelopes/<uuid:envelope_id>/slots/<uuid:slot_id>/address")
@may("envelope.steer")
def readdress(envelope_id: UUID, slot_id: UUID) -> BaseResponse | tuple[str, int]:
    """Ask the person at another address, anew or for the first time."""
    return _correct(_Whose.of_slot(envelope_id, slot_id))


@blueprint.get("/envelopes/<uuid:envelope_id>/recipients/<uuid:recipient_id>/address")
@may("envelope.steer")
def recipient_address(envelope_id: UUID, recipient_id: UUID) -> str:
    """The form for somebody who is only sent the finished documents."""
    return _form(_Whose(envelope_id, person_id=recipient_id))


@blueprint.post("/envelopes/<uuid:envelope_id>/recipients/<uuid:recipient_id>/address")
@may("envelope.steer")
def readdress_recipient(envelope_id: UUID, recipient_id: UUID) -> BaseResponse | tuple[str, int]:
    """Send the finished documents to another address."""
    return _correct(_Whose(envelope_id, person_id=recipient_id))


def _form(whose: _Whose) -> str:
    with state().database.reading() as session:
        found = _found(session, whose)
    person = found.person
    # Where the number may be what is wrong, the address need not be typed again.
    first = _Typed(person.mail, shown_phone(person.phone)) if person.phone else _Typed()
    return _page(whose, found, first, {})


def _correct(whose: _Whose) -> BaseResponse | tuple[str, int]:
    """What is wrong with the address is said beside it."""
    typed = _Typed(request.form.get(FIELD, ""), request.form.get(PHONE, ""), BOOK in request.form)
    read = shown(whose.envelope_id)
    with state().database.reading() as session:
        if _is_carried_out(session, whose):
            return redirect(url_for("sender.envelope", envelope_id=whose.envelope_id), code=303)
        found = _found(session, whose)
        person = found.person
        try:
            mail = check_address(typed.mail)
            phone = check_number(typed.phone) if person.phone else ""
        except FormProblems as problems:
            return _page(whose, found, typed, problem_texts(problems.problems)), 422
        code = readdressing.objection(session, found.envelope, person, mail, phone)
    # His own address: the form was sent twice, and the second time is the same act.
    if code is not None and mail.lower() != person.mail.lower():
        return _page(whose, found, typed, {FIELD: words(_said(code, mail, found))}), 422
    aim = Aim(
        slot_id=whose.slot_id,
        person_id=whose.person_id,
        mail=mail,
        phone=phone,
        corrects_contact=typed.book and found.contact is not None,
        told=TOLD.get(found.when),
    )

    def again(errors: Mapping[str, str]) -> BaseResponse:
        """The form as it was typed; where nobody's address can be corrected there any more, it is
        shown all the same, because the words that say why stand above it."""
        return make_response(_page(whose, found, typed, dict(errors), fresh_nonce()), 409)

    return carry_out(whose.envelope_id, read, ActKind.READDRESS, aim, again=again)


def _is_carried_out(session: Session, whose: _Whose) -> bool:
    """Whether the form was sent twice, and made a member of its person the first time."""
    envelope = envelope_or_404(session, whose.envelope_id)
    if readdressing.named(session, envelope, whose.slot_id, whose.person_id) is not None:
        return False
    act = select(Act.id).where(
        Act.envelope_id == envelope.id,
        Act.member_id == member().id,
        Act.nonce == request.form.get("nonce", ""),
        Act.accepted.is_(True),
    )
    return session.scalar(act) is not None


def _said(code: RefusalCode, mail: str, found: _Found) -> Words:
    if code is RefusalCode.OTHER_SIDE and found.own:
        return OWN_ONLY
    if code is RefusalCode.DOMAIN_NOT_ALLOWED:
        with state().database.reading() as session:
            rule = session.get_one(Organisation, member().organisation_id).recipient_domains
        return refused(rule, mail)
    return PROBLEMS.get(code, WORDS[code])


def _found(session: Session, whose: _Whose) -> _Found:
    """Whose address may be corrected; nobody else has such a page."""
    envelope = envelope_or_404(session, whose.envelope_id)
    when = _when(session, envelope, whose)
    person = readdressing.named(session, envelope, whose.slot_id, whose.person_id)
    if when is None or person is None:
        abort(404)
    knows = allows("contact.change")
    contact = corrected_contacts.contact_of(session, envelope, person) if knows else None
    own = when is not When.RECIPIENT and readdressing.is_own(session, person)
    return _Found(envelope, person, when, contact, own)


def _when(session: Session, envelope: Envelope, whose: _Whose) -> When | None:
    if whose.slot_id is None:
        return When.RECIPIENT if envelope.state in _UNDER_WAY else None
    slot = session.get(Slot, whose.slot_id)
    when = _WHEN.get(SlotState(slot.state)) if slot is not None else None
    paused = when is When.ASKED and envelope.state == EnvelopeState.SENT_BACK
    return When.PAUSED if paused else when


def _page(
    whose: _Whose, found: _Found, typed: _Typed, errors: dict[str, str], nonce: str = ""
) -> str:
    return render_template(
        "sender/readdress.html",
        envelope_id=whose.envelope_id,
        action=whose.action,
        person=found.person,
        when=found.when.value,
        own=found.own,
        contact=found.contact,
        typed=typed,
        errors=errors,
        nonce=nonce or request.form.get("nonce") or fresh_nonce(),
    )
