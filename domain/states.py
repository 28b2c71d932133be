"""The words that people read for an envelope's state: one pure function of what is stored.

Several words may hold at once. The order of the answer is the order in which pages show them:
what needs attention first.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from domain.kinds import EnvelopeState, HindranceKind, PartyKind, SlotKind, SlotState
from domain.refusals import Words


class StateWord(StrEnum):
    """Everything a list or a page may say of an envelope."""

    NEEDS_OPERATOR = "needs_operator"
    AWAITS_TIMESTAMP = "awaits_timestamp"
    DRAFT = "draft"
    SENDING = "sending"
    AWAITS_GATE = "awaits_gate"
    AWAITS_APPROVAL = "awaits_approval"
    AWAITS_CONFIRMATION = "awaits_confirmation"
    AWAITS_OWN_SIGNATURE = "awaits_own_signature"
    AWAITS_THEIR_SIGNATURE = "awaits_their_signature"
    SIGNING = "signing"
    SENT_BACK = "sent_back"
    COMPLETING = "completing"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    IMPORTING = "importing"
    DELETED = "deleted"
    DISCARDED = "discarded"


WORDS: dict[StateWord, Words] = {
    StateWord.NEEDS_OPERATOR: Words("要対応", "Needs attention"),
    StateWord.AWAITS_TIMESTAMP: Words("タイムスタンプ待ち", "Awaiting timestamp"),
    StateWord.DRAFT: Words("下書き", "Draft"),
    StateWord.SENDING: Words("送信待ち", "Being sent"),
    StateWord.AWAITS_GATE: Words("議決待ち", "Awaiting resolution"),
    StateWord.AWAITS_APPROVAL: Words("承認待ち", "Awaiting approval"),
    StateWord.AWAITS_CONFIRMATION: Words("確認待ち", "Awaiting confirmation"),
    StateWord.AWAITS_OWN_SIGNATURE: Words("自社署名待ち", "Awaiting our signature"),
    StateWord.AWAITS_THEIR_SIGNATURE: Words("相手署名待ち", "Awaiting their signature"),
    StateWord.SIGNING: Words("署名処理中", "Signature being made"),
    StateWord.SENT_BACK: Words("差し戻し", "Sent back"),
    StateWord.COMPLETING: Words("完了処理中", "Being completed"),
    StateWord.DONE: Words("完了", "Completed"),
    StateWord.DECLINED: Words("辞退", "Declined"),
    StateWord.WITHDRAWN: Words("取り下げ", "Withdrawn"),
    StateWord.EXPIRED: Words("期限切れ", "Expired"),
    StateWord.IMPORTING: Words("取込の確認中", "Import being checked"),
    StateWord.DELETED: Words("削除済み", "Deleted"),
    StateWord.DISCARDED: Words("破棄", "Discarded"),
}

_PLAIN = {
    EnvelopeState.DRAFT: StateWord.DRAFT,
    EnvelopeState.SENDING: StateWord.SENDING,
    EnvelopeState.SENT_BACK: StateWord.SENT_BACK,
    EnvelopeState.COMPLETING: StateWord.COMPLETING,
    EnvelopeState.DONE: StateWord.DONE,
    EnvelopeState.DECLINED: StateWord.DECLINED,
    EnvelopeState.WITHDRAWN: StateWord.WITHDRAWN,
    EnvelopeState.EXPIRED: StateWord.EXPIRED,
    EnvelopeState.IMPORTING: StateWord.IMPORTING,
    EnvelopeState.STAMPING: StateWord.AWAITS_TIMESTAMP,
    EnvelopeState.DELETED: StateWord.DELETED,
    EnvelopeState.DISCARDED: StateWord.DISCARDED,
}


class SlotView(NamedTuple):
    """What the words depend on, of one slot."""

    kind: SlotKind
    state: SlotState
    party: PartyKind


def state_words(
    state: EnvelopeState,
    slots: Sequence[SlotView],
    hindrances: Sequence[HindranceKind] = (),
    *,
    at_gate: bool = False,
) -> tuple[StateWord, ...]:
    """Every word that holds now, the most urgent first. `at_gate`: the route has come to a gate
    that nobody has opened."""
    found: set[StateWord] = set()
    if HindranceKind.OPERATOR in hindrances:
        found.add(StateWord.NEEDS_OPERATOR)
    if HindranceKind.TIMESTAMP in hindrances:
        found.add(StateWord.AWAITS_TIMESTAMP)
    if state is EnvelopeState.RUNNING:
        found.update(word for slot in slots if (word := _slot_word(slot)) is not None)
        if at_gate:
            found.add(StateWord.AWAITS_GATE)
    else:
        found.add(_PLAIN[state])
    return tuple(word for word in StateWord if word in found)


def _slot_word(slot: SlotView) -> StateWord | None:
    if slot.state is SlotState.ACTED:
        return StateWord.SIGNING
    if slot.state is not SlotState.ASKED:
        return None
    if slot.kind is SlotKind.APPROVE:
        return StateWord.AWAITS_APPROVAL
    if slot.kind is SlotKind.CONFIRM:
        return StateWord.AWAITS_CONFIRMATION
    if slot.party is PartyKind.OWN:
        return StateWord.AWAITS_OWN_SIGNATURE
    return StateWord.AWAITS_THEIR_SIGNATURE
