"""The operation log (操作ログ) of an organisation: what is noted, and how it is called and found.

Ledger events of members, as participants too, and of the organisation itself stand in it under
their own tags; looking, taking away, searching and being refused have tags here, because they
change nothing that a ledger speaks of.
"""

from enum import StrEnum

from domain.events import Event
from domain.refusals import Words


class Operation(StrEnum):
    """What only the operation log speaks of. Stored for decades: never rename one."""

    ENVELOPE_VIEWED = "envelope:viewed"
    DOCUMENT_OPENED = "document:opened"
    EVIDENCE_EXPORTED = "evidence:exported"
    ENVELOPES_SEARCHED = "envelopes:searched"
    DEALS_SEARCHED = "deals:searched"
    VERIFICATION_VIEWED = "verification:viewed"
    VERIFICATION_EXPORTED = "verification:exported"
    DISCLOSURE_TAKEN = "disclosure:taken"
    MEMBERS_SEARCHED = "members:searched"
    CONTACTS_SEARCHED = "contacts:searched"
    TEMPLATES_SEARCHED = "templates:searched"
    TEMPLATE_VIEWED = "template:viewed"
    LOG_VIEWED = "log:viewed"
    LOG_EXPORTED = "log:exported"
    LOG_VERIFIED = "log:verified"
    LOG_GAP = "log:gap"
    """Operations that could not be written when they happened; `data` says how many since when."""
    ACCESS_REFUSED = "access:refused"
    ACCESS_IN_VAIN = "access:in_vain"
    """Somebody asked for what there is not, or not for him."""


OPERATION_WORDS: dict[Operation, Words] = {
    Operation.ENVELOPE_VIEWED: Words("封筒を表示", "Envelope viewed"),
    Operation.DOCUMENT_OPENED: Words("文書を開いた・保存した", "Document opened or saved"),
    Operation.EVIDENCE_EXPORTED: Words("証跡データを出力", "Evidence record exported"),
    Operation.ENVELOPES_SEARCHED: Words("封筒を検索", "Envelopes searched"),
    Operation.DEALS_SEARCHED: Words("取引台帳を検索", "Register searched"),
    Operation.VERIFICATION_VIEWED: Words("期間検証の結果を表示", "Verification viewed"),
    Operation.VERIFICATION_EXPORTED: Words("検証レポートを出力", "Verification report exported"),
    Operation.DISCLOSURE_TAKEN: Words("提出用ZIPをダウンロード", "ZIP for the tax office taken"),
    Operation.MEMBERS_SEARCHED: Words("利用者を検索", "Members searched"),
    Operation.CONTACTS_SEARCHED: Words("宛先帳を検索", "Address book searched"),
    Operation.TEMPLATES_SEARCHED: Words("ひな形を検索", "Templates searched"),
    Operation.TEMPLATE_VIEWED: Words("ひな形を表示", "Template viewed"),
    Operation.LOG_VIEWED: Words("操作ログを表示", "Operation log viewed"),
    Operation.LOG_EXPORTED: Words("操作ログを出力", "Operation log exported"),
    Operation.LOG_VERIFIED: Words("操作ログの鎖を確認", "Operation log verified"),
    Operation.LOG_GAP: Words("記録できなかった操作", "Operations that could not be noted"),
    Operation.ACCESS_REFUSED: Words("権限がなく拒否", "Refused: no permission"),
    Operation.ACCESS_IN_VAIN: Words(
        "見ることのできないものを要求", "Asked for what there is not, or not for them"
    ),
}


class Topic(StrEnum):
    """What the log is narrowed to; stands in the URL."""

    LOGIN = "login"
    REFUSED = "refused"
    VIEW = "view"
    SEARCH = "search"
    EXPORT = "export"
    VERIFICATION = "verification"
    ENVELOPE = "envelope"
    CONTACTS = "contacts"
    TEMPLATES = "templates"
    PEOPLE = "people"
    SETTINGS = "settings"
    LOG = "log"


TOPIC_WORDS: dict[Topic, Words] = {
    Topic.LOGIN: Words("ログイン・ログアウト", "Logins"),
    Topic.REFUSED: Words("拒否", "Refusals"),
    Topic.VIEW: Words("封筒・文書の閲覧", "Views of envelopes and documents"),
    Topic.SEARCH: Words("検索", "Searches"),
    Topic.EXPORT: Words("出力", "Exports"),
    Topic.VERIFICATION: Words("期間検証", "Verifications"),
    Topic.ENVELOPE: Words("封筒の操作", "Work on envelopes"),
    Topic.CONTACTS: Words("宛先帳の変更", "Changes of the address book"),
    Topic.TEMPLATES: Words("ひな形の変更", "Changes of templates"),
    Topic.PEOPLE: Words("利用者の変更", "Changes of members"),
    Topic.SETTINGS: Words("設定・承認ルートの変更", "Changes of settings and routes"),
    Topic.LOG: Words("操作ログ自体", "The log itself"),
}

