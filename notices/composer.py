"""Turns a notice into a mail: a text part and an HTML part that say the same, in one language."""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from domain.imports import Warned
from domain.kinds import ASKING_KINDS, LINK_PURPOSES, Language, LinkPurpose, NoticeKind
from domain.mail_texts import OWN_SUBJECTS, MailVariable, filled
from domain.ports.notices import CheckMint, MailRefused, PendingNotice
from domain.questions import QuestionKind
from domain.refusals import WORDS
from domain.terms import MOST_MAILS, Milestone, Within
from notices.headers import POLICY, write_address, write_text
from notices.lines import wrapped
from notices.safety import header_text, one_line, paragraphs
from notices.wording import cause_of_loss, days_left, days_until, subject
from runtime.i18n import date_text, moment_text, translator

_NO_ADDRESS = "address"
_EMPTY_LINES = re.compile(r"\n{3,}")
_PATHS = {
    LinkPurpose.ACT: "l",
    LinkPurpose.DOWNLOAD: "d",
    LinkPurpose.INVITATION: "invited",
    LinkPurpose.PASSWORD_RESET: "reset",
}


@dataclass(frozen=True)
class LostLetter:
    """The mail that did not arrive: whose, where it went, and why, in words."""

    kind: NoticeKind
    name: str
    mail: str
    cause: str
    status: str
    asking: bool
    correctable: bool
    number: str
    timed_out: bool


@dataclass(frozen=True)
class QuestionLetter:
    """Who asked what, and the answer."""

    wrong_person: bool
    name: str
    company: str
    text: tuple[str, ...]
    answer: tuple[str, ...]


@dataclass(frozen=True)
class TermLetter:
    """Which day of a contract comes, and how far away it is."""

    milestone: Milestone
    day: str
    left: str
    ends: str
    renews: bool
    partner: str


@dataclass(frozen=True)
class ImportsLetter:
    """Which warning, of how many files, and the limit that comes first."""

    warned: Warned
    count: int
    limit: str
    left: str


@dataclass(frozen=True)
class Letter:
    """What the templates may say: plain words, already safe for one line each."""

    kind: NoticeKind
    language: Language
    subject: str
    service: str
    name: str
    company: str
    organisation: str
    contact: str
    number: str
    title: str
    documents: tuple[str, ...]
    message: tuple[str, ...]
    asked: str
    asked_files: tuple[str, ...]
    asks_consent: bool
    queued: str
    deadline: str
    download_until: str
    download_days: int
    late: bool
    actor: str
    reason: tuple[str, ...]
    refusal: str
    to_sender: bool
    replies: bool
    answers_to: str
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    lost: LostLetter | None
    handed_over_by: str
    deputy_of: str
    successor: str
    corrected: tuple[str, ...]
    by_sender: bool
    gate: str
    gate_since: str
    back_to: int
    question: QuestionLetter | None
    term: TermLetter | None
    more_terms: int
    most_terms: int
    imports: ImportsLetter | None
    imports_page: str
    party: str
    link: str
    login: str
    terms_page: str
    trial: bool
    check_word: str
    check_page: str
    mailbox_page: str
    code: str


