"""本人確認: what the sender demands besides the link, asked for when a link is opened and again at
the moment of the act.

A try is counted before it is judged; the costly comparison runs in no transaction.
"""

from uuid import UUID

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.factors import Factor, Moment
from domain.kinds import LinkPurpose
from domain.refusals import WORDS, Refusal
from storage import factors
from storage.factors import Proven
from storage.posting import is_posted
from webapp.language import words
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import ActForm
from webapp.signer.judging import Judged, closed_sentence, judge, member_with_app, untried
from webapp.signer.pages import page, to
from webapp.signer.passkeys import ANSWER, offered, own
from webapp.signer.visiting import ENTER, now, visiting
from webapp.signer.ways import ways
from webapp.state import state

UNPROCESSABLE, TOO_MANY = 422, 429


class NotProven(Exception):
    """The act's form did not prove what is demanded: sentences by field."""

    def __init__(self, errors: dict[str, str], wait: int | None) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors
        self.wait = wait

    def tell(self, answer: Response) -> None:
        """As HTTP says it."""
        answer.status_code = TOO_MANY if self.wait else UNPROCESSABLE
        if self.wait:
            answer.headers["Retry-After"] = str(self.wait)


@blueprint.get("/sign/<uuid:visit>/prove")
@may(ENTER)
def prove(visit: UUID) -> AnyResponse:
    """Ask for what is still missing."""
    factor = missing()
    if factor is None:
        return _entrance(visit)
    if factor is Factor.PASSKEY and not own():
        return to("signer.passkey", visit)
    return _prove_page(factor)


@blueprint.post("/sign/<uuid:visit>/prove")
@may(ENTER)
def proved(visit: UUID) -> AnyResponse:
    """Right: on to the next one, or to where the link leads."""
    factor = missing()
    if factor is None:
        return _entrance(visit)
    if request.form.get(ANSWER) and asks_for(Factor.PASSKEY):
        factor = Factor.PASSKEY
    typed = request.form.get(factor.value, "")
    judged = judge(factor, typed, Moment.OPENING)
    if judged.proven is None:
        return _prove_page(factor, judged)
    try:
        factors.open_with(state().database, visiting(), judged.proven)
    except Refusal as spent:  # a moment ago, in another window
        return _prove_page(factor, Judged(None, words(WORDS[spent.code])))
    return to("signer.prove", visit)


def missing() -> Factor | None:
    """What is asked next to open this visit."""
    with state().database.reading() as session:
        return factors.missing(session, visiting())


def asks_for(factor: Factor) -> bool:
    """Whether it may be shown now to open this visit: it is asked, or may stand in for that."""
    asked = missing()
    if asked is None or asked is factor:
        return asked is factor
    wanted = factors.demanded_to_open(visiting().holder)
    return factor is Factor.PASSKEY and factors.stands_in(asked, wanted)


def _entrance(visit: UUID) -> AnyResponse:
    download = visiting().holder.link.purpose == LinkPurpose.DOWNLOAD
    return to("download.files" if download else "signer.guide", visit)


def registers_now() -> bool:
    """Whether a passkey may be registered at this point of the visit: where a first one is asked
    for, or, by whoever has proved everything else, while he is asked to act."""
    factor = missing()
    if factor is None:
        return visiting().holder.may_act
    return factor is Factor.PASSKEY and not own()


def step_up(form: ActForm) -> tuple[Proven, ...]:
    """What the act's form proves at its own moment. Raises NotProven.

    A form that was taken before proves nothing again: its act is there.
    """
    holder = visiting().holder
    wanted = _wanted_now(factors.demanded(holder.participant))
    if not wanted or form.kind not in factors.STEPPED_UP or not holder.may_act:
        return ()
    with state().database.reading() as session:
        if is_posted(session, holder.participant, form.nonce):
            return ()
    empty = {
        factor.value: sentence
        for factor in wanted
        if (sentence := untried(factor, request.form.get(factor.value, ""), Moment.SIGNING))
    }
    if empty:  # nothing is counted before everything is there
        raise NotProven(empty, None)
    return tuple(_proven(factor) for factor in wanted)


def _wanted_now(wanted: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """A passkey that was used though none is demanded counts, instead of a code by mail."""
    if not request.form.get(ANSWER) or not offered(wanted):
        return wanted
    rest = tuple(factor for factor in wanted if not factors.stands_in(factor, wanted))
    return (*rest, Factor.PASSKEY)


def _proven(factor: Factor) -> Proven:
    judged = judge(factor, request.form.get(factor.value, ""), Moment.SIGNING)
    if judged.proven is None:
        raise NotProven({factor.value: judged.sentence}, judged.wait)
    return judged.proven


def _prove_page(factor: Factor, judged: Judged | None = None) -> Response:
    with state().database.reading() as session:
        app = member_with_app() if factor is Factor.APP_CODE else None
        whose = app.id if app is not None else None
        person = visiting().holder.participant.id
        closed = factors.waiting(session, person, factor, now(), whose)
    has_app = factor is not Factor.APP_CODE or app is not None
    sentence = judged.sentence if judged else closed_sentence(closed) if closed else ""
    answer = page(
        "signer/prove.html",
        factor=factor,
        errors={factor.value: sentence} if sentence and has_app else {},
        target=url_for("signer.proved", visit=visiting().visit.id),
        has_app=has_app,
        ways=ways(Moment.OPENING),
        passkey_too=factor is not Factor.PASSKEY and asks_for(Factor.PASSKEY) and bool(own()),
    )
    if judged is not None:
        NotProven({}, judged.wait).tell(answer)
    return answer