TAGS: dict[Topic, frozenset[str]] = {
    Topic.LOGIN: frozenset(
        {
            Event.MEMBER_LOGGED_IN,
            Event.MEMBER_LOGGED_OUT,
            Event.MEMBER_LOGINS_ENDED,
            Event.RECOVERY_USED,
        }
    ),
    Topic.REFUSED: frozenset(
        {
            Event.MEMBER_LOGIN_REFUSED,
            Event.FACTOR_REFUSED,
            Operation.ACCESS_REFUSED,
            Operation.ACCESS_IN_VAIN,
        }
    ),
    Topic.VIEW: frozenset(
        {
            Operation.ENVELOPE_VIEWED,
            Operation.DOCUMENT_OPENED,
            Operation.TEMPLATE_VIEWED,
            Event.LINK_OPENED,
            Event.DOCUMENT_VIEWED,
            Event.DOWNLOAD_OPENED,
        }
    ),
    Topic.SEARCH: frozenset(
        {
            Operation.ENVELOPES_SEARCHED,
            Operation.DEALS_SEARCHED,
            Operation.MEMBERS_SEARCHED,
            Operation.CONTACTS_SEARCHED,
            Operation.TEMPLATES_SEARCHED,
        }
    ),
    Topic.EXPORT: frozenset(
        {
            Operation.EVIDENCE_EXPORTED,
            Operation.VERIFICATION_EXPORTED,
            Operation.DISCLOSURE_TAKEN,
            Event.DISCLOSURE_ASKED,
            Event.DISCLOSURE_READY,
            Operation.LOG_EXPORTED,
            Event.DEALS_EXPORTED,
            Event.CONTACTS_EXPORTED,
            Event.OFFICIAL_SEAL_EXPORTED,
            Event.DOCUMENT_DOWNLOADED,
            Event.ATTACHMENT_DOWNLOADED,
        }
    ),
    Topic.VERIFICATION: frozenset(
        {
            Event.VERIFICATION_ASKED,
            Event.VERIFICATION_FINISHED,
            Operation.VERIFICATION_VIEWED,
        }
    ),
    Topic.ENVELOPE: frozenset(
        tag
        for tag in Event
        if tag.partition(":")[0]
        in {
            *("document", "envelope", "act", "participant", "question", "deal", "gate"),
            *("attachment", "notice", "import", "deletion"),
            *("link", "visit", "factor", "consent", "signature", "download"),
        }
    )
    | {Event.OFFICIAL_SEAL_USED},
    Topic.CONTACTS: frozenset(
        {
            Event.CONTACT_ADDED,
            Event.CONTACT_CHANGED,
            Event.CONTACT_RETIRED,
            Event.CONTACT_RESTORED,
            Event.CONTACTS_MERGED,
            Event.CONTACTS_IMPORTED,
        }
    ),
    Topic.TEMPLATES: frozenset(
        {
            Event.TEMPLATE_SAVED,
            Event.TEMPLATE_CHANGED,
            Event.TEMPLATE_RETIRED,
            Event.TEMPLATE_RESTORED,
        }
    ),
    Topic.PEOPLE: frozenset(
        {
            Event.ABSENCE_ENTERED,
            Event.ABSENCE_CANCELLED,
            Event.MANDATE_ENTERED,
            Event.MANDATE_ENDED,
            Event.SEAL_REGISTERED,
            Event.SEAL_REMOVED,
            Event.MEMBER_CREATED,
            Event.MEMBER_CHANGED,
            Event.MEMBER_RETIRED,
            Event.MEMBER_FOLLOWED,
            Event.MEMBER_INVITED,
            Event.MEMBER_TOTP_ENROLLED,
            Event.MEMBER_FACTORS_RESET,
            Event.MEMBER_PASSKEY_ADDED,
            Event.MEMBER_PASSKEY_REMOVED,
            Event.MEMBER_PASSWORD_CHANGED,
            Event.MEMBER_PASSWORD_RESET,
            Event.MEMBER_RESET_ASKED,
            Event.RECOVERY_MADE,
            Event.INVITATION_ACCEPTED,
            Event.INVITATION_REVOKED,
            Event.DEPARTMENT_SAVED,
            Event.DEPARTMENT_REMOVED,
        }
    ),
    Topic.SETTINGS: frozenset(
        {
            Event.ORGANISATION_CHANGED,
            Event.OFFICIAL_SEAL_ADDED,
            Event.OFFICIAL_SEAL_CHANGED,
            Event.OFFICIAL_SEAL_RETIRED,
            Event.KIND_SAVED,
            Event.KIND_RETIRED,
            Event.KIND_RESTORED,
            Event.CHAIN_SAVED,
            Event.CHAIN_RENAMED,
            Event.CHAIN_STOPPED,
            Event.CHAIN_OFFERED,
            Event.PASSKEY_REMOVED,
        }
    ),
    Topic.LOG: frozenset({Operation.LOG_VIEWED, Operation.LOG_VERIFIED, Operation.LOG_GAP}),
}
"""Which tags each topic has."""
