"""Settings: one class per process, read from `MUSUBI_*` environment variables.

A process knows only its part. Secrets are never values: a setting that ends in `_file` names a
file of mode 0600. An unset or wrong value means that the process does not start.
"""

from enum import StrEnum
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.limits import DOWNLOAD_DAYS


class SmsProvider(StrEnum):
    """Who carries SMS."""

    NONE = ""
    """Nobody: senders are not offered codes by SMS."""
    TEST = "test"
    """Nobody either, but the mail catcher shows what would be sent; pages say 試験用."""
    HTTPS = "https"


class Part(BaseSettings):
    """A part of a process's settings. Every part has this base: of several bases, pydantic takes
    the last one's configuration, and a part without the prefix would drop it."""

    model_config = SettingsConfigDict(env_prefix="MUSUBI_", frozen=True, extra="ignore")


class ProcessSettings(Part):
    """What every process has."""

    process: str = "musubi"
    """Name in logs and on the operations page."""
    log_level: str = "INFO"
    service_name: str = "Musubi"
    base_url: str = "http://localhost:8080"
    """Where people reach the web app; links in mails are built from nothing else."""
    trial: bool = True
    """True until real trust is configured: pages, mails and certificates say 試験用."""
    run_dir: Path = Path("var/run")
    """Heartbeats and marks of running processes; no secrets."""


class DatabasePart(Part):
    """The application's database."""

    database_url: str
    """`sqlite:////path/musubi.db` or `postgresql+psycopg://...`."""


class TemporalPart(Part):
    """Temporal's frontend and the key that hides payloads from it."""

    temporal_address: str = "localhost:7233"
    temporal_namespace: str = "default"
    temporal_ui_url: str = ""
    codec_key_file: Path


class VaultPart(Part):
    """The vault token and the encrypted blobs."""

    blob_dir: Path
    pkcs11_module: Path = Path("/usr/lib/softhsm/libsofthsm2.so")
    vault_token: str = "musubi-vault"  # noqa: S105 - a token's label
    vault_pin_file: Path
    vault_key: str = "vault-kek-1"
    """Label of the wrapping key that new data keys use."""


class RootsPart(Part):
    """What is trusted."""

    trust_roots_file: Path
    """PEM: roots of the signing certificate and of the TSAs."""
    tsa_certificates_file: Path
    """PEM: intermediate certificates of the TSAs, which tokens may lack."""


class TrustPart(RootsPart):
    """What is trusted and which TSAs are asked, in order."""

    tsa_urls: tuple[str, ...]


class SigningPart(Part):
    """The signing token. Only the signing worker has this part."""

    signing_token: str = "musubi-signing"  # noqa: S105 - a token's label
    signing_pin_file: Path
    signing_key: str = "signing-1"
    signing_certificate_file: Path
    """PEM: the certificate, then its chain without the root."""
    canary_key: str = "canary-1"
    canary_certificate_file: Path
    signature_algorithm: str = "ecdsa-p256"


class MailPart(Part):
    """The next SMTP server."""

    smtp_host: str = "localhost"
    smtp_port: int = 8025
    smtp_starttls: bool = False
    smtp_implicit_tls: bool = False
    """TLS from the first byte (port 465) instead of STARTTLS."""
    smtp_ca_file: Path | None = None
    """PEM of the authority that the server's certificate must come from; unset: the system's."""
    smtp_user: str = ""
    smtp_password_file: Path | None = None
    mail_from: str = "noreply@musubi.test"
    mail_from_name: str = "Musubi"
    bounce_address: str = ""
    """`bounces@example.jp`: reports of undeliverable mail come back to `bounces+<token>@...`.
    Unset: they go to `mail_from`, and nobody here reads them."""
    lmtp_port: int = 0
    """Where the organisation's mail server hands these reports over, on loopback. 0: nowhere."""


class SmsPart(Part):
    """Who carries SMS with one-time codes."""

    sms_provider: SmsProvider = SmsProvider.NONE
    sms_url: str = ""
    """Of provider `https`: where one JSON document per message is posted."""
    sms_token_file: Path | None = None
    """The bearer token."""
    sms_sender: str = ""
    """What `$sender` stands for: the name or number that people see."""
    sms_body: str = '{"to": "$to", "from": "$sender", "text": "$text", "id": "$id"}'
    """The document. `$to`, `$sender`, `$text` and `$id` are filled in."""
    sms_ca_file: Path | None = None
    """PEM of the authority of the provider's certificate; unset: the system's."""


class WorkerSettings(ProcessSettings, TemporalPart):
    """What every worker process has."""


class EnvelopesSettings(WorkerSettings, DatabasePart, VaultPart, MailPart, SmsPart):
    """The envelopes worker: workflows, ledger, mail. The only one with the link key."""

    link_key_file: Path
    check_key_file: Path
    """Makes the check words of mails; the web app confirms them."""
    relay_seconds: float = 0.5


class DocumentsSettings(WorkerSettings, DatabasePart, VaultPart, RootsPart):
    """The documents worker: hostile PDFs, in capped children. It judges by what the signing worker
    trusts."""

    children: int = 2


class SigningSettings(WorkerSettings, DatabasePart, VaultPart, TrustPart, SigningPart):
    """The signing worker: the only process with the signing PIN."""

    children: int = 2


class RateLimits(Part):
    """Limits of the web app; a written profile may change them for tests of load."""

    login_tries: int = 5
    login_window_seconds: int = 900
    link_tries_per_minute: int = 60
    uploads_per_minute: int = 60
    """Of one member: an envelope takes a hundred documents, which are dropped at once."""
    check_tries_per_minute: int = 10
    """Mails that one network asks about."""
    mailbox_tries_per_minute: int = 10
    """Addresses that one network enters for あなたの文書."""


class SsoPart(Part):
    """Which identity providers the web app may ask for organisations' single sign-on."""

    sso_networks: tuple[str, ...] = ()
    """Private networks (CIDR) in which providers may be; unset: public addresses only."""
    sso_proxy: str = ""
    """`http://proxy:3128`: the way to providers outside. It then decides whom it reaches."""
    sso_ca_file: Path | None = None
    """PEM of authorities besides the system's, for providers inside."""
    sso_loopback: bool = False
    """For tests: providers on this machine, also without TLS."""


class WebSettings(ProcessSettings, DatabasePart, TemporalPart, VaultPart, RateLimits, SsoPart):
    """The web app: parses no PDF, holds no signing PIN and no link key."""

    web_key_file: Path
    """Signs the CSRF token's cookie."""
    check_key_file: Path
    """Makes the check words of mails; it opens nothing."""
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    trusted_proxies: int = 0
    """Reverse proxies in front, each of which appends to X-Forwarded-For and sets
    X-Forwarded-Proto. Too high a number lets anybody choose his address."""
    mail_catcher_url: str = ""
    """Shown in the demo, so that a newcomer finds the mails."""
    sms_provider: SmsProvider = SmsProvider.NONE
    """Whether senders may ask for codes by SMS. The same as the envelopes worker's, which alone
    knows the rest."""
    download_days: int = DOWNLOAD_DAYS


class CommandSettings(ProcessSettings, DatabasePart):
    """Commands that need the database only: migrate, user."""
