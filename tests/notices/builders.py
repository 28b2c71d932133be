"""A notice of the kind that municipalities send, for tests to vary."""

from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from domain.imports import DueImports, Warned
from domain.kinds import Language, LinkPurpose, NoticeKind
from domain.ports.notices import AskedQuestion, EndingTerm, LostMail, PendingNotice
from domain.questions import QuestionKind
from domain.refusals import RefusalCode
from domain.terms import Milestone
from identity.checkwords import CheckWords
from notices.composer import TemplateComposer
from notices.returns import ReturnPaths

NOTICE = UUID(int=7)
PATHS = ReturnPaths("bounces@musubi.test", b"k" * 32, fallback="noreply@musubi.test")
TOKEN = "kJ8vN2mQ4xR6tY1wZ3bC5dF7gH9jK0lM2nP4qS6uV8w"
PURPOSES = {
    NoticeKind.REQUEST: LinkPurpose.ACT,
    NoticeKind.REMINDER: LinkPurpose.ACT,
    NoticeKind.RESUMED: LinkPurpose.ACT,
    NoticeKind.CORRECTED: LinkPurpose.ACT,
    NoticeKind.RETURNED: LinkPurpose.ACT,
    NoticeKind.ANSWERED: LinkPurpose.ACT,
    NoticeKind.COMPLETED: LinkPurpose.DOWNLOAD,
    NoticeKind.DOWNLOAD: LinkPurpose.DOWNLOAD,
    NoticeKind.INVITATION: LinkPurpose.INVITATION,
    NoticeKind.PASSWORD_RESET: LinkPurpose.PASSWORD_RESET,
}

CHECKS = CheckWords(b"c" * 32)

BASE = PendingNotice(
    notice_id=NOTICE,
    message_id="<0000-7@musubi.test>",
    kind=NoticeKind.REQUEST,
    language=Language.JA,
    to_name="山田 太郎",
    to_mail="yamada@vendor.example",
    to_company="株式会社やまだ建設",
    organisation="富田林市",
    contact="総務部契約検査課 0721-25-1000 keiyaku@city.example",
    envelope_number="5050000111",
    title="市道舗装補修工事請負契約",
    documents=("工事請負契約書", "設計図書一式"),
    message="いつもお世話になっております。\n契約書をお送りします。",
    zone="Asia/Tokyo",
    queued_at=datetime(2026, 11, 23, 0, 15, tzinfo=UTC),
    deadline_at=datetime(2026, 12, 23, 14, 59, 59, tzinfo=UTC),
    link_id=UUID(int=8),
    link_purpose=LinkPurpose.ACT,
    link_generation=1,
    trial=True,
    envelope_id=UUID(int=5),
    reply_to="keiyaku@city.example",
    participant_id=UUID(int=9),
)


