"""The envelopes worker: workflows, rows, mail, the relay. The only holder of the link key."""

from collections.abc import Sequence

from temporalio.client import Client
from temporalio.worker import Worker

from activities.acts import ActActivities
from activities.closing import ClosingActivities
from activities.codes import CodeActivities, SmsWay
from activities.corrections import CorrectionActivities
from activities.envelopes import EnvelopeActivities
from activities.factor_resets import FactorResetActivities
from activities.history import HistoryActivities
from activities.invitations import InvitationActivities
from activities.mailbox import MailboxActivities
from activities.notices import NoticeActivities
from activities.password_resets import PasswordResetActivities
from activities.returns import ReturnActivities
from domain.ports.sms import SmsSender
from identity.checkwords import CheckWords
from identity.codes import CodeMinter, MailboxMinter
from identity.links import InvitationMinter, LinkMinter, ResetMinter
from notices.composer import TemplateComposer
from notices.postman import SmtpPostman
from notices.returns import ReturnPaths
from notices.sms import CatcherSms, NoSms, TextComposer
from notices.sms_https import HttpsSms, SmsSettingWrong
from runtime.codec import EncryptingCodec, read_keys
from runtime.settings import EnvelopesSettings, SmsProvider
from runtime.telemetry import logger
from storage.bounces import StoredBounceDesk
from storage.database import Database, open_database
from storage.desks.acts import StoredActDesk
from storage.desks.closing import StoredClosingDesk
from storage.desks.codes import StoredCodeDesk
from storage.desks.corrections import StoredCorrectionDesk
from storage.desks.envelopes import StoredEnvelopeDesk
from storage.desks.factor_resets import StoredFactorResetDesk
from storage.desks.invitations import StoredInvitationDesk
from storage.desks.mailbox import StoredMailboxDesk
from storage.desks.notices import StoredNoticeDesk
from storage.desks.password_resets import StoredPasswordResetDesk
from storage.desks.relay import StoredRelayDesk
from storage.desks.returns import StoredReturnDesk
from storage.opening import open_vault
from workers import queues
from workers.bounces import BounceListener, Teller
from workers.histories import HistoryReader
from workers.housekeeping import Housekeeping
from workers.process import Background, run_worker
from workers.queues import Step
from workers.relay import Relay

log = logger("workers.envelopes")


def main() -> None:
    """Run until SIGTERM."""
    settings = EnvelopesSettings()
    database = open_database(settings.database_url)

    def build(client: Client) -> tuple[Sequence[Worker], Sequence[Background]]:
        acts = StoredActDesk(database)
        relay = Relay(client, StoredRelayDesk(database), acts, settings.relay_seconds)
        vault, base_url = open_vault(settings, database), settings.base_url
        housekeeping = Housekeeping(client, database, vault, base_url=base_url)
        notices = StoredNoticeDesk(database, settings.base_url, trial=settings.trial)
        mail = _mail(settings, notices)
        bounces = StoredBounceDesk(database, settings.base_url, trial=settings.trial)
        listener = BounceListener(settings.lmtp_port, _return_paths(settings), bounces)
        teller = Teller(bounces, notices, mail.send)
        codes = _codes(settings, StoredCodeDesk(database, notices), notices)
        rows = _row_steps(client, settings, database, acts, codes)
        workers = [
            queues.rows_worker(client, rows),
            queues.anchors_worker(client, [ActActivities(acts).anchor]),
            *_mail_workers(client, settings, database, mail, codes),
        ]
        return workers, (relay.run, housekeeping.run, listener.run, teller.run)

    run_worker(settings, build)


def _row_steps(
    client: Client,
    settings: EnvelopesSettings,
    database: Database,
    act_desk: StoredActDesk,
    codes: CodeActivities,
) -> Sequence[Step]:
    vault = open_vault(settings, database)
    envelope_desk = StoredEnvelopeDesk(database, vault)
    acts = ActActivities(act_desk)
    envelopes = EnvelopeActivities(envelope_desk)
    corrections = CorrectionActivities(StoredCorrectionDesk(database, vault))
    returns = ReturnActivities(StoredReturnDesk(database, vault))
    codec = EncryptingCodec(read_keys(settings.codec_key_file))
    history = HistoryActivities(envelope_desk, HistoryReader(client, codec))
    return [
        acts.act_facts,
        acts.record_decision,
        acts.unanswered_acts,
        envelopes.envelope_plan,
        envelopes.open_stage,
        envelopes.project,
        envelopes.hinder,
        envelopes.end_envelope,
        envelopes.return_to_draft,
        envelopes.close_download,
        ClosingActivities(StoredClosingDesk(database)).aftermath,
        envelopes.renew_links,
        corrections.begin_version,
        corrections.halt_version,
        returns.begin_round,
        history.keep_history,
        codes.give_up_code,
    ]


