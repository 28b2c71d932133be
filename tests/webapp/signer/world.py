"""An envelope in a real database, a vault in memory, and the web app in front of both."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.kinds import LinkPurpose
from domain.limits import ACT_ANSWER_SECONDS
from domain.messages import ActAnswer
from identity.links import LinkMinter, token_sha256
from runtime.settings import WebSettings
from storage import seals
from storage.database import Database, open_database
from storage.datakeys import OwnedKey
from storage.tables import (
    Base,
    Blob,
    DataKey,
    Document,
    Envelope,
    Link,
    Member,
    Organisation,
    Participant,
    Party,
    Revision,
    Slot,
    SlotCandidate,
    Stage,
)
from storage.vault import Vault
from webapp.app import create_app
from webapp.state import WebState

MINTER = LinkMinter(b"k" * 32)
HOST = "http://localhost:8080"


class MemoryVault:
    """Bytes by blob id, in pieces of 1000."""

    def __init__(self) -> None:
        self.blobs: dict[UUID, bytes] = {}

    def read_range(self, session: Session, blob_id: UUID, start: int, end: int) -> Iterator[bytes]:
        data = self.blobs[blob_id][start:end]
        for at in range(0, len(data), 1000):
            yield data[at : at + 1000]

    def read(self, session: Session, blob_id: UUID) -> bytes:
        return self.blobs[blob_id]

    def put(self, session: Session, owner: UUID, data: bytes) -> UUID:
        from tests.webapp.signer.fields import store

        return store(session, self.blobs, owner, data)

    def upload(self, owner: UUID, limit: int) -> Any:
        from tests.webapp.signer.fields import MemoryUpload

        return MemoryUpload(self.blobs, owner, limit)

    def seal(
        self, session: Session, owner_kind: str, owner_id: UUID, plaintext: bytes, context: bytes
    ) -> bytes:
        return seals.seal(_owned(owner_kind, owner_id), plaintext, context)

    def unseal(
        self, session: Session, owner_kind: str, owner_id: UUID, sealed: bytes, context: bytes
    ) -> bytes:
        return seals.unseal(_owned(owner_kind, owner_id), sealed, context)

    # The real one asks only `unseal`, which is this class's own.
    vouches = Vault.vouches


def _owned(owner_kind: str, owner_id: UUID) -> OwnedKey:
    return OwnedKey(UUID(int=0), owner_kind, owner_id, b"k" * 32)


@dataclass
class FakeGateway:
    """Answers as told, and remembers what it was told."""

    answer: ActAnswer | None = None
    submitted: list[tuple[UUID, UUID]] = field(default_factory=list)

    def submit(
        self, envelope_id: UUID, act_id: UUID, seconds: float = ACT_ANSWER_SECONDS
    ) -> ActAnswer | None:
        self.submitted.append((envelope_id, act_id))
        return self.answer


@dataclass
class World:
    """One envelope with two documents and two signers asked in parallel."""

    database: Database
    vault: MemoryVault
    gateway: FakeGateway
    app: Flask
    envelope_id: UUID
    member_id: UUID
    participants: list[UUID]
    slots: list[UUID]
    links: list[UUID]
    documents: list[UUID]

    @property
    def vault_for_web(self) -> Vault:
        """The vault, typed as what it stands in for."""
        return cast("Vault", self.vault)

    def change(self, table: type[Base], key: UUID, **values: object) -> None:
        """Set columns of a row, as a worker would."""
        with self.database.transaction() as session:
            row = session.get_one(table, key)
            for name, value in values.items():
                setattr(row, name, value)

    def token(self, person: int = 0, purpose: LinkPurpose = LinkPurpose.ACT) -> str:
        """The token that the mail to a participant carries."""
        link = self.links[person] if purpose is LinkPurpose.ACT else self.download_link(person)
        return MINTER.token(link, 1)

    def download_link(self, person: int = 0) -> UUID:
        """Finish the envelope and issue the link of the completion mail, once."""
        with self.database.transaction() as session:
            envelope = session.get_one(Envelope, self.envelope_id)
            if envelope.state != "done":
                envelope.state, envelope.ended_at = "done", datetime.now(UTC)
                envelope.download_until = datetime.now(UTC) + timedelta(days=14)
                for slot in self.slots:
                    row = session.get_one(Slot, slot)
                    row.state, row.participant_id = (
                        "done",
                        self.participants[self.slots.index(slot)],
                    )
            participant = self.participants[person]
            found = session.query(Link).filter_by(participant_id=participant, purpose="download")
            link = found.one_or_none() or _issue(session, participant, LinkPurpose.DOWNLOAD)
            return link.id

    def client(self) -> FlaskClient:
        """A browser of its own."""
        client = self.app.test_client()
        client.environ_base["HTTP_HOST"] = "localhost:8080"
        client.environ_base["wsgi.url_scheme"] = "https"
        return client

    def enter(self, client: FlaskClient, person: int = 0) -> str:
        """Open the mailed link by POST; the visit's id."""
        answer = client.post(f"/l/{self.token(person)}")
        assert answer.status_code == 303, answer.text
        return str(answer.location).rstrip("/").rpartition("/")[2]

    def word(self, number: int, *texts: str | None) -> None:
        """Give a document, from 0, the words of its pages."""
        with self.database.transaction() as session:
            document = session.get_one(Document, self.documents[number])
            key = session.query(DataKey).filter_by(owner_id=document.id).one()
            data = json.dumps(texts).encode()
            document.text_blob_id = _store(session, self.vault, key, data).id

    def count(self, table: type[Base]) -> int:
        """Rows of a table."""
        with self.database.reading() as session:
            return session.query(table).count()


