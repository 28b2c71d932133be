"""Who may do what (権限): the one table that guards, pages and tests read. Deny by default.

A permission that no role has is nobody's. Roles add up; nothing here takes away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kinds import Role
from domain.refusals import Words


@dataclass(frozen=True)
class Permission:
    """What it lets somebody do, in words, and the roles that have it."""

    words: Words
    roles: frozenset[Role]


def _of(ja: str, en: str, *roles: Role) -> Permission:
    return Permission(Words(ja, en), frozenset(roles))


_WRITERS = (Role.ADMIN, Role.CLERK)
_READERS = (*_WRITERS, Role.VIEWER, Role.AUDITOR)

PERMISSIONS: dict[str, Permission] = {
    "account.use": _of("自分のアカウントを使う", "Use one's own account", *Role),
    "task.use": _of("自分の対応待ちを見る・手続きする", "See and do what waits for oneself", *Role),
    "envelope.read": _of(
        "送信した封筒とその証跡を見る", "See sent envelopes and their ledger", *_READERS
    ),
    "document.read": _of("封筒の文書を開く", "Open an envelope's documents", *_READERS),
    "envelope.write": _of("封筒を作成・編集する", "Prepare envelopes", *_WRITERS),
    "envelope.send": _of("封筒を送信する", "Send envelopes", *_WRITERS),
    "envelope.steer": _of(
        "再送・期限延長・訂正・回答をする", "Remind, extend, correct, answer", *_WRITERS
    ),
    "envelope.withdraw": _of("封筒を取り下げる", "Withdraw envelopes", *_WRITERS),
    "envelope.export": _of(
        "証跡データを出力する", "Export evidence records", *_WRITERS, Role.AUDITOR
    ),
    "deal.read": _of("取引台帳を検索する", "Search the register", *_READERS),
    "deal.change": _of("取引情報を変更する", "Change transaction data", *_WRITERS),
    "deal.export": _of("取引台帳を出力する", "Export the register", *_WRITERS, Role.AUDITOR),
    "deal.verify": _of(
        "保管している文書を期間で検証する",
        "Verify what is kept of a period",
        *_WRITERS,
        Role.AUDITOR,
    ),
    "deal.disclose": _of(
        "税務調査などに提出するZIPを作成・ダウンロードする",
        "Make and take ZIPs for the tax office",
        *_WRITERS,
        Role.AUDITOR,
    ),
    "deal.import": _of(
        "他で締結した契約書・スキャンした契約書を取り込む",
        "Import contracts that were concluded elsewhere or on paper",
        *_WRITERS,
    ),
    "deal.delete": _of(
        "保存期間の終わった契約書の削除を申請・承認する",
        "Propose and confirm deletions after the end of retention",
        *_WRITERS,
    ),
    "contact.read": _of("宛先帳を見る", "See the address book", *_WRITERS),
    "contact.change": _of("宛先を登録・変更する", "Add and change contacts", *_WRITERS),
    "contact.export": _of("宛先帳を出力する", "Export the address book", *_WRITERS),
    "template.read": _of("ひな形を見る・使う", "See and use templates", *_WRITERS),
    "template.write": _of("ひな形を作成・変更する", "Make and change templates", *_WRITERS),
    "member.read": _of("利用者と権限を見る", "See members and permissions", Role.ADMIN),
    "member.write": _of(
        "利用者を招待・変更・退職処理する", "Invite, change and retire members", Role.ADMIN
    ),
    "chain.read": _of("承認ルートを見る", "See approval routes", Role.ADMIN),
    "chain.write": _of("承認ルートを変更する", "Change approval routes", Role.ADMIN),
    "kind.write": _of(
        "契約の種類と独自項目を決める", "Define kinds of contract and their fields", Role.ADMIN
    ),
    "seal.write": _of(
        "公印を管理し、使用の記録を見る", "Keep official seals and see their uses", Role.ADMIN
    ),
    "mandate.write": _of(
        "署名権限を登録・終了する", "Enter and end authorities to sign", Role.ADMIN
    ),
    "organisation.configure": _of(
        "組織の設定を変更する", "Change the organisation's settings", Role.ADMIN
    ),
    "log.read": _of(
        "操作ログを見る・確かめる", "See and verify the operation log", Role.ADMIN, Role.AUDITOR
    ),
    "log.export": _of("操作ログを出力する", "Export the operation log", Role.ADMIN, Role.AUDITOR),
    "operations.read": _of(
        "処理の状態を見る（文書・氏名は見えません）",
        "See the state of the machinery (no documents, no names)",
        Role.OPERATOR,
    ),
}

ROLE_WORDS: dict[Role, Words] = {
    Role.ADMIN: Words("管理者", "Administrator"),
    Role.CLERK: Words("担当者", "Clerk"),
    Role.APPROVER: Words("承認者", "Approver"),
    Role.VIEWER: Words("閲覧者", "Viewer"),
    Role.AUDITOR: Words("監査者", "Auditor"),
    Role.OPERATOR: Words("運用者", "Operator"),
}
ROLE_HINTS: dict[Role, Words] = {
    Role.ADMIN: Words(
        "利用者・承認ルート・組織の設定を管理し、封筒も扱います。",
        "Manages members, approval routes and settings, and handles envelopes.",
    ),
    Role.CLERK: Words(
        "封筒を作成・送信し、取引台帳・宛先帳・ひな形を扱います。",
        "Sends envelopes, and keeps the register, the address book and templates.",
    ),
    Role.APPROVER: Words(
        "メールで届く承認・署名の依頼に応じます。ほかの封筒は見えません。",
        "Acts on requests that come by mail. Sees no other envelope.",
    ),
    Role.VIEWER: Words(
        "送信した封筒と取引台帳を見ます。変更はできません。",
        "Sees sent envelopes and the register. Changes nothing.",
    ),
    Role.AUDITOR: Words(
        "封筒・証跡・取引台帳を見て、出力します。変更はできません。",
        "Sees and exports envelopes, evidence and the register. Changes nothing.",
    ),
    Role.OPERATOR: Words(
        "処理の状態を見守ります。文書や氏名は見えません。",
        "Watches the machinery. Sees no document and no name.",
    ),
}


def allowed(roles: Sequence[str], permission: str) -> bool:
    """Whether one of the roles gives the permission."""
    known = PERMISSIONS.get(permission)
    return known is not None and not known.roles.isdisjoint(roles)
