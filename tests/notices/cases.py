"""Every mail that the service can send, with the words of a real town: for pictures and tests.

Kinds that read differently depending on who reads them, or on what happened, appear once for each
way. A test asks that no kind is missing.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

from domain.imports import DueImports, Warned
from domain.kinds import Language, NoticeKind, ParticipantKind
from domain.ports.notices import TIMED_OUT, LostMail, PendingNotice
from domain.questions import QuestionKind
from domain.terms import Milestone
from tests.notices.builders import QUESTION, TERM, TOKEN, composer, notice

CODE = "27182818"
ENGLISH_NAME = "Tondabayashi City"
MEMBER: dict[str, Any] = {
    "to_sender": True,
    "to_name": "中村 恵",
    "to_mail": "nakamura@city.example",
    "to_company": "総務部契約検査課",
}
LONG: dict[str, Any] = {
    "to_name": "勅使河原 ヴィクトリア・アレクサンドラ・エリザベート",
    "to_company": "山田・佐藤・スズキエンジニアリング・パートナーズ"
    "特定建設工事共同企業体代表構成員",
    "title": "令和8年度（ゼロ債務負担行為）市道中央本町一丁目12号線ほか8路線"
    "舗装補修及び側溝改良並びに街路樹植替工事請負変更契約（第3回）",
    "documents": (
        "工事請負契約書",
        "Kubernetes-Observability-Platform-Maintenance-Service-Level-Agreement-2026-2027-v3",
        "設計図書一式（位置図・平面図・縦断図・横断図・構造図・数量計算書・特記仕様書を含む）",
    ),
    "message": "いつもお世話になっております。契約書をお送りします。ご不明な点がございましたら、"
    "お手数ですが契約検査課までお電話ください。なお、印紙は不要です。\n\n"
    "・工期：令和8年12月1日から令和9年3月26日まで\n・契約保証金：免除\n\n"
    "https://www.city.example/keiyaku/denshi/annai/2026/how-to-sign-a-contract-electronically.html",
}
CASES: dict[str, tuple[NoticeKind, dict[str, Any]]] = {
    "request-signer": (NoticeKind.REQUEST, {}),
    "request-approver": (NoticeKind.REQUEST, {"participant_kind": ParticipantKind.APPROVER}),
    "request-reviewer": (NoticeKind.REQUEST, {"participant_kind": ParticipantKind.REVIEWER}),
    "request-handed-over": (
        NoticeKind.REQUEST,
        {"handed_over_by": "佐藤 花子", "reason": "4月から担当が替わりました。", "message": ""},
    ),
    "request-files": (
        NoticeKind.REQUEST,
        {"asked_files": ("建設業許可通知書の写し", "印鑑証明書（3か月以内のもの）")},
    ),
    "request-consent": (NoticeKind.REQUEST, {"asks_consent": True}),
    "request-long-names": (NoticeKind.REQUEST, LONG),
    "request-bare": (
        NoticeKind.REQUEST,
        {"to_company": "", "contact": "", "reply_to": "", "message": "", "trial": False},
    ),
    "code": (NoticeKind.CODE, {}),
    "mailbox": (NoticeKind.MAILBOX, {}),
    "invitation": (NoticeKind.INVITATION, {}),
    "reminder": (NoticeKind.REMINDER, {}),
    "completed": (NoticeKind.COMPLETED, {}),
    "completed-sender": (NoticeKind.COMPLETED, {**MEMBER, "link_purpose": None}),
    "download": (NoticeKind.DOWNLOAD, {}),
    "download-by-sender": (NoticeKind.DOWNLOAD, {"by_sender": True}),
    "download-late": (
        NoticeKind.DOWNLOAD,
        {"download_until": datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC)},
    ),
    "declined": (NoticeKind.DECLINED, {}),
    "declined-sender": (NoticeKind.DECLINED, MEMBER),
    "withdrawn": (NoticeKind.WITHDRAWN, {"reason": "入札をやり直すため、取り下げます。"}),
    "expired": (NoticeKind.EXPIRED, {}),
    "expired-sender": (NoticeKind.EXPIRED, MEMBER),
    "act-refused": (NoticeKind.ACT_REFUSED, {}),
    "question": (NoticeKind.QUESTION, MEMBER),
    "question-wrong-person": (
        NoticeKind.QUESTION,
        {**MEMBER, "question": replace(QUESTION, kind=QuestionKind.WRONG_PERSON, text="")},
    ),
    "consent-withdrawn": (NoticeKind.CONSENT_WITHDRAWN, MEMBER),
    "consent-withdrawn-after-the-end": (
        NoticeKind.CONSENT_WITHDRAWN,
        {**MEMBER, "download_until": datetime(2026, 12, 7, 14, 59, 59, tzinfo=UTC)},
    ),
    "passkey-registered": (NoticeKind.PASSKEY_REGISTERED, {}),
    "member-passkey-added": (NoticeKind.MEMBER_PASSKEY_ADDED, MEMBER),
    "member-passkey-removed": (NoticeKind.MEMBER_PASSKEY_REMOVED, MEMBER),
    "password-reset": (NoticeKind.PASSWORD_RESET, {}),
    "password-unused": (NoticeKind.PASSWORD_UNUSED, MEMBER),
    "password-changed": (NoticeKind.PASSWORD_CHANGED, MEMBER),
    "factor-reset": (NoticeKind.FACTOR_RESET, MEMBER),
    "factor-reset-by-operator": (NoticeKind.FACTOR_RESET, {**MEMBER, "actor_name": ""}),
    "term-ending-notice": (NoticeKind.TERM_ENDING, MEMBER),
    "term-ending-end": (
        NoticeKind.TERM_ENDING,
        {
            **MEMBER,
            "term": replace(TERM, milestone=Milestone.END, day=TERM.ends_on, renews=False),
            "queued_at": datetime(2027, 3, 24, 0, 15, tzinfo=UTC),
        },
    ),
    "terms-ending": (NoticeKind.TERMS_ENDING, MEMBER),
    "import-due-near": (NoticeKind.IMPORT_DUE, MEMBER),
    "import-due-prompt": (
        NoticeKind.IMPORT_DUE,
        {**MEMBER, "imports": DueImports(Warned.PROMPT, 1, date(2027, 1, 12))},
    ),
    "import-due-over": (
        NoticeKind.IMPORT_DUE,
        {**MEMBER, "imports": DueImports(Warned.OVER, 2, date(2026, 11, 2))},
    ),
    "answered": (NoticeKind.ANSWERED, {}),
    "handed-over": (NoticeKind.HANDED_OVER, MEMBER),
    "sent-back": (NoticeKind.SENT_BACK, MEMBER),
    "sent-back-to-stage": (NoticeKind.SENT_BACK, {**MEMBER, "back_to": 2}),
    "returned-asked": (NoticeKind.RETURNED, {}),
    "returned-waiting": (NoticeKind.RETURNED, {"link_purpose": None}),
    "resumed": (NoticeKind.RESUMED, {}),
    "corrected-asked": (NoticeKind.CORRECTED, {}),
    "corrected-waiting": (NoticeKind.CORRECTED, {"link_purpose": None}),
    "gate-waiting": (NoticeKind.GATE_WAITING, MEMBER),
    "gate-waiting-again": (
        NoticeKind.GATE_WAITING,
        {**MEMBER, "gate_since": datetime(2026, 12, 1, 1, 0, tzinfo=UTC)},
    ),
    "released": (NoticeKind.RELEASED, {}),
    "bounced-request": (NoticeKind.BOUNCED, MEMBER),
    "bounced-completed": (
        NoticeKind.BOUNCED,
        {
            **MEMBER,
            "lost": LostMail(NoticeKind.COMPLETED, "佐藤 花子", "sato@vendor.example", "5.2.2"),
        },
    ),
    "bounced-sms": (
        NoticeKind.BOUNCED,
        {
            **MEMBER,
            "lost": LostMail(
                NoticeKind.SMS_CODE,
                "佐藤 花子",
                "sato@vendor.example",
                correctable=True,
                number="****5678",
            ),
        },
    ),
    "bounced-sms-outage": (
        NoticeKind.BOUNCED,
        {
            **MEMBER,
            "lost": LostMail(
                NoticeKind.SMS_CODE,
                "佐藤 花子",
                "sato@vendor.example",
                TIMED_OUT,
                number="****5678",
            ),
        },
    ),
    "bounced-code": (
        NoticeKind.BOUNCED,
        {
            **MEMBER,
            "lost": LostMail(NoticeKind.CODE, "佐藤 花子", "sato@vendor.example", TIMED_OUT),
        },
    ),
    "bounced-result": (
        NoticeKind.BOUNCED,
        {**MEMBER, "lost": LostMail(NoticeKind.WITHDRAWN, "佐藤 花子", "sato@vendor.example")},
    ),
}
"""By a name that a file can have."""


def case(name: str, language: Language) -> PendingNotice:
    """The notice of this name, as its reader gets it."""
    kind, changes = CASES[name]
    words = notice(kind, language, **changes)
    if language is Language.EN and words.organisation:
        words = replace(words, organisation=ENGLISH_NAME)
    return words


def mail_of(name: str, language: Language) -> EmailMessage:
    """The notice of this name as it leaves."""
    digits = CODE[: 6 if name == "mailbox" else 8]
    return composer().compose(case(name, language), TOKEN, digits)