def _mail_workers(
    client: Client,
    settings: EnvelopesSettings,
    database: Database,
    notices: NoticeActivities,
    codes: CodeActivities,
) -> Sequence[Worker]:
    mailboxes = StoredMailboxDesk(database, settings.base_url, trial=settings.trial)
    mails: Sequence[Step] = [
        notices.send_notices,
        _invitations(settings, database).send_invitation,
        _factor_resets(settings, database).send_factor_reset,
    ]
    awaited: Sequence[Step] = [
        codes.send_code,
        _mailbox(settings, mailboxes).send_mailbox_code,
        _password_resets(settings, database).send_password_reset,
    ]
    return queues.mail_workers(client, mails, awaited)


def _return_paths(settings: EnvelopesSettings) -> ReturnPaths:
    return ReturnPaths(
        settings.bounce_address,
        settings.link_key_file.read_bytes().strip(),
        fallback=settings.mail_from,
    )


def _mail(settings: EnvelopesSettings, desk: StoredNoticeDesk) -> NoticeActivities:
    mint = LinkMinter(settings.link_key_file.read_bytes().strip())
    return NoticeActivities(desk, mint, _composer(settings), _postman(settings))


def _codes(
    settings: EnvelopesSettings, desk: StoredCodeDesk, notices: StoredNoticeDesk
) -> CodeActivities:
    mint = CodeMinter(settings.link_key_file.read_bytes().strip())
    way = SmsWay(TextComposer(), _sms(settings))
    return CodeActivities(desk, notices, mint, _composer(settings), _postman(settings), way)


def _sms(settings: EnvelopesSettings) -> SmsSender:
    """Raises SmsSettingWrong: a process with half a provider does not start."""
    if settings.sms_provider is SmsProvider.TEST:
        if not settings.trial:
            raise SmsSettingWrong("the test provider sends no SMS; it is for trial only")
        log.warning("sms_test_provider", words="SMS go to the mail catcher, not to phones")
        return CatcherSms(_postman(settings), settings.mail_from)
    if settings.sms_provider is SmsProvider.NONE:
        return NoSms()
    if settings.sms_token_file is None:
        raise SmsSettingWrong("sms_token_file is missing")
    return HttpsSms(
        url=settings.sms_url,
        token_file=settings.sms_token_file,
        sender=settings.sms_sender,
        body=settings.sms_body,
        ca_file=settings.sms_ca_file,
    )


def _mailbox(settings: EnvelopesSettings, desk: StoredMailboxDesk) -> MailboxActivities:
    mint = MailboxMinter(settings.link_key_file.read_bytes().strip())
    return MailboxActivities(desk, mint, _composer(settings), _postman(settings))


def _invitations(settings: EnvelopesSettings, database: Database) -> InvitationActivities:
    desk = StoredInvitationDesk(database, settings.base_url, trial=settings.trial)
    mint = InvitationMinter(settings.link_key_file.read_bytes().strip())
    return InvitationActivities(desk, mint, _composer(settings), _postman(settings))


def _factor_resets(settings: EnvelopesSettings, database: Database) -> FactorResetActivities:
    desk = StoredFactorResetDesk(database, settings.base_url, trial=settings.trial)
    return FactorResetActivities(desk, _composer(settings), _postman(settings))


def _password_resets(settings: EnvelopesSettings, database: Database) -> PasswordResetActivities:
    desk = StoredPasswordResetDesk(database, settings.base_url, trial=settings.trial)
    mint = ResetMinter(settings.link_key_file.read_bytes().strip())
    return PasswordResetActivities(desk, mint, _composer(settings), _postman(settings))


def _composer(settings: EnvelopesSettings) -> TemplateComposer:
    return TemplateComposer(
        base_url=settings.base_url,
        service_name=settings.service_name,
        mail_from=settings.mail_from,
        mail_from_name=settings.mail_from_name,
        checks=CheckWords(settings.check_key_file.read_bytes().strip()),
    )


def _postman(settings: EnvelopesSettings) -> SmtpPostman:
    return SmtpPostman(
        host=settings.smtp_host,
        port=settings.smtp_port,
        returns=_return_paths(settings),
        starttls=settings.smtp_starttls,
        implicit_tls=settings.smtp_implicit_tls,
        ca_file=settings.smtp_ca_file,
        user=settings.smtp_user,
        password_file=settings.smtp_password_file,
    )


if __name__ == "__main__":
    main()
