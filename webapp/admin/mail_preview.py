"""The real mail, made of an administrator's words and sample facts.

The only place of the web app that asks `notices`: for the composer, which renders and delivers
nothing. A second renderer would show something else than what is sent sooner or later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from uuid import UUID

from flask import Response, make_response

from domain.kinds import LINK_PURPOSES, Language, NoticeKind
from domain.mail_texts import MailSender, MailText
from domain.ports.notices import AskedQuestion, PendingNotice
from domain.questions import QuestionKind
from domain.refusals import RefusalCode, Words
from notices.composer import TemplateComposer
from storage.desks.letters import contact_of, name_of
from storage.tables import Organisation
from webapp.state import state

_NOBODY = UUID(int=0)
_DAYS, _DOWNLOAD_DAYS = 30, 14
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""A mail's styles are inline; nothing in it loads, runs, or leads anywhere."""
_TITLE = Words("市道舗装補修工事請負契約", "Contract for road repairs")
_DOCUMENTS = (
    Words("工事請負契約書", "Contract"),
    Words("設計図書一式", "Drawings and specifications"),
)
_PERSON, _COMPANY = Words("山田 太郎", "Taro Yamada"), Words("株式会社見本建設", "Mihon Builders")
_ACTOR = Words("佐藤 花子", "Hanako Sato")
_REASON = Words("（見本）理由として入力された文", "(Sample) The reason that somebody entered")
_MESSAGE = Words(
    "（見本）封筒を作った人が入力したメッセージ",
    "(Sample) The message of whoever made the envelope",
)
_ASKED = Words("（見本）届いた質問", "(Sample) The question")
_ANSWER = Words("（見本）質問への回答", "(Sample) The answer")
_WORD = "みほん"
_ADDRESS = "noreply@example.invalid"


@dataclass(frozen=True)
class Preview:
    """One mail as its reader gets it; of the sender the name, since the address is not his."""

    language: Language
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str


class _SampleWords:
    """domain.ports.notices.CheckMint with words that prove nothing."""

    def word(self, participant_id: UUID, mail: str) -> str:
        """The same for everybody."""
        del participant_id, mail
        return _WORD


def preview(  # noqa: PLR0913 - what a mail is made of
    organisation: Organisation,
    sender: MailSender,
    kind: NoticeKind,
    text: MailText,
    language: Language,
    now: datetime,
) -> Preview:
    """The mail of this kind with these words."""
    return as_sent(_sample(organisation, sender, kind, language, now, text))


def as_sent(notice: PendingNotice) -> Preview:
    """A mail as its reader gets it, but for its link and its code."""
    settings = state().settings
    composer = _composer(settings.base_url, settings.service_name)
    mail = composer.compose(notice, "sample", "12345678")
    return Preview(
        notice.language,
        notice.from_name,
        notice.reply_to,
        str(mail["Subject"]),
        _part(mail, "plain"),
        _part(mail, "html"),
    )


def page_of(shown: Preview) -> Response:
    """The HTML part by itself."""
    answer = make_response(shown.html)
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer


@cache
def _composer(base_url: str, service: str) -> TemplateComposer:
    return TemplateComposer(
        base_url=base_url, service_name=service, mail_from=_ADDRESS, checks=_SampleWords()
    )


def _part(mail: EmailMessage, form: str) -> str:
    body = mail.get_body((form,))
    return str(body.get_content()).replace("\r\n", "\n") if isinstance(body, EmailMessage) else ""


def _sample(  # noqa: PLR0913 - what a mail is made of
    organisation: Organisation,
    sender: MailSender,
    kind: NoticeKind,
    language: Language,
    now: datetime,
    text: MailText,
) -> PendingNotice:
    def said(both: Words) -> str:
        return both.in_language(language)

    purpose = LINK_PURPOSES.get(kind)
    return PendingNotice(
        notice_id=_NOBODY,
        message_id="sample@example.invalid",
        kind=kind,
        language=language,
        to_name=said(_PERSON),
        to_mail="yamada@example.invalid",
        to_company=said(_COMPANY),
        organisation=name_of(organisation, language),
        contact=contact_of(organisation),
        envelope_number="5050000111",
        title=said(_TITLE),
        documents=tuple(map(said, _DOCUMENTS)),
        message=said(_MESSAGE),
        zone=organisation.zone,
        queued_at=now,
        deadline_at=now + timedelta(days=_DAYS),
        download_until=now + timedelta(days=_DOWNLOAD_DAYS),
        link_id=_NOBODY if purpose else None,
        link_purpose=purpose,
        link_generation=1,
        actor_name=said(_ACTOR),
        reason=said(_REASON),
        refusal=RefusalCode.AFTER_DEADLINE if kind is NoticeKind.ACT_REFUSED else None,
        trial=state().settings.trial,
        reply_to=sender.reply_to or organisation.contact_mail,
        corrected=(said(_DOCUMENTS[0]),),
        participant_id=_NOBODY,
        question=_question(kind, language),
        own=text.in_language(language),
        from_name=sender.in_language(language),
    )


def _question(kind: NoticeKind, language: Language) -> AskedQuestion | None:
    if kind is not NoticeKind.ANSWERED:
        return None
    name, company, asked, answer = (
        both.in_language(language) for both in (_PERSON, _COMPANY, _ASKED, _ANSWER)
    )
    return AskedQuestion(QuestionKind.QUESTION, name, company, asked, answer)
