"""Fields of both signers in the signer's world, and a way to post them."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.kinds import FieldKind
from domain.refusals import Refusal, RefusalCode
from storage.tables import Blob, DataKey, Field, Stamp
from tests.webapp.signer.world import World

KINDS = {
    FieldKind.TEXT: "所在地",
    FieldKind.MULTILINE: "備考",
    FieldKind.CHECKBOX: "個人情報の取扱いに同意する",
    FieldKind.RADIO: "課税区分",
    FieldKind.DROPDOWN: "支払方法",
    FieldKind.DATE: "契約開始日",
}
OPTIONS = {FieldKind.RADIO: ["課税", "免税"], FieldKind.DROPDOWN: ["振込", "現金"]}
GOOD = {
    FieldKind.TEXT: "東京都千代田区",
    FieldKind.MULTILINE: "一行目\r\n二行目",
    FieldKind.CHECKBOX: "on",
    FieldKind.RADIO: "免税",
    FieldKind.DROPDOWN: "振込",
    FieldKind.DATE: "令和8年11月25日",
}


@dataclass
class Placed:
    """Ids of the fields: all kinds for the first signer on document 1, a text on document 2; a
    text for the second signer on document 1."""

    mine: dict[FieldKind, str] = field(default_factory=dict)
    second: str = ""
    foreign: str = ""
    documents: list[str] = field(default_factory=list)

    def form(self, **changes: str) -> dict[str, str]:
        """Everything of document 1, well filled in; `changes` by kind."""
        values = {kind: changes.get(kind.value, GOOD[kind]) for kind in KINDS}
        return {
            "document": self.documents[0],
            "number": "1",
            "action": changes.get("action", "finish"),
            "look": changes.get("look", "name"),
            **{f"field-{self.mine[kind]}": value for kind, value in values.items() if value},
        }

    def other_form(self, value: str = "2階") -> dict[str, str]:
        return {
            "document": self.documents[1],
            "number": "2",
            "action": "finish",
            f"field-{self.second}": value,
        }


def place(world: World, *, visible: bool = True, required: bool = True) -> Placed:
    """Write the rows that sending writes."""
    placed = Placed(documents=[str(document) for document in world.documents])
    with world.database.transaction() as session:
        _signatures(session, world, visible)
        for number, kind in enumerate(KINDS, start=3):
            row = _field(world, number, kind, required=required, label=KINDS[kind])
            row.options = OPTIONS.get(kind, [])
            session.add(row)
            placed.mine[kind] = str(row.id)
        second = _field(world, 3, FieldKind.TEXT, document=1, label="階", required=required)
        foreign = _field(world, 9, FieldKind.TEXT, person=1, label="決裁番号")
        session.add_all([second, foreign])
        placed.second, placed.foreign = str(second.id), str(foreign.id)
    return placed


def _signatures(session: Session, world: World, visible: bool) -> None:
    for document in range(2):
        for person in range(2):
            row = _field(world, 1 + person, FieldKind.SIGNATURE, document=document, person=person)
            if not (visible and document == 0):
                row.rect = None
            session.add(row)


def _field(
    world: World, number: int, kind: FieldKind, *, document: int = 0, person: int = 0, **values: Any
) -> Field:
    return Field(
        id=uuid4(),
        document_id=world.documents[document],
        version=1,
        slot_id=world.slots[person],
        name=f"FIELD_{number:04d}",
        kind=kind.value,
        page=0,
        rect=[60, 60 + 60 * number, 200, 40],
        position=number,
        **values,
    )


def enter(client: FlaskClient, visit: str, data: dict[str, str], **more: Any) -> TestResponse:
    return client.post(f"/sign/{visit}/fields", data=data, **more)


def complete(client: FlaskClient, visit: str, placed: Placed) -> None:
    """Everything filled in."""
    enter(client, visit, placed.form())
    answer = enter(client, visit, placed.other_form())
    assert str(answer.location).endswith("/confirm"), answer.location


@dataclass
class MemoryUpload:
    """A file on its way into the vault in memory."""

    blobs: dict[UUID, bytes]
    owner: UUID
    limit: int
    data: bytes = b""

    def write(self, data: bytes) -> int:
        if len(self.data) + len(data) > self.limit:
            raise Refusal(RefusalCode.TOO_LARGE)
        self.data += data
        return len(data)

    def abandon(self) -> None:
        self.data = b""

    def finish(self, session: Session) -> Any:
        blob_id = store(session, self.blobs, self.owner, self.data)
        return type("Received", (), {"blob_id": blob_id})


def store(session: Session, blobs: dict[UUID, bytes], owner: UUID, data: bytes) -> UUID:
    now = datetime.now(UTC)
    key = DataKey(
        id=uuid4(), owner_kind="stamp", owner_id=uuid4(), wrapped=b"", wrapping_key="",
        created_at=now,
    )  # fmt: skip
    session.add(key)
    session.flush()
    blob = Blob(
        id=uuid4(), data_key_id=key.id, sha256=hashlib.sha256(data).hexdigest(), size=len(data),
        shared=[], created_at=now,
    )  # fmt: skip
    session.add(blob)
    session.flush()
    blobs[blob.id] = data
    return blob.id


def clean(world: World, image: bytes = b"\x89PNG clean") -> str:
    """What the documents worker does with the newest picture."""
    with world.database.transaction() as session:
        stamp = session.query(Stamp).order_by(Stamp.created_at.desc()).first()
        assert stamp is not None
        stamp.image_blob_id = store(session, world.vault.blobs, stamp.id, image)
        stamp.image_sha256 = hashlib.sha256(image).hexdigest()
        stamp.state = "ready"
        return str(stamp.id)
