"""Whether what somebody typed proves what is demanded of him, and what is said of it.

A try is counted before it is judged; the costly comparison runs in no transaction.
"""

from dataclasses import dataclass

from domain.factors import (
    SENT_FACTORS,
    TRIES_A_DAY,
    WAIT_MINUTES,
    Factor,
    Moment,
    read_digits,
)
from identity.codes import verify_code, verify_digits
from identity.totp import accepted_step
from storage import app_codes, factors, one_time_codes
from storage.app_codes import AppStep
from storage.factors import Proven, Try
from storage.tables import Member, OneTimeCode
from webapp.authenticators import unsealed_totp
from webapp.language import say
from webapp.signer.passkeys import proof_of
from webapp.signer.visiting import now, visiting
from webapp.state import state


@dataclass(frozen=True)
class Judged:
    """A try, and what is said of it; `proven` is None where it was wrong."""

    proven: Proven | None
    sentence: str = ""
    wait: int | None = None
    """Seconds until the next try, where the door is closed."""


def judge(factor: Factor, typed: str, moment: Moment) -> Judged:
    """Count the try, then look. What was wrong is in the ledger."""
    found, person = visiting(), visiting().holder.participant
    empty = untried(factor, typed, moment)
    if empty:
        return Judged(None, empty)
    app = member_with_app() if factor is Factor.APP_CODE else None
    whose = app.id if app is not None else None
    tried = factors.count_try(state().database, person.id, factor, now(), whose)
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
    if factor in SENT_FACTORS:
        code = sent_code(factor, moment)
        if code is None or not verify_digits(code.code_hash or "", typed):
            return None
        return Proven(factor, now(), tried.number, code.id)
    if factor is Factor.APP_CODE:
        return _judged_app(typed, tried)
    right = verify_code(person.access_code_hash or "", typed)
    return Proven(factor, now(), tried.number) if right else None


def _judged_app(typed: str, tried: Try) -> Proven | None:
    """The step is taken with what it proves, so that an act that is refused spends no code."""
    app = member_with_app()
    if app is None:
        return None
    step = accepted_step(unsealed_totp(app), read_digits(typed), app.totp_last_step, now())
    if step is None:
        return None
    taken = AppStep(app.id, step)
    return Proven(Factor.APP_CODE, now(), tried.number, rows=tried.rows, step=taken)


def member_with_app() -> Member | None:
    """Whose authenticator app this visit's person has, as a member."""
    with state().database.reading() as session:
        return app_codes.member_with_app(session, visiting().holder)


def sent_code(factor: Factor, moment: Moment) -> OneTimeCode | None:
    """The one-time code of this visit that may be entered now, or is on its way."""
    with state().database.reading() as session:
        return one_time_codes.live(session, visiting().visit.id, moment, now(), factor)


def untried(factor: Factor, typed: str, moment: Moment) -> str:
    """Why there is nothing to judge; such a form is no try."""
    if factor in SENT_FACTORS and sent_code(factor, moment) is None:
        return say("有効な確認コードがありません。先に確認コードを送ってください。")
    if factor is Factor.PASSKEY:
        return (
            "" if typed else say("パスキーで確認していません。もう一度、ボタンを押してください。")
        )
    if factor is Factor.APP_CODE and member_with_app() is None:
        return say(
            "認証アプリが登録されていません。「アカウント」のページで登録してから、もう一度お試しください。"
        )
    if not typed.strip():
        return say("%(factor)sを入力してください。", factor=_name(factor))
    return ""


def _name(factor: Factor) -> str:
    if factor is Factor.APP_CODE:
        return say("認証アプリのコード")
    return say("確認コード") if factor in SENT_FACTORS else say("アクセスコード")


def _wrong_sentence(factor: Factor, tried: Try) -> str:
    if factor is Factor.PASSKEY:
        return _unproven_sentence(tried)
    name = _name(factor)
    if tried.counted >= TRIES_A_DAY:
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
    if factor is Factor.APP_CODE:
        return say(
            "コードが違うか、すでに使われています（ログインで使ったコードも使えません）。次のコードが表示されてから"
            "入力してください。あと%(left)s回間違えると、%(minutes)s分間入力できなくなります。",
            left=tried.left,
            minutes=WAIT_MINUTES,
        )
    return say(
        "%(factor)sが違います。あと%(left)s回間違えると、%(minutes)s分間入力できなくなります。",
        factor=name,
        left=tried.left,
        minutes=WAIT_MINUTES,
    )


def _unproven_sentence(tried: Try) -> str:
    if tried.counted >= TRIES_A_DAY:
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
