"""What a verification can say, as a closed list with words for people."""

from enum import StrEnum

from domain.findings import FINDING_WORDS, Finding
from domain.refusals import Words


class Verdict(StrEnum):
    """Of a whole file. The exit status of `musubi verify` follows it: 0, 1, 2."""

    VALID = "valid"
    NOT_VALID = "not_valid"
    UNREADABLE = "unreadable"


class Level(StrEnum):
    """Baseline levels of PAdES (EN 319 142-1)."""

    NONE = "none"
    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


class Trust(StrEnum):
    """Where a certificate's chain leads."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Changed(StrEnum):
    """What came after a signature, at most."""

    NOTHING = "nothing"
    ARCHIVE = "archive"
    """Data for long-term keeping: security stores, document timestamps."""
    SIGNATURES = "signatures"
    """Other people's signatures."""
    FIELDS = "fields"
    """Values of form fields, which a later signature covers."""
    OTHER = "other"
    UNCLEAR = "unclear"


class Note(StrEnum):
    """What does not make a file invalid, but should be known."""

    UNSIGNED_FIELDS = "unsigned_fields"
    NOT_ARCHIVED = "not_archived"
    STORE_AFTERWARDS = "store_afterwards"
    LOOSE_STRUCTURE = "loose_structure"


class Problem(StrEnum):
    """Why a file is not valid."""

    UNREADABLE = "unreadable"
    NO_SIGNATURE = "no_signature"
    ALTERED = "altered"
    CHANGED_AFTERWARDS = "changed_afterwards"
    WEAK_ALGORITHM = "weak_algorithm"
    UNKNOWN_ALGORITHM = "unknown_algorithm"
    UNTRUSTED = "untrusted"
    APPENDED = "appended"


VERDICT_WORDS: dict[Verdict, Words] = {
    Verdict.VALID: Words("有効です", "Valid"),
    Verdict.NOT_VALID: Words("有効ではありません", "Not valid"),
    Verdict.UNREADABLE: Words("読み取れません", "Unreadable"),
}

PROBLEM_WORDS: dict[Problem, Words] = {
    problem: FINDING_WORDS[Finding(problem.value)] for problem in Problem
}

TRUST_WORDS: dict[Trust, Words] = {
    Trust.TRUSTED: Words("信頼する認証局の証明書", "certificate of a trusted authority"),
    Trust.UNKNOWN: Words("発行した認証局を確認できない", "issued by an unknown authority"),
    Trust.EXPIRED: Words(
        "有効期間内の署名と確認できない", "not proven to be within the certificate's validity"
    ),
    Trust.REVOKED: Words("証明書が失効している", "the certificate is revoked"),
}

CHANGED_WORDS: dict[Changed, Words] = {
    Changed.NOTHING: Words("変更なし", "nothing"),
    Changed.ARCHIVE: Words("長期保管用データの追加のみ", "data for long-term keeping only"),
    Changed.SIGNATURES: Words("他の人の署名の追加のみ", "other people's signatures only"),
    Changed.FIELDS: Words("入力欄への記入", "values of form fields"),
    Changed.OTHER: Words("認められない変更", "changes that are not allowed"),
    Changed.UNCLEAR: Words("確認できない", "cannot be determined"),
}

NOTE_WORDS: dict[Note, Words] = {
    Note.UNSIGNED_FIELDS: Words(
        "署名されていない署名欄があります。", "There are signature fields that nobody has signed."
    ),
    Note.NOT_ARCHIVED: Words(
        "長期検証用のデータがない署名があります（途中の版かもしれません）。",
        "A signature lacks the data for long-term validation (perhaps an intermediate revision).",
    ),
    Note.STORE_AFTERWARDS: Words(
        "最後の署名の後に、長期検証用のデータだけが追記されています。",
        "After the last signature only data for long-term validation were appended.",
    ),
    Note.LOOSE_STRUCTURE: Words(
        "ファイルの構造に、規格から外れた点があります。",
        "The structure of the file departs from the standard in places.",
    ),
}

TRIAL_WORDS = Words(
    "試験用の証明書です。法的な効力を確かめる用途には使えません。",
    "Made with trial certificates: of no use as legal evidence.",
)
