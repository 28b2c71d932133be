"""TLS and login towards the next server: names and chains are verified, or no mail goes out."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from domain.kinds import NoticeKind
from domain.ports.notices import MailDelayed
from notices.postman import SmtpPostman
from tests.notices.builders import NOTICE, PATHS, TOKEN, composer, notice

pytestmark = pytest.mark.local_sockets

USER, PASSWORD = "musubi", "correct horse"


class Inbox:
    """Keeps what it is given, and how it came."""

    def __init__(self) -> None:
        self.mails: list[tuple[str | None, bool, bool]] = []
        self.logins: list[bool] = []

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(session.ssl is not None)
        return AuthResult(success=right, handled=False)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert server.transport is not None
        encrypted = session.ssl is not None or server.transport.get_extra_info("sslcontext")
        mail = (envelope.mail_from, bool(encrypted), bool(session.authenticated))
        self.mails.append(mail)
        return "250 taken"


def certificate(folder: Path, name: str, *, expired: bool = False) -> tuple[Path, Path]:
    """A self-made certificate for the loopback address, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now + timedelta(days=-10 if expired else 10))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name)]
                + ([x509.IPAddress(ip_address("127.0.0.1"))] if name == "localhost" else [])
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    certificate_file.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file


class Server(Controller):
    """aiosmtpd's own, told which certificate it has and how TLS begins."""

    def __init__(self, inbox: Inbox, files: tuple[Path, Path], *, implicit: bool) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        self.inbox = inbox
        self.ca_file = files[0]
        begins: dict[str, Any] = (
            {"ssl_context": context}
            if implicit
            else {"tls_context": context, "require_starttls": True}
        )
        super().__init__(
            inbox,
            hostname="127.0.0.1",
            port=0,
            authenticator=inbox.login,
            auth_required=not implicit,
            **begins,
        )

    def _trigger_server(self) -> None:
        """The base class asks for the port that was wished for; ours was left to the system."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # it has no annotations


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    wishes: dict[str, Any] = getattr(request, "param", {})
    files = certificate(
        tmp_path, wishes.get("name", "localhost"), expired=wishes.get("expired", False)
    )
    running = Server(Inbox(), files, implicit=wishes.get("implicit", False))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def deliver(server: Server, **settings: Any) -> None:
    words: dict[str, Any] = {
        "starttls": True,
        "ca_file": server.ca_file,
        "host": "127.0.0.1",
    } | settings
    postman = SmtpPostman(port=server.port, returns=PATHS, timeout=5, **words)
    postman.deliver(composer().compose(notice(NoticeKind.REQUEST), TOKEN), NOTICE)


def test_a_mail_goes_out_encrypted_after_login_with_a_return_path_of_its_own(
    server: Server, password_file: Path
) -> None:
    deliver(server, user=USER, password_file=password_file)
    assert server.inbox.mails == [(PATHS.of_notice(NOTICE), True, True)]
    assert server.inbox.logins == [True]


def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    server: Server, password_file: Path
) -> None:
    with pytest.raises(MailDelayed, match="SSLCertVerificationError"):
        deliver(server, ca_file=None, user=USER, password_file=password_file)
    assert (server.inbox.mails, server.inbox.logins) == ([], [])


@pytest.mark.parametrize(
    "server", [{"name": "other.example"}, {"expired": True}], indirect=True, ids=str
)
def test_another_hosts_or_an_expired_certificate_is_not_trusted(
    server: Server, password_file: Path
) -> None:
    with pytest.raises(MailDelayed, match="SSLCertVerificationError"):
        deliver(server, user=USER, password_file=password_file)
    assert (server.inbox.mails, server.inbox.logins) == ([], [])


@pytest.mark.parametrize("server", [{"implicit": True}], indirect=True)
def test_tls_from_the_first_byte_works_and_is_verified_too(server: Server) -> None:
    deliver(server, starttls=False, implicit_tls=True)
    assert [encrypted for _, encrypted, _ in server.inbox.mails] == [True]
    with pytest.raises(MailDelayed, match="SSLCertVerificationError"):
        deliver(server, starttls=False, implicit_tls=True, ca_file=None)


def test_a_wrong_password_delays_the_mail_until_an_operator_mends_it(
    server: Server, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("guess")
    with pytest.raises(MailDelayed, match="smtp 535"):
        deliver(server, user=USER, password_file=wrong)
    assert server.inbox.mails == []


def test_a_server_that_demands_tls_gets_no_mail_in_clear(server: Server) -> None:
    with pytest.raises(MailDelayed):
        deliver(server, starttls=False)
    assert server.inbox.mails == []


def test_a_password_never_crosses_a_network_in_clear(
    server: Server, password_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notices.postman._is_this_machine", lambda host: False)
    with pytest.raises(MailDelayed, match="ClearTextLogin"):
        deliver(server, starttls=False, user=USER, password_file=password_file)
    assert server.inbox.logins == []
