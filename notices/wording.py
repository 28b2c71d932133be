"""Subjects and the other words of a mail that depend on who reads it and why."""

from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from domain.kinds import NoticeKind, ParticipantKind
from domain.ports.notices import PendingNotice
from notices.safety import header_text


def _(message: str) -> str:
    """Marks a msgid for the catalogue; it is translated when the reader is known."""
    return message


_REQUESTS = {
    ParticipantKind.SIGNER: _("%(organisation)s様より%(title)sへの署名依頼が届いています"),
    ParticipantKind.APPROVER: _("%(organisation)s様より%(title)sの承認依頼が届いています"),
    ParticipantKind.REVIEWER: _("%(organisation)s様より%(title)sの確認依頼が届いています"),
}
_AGAIN = _("[再送] %(subject)s")
_SUBJECTS = {
    NoticeKind.COMPLETED: _("電子署名完了のお知らせ"),
    NoticeKind.DECLINED: _("%(title)sの手続きは辞退により終了しました"),
    NoticeKind.WITHDRAWN: _("%(title)sの依頼は取り下げられました"),
    NoticeKind.EXPIRED: _("%(title)sの手続きは期限切れで終了しました"),
    NoticeKind.ACT_REFUSED: _("%(title)sのお手続きを受け付けられませんでした"),
}


def subject(notice: PendingNotice, translations: NullTranslations) -> str:
    """The subject in the reader's language; safe for a header."""
    names = {
        "organisation": header_text(notice.organisation),
        "title": header_text(notice.title),
    }
    if notice.kind in (NoticeKind.REQUEST, NoticeKind.REMINDER):
        asked = _REQUESTS.get(notice.participant_kind, _REQUESTS[ParticipantKind.SIGNER])
        line = translations.gettext(asked) % names
    else:
        line = translations.gettext(_SUBJECTS[notice.kind]) % names
    if notice.kind is NoticeKind.REMINDER:
        line = translations.gettext(_AGAIN) % {"subject": line}
    return line


def days_until(start: datetime, end: datetime, zone: str) -> int:
    """Local calendar days between two moments, as a person counts them."""
    return (end.astimezone(ZoneInfo(zone)).date() - start.astimezone(ZoneInfo(zone)).date()).days
