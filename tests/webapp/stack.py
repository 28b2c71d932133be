"""A municipality with members, in front of a real database and a real vault.

Only the HSM (a key in memory) and Temporal (a gateway that remembers) are stand-ins.
"""

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from domain.kinds import DocumentState, Role
from domain.limits import ACT_ANSWER_SECONDS
from domain.messages import ActAnswer
from runtime.settings import WebSettings
from storage import people
from storage.database import Database, open_database
from storage.migrations import upgrade
from storage.tables import Blob, Chain, Document, Envelope, Member, Organisation
from storage.vault import BlobFiles, Vault
from webapp.app import create_app
from webapp.gateway import GatewayUnavailable, OpenWorkflow, PendingStep
from webapp.state import WebState

HOST = "http://localhost:8080"
PASSWORD = "correct horse battery"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Cheap, because hundreds of tests log in."""
PDF = b"%PDF-1.7\n" + b"a contract in clear " * 50
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


class MemoryKeys:
    """Wraps data keys with a key that no HSM guards."""

    def wrap(self, kek_label: str, key: bytes) -> bytes:
        return aes_key_wrap(b"k" * 32, key)

    def unwrap(self, kek_label: str, wrapped: bytes) -> bytes:
        return aes_key_unwrap(b"k" * 32, wrapped)


@dataclass
class SilentGateway:
    """Remembers acts, answers as told, and may be away."""

    answer: ActAnswer | None = None
    away: bool = False
    steps: list[PendingStep] = field(default_factory=list)
    looked_into: list[str] = field(default_factory=list)
    submitted: list[tuple[UUID, UUID]] = field(default_factory=list)

    def submit(
        self, envelope_id: UUID, act_id: UUID, seconds: float = ACT_ANSWER_SECONDS
    ) -> ActAnswer | None:
        self.submitted.append((envelope_id, act_id))
        return self.answer

    def pending(self, workflow_id: str) -> list[PendingStep]:
        self.looked_into.append(workflow_id)
        return self.steps

    def open_workflows(self, limit: int = 200) -> list[OpenWorkflow]:
        if self.away:
            raise GatewayUnavailable("test")
        return []


@dataclass
class Office:
    """One installation with two organisations."""

    folder: Path
    settings: WebSettings
    database: Database
    vault: Vault
    gateway: SilentGateway
    app: Flask
    organisation: UUID
    members: dict[str, Member]
    chain: UUID

    def browser(self, name: str = "") -> FlaskClient:
        """A browser of its own; with a member's name it is logged in."""
        client = self.app.test_client()
        client.environ_base["HTTP_HOST"] = "localhost:8080"
        if name:
            answer = self.log_in(client, self.members[name].mail)
            assert answer.status_code == 303, answer.text
        return client

    def log_in(self, client: FlaskClient, mail: str, password: str = PASSWORD) -> TestResponse:
        return client.post("/login", data={"mail": mail, "password": password})

    def draft(self, client: FlaskClient) -> str:
        """A new draft's path, `/envelopes/<id>`."""
        answer = client.post("/envelopes/new")
        assert answer.status_code == 303
        return str(answer.location)

    def accept_documents(self, pages: int = 2) -> None:
        """What the documents worker does, without looking."""
        with self.database.transaction() as session:
            for row in session.query(Document).filter_by(state=DocumentState.CHECKING.value):
                row.state, row.pages = DocumentState.READY.value, pages
                blob = self.vault.put(session, row.id, PNG)
                row.thumbnail_blob_ids = [str(blob)] * pages
                row.page_sizes = [[595, 842]] * pages

    def sent(self, client: FlaskClient, **changes: str) -> str:
        """A sent envelope's path."""
        path = self.draft(client)
        upload(client, path, ("契約書.pdf", PDF))
        self.accept_documents()
        client.post(f"{path}/draft", data=form(action="confirm", **changes))
        answer = send(client, path)
        assert answer.status_code == 303
        return path

    def change(self, path: str, **values: object) -> None:
        """Set columns of an envelope, as a worker would."""
        with self.database.transaction() as session:
            row = session.get_one(Envelope, UUID(path.rpartition("/")[2]))
            for name, value in values.items():
                setattr(row, name, value)

    def count(self, table: type) -> int:
        with self.database.reading() as session:
            return session.query(table).count()


