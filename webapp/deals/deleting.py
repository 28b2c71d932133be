"""削除: locked until the retention ends, then proposed by one member and confirmed by another."""

from collections.abc import Callable
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.ids import read_id
from domain.kinds import EnvelopeState
from domain.operations import Operation
from domain.refusals import Words
from domain.retention import DECISION_WORDS, Decision
from storage import deletions, drafts
from storage.deletions import NothingToDecide
from storage.dependents import dependents, digest
from storage.lock_moves import LockMove, moves_digest
from storage.tables import Deletion, Envelope, Member
from webapp.deals.blueprint import blueprint
from webapp.deals.words import day_words, value_name, value_text
from webapp.event_words import event_text
from webapp.language import problem_texts, say, words, zone
from webapp.ledger_rows import ledger_rows
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.state import state

_TONES = {
    None: "warning",
    Decision.CONFIRMED: "neutral",
    Decision.REFUSED: "failed",
    Decision.TAKEN_BACK: "neutral",
}
_DECIDED = Words("この申請は、すでに処理されています。", "This proposal has been decided already.")


@blueprint.get("/deals/deletions")
@may("deal.read")
def deletions_page() -> str:
    """What waits for a second person, or everything that was proposed and became of it."""
    waiting = request.args.get("shown", "waiting") != "all"
    wishes = asked(deletions.SORTS)
    with state().database.reading() as session:
        page = deletions.page_of(session, member().organisation_id, wishes, waiting=waiting)
    shown = "waiting" if waiting else "all"
    return render_template(
        "deals/deletions.html",
        page=page,
        waiting=waiting,
        shown=shown,
        asked=wishes,
        here=here_of("deals.deletions_page", wishes.as_query(), shown=shown),
        **_said(),
    )


@blueprint.get("/envelopes/<uuid:envelope_id>/deletion")
@may("deal.read")
@records(Operation.ENVELOPE_VIEWED)
def deletion(envelope_id: UUID) -> str:
    """Until when it is locked; the proposal; or what is left of it."""
    return _page(envelope_id, {}, {})


def _page(envelope_id: UUID, typed: dict[str, str], errors: dict[str, str]) -> str:
    with state().database.reading() as session:
        envelope = _envelope(session, envelope_id)
        proposal = deletions.latest(session, envelope)
        lock = deletions.lock_of(session, envelope)
        gone = envelope.state == EnvelopeState.DELETED
        hangs = dependents(session, envelope) if not gone else ()
        rows = ledger_rows(session, envelope_id) if gone else []
        moves = deletions.moves_of(session, envelope)
    today = now().astimezone(ZoneInfo(zone())).date()
    return render_template(
        "deals/deletion.html",
        envelope=envelope,
        proposal=proposal,
        gone=gone,
        lock=lock,
        free=lock is not None and lock.free(today),
        own=proposal is not None and proposal.row.proposed_by == member().id,
        typed=typed,
        errors=errors,
        rows=rows,
        hangs=hangs,
        hanging=digest(hangs),
        moves=moves,
        moved=moves_digest(moves),
        opened=[one.opened(today) for one in moves],
        opener=member().id in deletions.openers(moves, today),
        event_text=event_text,
        **_said(),
    )


@blueprint.post("/envelopes/<uuid:envelope_id>/deletion")
@may("deal.delete")
def propose_deletion(envelope_id: UUID) -> BaseResponse | tuple[str, int]:
    """Ask for a second person."""
    reason = request.form.get("reason", "")[:MAX_TYPED_CHARACTERS]

    def propose(session: Session, envelope: Envelope, by: Member) -> Deletion:
        return deletions.propose(session, envelope, reason, by, now(), _hanging())

    done = say("削除を申請しました。ほかの人の承認を待っています。")
    return _do(envelope_id, propose, {"reason": reason}, done)


@blueprint.post("/envelopes/<uuid:envelope_id>/deletion/confirm")
@may("deal.delete")
def confirm_deletion(envelope_id: UUID) -> BaseResponse | tuple[str, int]:
    """By another person: it is deleted."""

    def confirm(session: Session, envelope: Envelope, by: Member) -> Deletion:
        moved = request.form.get("moved", "")
        return deletions.confirm(session, envelope, _seen(), by, now(), _hanging(), moved)

    return _do(envelope_id, confirm, {}, say("削除しました。"))


@blueprint.post("/envelopes/<uuid:envelope_id>/deletion/refuse")
@may("deal.delete")
def refuse_deletion(envelope_id: UUID) -> BaseResponse | tuple[str, int]:
    """It stays."""
    reason = request.form.get("decision_reason", "")[:MAX_TYPED_CHARACTERS]

    def refuse(session: Session, envelope: Envelope, by: Member) -> Deletion:
        return deletions.refuse(session, envelope, _seen(), reason, by, now())

    return _do(envelope_id, refuse, {"decision_reason": reason}, say("申請を取り消しました。"))


def _seen() -> UUID | None:
    """The proposal that the page showed."""
    return read_id(request.form.get("deletion"))


def _hanging() -> str:
    """What hung on it, as the page showed it."""
    return request.form.get("hanging", "")


def _do(
    envelope_id: UUID,
    step: Callable[[Session, Envelope, Member], Deletion],
    typed: dict[str, str],
    done: str,
) -> BaseResponse | tuple[str, int]:
    try:
        with state().database.transaction() as session:
            step(session, _envelope(session, envelope_id), member())
    except FormProblems as found:
        return _page(envelope_id, typed, problem_texts(found.problems)), 422
    except NothingToDecide:
        flash(words(_DECIDED), "warning")
    else:
        flash(done, "success")
    return redirect(url_for("deals.deletion", envelope_id=envelope_id), code=303)


def _envelope(session: Session, envelope_id: UUID) -> Envelope:
    """One of the member's own organisation that was sent or imported; also a deleted one."""
    envelope = drafts.own_envelope(session, member().organisation_id, envelope_id)
    hidden = (EnvelopeState.DRAFT, EnvelopeState.IMPORTING, EnvelopeState.DISCARDED)
    if envelope is None or envelope.state in hidden:
        abort(404)
    return envelope


_RULE_WORDS = {
    "years": Words("組織の保存年数", "The organisation's years"),
    "month": Words("組織の会計年度の始まり", "Beginning of the organisation's fiscal year"),
}


def _move_parts(move: LockMove) -> list[tuple[str, str, str]]:
    """What was changed, from what, to what."""
    if not move.of_rule:
        return [
            (
                value_name(one.name),
                value_text(one.name, one.before),
                value_text(one.name, one.after),
            )
            for one in move.changes
        ]
    shown = {
        "years": lambda value: say("%(years)s年", years=value),
        "month": lambda value: say("%(month)s月", month=value),
    }
    return [
        (words(_RULE_WORDS[one.name]), shown[one.name](one.before), shown[one.name](one.after))
        for one in move.changes
    ]


def _end_text(day: date | None) -> str:
    """The last day of a retention."""
    return day_words(day) if day is not None else say("自動更新のため終わりなし")


def _said() -> dict[str, object]:
    """What templates ask in words."""
    return {
        "move_parts": _move_parts,
        "end_text": _end_text,
        "relation_text": lambda one: value_text("relation", one),
        "decision_text": lambda one: words(DECISION_WORDS[one]),
        "decision_tone": lambda one: _TONES[one],
    }
