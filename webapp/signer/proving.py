"""本人確認: what the sender demands besides the link, asked for when a link is opened and again at
the moment of the act.

A try is counted before it is judged; the costly comparison runs in no transaction.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.factors import MAIL_CODES_AN_HOUR, TRIES_A_DAY, WAIT_MINUTES, Factor, Moment
from domain.kinds import LinkPurpose
from identity.codes import verify_code, verify_digits
from storage import factors, one_time_codes
from storage.factors import Proven, Try
from storage.posting import is_posted
from storage.tables import OneTimeCode
from webapp.language import say
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import ActForm
from webapp.signer.links import masked
from webapp.signer.pages import page, to
from webapp.signer.passkeys import ANSWER, offered, own, proof_of
from webapp.signer.visiting import ENTER, now, visiting
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


@dataclass(frozen=True)
class Judged:
    """A try, and what is said of it; `proven` is None where it was wrong."""

    proven: Proven | None
    sentence: str = ""
    wait: int | None = None
    """Seconds until the next try, where the door is closed."""


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
    factors.open_with(state().database, visiting(), judged.proven)
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
        if (sentence := _untried(factor, request.form.get(factor.value, ""), Moment.SIGNING))
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


def judge(factor: Factor, typed: str, moment: Moment) -> Judged:
    """Count the try, then look. What was wrong is in the ledger."""
    found, person = visiting(), visiting().holder.participant
    untried = _untried(factor, typed, moment)
    if untried:
        return Judged(None, untried)
    tried = factors.count_try(state().database, person.id, factor, now())
    if tried.wait is not None:
        return Judged(None, closed_sentence(tried.wait), tried.wait)
    proven = _judged(factor, typed, moment, tried)
    if proven is not None:
        return Judged(proven)
    factors.refuse(state().database, found, factor, moment, now())
    return Judged(None, _wrong_sentence(factor, tried))


def _judged(factor: Factor, typed: str, moment: Moment, tried: Try) -> Proven | None:
    person = visiting().holder.participant
    if factor is Factor.PASSKEY:
        proof = proof_of(typed, moment)
        return Proven(factor, now(), tried.number, passkey=proof) if proof else None
    if factor is Factor.MAIL_CODE:
        code = mailed_code(moment)
        if code is None or not verify_digits(code.code_hash or "", typed):
            return None
        return Proven(factor, now(), tried.number, code.id)
    right = verify_code(person.access_code_hash or "", typed)
    return Proven(factor, now(), tried.number) if right else None


def mailed_code(moment: Moment) -> OneTimeCode | None:
    """The one-time code of this visit that may be entered now, or is on its way."""
    with state().database.reading() as session:
        return one_time_codes.live(session, visiting().visit.id, moment, now())


def _untried(factor: Factor, typed: str, moment: Moment) -> str:
    """Why there is nothing to judge; such a form is no try."""
    if factor is Factor.MAIL_CODE and mailed_code(moment) is None:
        return say("有効な確認コードがありません。先に確認コードを送ってください。")
    if factor is Factor.PASSKEY:
        return (
            "" if typed else say("パスキーで確認していません。もう一度、ボタンを押してください。")
        )
    if not typed.strip():
        return say("%(factor)sを入力してください。", factor=_name(factor))
    return ""


def _name(factor: Factor) -> str:
    return say("確認コード") if factor is Factor.MAIL_CODE else say("アクセスコード")


def _wrong_sentence(factor: Factor, tried: Try) -> str:
    if factor is Factor.PASSKEY:
        return _unproven_sentence(tried)
    name = _name(factor)
    if tried.number >= TRIES_A_DAY:
        return say(
            "%(factor)sが違います。1日の上限（%(most)s回）に達したため、明日まで入力できません。",
            factor=name,
            most=TRIES_A_DAY,
        )
    if not tried.left:
        return say(
            "%(factor)sが違います。続けて間違えたため、%(minutes)s分間入力できません。",
            factor=name,
            minutes=WAIT_MINUTES,
        )
    return say(
        "%(factor)sが違います。あと%(left)s回間違えると、%(minutes)s分間入力できなくなります。",
        factor=name,
        left=tried.left,
        minutes=WAIT_MINUTES,
    )


def _unproven_sentence(tried: Try) -> str:
    if tried.number >= TRIES_A_DAY:
        return say(
            "パスキーを確認できませんでした。1日の上限（%(most)s回）に達したため、明日まで使えません。",
            most=TRIES_A_DAY,
        )
    if not tried.left:
        return say(
            "パスキーを確認できませんでした。続けて失敗したため、%(minutes)s分間使えません。",
            minutes=WAIT_MINUTES,
        )
    return say(
        "パスキーを確認できませんでした。あと%(left)s回失敗すると、%(minutes)s分間使えなくなります。",
        left=tried.left,
        minutes=WAIT_MINUTES,
    )


@blueprint.post("/sign/<uuid:visit>/prove/mail")
@may(ENTER)
def mail_code(visit: UUID) -> AnyResponse:
    """Send a one-time code to the registered address, then back to where it is entered."""
    moment = _moment(request.form.get("moment", ""))
    if _may_ask_for_code(moment):
        wait = one_time_codes.ask(state().database, visiting(), moment, now())
        if wait is not None:
            flash(_spent_sentence(wait), "error")
    endpoint = "signer.prove"
    if moment is Moment.REGISTERING:
        endpoint = "signer.passkey"
    elif moment is Moment.SIGNING and missing() is None:
        endpoint = "signer.confirm"
    return redirect(url_for(endpoint, visit=visit, _anchor="factors"), 303)


def _moment(word: str) -> Moment:
    return Moment(word) if word in set(Moment) else Moment.OPENING


def _may_ask_for_code(moment: Moment) -> bool:
    if moment is Moment.OPENING:
        return missing() is Factor.MAIL_CODE
    if moment is Moment.REGISTERING:
        return registers_now() and not own()
    holder = visiting().holder
    acts = holder.participant.mail_code and holder.link.purpose == LinkPurpose.ACT
    return acts and missing() is None


def _spent_sentence(wait: int) -> str:
    return say(
        "確認コードは1時間に%(most)s回まで送れます。%(minutes)s分ほど待ってください。",
        most=MAIL_CODES_AN_HOUR,
        minutes=-(-wait // 60),
    )


def closed_sentence(seconds: int) -> str:
    """How long the door stays closed, in words."""
    minutes = -(-seconds // 60)
    if minutes > 2 * 60:
        return say(
            "間違いが続いたため、いまは入力できません。%(hours)s時間ほど待ってから入力してください。",
            hours=-(-minutes // 60),
        )
    return say(
        "間違いが続いたため、いまは入力できません。%(minutes)s分ほど待ってから入力してください。",
        minutes=minutes,
    )


def _prove_page(factor: Factor, judged: Judged | None = None) -> Response:
    with state().database.reading() as session:
        closed = factors.waiting(session, visiting().holder.participant.id, factor, now())
    sentence = judged.sentence if judged else closed_sentence(closed) if closed else ""
    answer = page(
        "signer/prove.html",
        factor=factor,
        errors={factor.value: sentence} if sentence else {},
        target=url_for("signer.proved", visit=visiting().visit.id),
        code=mailed_code(Moment.OPENING) if factor is Factor.MAIL_CODE else None,
        mail=masked(visiting().holder.participant.mail),
        passkey_too=factor is not Factor.PASSKEY and asks_for(Factor.PASSKEY) and bool(own()),
    )
    if judged is not None:
        NotProven({}, judged.wait).tell(answer)
    return answer
