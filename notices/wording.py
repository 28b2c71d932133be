"""Subjects and the other words of a mail that depend on who reads it and why."""

from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from domain.imports import Warned
from domain.kinds import NoticeKind, ParticipantKind
from domain.ports.notices import PendingNotice
from domain.questions import QuestionKind
from domain.terms import Milestone
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
    NoticeKind.DOWNLOAD: _("%(title)sのダウンロードのご案内"),
    NoticeKind.DECLINED: _("%(title)sの手続きは辞退により終了しました"),
    NoticeKind.WITHDRAWN: _("%(title)sの依頼は取り下げられました"),
    NoticeKind.EXPIRED: _("%(title)sの手続きは期限切れで終了しました"),
    NoticeKind.ACT_REFUSED: _("%(title)sのお手続きを受け付けられませんでした"),
    NoticeKind.HANDED_OVER: _("%(title)sの手続きが%(name)s様に引き継がれました"),
    NoticeKind.SENT_BACK: _("【要確認】%(title)sが差し戻されました"),
    NoticeKind.RETURNED: _("%(title)sの手続きをもう一度お願いします（差し戻し）"),
    NoticeKind.RESUMED: _("%(title)sの手続きが再開されました"),
    NoticeKind.CORRECTED: _("%(title)sの文書が訂正されました"),
    NoticeKind.GATE_WAITING: _("【要確認】%(title)sが「%(gate)s」を待っています"),
    NoticeKind.CODE: _("確認コードのお知らせ（%(title)s）"),
    NoticeKind.MAILBOX: _("確認コードのお知らせ（あなたの文書）"),
    NoticeKind.INVITATION: _("%(organisation)s様より電子契約サービスの利用者登録のご案内"),
    NoticeKind.RELEASED: _("%(title)sへの対応は不要になりました"),
    NoticeKind.ANSWERED: _("%(title)sについてのご質問への回答"),
    NoticeKind.CONSENT_WITHDRAWN: _("【要確認】%(title)sの電子契約利用の承諾が撤回されました"),
    NoticeKind.FACTOR_RESET: _("【要確認】ログインの2段階認証が解除されました（%(organisation)s）"),
    NoticeKind.PASSWORD_RESET: _("パスワードの再設定のご案内（%(organisation)s）"),
    NoticeKind.PASSWORD_UNUSED: _("ログインの方法のご案内（%(organisation)s）"),
    NoticeKind.PASSWORD_CHANGED: _("【要確認】パスワードが再設定されました（%(organisation)s）"),
    NoticeKind.MEMBER_PASSKEY_ADDED: _(
        "【要確認】ログイン用のパスキーが登録されました（%(organisation)s）"
    ),
    NoticeKind.MEMBER_PASSKEY_REMOVED: _(
        "【要確認】ログイン用のパスキーが削除されました（%(organisation)s）"
    ),
    NoticeKind.PASSKEY_REGISTERED: _("パスキーが登録されました（%(organisation)s）"),
    NoticeKind.BOUNCED: _("【要確認】%(title)sのメールが%(name)s様に届きませんでした"),
    NoticeKind.TERMS_ENDING: _("【要確認】期限の近い契約がほかにもあります（%(organisation)s）"),
}
_IMPORTS = {
    Warned.PROMPT: _("【要確認】取込の途中の契約書があります（%(organisation)s）"),
    Warned.NEAR: _("【要確認】取込のタイムスタンプの期限が近づいています（%(organisation)s）"),
    Warned.OVER: _("【要確認】取込のタイムスタンプの期限を過ぎました（%(organisation)s）"),
}
_TERMS = {
    Milestone.NOTICE: _("【要確認】%(title)sの解約通知の期限が近づいています"),
    Milestone.END: _("【要確認】%(title)sの契約期間の終わりが近づいています"),
    Milestone.RENEWAL: _("【要確認】%(title)sの自動更新の日が近づいています"),
}
_LOST_SMS = _("【要確認】%(title)sの確認コード（SMS）が%(name)s様に届きませんでした")
_QUESTIONS = {
    QuestionKind.QUESTION: _("【要確認】%(title)sについて%(name)s様から質問があります"),
    QuestionKind.WRONG_PERSON: _("【要確認】%(title)sの依頼に心当たりがないと連絡がありました"),
}
_CAUSES = (
    ("x.1.", _("宛先のメールアドレスが存在しないか、使われていません。")),
    ("x.2.2", _("宛先のメールボックスがいっぱいです。")),
    ("x.2.", _("宛先のメールボックスが使えない状態です。")),
    ("x.4.", _("宛先のメールサーバーにつながりませんでした。")),
    ("x.7.", _("宛先のメールサーバーが、迷惑メール対策などの方針により受け取りを拒否しました。")),
)
"""By the beginnings of RFC 3463 codes without their class, the longest first."""
_OTHER_CAUSE = _("宛先のメールサーバーが受け取りを拒否しました。")


def subject(notice: PendingNotice, translations: NullTranslations) -> str:
    """The subject in the reader's language; safe for a header."""
    names = {
        "organisation": header_text(notice.organisation),
        "title": header_text(notice.title),
        "gate": header_text(notice.gate),
        "name": header_text(_concerned(notice)),
    }
    if notice.question is not None and notice.kind is NoticeKind.QUESTION:
        line = translations.gettext(_QUESTIONS[notice.question.kind]) % names
    elif notice.term is not None:
        line = translations.gettext(_TERMS[notice.term.milestone]) % names
    elif notice.imports is not None:
        line = translations.gettext(_IMPORTS[notice.imports.warned]) % names
    elif notice.lost is not None and notice.lost.number:
        line = translations.gettext(_LOST_SMS) % names
    elif notice.kind in (NoticeKind.REQUEST, NoticeKind.REMINDER):
        asked = _REQUESTS.get(notice.participant_kind, _REQUESTS[ParticipantKind.SIGNER])
        line = translations.gettext(asked) % names
    else:
        line = translations.gettext(_SUBJECTS[notice.kind]) % names
    if notice.kind is NoticeKind.REMINDER or notice.gate_since is not None:
        line = translations.gettext(_AGAIN) % {"subject": line}
    return line


def _concerned(notice: PendingNotice) -> str:
    """Whom a subject names."""
    if notice.lost:
        return notice.lost.name
    return notice.question.name if notice.question else notice.successor


def cause_of_loss(status: str) -> str:
    """The msgid that says in words why a mail was lost."""
    code = f"x{status[1:]}"
    return next((words for start, words in _CAUSES if code.startswith(start)), _OTHER_CAUSE)


def days_left(days: int, translations: NullTranslations) -> str:
    """How far away a day is that has not passed when its mail is ordered."""
    near = {0: _("今日"), 1: _("明日")}
    return translations.gettext(near.get(days, _("あと%(days)s日"))) % {"days": days}


def days_until(start: datetime, end: datetime, zone: str) -> int:
    """Local calendar days between two moments, as a person counts them."""
    return (end.astimezone(ZoneInfo(zone)).date() - start.astimezone(ZoneInfo(zone)).date()).days
