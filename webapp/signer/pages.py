"""What the signer's views share: the page about a visit, the act's hidden fields, the refusal."""

import time
from contextlib import suppress
from uuid import UUID

from flask import Response, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.evidence import NOTHING_FILLED
from domain.handovers import Successor
from domain.kinds import ACT_OF_SLOT, LinkPurpose, PartyKind, SlotKind
from domain.limits import ACT_ANSWER_SECONDS
from domain.refusals import WORDS, RefusalCode, Words
from storage import consents, mandates
from storage.factors import Proven
from storage.people import administrators
from storage.posting import PostedAct, post_act
from storage.shown import ShownDocument, shown_documents, shown_sha256
from storage.standing import Standing
from storage.tables import Party
from webapp.gateway import GatewayUnavailable
from webapp.language import language
from webapp.seal_making import seal_offer
from webapp.signer.about import outgrown_words
from webapp.signer.asking import Asked, asked_of
from webapp.signer.forms import ActForm
from webapp.signer.links import closed, fresh_nonce
from webapp.signer.sealing import known_seals
from webapp.signer.visiting import caller, now, seconds_left, typed_text, visiting
from webapp.signer.words import closed_words, role_name, role_words
from webapp.state import state


def refused(visit: UUID, code: RefusalCode, reason: str) -> AnyResponse:
    """Rows already say no: the words, and the way on."""
    if code is RefusalCode.ALREADY_ACTED:
        return to("signer.done", visit)
    if code is RefusalCode.NO_MANDATE:
        return no_mandate(mandate_gap())
    answer = page(
        "signer/refused.html",
        code=code,
        sentence=WORDS[code],
        reason=reason,
        again=code is RefusalCode.VERSION_REPLACED and visiting().holder.may_act,
        consent=code is RefusalCode.CONSENT_MISSING,
    )
    answer.status_code = 409
    return answer


def mandate_gap() -> Words | None:
    """Why this person could not sign now for the organisation; None where he can, and for
    everybody else."""
    holder = visiting().holder
    if holder.slot_kind is not SlotKind.SIGN:
        return None
    with state().database.reading() as session:
        return mandates.gap(session, holder.envelope, holder.participant, now())


def outgrown_gap() -> str:
    """What the own side is told where the register has outgrown the route; never the other side."""
    holder = visiting().holder
    with state().database.reading() as session:
        if session.get_one(Party, holder.participant.party_id).kind != PartyKind.OWN:
            return ""
        return outgrown_words(session, holder.envelope)


def no_mandate(why: Words | None) -> Response:
    """署名権限: why he cannot sign, who can help, and that nothing is lost."""
    with state().database.reading() as session:
        helpers = administrators(session, visiting().holder.organisation.id)
    answer = page("signer/no_mandate.html", why=why, helpers=helpers)
    answer.status_code = 409
    return answer


def carry_out(visit: UUID, posted: PostedAct) -> AnyResponse:
    """Write the act, tell the workflow, show what happens. The row is what counts. Where many press
    at once and the row had to wait, its person does not wait as long again for the answer.

    Raises Refusal where rows already say no.
    """
    began = time.monotonic()
    act_id = post_act(state().database, state().vault, visiting(), posted, now())
    left = ACT_ANSWER_SECONDS - (time.monotonic() - began)
    with suppress(GatewayUnavailable):  # the act is kept, and the relay carries it on
        state().gateway.submit(visiting().holder.envelope.id, act_id, left)
    return to("signer.done", visit)


def posted_act(
    form: ActForm, successor: Successor | None = None, proofs: tuple[Proven, ...] = ()
) -> PostedAct:
    """The act that a form says, from this browser."""
    return PostedAct(
        kind=form.kind,
        nonce=form.nonce,
        version_sha256=form.version_sha256,
        caller=caller(),
        language=language().value,
        reason=form.reason,
        filled_sha256=form.filled_sha256,
        back_to=form.back_to,
        successor=successor,
        proofs=proofs,
    )


def shown_now() -> tuple[ShownDocument, ...]:
    """The documents of the current version."""
    with state().database.reading() as session:
        return shown_documents(session, visiting().holder.envelope)


def number_of(document: UUID) -> int:
    """Of a document of this visit among the tabs, from 1."""
    return [shown.document.id for shown in shown_now()].index(document) + 1


def asked_now() -> Asked:
    """What this person is asked to fill in, and what he made of it so far."""
    found, holder = state(), visiting().holder
    with found.database.reading() as session:
        documents = shown_documents(session, holder.envelope)
        numbers = {shown.document.id: n for n, shown in enumerate(documents, start=1)}
        return asked_of(session, found.vault, holder, numbers)


def act_form(documents: tuple[ShownDocument, ...], filled_sha256: str = NOTHING_FILLED) -> ActForm:
    """The hidden fields of a page that shows these documents, with a nonce of their own."""
    holder = visiting().holder
    return ActForm(
        kind=ACT_OF_SLOT[holder.slot_kind],
        nonce=fresh_nonce(),
        version_sha256=shown_sha256(documents),
        reason="",
        filled_sha256=filled_sha256,
    )


def page(template: str, **values: object) -> Response:
    """A page about this visit."""
    found = visiting()
    body = render_template(
        template,
        visit=found.visit.id,
        holder=found.holder,
        words=role_words(found.holder),
        closed_words=closed_words,
        role_name=role_name,
        download_open=found.holder.download_open(now()),
        seconds_left=seconds_left(),
        open_until=found.ends_at,
        seal=seal_offer(found.holder.participant.name, found.holder.participant.company),
        known_seals=known_seals,
        consents=_is_asked_for_consent(),
        **values,
    )
    return make_response(body)


def _is_asked_for_consent() -> bool:
    """Whether pages lead to what this person's party has agreed to."""
    holder = visiting().holder
    if holder.envelope.consent_version_id is None or holder.link.purpose != LinkPurpose.ACT:
        return False
    with state().database.reading() as session:
        return consents.demanded(holder.envelope, consents.party_of(session, holder))


def shut(visit: UUID) -> AnyResponse:
    """Where nothing can be done now: why, and what was typed in vain, or else the page of what
    became of it."""
    return closed(visiting().holder) if in_vain() else to("signer.done", visit)


def in_vain() -> bool:
    """Whether texts came that are of no use now. Whoever has acted has said it in his act."""
    return bool(typed_text()) and visiting().holder.standing is not Standing.ACTED


def to(endpoint: str, visit: UUID) -> AnyResponse:
    """See other."""
    return redirect(url_for(endpoint, visit=visit), 303)
