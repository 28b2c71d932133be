"""Words for what the sender's pages show: states, kinds, slots, ledger events."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import Flask

from domain import states
from domain.clocks import CLOCK_DIFFERS
from domain.conclusion import PURPOSE_MEANING, PURPOSE_WORDS, Purpose
from domain.drafts import Order
from domain.events import Event
from domain.kinds import (
    MAIL_BOUNCED,
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
from storage.tables import Chain, Member
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
    ActKind.SEND_BACK: Words("差し戻し", "Sent back"),
    ActKind.RESUME: Words("再開", "Resumed"),
    ActKind.WITHDRAW: Words("取り下げ", "Withdrawn"),
    ActKind.REMIND: Words("再送", "Reminded"),
    ActKind.REREQUEST: Words("再依頼（新しいリンク）", "Asked anew (new link)"),
    ActKind.CORRECT: Words("文書の訂正", "Documents corrected"),
    ActKind.READDRESS: Words("宛先の訂正（新しいリンク）", "Address corrected (new link)"),
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
        "anew, extend”.",
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

EVENT_WORDS: dict[Event, Words] = {
    Event.DOCUMENT_UPLOADED: Words("文書を追加", "Document added"),
    Event.DOCUMENT_CHECKED: Words("文書の検査に合格", "Document passed its check"),
    Event.DOCUMENT_MENDABLE: Words("文書に修復が必要と判定", "Document needs a repair"),
    Event.DOCUMENT_REPAIR_AGREED: Words("修復した版の使用に同意", "Agreed to a repaired copy"),
    Event.DOCUMENT_REPAIRED: Words("修復した版を作成", "Repaired copy made"),
    Event.DOCUMENT_REFUSED: Words("文書を受付不可と判定", "Document refused"),
    Event.DOCUMENT_REMOVED: Words("文書を削除", "Document removed"),
    Event.ENVELOPE_CREATED: Words("封筒を作成", "Envelope created"),
    Event.ENVELOPE_SENT: Words("封筒を送信", "Envelope sent"),
    Event.ENVELOPE_PREPARED: Words("署名欄を準備", "Signature fields prepared"),
    Event.ENVELOPE_UNPREPARABLE: Words(
        "署名欄を準備できず下書きに戻した", "Could not be prepared; returned to draft"
    ),
    Event.STAGE_OPENED: Words("段階を開始", "Stage opened"),
    Event.LINK_ISSUED: Words("リンクを発行", "Link issued"),
    Event.LINK_OPENED: Words("リンクを開いた", "Link opened"),
    Event.LINK_REVOKED: Words("リンクを無効化", "Link revoked"),
    Event.FACTOR_PASSED: Words("本人確認に合格", "Identity check passed"),
    Event.FACTOR_REFUSED: Words("本人確認で誤り", "Identity check failed"),
    Event.PASSKEY_REGISTERED: Words("パスキーを登録", "Passkey registered"),
    Event.PASSKEY_REMOVED: Words("パスキーを無効化", "Passkey removed"),
    Event.DOCUMENT_VIEWED: Words("文書を表示", "Document viewed"),
    Event.ATTACHMENT_UPLOADED: Words("添付ファイルを送信", "Attached file sent"),
    Event.ATTACHMENT_CHECKED: Words("添付ファイルを確認", "Attached file checked"),
    Event.ATTACHMENT_REFUSED: Words("添付ファイルを受付不可", "Attached file refused"),
    Event.ATTACHMENT_REMOVED: Words("添付ファイルを取り消し", "Attached file removed"),
    Event.ATTACHMENT_DOWNLOADED: Words("添付ファイルをダウンロード", "Attached file downloaded"),
    Event.ACT_ACCEPTED: Words("手続きを受付", "Step accepted"),
    Event.ACT_REFUSED: Words("手続きを受付不可", "Step refused"),
    Event.PARTICIPANT_REPLACED: Words("別の人に引き継ぎ", "Handed over to somebody else"),
    Event.PARTICIPANT_CORRECTED: Words("宛先を訂正", "Address corrected"),
    Event.SIGNATURE_INTENDED: Words("署名の準備を記録", "Signature intended"),
    Event.SIGNATURE_MADE: Words("署名を生成", "Signature made"),
    Event.SIGNATURE_STAMPED: Words("署名にタイムスタンプを付与", "Signature time-stamped"),
    Event.TIMESTAMP_AWAITED: Words("タイムスタンプ局の応答待ち", "Waiting for the timestamp"),
    Event.TIMESTAMP_RESUMED: Words("タイムスタンプ局の応答が回復", "Timestamps available again"),
    Event.ARCHIVE_STAMPED: Words("長期保管用タイムスタンプを付与", "Archive timestamp added"),
    Event.ARCHIVE_PLANNED: Words("長期保管用データの更新を予定", "Fresher archive data planned"),
    Event.ARCHIVE_RENEWED: Words("長期保管用データを更新", "Archive data renewed"),
    Event.NOTICE_SENT: Words("メールを送信", "Mail sent"),
    Event.NOTICE_FAILED: Words("メールを送信できず", "Mail could not be sent"),
    Event.NOTICE_BOUNCED: Words("メールが不達", "Mail undelivered"),
    Event.ENVELOPE_SENT_BACK: Words("差し戻し", "Sent back"),
    Event.ENVELOPE_RESUMED: Words("差し戻しから再開", "Resumed"),
    Event.ENVELOPE_CORRECTED: Words("文書を訂正（新しい版）", "Documents corrected (new version)"),
    Event.CORRECTION_FAILED: Words(
        "訂正後の文書に署名欄を準備できず", "Corrected documents could not be prepared"
    ),
    Event.QUESTION_ASKED: Words("質問を受付", "Question asked"),
    Event.QUESTION_ANSWERED: Words("質問に回答", "Question answered"),
    Event.DEAL_CHANGED: Words("取引情報を変更", "Transaction data changed"),
    Event.CHAIN_SAVED: Words("承認ルートを保存", "Approval route saved"),
    Event.CHAIN_STOPPED: Words("承認ルートを停止", "Approval route stopped"),
    Event.CHAIN_OFFERED: Words("承認ルートを再開", "Approval route offered again"),
    Event.DEALS_EXPORTED: Words("取引台帳を出力", "Register exported"),
    Event.CONSENT_GIVEN: Words("電子契約の利用を承諾", "Consented to electronic means"),
    Event.CONSENT_WITHDRAWN: Words("電子契約の利用の承諾を撤回", "Consent withdrawn"),
    Event.CONSENT_STAMPED: Words(
        "承諾の記録にタイムスタンプを付与", "Record of consent time-stamped"
    ),
    Event.GATE_OPENED: Words("議決を登録", "Resolution entered"),
    Event.ENVELOPE_COMPLETED: Words("すべての手続きが完了", "Completed"),
    Event.ENVELOPE_DECLINED: Words("辞退により終了", "Ended: declined"),
    Event.ENVELOPE_WITHDRAWN: Words("取り下げにより終了", "Ended: withdrawn"),
    Event.ENVELOPE_EXPIRED: Words("期限切れにより終了", "Ended: expired"),
    Event.LINK_ASKED: Words("リンクの再送を請求", "Link asked for again"),
    Event.DOWNLOAD_OPENED: Words("ダウンロードページを開いた", "Download page opened"),
    Event.DOCUMENT_DOWNLOADED: Words("文書をダウンロード", "Document downloaded"),
    Event.DOWNLOAD_CLOSED: Words("ダウンロード期間が終了", "Download window closed"),
    Event.MAILBOX_OPENED: Words("「あなたの文書」を開いた", "“Your documents” opened"),
    Event.MAILBOX_REFUSED: Words(
        "「あなたの文書」の確認コードが不一致", "Wrong code for “Your documents”"
    ),
    Event.MAILBOX_CLOSED: Words("「あなたの文書」を閉じた", "“Your documents” closed"),
    Event.HISTORY_EXPORTED: Words("処理履歴を保管", "Workflow history stored"),
    Event.OPERATOR_NEEDED: Words("運用者の確認が必要", "Operator needed"),
    Event.ORGANISATION_CHANGED: Words("組織の設定を変更", "Organisation's settings changed"),
    Event.MEMBER_CREATED: Words("利用者を登録", "Member created"),
    Event.MEMBER_LOGGED_IN: Words("ログイン", "Logged in"),
    Event.MEMBER_LOGIN_REFUSED: Words("ログインを拒否", "Login refused"),
    Event.MEMBER_LOGGED_OUT: Words("ログアウト", "Logged out"),
    Event.MEMBER_TOTP_ENROLLED: Words("2段階認証を設定", "Second factor enrolled"),
    Event.MEMBER_PASSWORD_CHANGED: Words("パスワードを変更", "Password changed"),
    Event.SYSTEM_SEEDED: Words("初期データを登録", "Initial data written"),
}


def event_text(tag: str) -> str:
    """A ledger event in words; a tag of a newer version stays readable as it is."""
    return words(EVENT_WORDS[Event(tag)]) if tag in set(Event) else tag


def hindrance_text(kind: str, reason: str = "") -> str:
    """What an envelope waits for besides people, in words."""
    return words(REASON_WORDS.get(reason) or HINDRANCE_WORDS[HindranceKind(kind)])


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


def chain_choices(chains: Sequence[Chain]) -> list[tuple[str, str]]:
    """Ids and names of chains."""
    return [(str(chain.id), chain.name) for chain in chains]


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


def opener_choices(members: Sequence[Member]) -> list[tuple[str, str]]:
    """Who may be named for a gate: a role, or one member."""
    roles = [(f"role:{role.value}", words(text)) for role, text in ROLE_WORDS.items()]
    return [*roles, *((f"member:{row.id}", row.name) for row in members)]


def opener_text(opener: Opener | None, members: Mapping[UUID, str]) -> str:
    """Who may open a gate."""
    if opener is None:
        return ""
    if opener.member_id is not None:
        return members.get(opener.member_id, words(_GONE))
    return words(ROLE_WORDS[opener.role]) if opener.role in ROLE_WORDS else ""


_GONE = Words("登録のない利用者", "A member who has left")


def rule_words(rule: str, need: int, people: int) -> str:
    """How many of a stage's people have to act."""
    found = StageRule(rule)
    counted = Words(f"{people}人のうち{need}人", f"{need} of {people}")
    return words(counted if found is StageRule.N_OF else RULE_WORDS[found])


def gate_title(title: str | None) -> str:
    """What a gate waits for, as the sender called it; the usual one in the reader's language."""
    return words(GATE_WORDS) if not title or title == GATE_WORDS.ja else title


def init_words(app: Flask) -> None:
    """One function for each kind of word in templates."""
    app.jinja_env.globals.update(
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
        chain_choices=chain_choices,
        stage_choices=stage_choices,
        stage_kind_choices=lambda: choices(STAGE_WORDS),
        opener_choices=opener_choices,
        opener_text=opener_text,
        rule_words=rule_words,
        gate_title=gate_title,
    )
