"""What the reports of verifications say, in both languages: the same in PDF, table and page."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from domain.refusals import Words
from domain.verification import ReportHead


class Said(StrEnum):
    """Sentences and names of columns."""

    TITLE = "title"
    ALL = "all"
    WRONG_ONES = "wrong_ones"
    NONE = "none"
    TRIAL = "trial"
    MEANING = "meaning"
    SIGNED_LIST = "signed_list"
    NUMBER = "number"
    ENVELOPE = "envelope"
    DOCUMENT = "document"
    MADE_ON = "made_on"
    CONCLUDED = "concluded"
    PARTNER = "partner"
    RESULT = "result"
    FINDINGS = "findings"
    CODES = "codes"
    SIGNATURES = "signatures"
    STAMPS = "stamps"
    NEWEST = "newest"
    AUTHORITY = "authority"
    CHECKED = "checked"
    HASH = "hash"


REPORT_WORDS: dict[Said, Words] = {
    Said.TITLE: Words(
        "電子署名・タイムスタンプ検証レポート", "Report on signatures and time-stamps"
    ),
    Said.ALL: Words("検証した文書", "Documents that were verified"),
    Said.WRONG_ONES: Words("問題が見つかった文書", "Documents with problems"),
    Said.NONE: Words("対象の文書はありませんでした。", "There was no such document."),
    Said.TRIAL: Words(
        "試験用の証明書による署名・タイムスタンプが含まれています。"
        "法的な効力を確かめる用途には使えません。",
        "Some signatures or time-stamps were made with trial certificates: of no use as legal "
        "evidence.",
    ),
    Said.MEANING: Words(
        "各文書について、保管庫のハッシュ値、すべての電子署名、すべてのタイムスタンプ"
        "（RFC 3161。対象のハッシュ値、署名、証明書の連鎖）、証跡との一致を確かめました。",
        "Of each document these were verified: the hash in the vault, every signature, every "
        "time-stamp (RFC 3161: imprint, signature, certificate chain), and the evidence record.",
    ),
    Said.SIGNED_LIST: Words(
        "このレポートのハッシュ値（SHA-256）は、操作ログに記録されています。",
        "The SHA-256 of this report stands in the operation log.",
    ),
    Said.NUMBER: Words("封筒番号", "Envelope number"),
    Said.ENVELOPE: Words("封筒名", "Title"),
    Said.DOCUMENT: Words("文書名", "Document"),
    Said.MADE_ON: Words("取引年月日", "Date of the transaction"),
    Said.CONCLUDED: Words("完了日時", "Concluded"),
    Said.PARTNER: Words("取引先", "Partner"),
    Said.RESULT: Words("検証結果", "Result"),
    Said.FINDINGS: Words("見つかった問題", "What was found"),
    Said.CODES: Words("コード", "Codes"),
    Said.SIGNATURES: Words("署名数", "Signatures"),
    Said.STAMPS: Words("タイムスタンプ数", "Time-stamps"),
    Said.NEWEST: Words("最新のタイムスタンプ", "Newest time-stamp"),
    Said.AUTHORITY: Words("タイムスタンプ局", "Time-stamping authority"),
    Said.CHECKED: Words("検証日時", "Verified at"),
    Said.HASH: Words("SHA-256", "SHA-256"),
}
COLUMNS = (
    Said.NUMBER, Said.ENVELOPE, Said.DOCUMENT, Said.MADE_ON, Said.CONCLUDED, Said.PARTNER,
    Said.RESULT, Said.FINDINGS, Said.CODES, Said.SIGNATURES, Said.STAMPS, Said.NEWEST,
    Said.AUTHORITY, Said.CHECKED, Said.HASH,
)  # fmt: skip
"""Of the report as a table."""

_ALL_GOOD = Words(
    "すべての文書に問題は見つかりませんでした。", "Nothing was found wrong with any document."
)
_NOTHING = Words("検証する文書がありませんでした。", "There was no document to verify.")
_INTACT = Words("問題なし", "intact")
_BROKEN = Words("問題あり（記録の連鎖が途切れています）", "broken")
_ROWS = {
    "organisation": Words("組織", "Organisation"),
    "asked": Words("対象", "Scope"),
    "who": Words("検証を依頼した人", "Asked for by"),
    "asked_at": Words("依頼日時", "Asked at"),
    "finished_at": Words("検証の完了日時", "Finished at"),
    "documents": Words("文書数", "Documents"),
    "good": Words("問題なし", "Without problems"),
    "problems": Words("問題あり", "With problems"),
    "ledger": Words("証跡の連鎖（全体）", "Chain of the whole ledger"),
    "log": Words("操作ログの連鎖", "Chain of the operation log"),
}


def verdict_words(head: ReportHead) -> Words:
    """The result in a sentence."""
    if head.problems:
        return Words(
            f"{head.problems}件の文書に問題が見つかりました。",
            f"Documents with problems: {head.problems}.",
        )
    if not (head.ledger_intact and head.log_intact):
        return Words(
            "文書に問題は見つかりませんでしたが、記録の連鎖に問題があります。",
            "No document has a problem, but a chain of records is broken.",
        )
    return _ALL_GOOD if head.documents else _NOTHING


def chain_words(*, intact: bool) -> Words:
    """Of a chain of records."""
    return _INTACT if intact else _BROKEN


def head_rows(head: ReportHead) -> Sequence[tuple[str, str | datetime]]:
    """Name and value, in the report's language; moments are for the caller's zone."""
    values: dict[str, str | datetime] = {
        "organisation": head.organisation,
        "asked": head.asked.in_language(head.language),
        "who": head.asked_by,
        "asked_at": head.asked_at,
        "finished_at": head.finished_at,
        "documents": str(head.documents),
        "good": str(head.good),
        "problems": str(head.problems),
        "ledger": chain_words(intact=head.ledger_intact).in_language(head.language),
        "log": chain_words(intact=head.log_intact).in_language(head.language),
    }
    return [(_ROWS[name].in_language(head.language), value) for name, value in values.items()]
