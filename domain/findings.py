"""What a verification can find wrong with a document of ours: a closed list, with words for people.

One list for whoever verifies: files alone (signing.verdicts), files against their record
(signing.evidence), and everything that is kept of a period (domain.verification).
"""

from enum import StrEnum

from domain.refusals import Words


class Finding(StrEnum):
    """Stored with the runs that found it: never rename one."""

    BLOB_MISSING = "blob_missing"
    BLOB_ALTERED = "blob_altered"
    KEY_UNUSABLE = "key_unusable"
    NOT_STAMPED = "not_stamped"
    STAMP_UNPROVEN = "stamp_unproven"
    UNREADABLE = "unreadable"
    NO_SIGNATURE = "no_signature"
    ALTERED = "altered"
    CHANGED_AFTERWARDS = "changed_afterwards"
    WEAK_ALGORITHM = "weak_algorithm"
    UNKNOWN_ALGORITHM = "unknown_algorithm"
    UNTRUSTED = "untrusted"
    APPENDED = "appended"
    NOT_A_RECORD = "not_a_record"
    LEDGER_BROKEN = "ledger_broken"
    UNKNOWN_FILE = "unknown_file"
    CONTINUED = "continued"
    INTERMEDIATE = "intermediate"
    PREFIX_DIFFERS = "prefix_differs"
    SIGNATURES_DIFFER = "signatures_differ"
    ACT_MISSING = "act_missing"
    TEXT_DIFFERS = "text_differs"
    SUPERSEDED = "superseded"
    VERSIONS_DIFFER = "versions_differ"
    CONSENTS_DIFFER = "consents_differ"
    PASSKEY_UNPROVEN = "passkey_unproven"
    ATTACHMENTS_DIFFER = "attachments_differ"
    IMPORT_DIFFERS = "import_differs"
    IMPORT_UNSTAMPED = "import_unstamped"


FINDING_WORDS: dict[Finding, Words] = {
    Finding.BLOB_MISSING: Words(
        "保管されているはずの文書のファイルがありません。",
        "The stored file of the document is missing.",
    ),
    Finding.BLOB_ALTERED: Words(
        "保管されている文書が、保管したときの内容と一致しません（改変または破損）。",
        "The stored document differs from what was stored (altered or damaged).",
    ),
    Finding.KEY_UNUSABLE: Words(
        "文書を暗号化した鍵が使えず、文書を開けません。",
        "The key of the stored document is unusable: the document cannot be opened.",
    ),
    Finding.NOT_STAMPED: Words(
        "タイムスタンプのない署名があるか、最後に長期保管用のタイムスタンプがありません。",
        "A signature has no time-stamp, or no archive time-stamp covers the whole document.",
    ),
    Finding.STAMP_UNPROVEN: Words(
        "タイムスタンプの検証で問題が見つかりました。",
        "A time-stamp does not hold.",
    ),
    Finding.UNREADABLE: Words(
        "PDFとして読み取れませんでした。", "The file could not be read as a PDF."
    ),
    Finding.NO_SIGNATURE: Words("電子署名がありません。", "There is no digital signature."),
    Finding.ALTERED: Words(
        "署名された内容が改変されています。", "The signed content has been altered."
    ),
    Finding.CHANGED_AFTERWARDS: Words(
        "署名の後に、認められない変更が加えられています。",
        "A change that is not allowed was made after a signature.",
    ),
    Finding.WEAK_ALGORITHM: Words(
        "安全とはいえなくなったアルゴリズムや鍵（SHA-1、RSA 1024ビットなど）の署名があり、"
        "改変がないとは言い切れません。",
        "A signature uses an algorithm or a key that is no longer safe (such as SHA-1, RSA 1024): "
        "nobody can rule out an alteration.",
    ),
    Finding.UNKNOWN_ALGORITHM: Words(
        "この検証では扱えないアルゴリズムの署名があり、確認できません。",
        "A signature uses an algorithm that cannot be checked here.",
    ),
    Finding.UNTRUSTED: Words(
        "証明書が、信頼する認証局につながりません。",
        "A certificate does not lead to a trusted authority.",
    ),
    Finding.APPENDED: Words(
        "最後の署名またはタイムスタンプの後に、データが追記されています。",
        "Data were appended after the last signature or timestamp.",
    ),
    Finding.NOT_A_RECORD: Words(
        "証跡ファイルの形式が正しくありません。", "This is no evidence record."
    ),
    Finding.LEDGER_BROKEN: Words(
        "証跡のハッシュの連鎖が途切れています。", "The record's chain of hashes is broken."
    ),
    Finding.UNKNOWN_FILE: Words(
        "この封筒の文書として記録されたファイルではありません。",
        "The record knows no such file of this envelope.",
    ),
    Finding.CONTINUED: Words(
        "記録されたファイルの後ろに、記録にないデータが続いています。",
        "Data that are not in the record follow a recorded file.",
    ),
    Finding.INTERMEDIATE: Words(
        "途中の版です。完成した文書ではありません。",
        "This is an intermediate revision, not the finished document.",
    ),
    Finding.PREFIX_DIFFERS: Words(
        "以前の版が、記録と一致しません。", "An earlier revision differs from the record."
    ),
    Finding.SIGNATURES_DIFFER: Words(
        "署名の数または署名欄が、記録と一致しません。",
        "Number or fields of the signatures differ from the record.",
    ),
    Finding.ACT_MISSING: Words(
        "署名に対応する、本人の操作の記録がありません。",
        "A signature has no recorded act of a person.",
    ),
    Finding.TEXT_DIFFERS: Words(
        "署名の記載が、操作した人の記録と一致しません。",
        "A signature's text names somebody else than the recorded act.",
    ),
    Finding.SUPERSEDED: Words(
        "訂正により、新しい版に置き換えられた文書です。完成した文書ではありません。",
        "A correction has replaced this document by a new version. It is not the finished one.",
    ),
    Finding.VERSIONS_DIFFER: Words(
        "訂正の記録が、証跡または文書の版と一致しません。",
        "The record of corrections contradicts the ledger or the versions of the documents.",
    ),
    Finding.CONSENTS_DIFFER: Words(
        "電子契約の利用の承諾の記録が、証跡または署名の操作と一致しません。",
        "The record of consents to electronic means contradicts the ledger or the acts.",
    ),
    Finding.PASSKEY_UNPROVEN: Words(
        "パスキーによる本人確認の記録を検証できません。",
        "The recorded proof by a passkey does not hold for this act.",
    ),
    Finding.ATTACHMENTS_DIFFER: Words(
        "添付ファイルの記録が、署名のときの操作の記録と一致しません。",
        "The record of attached files contradicts the acts that handed them in.",
    ),
    Finding.IMPORT_DIFFERS: Words(
        "取り込んだときの記録（ハッシュ値・タイムスタンプ）が、証跡またはファイルと一致しません。",
        "What was noted of the import (hash, time-stamp) contradicts the ledger or the file.",
    ),
    Finding.IMPORT_UNSTAMPED: Words(
        "取り込んだファイルにタイムスタンプがありません。",
        "The imported file has no time-stamp.",
    ),
}
