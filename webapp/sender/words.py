"""Words for what the sender's pages show: states, kinds, slots, ledger events."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import Flask

from domain import states
from domain.chain_conditions import condition_words
from domain.chain_slots import place_words
from domain.clocks import CLOCK_DIFFERS
from domain.conclusion import PURPOSE_MEANING, PURPOSE_WORDS, Purpose
from domain.demands import DEMAND_WORDS, OWN_DEMAND_WORDS, Demand, OwnDemand
from domain.drafts import Order
from domain.facts import OF_THE_ROW, SOURCE_WORDS, Source, known_of
from domain.kinds import (
    MAIL_BOUNCED,
    RENEWAL_INVALID,
    ActKind,
    DocumentState,
    HandoverPolicy,
    HindranceKind,
    Language,
    ParticipantKind,
    PartyKind,
    SlotKind,
    SlotState,
    StageRule,
)
from domain.mends import MEND_WORDS, Mend
from domain.phones import shown_phone
from domain.refusals import WORDS as REFUSAL_WORDS
from domain.refusals import Words
from domain.stages import GATE_WORDS, Opener, StageKind, TypedStage
from storage.tables import Member
from webapp.event_words import event_text
from webapp.language import say, words
from webapp.sender.forms import HANDOVER_WORDS, KIND_WORDS, LANGUAGE_WORDS, ORDER_WORDS, PARTY_WORDS
from webapp.sender.mailing import MAIL_WORDS
from webapp.sender.stage_form import ROLE_WORDS, STAGE_WORDS

Kind = TypeVar("Kind", bound=StrEnum)

SLOT_WORDS = {
    SlotKind.SIGN: Words("署名", "Sign"),
    SlotKind.APPROVE: Words("承認", "Approve"),
    SlotKind.CONFIRM: Words("確認", "Confirm"),
}
SLOT_STATE_WORDS = {
    SlotState.WAITING: Words("順番待ち", "Not yet asked"),
    SlotState.ASKED: Words("依頼中", "Asked"),
    SlotState.ACTED: Words("署名処理中", "Signature being made"),
    SlotState.DONE: Words("完了", "Done"),
    SlotState.DECLINED: Words("辞退", "Declined"),
    SlotState.RELEASED: Words("対応不要", "Not needed"),
}
DOCUMENT_WORDS = {
    DocumentState.UPLOADING: Words("送信中", "Uploading"),
    DocumentState.CHECKING: Words("確認中", "Being checked"),
    DocumentState.MENDABLE: Words("修復が必要", "Needs a repair"),
    DocumentState.READY: Words("確認済み", "Checked"),
    DocumentState.REFUSED: Words("受付不可", "Refused"),
}
RULE_WORDS = {
    StageRule.ALL: Words("全員", "everybody"),
    StageRule.ANY: Words("誰か1人", "any one"),
    StageRule.N_OF: Words("決められた人数", "a set number"),
}
ACT_WORDS = {
    ActKind.SIGN: Words("署名", "Signed"),
    ActKind.APPROVE: Words("承認", "Approved"),
    ActKind.CONFIRM: Words("確認", "Confirmed"),
    ActKind.DECLINE: Words("辞退", "Declined"),
    ActKind.HAND_OVER: Words("引き継ぎ", "Handed over"),
    ActKind.DEPUTISE: Words("代決者への依頼", "Deputy asked"),
    ActKind.SEND_BACK: Words("差し戻し", "Sent back"),
    ActKind.RESUME: Words("再開", "Resumed"),
    ActKind.WITHDRAW: Words("取り下げ", "Withdrawn"),
    ActKind.REMIND: Words("再送", "Reminded"),
    ActKind.REREQUEST: Words("再依頼（新しいリンク）", "Asked anew (new link)"),
    ActKind.CORRECT: Words("文書の訂正", "Documents corrected"),
    ActKind.READDRESS: Words("宛先の訂正", "Address corrected"),
    ActKind.FRESH_LINK: Words("新しいリンクの請求", "New link asked for"),
    ActKind.EXTEND: Words("期限の延長", "Deadline extended"),
    ActKind.OPEN_GATE: Words("議決の登録", "Resolution entered"),
}
HINDRANCE_WORDS = {
    HindranceKind.TIMESTAMP: Words(
        "タイムスタンプ局の応答を待っています。応答があり次第、自動的に続行します。操作は必要ありません。",
        "Waiting for the time-stamping authority. It goes on by itself; you need not do anything.",
    ),
    HindranceKind.OPERATOR: Words(
        "運用者による確認が必要です。運用者にはすでに表示されています。",
        "An operator has to look at this. It is already on the operations page.",
    ),
}
REASON_WORDS = {
    MAIL_BOUNCED: Words(
        "依頼のメールが届いていない人がいます（ルートの「不達」）。送信者にメールでお知らせしました。"
        "アドレスを本人に確かめ、誤っていたときは「再送・再依頼・期限の延長」で宛先を訂正してください。",
        "A request did not reach somebody (“Undelivered” in the route). The sender was told by "
        "mail. Check the address with the person; if it is wrong, correct it under “Remind, ask "
        "anew, correct an address, extend the deadline”.",
    ),
    RENEWAL_INVALID: Words(
        "長期保管用データの更新を検証できなかった文書があります。お渡しした文書は変わっていません。毎日、自動的に"
        "やり直します。運用者による確認が必要です。運用者にはすでに表示されています。",
        "The renewal of a document's archive data did not verify. The document that was handed "
        "over has not changed. It is tried again every day. An operator has to look at this; it is "
        "already on the operations page.",
    ),
    CLOCK_DIFFERS: Words(
        "時計がずれています：署名を行うサーバーの時計が、ほかのサーバーやタイムスタンプ局の時刻と"
        "合っていません。誤った時刻の署名を防ぐため、署名を止めています。運用者が時計を合わせると、"
        "手続きは自動的に続きます。皆さまの操作は不要です。",
        "Clocks differ: the clock of the server that signs does not agree with other servers or "
        "with the time-stamping authority. Signing is held back so that nothing bears a wrong "
        "time. Once an operator has set the clock, everything goes on by itself; nobody else has "
        "to do anything.",
    ),
}
"""Where the reason says more than the kind."""


def hindrance_text(kind: str, reason: str = "") -> str:
    """What an envelope waits for besides people, in words."""
    code = reason.partition(":")[0]  # of which document, is for operators
    return words(REASON_WORDS.get(code) or HINDRANCE_WORDS[HindranceKind(kind)])


def refusal_text(code: str) -> str:
    """A refusal in words."""
    found = {key.value: text for key, text in REFUSAL_WORDS.items()}.get(code)
    return words(found) if found else code


def choices(found: Mapping[Kind, Words]) -> list[tuple[str, str]]:
    """Values and words for a list to choose from."""
    return [(key.value, words(text)) for key, text in found.items()]


def handover_choices() -> list[tuple[str, str]]:
    """The usual policy, by side, and the three that can be chosen."""
    usual = Words("標準（相手方は可、自社は不可）", "Usual (the other side may, our side may not)")
    return [("", words(usual)), *choices(HANDOVER_WORDS)]


def order_rows() -> list[tuple[str, str, str]]:
    """Ways to ask people, each with what it means."""
    meaning = {
        Order.SEQUENCE: Words(
            "前の人の手続きが終わると、次の人に依頼のメールが届きます。",
            "The next person gets a mail when the one before is done.",
        ),
        Order.PARALLEL: Words(
            "全員に一度に依頼のメールが届きます。", "Everybody gets a mail at once."
        ),
        Order.STAGES: Words(
            "同時に依頼する人、「誰か1人でよい」、議決待ち、段階ごとの期限を決められます。",
            "Who is asked together, where any one is enough, gates, and deadlines of stages.",
        ),
    }
    return [(key.value, words(text), words(meaning[key])) for key, text in ORDER_WORDS.items()]


def purpose_rows() -> list[tuple[str, str, str]]:
    """What signatures may be for, each with what it asks of the route."""
    return [
        (key.value, words(text), words(PURPOSE_MEANING[key])) for key, text in PURPOSE_WORDS.items()
    ]


def stage_choices(stages: Sequence[TypedStage]) -> list[tuple[str, str]]:
    """Numbers of stages that people can be in; a gate has none."""
    return [
        (str(number), say("段階%(number)s", number=number))
        for number, stage in enumerate(stages, start=1)
        if stage.kind != StageKind.GATE
    ]


def opener_choices(members: Sequence[Member], chosen: str = "") -> list[tuple[str, str]]:
    """Who may be named for a gate: a role, or one member. Somebody who is named already and left
    stays `chosen` until another is, so that nobody else takes his place unseen."""
    roles = [(f"role:{role.value}", words(text)) for role, text in ROLE_WORDS.items()]
    found = [*roles, *((f"member:{row.id}", row.name) for row in members)]
    gone = chosen and chosen not in dict(found)
    return [*found, (chosen, words(_GONE))] if gone else found


def opener_text(opener: Opener | None, members: Mapping[UUID, str]) -> str:
    """Who may open a gate."""
    if opener is None:
        return ""
    if opener.member_id is not None:
        return members.get(opener.member_id, words(_GONE))
    return words(ROLE_WORDS[opener.role]) if opener.role in ROLE_WORDS else ""


_GONE = Words("登録のない利用者", "A member who has left")


def rule_words(rule: str, need: int, people: int, places: int | None = None) -> str:
    """How many of a stage's people have to act. `places` are what all of them fill, where several
    people may share one."""
    return words(counted(StageRule(rule), need, people, places or people))


def counted(rule: StageRule, need: int, people: int, places: int) -> Words:
    """The same in both languages."""
    if rule is StageRule.N_OF:
        return Words(f"{people}人のうち{need}人", f"{need} of {people}")
    if rule is StageRule.ANY or places >= people:
        return RULE_WORDS[rule]
    if places == 1:
        return RULE_WORDS[StageRule.ANY]
    return Words(f"{places}つの枠のすべて", f"all {places} places")


def gate_title(title: str | None) -> str:
    """What a gate waits for, as the sender called it; the usual one in the reader's language."""
    return words(GATE_WORDS) if not title or title == GATE_WORDS.ja else title