def _issue(session: Session, participant: UUID, purpose: LinkPurpose) -> Link:
    link = Link(
        id=uuid4(), participant_id=participant, purpose=purpose.value, issued_at=datetime.now(UTC)
    )
    session.add(link)
    link.token_sha256 = token_sha256(MINTER.token(link.id, 1))
    session.flush()
    return link


def _store(session: Session, vault: MemoryVault, key: DataKey, data: bytes) -> Blob:
    blob = Blob(
        id=uuid4(),
        data_key_id=key.id,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        shared=[],
        created_at=datetime.now(UTC),
    )
    session.add(blob)
    session.flush()
    vault.blobs[blob.id] = data
    return blob


def _add_document(
    session: Session, vault: MemoryVault, envelope: Envelope, position: int, title: str, data: bytes
) -> UUID:
    now = datetime.now(UTC)
    document = Document(
        id=uuid4(),
        envelope_id=envelope.id,
        position=position,
        title=title,
        file_name=f"{title}.pdf",
        state="ready",
        size=len(data),
        pages=2,
        page_sizes=[[595, 842], [595, 842]],
        created_at=now,
    )
    session.add(document)
    key = DataKey(
        owner_kind="document", owner_id=document.id, wrapped=b"", wrapping_key="", created_at=now
    )
    session.add(key)
    session.flush()
    pictures = [_store(session, vault, key, b"\x89PNG" + bytes([n]) * 10) for n in (1, 2)]
    document.thumbnail_blob_ids = [str(picture.id) for picture in pictures]
    for number, content in enumerate((data, data + b"\nsigned")):
        blob = _store(session, vault, key, content)
        session.add(
            Revision(
                document_id=document.id,
                version=1,
                number=number,
                kind="version" if number == 0 else "signature",
                blob_id=blob.id,
                sha256=blob.sha256,
                size=blob.size,
                created_at=now,
            )
        )
    return document.id


def _add_people(session: Session, envelope: Envelope) -> tuple[list[UUID], list[UUID]]:
    own = Party(id=uuid4(), envelope_id=envelope.id, kind="own", name="結市")
    other = Party(id=uuid4(), envelope_id=envelope.id, kind="counterparty", name="株式会社山田組")
    stage = Stage(
        id=uuid4(),
        envelope_id=envelope.id,
        version=1,
        position=0,
        need=2,
        opened_at=datetime.now(UTC),
    )
    session.add_all([own, other, stage])
    session.flush()
    people, slots = [], []
    for position, (name, party) in enumerate((("山田 太郎", other), ("鈴木 一郎", own))):
        person = Participant(
            id=uuid4(),
            envelope_id=envelope.id,
            party_id=party.id,
            kind="signer",
            position=position,
            name=name,
            mail=f"p{position}@example.jp",
            company=party.name,
        )
        slot = Slot(
            id=uuid4(),
            envelope_id=envelope.id,
            stage_id=stage.id,
            position=position,
            kind="sign",
            state="asked",
            asked_at=datetime.now(UTC),
        )
        session.add_all([person, slot])
        session.flush()
        session.add(SlotCandidate(slot_id=slot.id, participant_id=person.id))
        people.append(person.id)
        slots.append(slot.id)
    return people, slots


def settings_for(folder: Path, database_url: str) -> WebSettings:
    """Settings whose files exist."""
    key = folder / "web.key"
    key.write_bytes(b"w" * 32)
    values: dict[str, Any] = {
        "database_url": database_url,
        "base_url": HOST,
        "codec_key_file": key,
        "blob_dir": folder,
        "vault_pin_file": key,
        "web_key_file": key,
        "check_key_file": key,
        "link_tries_per_minute": 1000,
    }
    return WebSettings(**values)


def build_world(folder: Path, database_url: str, contents: tuple[tuple[str, bytes], ...]) -> World:
    """A new world in `folder` and a database with tables; `contents` are titles and bytes of the
    documents."""
    settings = settings_for(folder, database_url)
    database = open_database(settings.database_url)
    vault, gateway, now = MemoryVault(), FakeGateway(), datetime.now(UTC)
    with database.transaction() as session:
        organisation = Organisation(
            id=uuid4(),
            name="結市",
            name_en="Musubi City",
            contact_department="契約課",
            contact_phone="03-1234-5678",
            contact_mail="keiyaku@musubi.test",
            created_at=now,
        )
        session.add(organisation)
        session.flush()
        member = Member(
            id=uuid4(),
            organisation_id=organisation.id,
            mail="clerk@musubi.test",
            name="田中",
            password_hash="",
            created_at=now,
        )
        session.add(member)
        session.flush()
        envelope = Envelope(
            id=uuid4(),
            organisation_id=organisation.id,
            number="5050000111",
            title="業務委託契約",
            message="ご確認をお願いします。",
            state="running",
            created_by=member.id,
            created_at=now,
            changed_at=now,
            sent_at=now,
            deadline_at=now + timedelta(days=30),
        )
        session.add(envelope)
        session.flush()
        people, slots = _add_people(session, envelope)
        links = [_issue(session, person, LinkPurpose.ACT).id for person in people]
        documents = [
            _add_document(session, vault, envelope, position, title, data)
            for position, (title, data) in enumerate(contents)
        ]
    state = WebState(
        settings,
        lambda: database,
        lambda _: cast("Any", vault),
        lambda: cast("Any", gateway),
    )
    app = create_app(settings, state)
    app.config["WTF_CSRF_ENABLED"] = False
    return World(
        database, vault, gateway, app, envelope.id, member.id, people, slots, links, documents
    )


LONG = b"%PDF-1.7 " + bytes(range(256)) * 20


def small_world(folder: Path, database_url: str) -> World:
    """Two documents that no reader would open, good for everything but looking at them."""
    return build_world(folder, database_url, (("機密保持契約書", LONG), ("覚書", b"%PDF-1.7 x")))