def form(**changes: str) -> dict[str, str]:
    """A whole draft form for two signers, one of each side, who need not both be there."""
    return {
        "title": "令和8年度 清掃業務委託契約書",
        "message": "ご確認をお願いします。",
        "deadline_days": "30",
        "order": "sequence",
        "purpose": "one_sided",
        "chain_id": "",
        "people-0-name": "山田 太郎",
        "people-0-mail": "taro@yamada.example",
        "people-0-party": "counterparty",
        "people-0-company": "株式会社山田組",
        "people-0-kind": "signer",
        "people-0-language": "ja",
        "people-1-name": "鈴木 一郎",
        "people-1-mail": "suzuki@city.example",
        "people-1-party": "own",
        "people-1-company": "契約課",
        "people-1-kind": "signer",
        "people-1-language": "en",
    } | changes


def upload(client: FlaskClient, path: str, *files: tuple[str, bytes]) -> TestResponse:
    """Upload as the page's script does."""
    parts = [FileStorage(io.BytesIO(content), name, "files") for name, content in files]
    return post_multipart(client, f"{path}/documents", {"files": parts}, {"HX-Request": "true"})


def post_multipart(
    client: FlaskClient,
    path: str,
    values: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> TestResponse:
    """A multipart body made in memory; the test client's own would need a temporary file."""
    boundary, body = encode_multipart(MultiDict(values))
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(path, data=body, content_type=kind, headers=headers)


def send(client: FlaskClient, path: str) -> TestResponse:
    """Read the summary, then send what it shows."""
    summary = client.get(f"{path}/confirm").text
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', summary)
    assert found, summary
    return client.post(f"{path}/send", data={"shown": found[1]})


def web_settings(folder: Path, database_url: str, **changes: object) -> WebSettings:
    key = folder / "web.key"
    key.write_bytes(b"w" * 32)
    values: dict[str, Any] = {
        "database_url": database_url,
        "base_url": HOST,
        "codec_key_file": key,
        "blob_dir": folder / "blobs",
        "vault_pin_file": key,
        "web_key_file": key,
        "check_key_file": key,
        "run_dir": folder,
    }
    return WebSettings(**(values | changes))


def sqlite_in(folder: Path) -> str:
    """The URL of a database with all tables, for a second office beside a test's own."""
    url = f"sqlite:///{folder / 'musubi.db'}"
    upgrade(url)
    return url


def build_office(folder: Path, database_url: str, **changes: object) -> Office:
    """Two organisations: the first with a member of each role and a chain."""
    settings = web_settings(folder, database_url, **changes)
    database = open_database(settings.database_url)
    (folder / "blobs").mkdir()
    vault = Vault(database, BlobFiles(folder / "blobs"), MemoryKeys(), "kek")
    gateway = SilentGateway()
    now = datetime.now(UTC)
    with database.transaction() as session:
        city = people.create_organisation(session, "結市", now, name_en="Musubi City")
        other = people.create_organisation(session, "隣町", now)
        city.contact_phone = other.contact_phone = "03-1234-5678"
        members = {
            name: _member(session, organisation, name, roles)
            for name, organisation, roles in (
                ("clerk", city, [Role.CLERK]),
                ("admin", city, [Role.ADMIN, Role.CLERK]),
                ("operator", city, [Role.OPERATOR]),
                ("neighbour", other, [Role.ADMIN, Role.CLERK]),
            )
        }
        chain = _chain(session, city, members["admin"], now)
    state = WebState(
        settings,
        make_database=lambda: database,
        make_vault=lambda _: vault,
        make_gateway=lambda: cast("Any", gateway),
    )
    app = create_app(settings, state)
    app.config["WTF_CSRF_ENABLED"] = False
    return Office(folder, settings, database, vault, gateway, app, city.id, members, chain.id)


NAMES = {"clerk": "田中 花子", "admin": "佐藤 健", "operator": "高橋 誠", "neighbour": "隣野 人"}


def _member(session: Any, organisation: Organisation, name: str, roles: list[Role]) -> Member:
    new = people.NewMember(
        mail=f"{name}@city.example",
        name=NAMES[name],
        password_hash=PASSWORD_HASH,
        roles=roles,
        department="契約課",
    )
    return people.create_member(session, organisation.id, new, datetime.now(UTC))


def _chain(session: Any, city: Organisation, boss: Member, now: datetime) -> Chain:
    chain = Chain(
        organisation_id=city.id,
        name="契約課の標準ルート",
        version=1,
        definition={
            "stages": [
                {
                    "name": "課長承認",
                    "rule": "all",
                    "slots": [{"kind": "approve", "member_id": str(boss.id)}],
                }
            ]
        },
        created_at=now,
    )
    session.add(chain)
    session.flush()
    return chain


__all__ = ["HOST", "PASSWORD", "PDF", "Blob", "Office", "build_office", "form", "send", "upload"]