def known_rows(text: str) -> list[tuple[str, str]]:
    """What the address book knew of a person beyond his row, each with its name."""
    known = known_of(text)
    return [
        (words(SOURCE_WORDS[source]), known[source])
        for source in Source
        if source not in OF_THE_ROW and source in known
    ]


def member_label(person: Member) -> str:
    """Two of the same name are told apart."""
    place = person.department or person.mail
    return say("%(name)s（%(place)s）", name=person.name, place=place)


def _demands_text(demands: Iterable[Demand | OwnDemand]) -> str:
    """Methods that an organisation demands."""
    return say("、").join(
        words(OWN_DEMAND_WORDS[one] if isinstance(one, OwnDemand) else DEMAND_WORDS[one])
        for one in demands
    )


def init_words(app: Flask) -> None:
    """One function for each kind of word in templates."""
    app.jinja_env.globals.update(
        known_rows=known_rows,
        state_text=lambda word: words(states.WORDS[word]),
        slot_text=lambda kind: words(SLOT_WORDS[SlotKind(kind)]),
        slot_state_text=lambda state: words(SLOT_STATE_WORDS[SlotState(state)]),
        document_state_text=lambda state: words(DOCUMENT_WORDS[DocumentState(state)]),
        rule_text=lambda rule: words(RULE_WORDS[StageRule(rule)]),
        act_text=lambda kind: words(ACT_WORDS[ActKind(kind)]),
        hindrance_text=hindrance_text,
        mail_text=lambda word: words(MAIL_WORDS[word]),
        kind_text=lambda kind: words(KIND_WORDS[ParticipantKind(kind)]),
        party_text=lambda party: words(PARTY_WORDS[PartyKind(party)]),
        phone_text=shown_phone,
        language_text=lambda language: words(LANGUAGE_WORDS[Language(language)]),
        order_text=lambda order: words(ORDER_WORDS[Order(order)]),
        event_text=event_text,
        refusal_text=refusal_text,
        mend_text=lambda code: words(MEND_WORDS[Mend(code)]),
        party_choices=lambda: choices(PARTY_WORDS),
        kind_choices=lambda: choices(KIND_WORDS),
        handover_choices=handover_choices,
        handover_text=lambda policy: words(HANDOVER_WORDS[HandoverPolicy(policy)]),
        language_choices=lambda: choices(LANGUAGE_WORDS),
        order_rows=order_rows,
        purpose_rows=purpose_rows,
        purpose_text=lambda purpose: words(PURPOSE_WORDS[Purpose(purpose)]),
        condition_text=lambda condition: words(condition_words(condition)),
        demands_text=_demands_text,
        place_text=lambda slot, staff: words(place_words(slot, staff.names, staff.unit_names)),
        stage_choices=stage_choices,
        stage_kind_choices=lambda: choices(STAGE_WORDS),
        opener_choices=opener_choices,
        opener_text=opener_text,
        rule_words=rule_words,
        gate_title=gate_title,
    )
