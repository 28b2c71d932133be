"""The approver's short way: what matters on the page of his mail's link, and one button.

For members of the sending organisation who are asked to approve, and of whom nothing is demanded
besides the link: what the long way would ask of them is one press. The page itself writes nothing;
its button opens a visit as the long way does, and posts the same act. Signers, and reviewers whose
act says that they have checked what it is about, are led through their documents as ever.
"""

from dataclasses import dataclass

from flask import Response, g, make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import ACT_OF_SLOT, LinkPurpose, SlotKind
from domain.limits import MAX_NONCE_CHARACTERS
from domain.refusals import Refusal
from identity.links import token_sha256
from storage import consents, waiting
from storage.posting import PostedAct, may_send_back
from storage.shown import ShownDocument, shown_documents, shown_sha256
from storage.standing import Holder
from storage.visits import find_visit
from webapp.language import language, say, words
from webapp.login import works_here
from webapp.security import public
from webapp.signer.about import OTHER_AMOUNT, about
from webapp.signer.blueprint import blueprint
from webapp.signer.links import closed, enter, exchange, fresh_nonce, look_up, masked, unknown_link
from webapp.signer.pages import carry_out, refused
from webapp.signer.visiting import caller, now, set_cookie
from webapp.signer.words import role_words
from webapp.state import state

MAX_COMMENT_CHARACTERS = 300
"""Two or three sentences on a telephone; longer reasons have their own page."""
_ACT = "act"
_OTHERWISE = {"return": "signer.send_back", "decline": "signer.decline"}


@dataclass(frozen=True)
class Decision:
    """What an approver looks at before he presses."""

    sender: str
    amount: str
    deputy: str
    """In whose absence he is asked."""
    outgrown: str
    """That the register says by now what would have made another route."""
    documents: tuple[ShownDocument, ...]
    sends_back: bool

    @property
    def version(self) -> str:
        """What is shown, as the act names it."""
        return shown_sha256(self.documents)


def decision_of(holder: Holder) -> Decision | None:
    """None for whoever goes the long way: signers, reviewers, the other side, and where something
    is asked or has to be told besides."""
    if holder.slot_kind is not SlotKind.APPROVE or not holder.may_act:
        return None
    with state().database.reading() as session:
        own = waiting.member_asked(session, holder)
        if own is None or not works_here(holder.organisation, own) or _is_more(session, holder):
            return None
        known = about(session, holder)
        return Decision(
            sender=known.sender,
            amount=known.amount,
            deputy=known.deputy,
            outgrown=known.outgrown,
            documents=shown_documents(session, holder.envelope),
            sends_back=may_send_back(session, holder.participant),
        )


def _is_more(session: Session, holder: Holder) -> bool:
    """Whether the long way asks for something, or has news of a correction or a 差し戻し."""
    alone = waiting.judge(session, state().vault, holder, now()).alone
    return alone is not None or consents.missing(session, holder)


def decision_page(
    holder: Holder, decision: Decision, comment: str = "", errors: dict[str, str] | None = None
) -> Response:
    """The page of the mailed link."""
    body = render_template(
        "signer/decide.html",
        holder=holder,
        decision=decision,
        words=role_words(holder),
        nonce=fresh_nonce(),
        comment=comment,
        most=MAX_COMMENT_CHARACTERS,
        errors=errors or {},
    )
    return make_response(body, 422 if errors else 200)


@blueprint.get("/l/<token>")
@public
def show_link(token: str) -> Response:
    """What the mail was about, and one button. Writes nothing: scanners come here too."""
    holder = look_up(token, LinkPurpose.ACT)
    if holder is None:
        return unknown_link(token)
    if not holder.may_act:
        return closed(holder)
    decision = decision_of(holder)
    if decision is not None:
        return decision_page(holder, decision)
    page = render_template(
        "signer/link.html",
        holder=holder,
        mail=masked(holder.participant.mail),
        words=role_words(holder),
    )
    return make_response(page)


@blueprint.post("/l/<token>/decide")
@public
def decide(token: str) -> AnyResponse:
    """Approve at once, or go where a reason is asked for. Where the short way is closed meanwhile,
    the long one begins."""
    holder = look_up(token, LinkPurpose.ACT)
    if holder is None:
        return unknown_link(token)
    if not holder.may_act:
        return closed(holder)
    decision = decision_of(holder)
    if decision is None:
        return exchange(holder, "signer.guide")
    comment = request.form.get("comment", "").replace("\r\n", "\n").strip()
    chosen, errors = request.form.get("decision", ""), _errors(decision, comment)
    if chosen in _OTHERWISE and not errors:
        return exchange(holder, _OTHERWISE[chosen], said=comment)
    if chosen != _ACT or errors:  # whatever lost the button's name on the way approves nothing
        return decision_page(holder, decision, comment, errors)
    return _act(holder, comment)


def _errors(decision: Decision, comment: str) -> dict[str, str]:
    if len(comment) > MAX_COMMENT_CHARACTERS:
        return {"comment": _too_long(comment)}
    if request.form.get("amount") != decision.amount:
        return {"amount": words(OTHER_AMOUNT)}
    return {}


def _act(holder: Holder, comment: str) -> AnyResponse:
    """A visit of this browser, and the act in it."""
    token, visit = enter(holder)
    with state().database.reading() as session:
        visiting = find_visit(session, token_sha256(token), visit, now())
    if visiting is None:  # asked anew, or taken back, at this very moment
        return unknown_link()
    g.visiting = visiting
    posted = PostedAct(
        kind=ACT_OF_SLOT[holder.slot_kind],
        nonce=request.form.get("nonce", "")[: MAX_NONCE_CHARACTERS + 1],
        version_sha256=request.form.get("version", ""),
        caller=caller(),
        language=language().value,
        reason=comment,
    )
    try:
        answer = make_response(carry_out(visit, posted))
    except Refusal as refusal:
        answer = make_response(refused(visit, refusal.code, comment))
    set_cookie(answer, token)
    return answer


def _too_long(comment: str) -> str:
    return say(
        "コメントは%(limit)s文字以内で入力してください（いま%(count)s文字）。",
        limit=MAX_COMMENT_CHARACTERS,
        count=len(comment),
    )