QUESTION = AskedQuestion(
    QuestionKind.QUESTION, "佐藤 花子", "株式会社さとう", "第3条の期間はいつからですか。"
)
TERM = EndingTerm(
    Milestone.NOTICE, date(2026, 12, 23), date(2027, 3, 31), renews=True, partner="株式会社さとう"
)
_OF_THE_LOGIN: dict[str, Any] = {
    "to_company": "",
    "actor_name": "管理 一郎",
    "to_sender": True,
    "envelope_number": "",
    "title": "",
    "documents": (),
    "message": "",
    "deadline_at": None,
    "envelope_id": None,
    "participant_id": None,
}
FACTS: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.COMPLETED: {"download_until": datetime(2026, 12, 7, 14, 59, 59, tzinfo=UTC)},
    NoticeKind.DOWNLOAD: {"download_until": datetime(2026, 12, 7, 14, 59, 59, tzinfo=UTC)},
    NoticeKind.DECLINED: {"actor_name": "佐藤 花子", "reason": "金額に誤りがあります。"},
    NoticeKind.ACT_REFUSED: {"refusal": RefusalCode.AFTER_DEADLINE},
    NoticeKind.HANDED_OVER: {
        "actor_name": "佐藤 花子",
        "successor": "高橋 次郎",
        "reason": "担当が替わりました。",
        "to_sender": True,
    },
    NoticeKind.SENT_BACK: {
        "actor_name": "課長 太郎",
        "reason": "第3条の金額を直してください。",
        "to_sender": True,
    },
    NoticeKind.RETURNED: {
        "actor_name": "部長 花子",
        "reason": "添付の見積書を確認してから、もう一度承認してください。",
    },
    NoticeKind.RESUMED: {"reason": "金額は見積書のとおりです。"},
    NoticeKind.CORRECTED: {
        "reason": "第3条の金額を直しました。",
        "corrected": ("工事請負契約書",),
    },
    NoticeKind.MAILBOX: {
        "to_name": "",
        "to_company": "",
        "organisation": "",
        "contact": "",
        "reply_to": "",
        "envelope_number": "",
        "title": "",
        "documents": (),
        "message": "",
        "deadline_at": None,
        "link_id": None,
        "envelope_id": None,
        "participant_id": None,
    },
    NoticeKind.INVITATION: {
        "to_name": "",
        "to_company": "",
        "actor_name": "管理 一郎",
        "envelope_number": "",
        "title": "",
        "documents": (),
        "message": "",
        "deadline_at": None,
        "envelope_id": None,
        "participant_id": None,
    },
    NoticeKind.FACTOR_RESET: _OF_THE_LOGIN,
    NoticeKind.PASSWORD_RESET: _OF_THE_LOGIN,
    NoticeKind.PASSWORD_UNUSED: _OF_THE_LOGIN,
    NoticeKind.PASSWORD_CHANGED: _OF_THE_LOGIN,
    NoticeKind.MEMBER_PASSKEY_ADDED: _OF_THE_LOGIN,
    NoticeKind.MEMBER_PASSKEY_REMOVED: _OF_THE_LOGIN,
    NoticeKind.GATE_WAITING: {"to_sender": True, "gate": "議決"},
    NoticeKind.QUESTION: {"to_sender": True, "question": QUESTION},
    NoticeKind.ANSWERED: {"question": replace(QUESTION, answer="契約日からです。")},
    NoticeKind.CONSENT_WITHDRAWN: {
        "to_sender": True,
        "actor_name": "佐藤 花子",
        "party": "株式会社さとう",
    },
    NoticeKind.TERM_ENDING: {"to_sender": True, "term": TERM},
    NoticeKind.TERMS_ENDING: {"to_sender": True, "more_terms": 12},
    NoticeKind.IMPORT_DUE: {
        "to_sender": True,
        "imports": DueImports(Warned.NEAR, 3, date(2026, 12, 1)),
    },
    NoticeKind.BOUNCED: {
        "to_sender": True,
        "lost": LostMail(
            NoticeKind.REQUEST, "佐藤 花子", "sato@vendor.example", "5.1.1", correctable=True
        ),
    },
}


def notice(kind: NoticeKind, language: Language = Language.JA, **changes: Any) -> PendingNotice:
    """A whole notice of this kind; fields that other kinds use are filled as storage would."""
    facts = {"kind": kind, "language": language, "link_purpose": PURPOSES.get(kind)}
    return replace(BASE, **(facts | FACTS.get(kind, {}) | changes))


def composer() -> TemplateComposer:
    """As the envelopes worker makes it."""
    return TemplateComposer(
        base_url="http://localhost:8080/",
        service_name="Musubi",
        mail_from="noreply@musubi.test",
        checks=CHECKS,
    )


def text_of(mail: EmailMessage) -> str:
    """The plain-text part."""
    return _part(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    """The HTML part."""
    return _part(mail, "html")


def _part(mail: EmailMessage, form: str) -> str:
    body = mail.get_body((form,))
    assert isinstance(body, EmailMessage)
    content: str = body.get_content()
    return content.replace("\r\n", "\n")