class TemplateComposer:
    """The MailComposer of every installation: templates, catalogue and email.message."""

    def __init__(
        self,
        *,
        base_url: str,
        service_name: str,
        mail_from: str,
        checks: CheckMint,
        mail_from_name: str = "",
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._service = one_line(service_name)
        self._checks = checks
        self._mail_from = mail_from
        self._sender = _address(mail_from_name or service_name, mail_from)
        # Now, not at the first mail: a broken template keeps the process from starting, and an
        # upgrade of the files under a running process changes nothing in it.
        for language in Language:
            _load_all(_environment(language))

    def compose(self, notice: PendingNotice, token: str | None, code: str = "") -> EmailMessage:
        """Both parts and all headers. Raises MailRefused for an address that cannot exist."""
        letter = self._letter(notice, self._link(notice, token), code)
        mail = EmailMessage(policy=POLICY)
        own = notice.from_name and _address(notice.from_name, self._mail_from)
        write_address(mail, "From", own or self._sender)
        write_address(mail, "To", _address(notice.to_name, notice.to_mail))
        if letter.replies:
            write_address(mail, "Reply-To", _address(notice.organisation, notice.reply_to))
        write_text(mail, "Subject", letter.subject)
        mail["Date"] = notice.queued_at.astimezone(ZoneInfo(notice.zone))
        mail["Message-ID"] = f"<{notice.message_id.strip('<>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        # base64: no server on the way may break a line of Japanese text or of HTML.
        mail.set_content(_render(letter, "txt"), cte="base64")
        mail.add_alternative(_render(letter, "html"), subtype="html", cte="base64")
        # Last: the library moves Content-* headers that are there before into the text part.
        mail["Content-Language"] = notice.language.value
        return mail

    def _link(self, notice: PendingNotice, token: str | None) -> str:
        # A mail of another kind never carries a link, whatever it is given.
        purpose = LINK_PURPOSES.get(notice.kind)
        if token is None or purpose is None or purpose is not notice.link_purpose:
            return ""
        return f"{self._base_url}/{_PATHS[purpose]}/{token}"

    def _login(self, notice: PendingNotice) -> str:
        envelopes = f"{self._base_url}/envelopes"
        return f"{envelopes}/{notice.envelope_id}" if notice.envelope_id else envelopes

    def _letter(self, notice: PendingNotice, link: str, code: str = "") -> Letter:
        until, deadline = notice.download_until, notice.deadline_at
        since = notice.gate_since
        values = own_values(notice)
        return Letter(
            kind=notice.kind,
            language=notice.language,
            subject=_own_subject(notice, values) or subject(notice, translator(notice.language)),
            service=self._service,
            name=one_line(notice.to_name),
            company=one_line(notice.to_company),
            organisation=one_line(notice.organisation),
            contact=one_line(notice.contact) or one_line(notice.organisation),
            number=one_line(notice.envelope_number),
            title=one_line(notice.title),
            documents=tuple(one_line(title) for title in notice.documents),
            message=paragraphs(notice.message),
            asked=notice.participant_kind.value,
            asked_files=tuple(one_line(label) for label in notice.asked_files),
            asks_consent=notice.asks_consent,
            queued=moment_text(notice.queued_at, notice.zone, notice.language),
            deadline=moment_text(deadline, notice.zone, notice.language) if deadline else "",
            download_until=moment_text(until, notice.zone, notice.language) if until else "",
            download_days=days_until(notice.queued_at, until, notice.zone) if until else 0,
            late=until is not None and notice.queued_at > until,
            actor=one_line(notice.actor_name),
            reason=paragraphs(notice.reason),
            refusal=WORDS[notice.refusal].in_language(notice.language) if notice.refusal else "",
            to_sender=notice.to_sender,
            replies=_can_be(notice.reply_to),
            answers_to="" if notice.reply_to in notice.contact else one_line(notice.reply_to),
            opening=paragraphs(filled(notice.own.opening, values)),
            closing=paragraphs(filled(notice.own.closing, values)),
            lost=_lost(notice),
            handed_over_by=one_line(notice.handed_over_by),
            deputy_of=one_line(notice.deputy_of),
            successor=one_line(notice.successor),
            corrected=tuple(one_line(title) for title in notice.corrected),
            by_sender=notice.by_sender,
            gate=one_line(notice.gate),
            gate_since=moment_text(since, notice.zone, notice.language) if since else "",
            back_to=notice.back_to,
            question=_question(notice),
            term=_term(notice),
            more_terms=notice.more_terms,
            most_terms=MOST_MAILS,
            imports=_imports(notice),
            imports_page=f"{self._base_url}/deals/imports",
            party=one_line(notice.party),
            link=link,
            login=self._login(notice),
            terms_page=f"{self._base_url}/deals/terms?within={Within.MONTH}",
            trial=notice.trial,
            check_word=self._check_word(notice),
            check_page=f"{self._base_url}/check",
            mailbox_page=f"{self._base_url}/mailbox",
            code=_spaced(notice.kind, code),
        )

    def _check_word(self, notice: PendingNotice) -> str:
        if notice.participant_id is None:
            return ""
        return self._checks.word(notice.participant_id, notice.to_mail)


def own_values(notice: PendingNotice) -> dict[MailVariable, str]:
    """What an organisation's own words may have put in, each safe for one line."""
    zone, language = notice.zone, notice.language
    deadline, until = (
        moment_text(at, zone, language) if at else ""
        for at in (notice.deadline_at, notice.download_until)
    )
    plain = {
        MailVariable.ORGANISATION: notice.organisation,
        MailVariable.TITLE: notice.title,
        MailVariable.NUMBER: notice.envelope_number,
        MailVariable.DEADLINE: deadline,
        MailVariable.NAME: notice.to_name,
        MailVariable.COMPANY: notice.to_company,
        MailVariable.CONTACT: notice.contact or notice.organisation,
        MailVariable.DOWNLOAD_UNTIL: until,
    }
    return {variable: one_line(text) for variable, text in plain.items()}


def _own_subject(notice: PendingNotice, values: dict[MailVariable, str]) -> str:
    """Empty where it is the service's to say what the mail is about."""
    if notice.kind not in OWN_SUBJECTS:
        return ""
    safe = {variable: header_text(text) for variable, text in values.items()}
    return one_line(filled(header_text(notice.own.subject), safe))


def _spaced(kind: NoticeKind, code: str) -> str:
    """`1234 5678` or `123 456`; empty in a mail of any other kind, whatever it is given."""
    half = {NoticeKind.CODE: 4, NoticeKind.MAILBOX: 3}.get(kind, 0)
    return f"{code[:half]} {code[half:]}" if half else ""


def _lost(notice: PendingNotice) -> LostLetter | None:
    lost = notice.lost
    if lost is None:
        return None
    cause = translator(notice.language).gettext(cause_of_loss(lost.status))
    return LostLetter(
        lost.kind,
        one_line(lost.name),
        one_line(lost.mail),
        cause,
        one_line(lost.status),
        lost.kind in ASKING_KINDS,
        lost.correctable,
        lost.number,
        lost.timed_out,
    )


def _question(notice: PendingNotice) -> QuestionLetter | None:
    asked = notice.question
    if asked is None:
        return None
    return QuestionLetter(
        asked.kind is QuestionKind.WRONG_PERSON,
        one_line(asked.name),
        one_line(asked.company),
        paragraphs(asked.text),
        paragraphs(asked.answer),
    )


def _term(notice: PendingNotice) -> TermLetter | None:
    term, language = notice.term, notice.language
    if term is None:
        return None
    days = (term.day - notice.queued_at.astimezone(ZoneInfo(notice.zone)).date()).days
    return TermLetter(
        term.milestone,
        date_text(term.day, language),
        days_left(days, translator(language)),
        date_text(term.ends_on, language),
        term.renews,
        one_line(term.partner),
    )


def _imports(notice: PendingNotice) -> ImportsLetter | None:
    due, language = notice.imports, notice.language
    if due is None:
        return None
    days = (due.limit_on - notice.queued_at.astimezone(ZoneInfo(notice.zone)).date()).days
    left = days_left(days, translator(language)) if days >= 0 else ""
    return ImportsLetter(due.warned, due.count, date_text(due.limit_on, language), left)


def _can_be(mail: str) -> bool:
    """Whether it is an address. A mistyped contact must keep no mail from going out."""
    try:
        return bool(_address("", mail).domain)
    except MailRefused:
        return False


def _address(name: str, mail: str) -> Address:
    if "=?" in mail:
        # An encoded word is no part of an address (RFC 2047, 5), but some readers decode it.
        raise MailRefused(_NO_ADDRESS)
    try:
        return Address(display_name=header_text(name), addr_spec=mail)
    except (HeaderParseError, ValueError, IndexError, AttributeError) as problem:
        # email.headerregistry parses addresses and raises all of these on malformed ones.
        raise MailRefused(_NO_ADDRESS) from problem


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("notices"),
        autoescape=select_autoescape(["html"], default=False, default_for_string=False),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translator(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    return environment


def _load_all(environment: Environment) -> None:
    for name in environment.list_templates(extensions=["html", "txt"]):
        environment.get_template(name)


def _render(letter: Letter, form: str) -> str:
    template = _environment(letter.language).get_template(f"{letter.kind.value}.{form}")
    body = _EMPTY_LINES.sub("\n\n", template.render(letter=letter)).strip() + "\n"
    return wrapped(body) if form == "txt" else body
