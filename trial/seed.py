"""The demo's organisation: members with random passwords, an approval chain, a draft to begin with.

Seeding happens once per database; later calls read the logins that were made then.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.contacts import Contact
from domain.drafts import TypedDraft, TypedPerson
from domain.events import Event
from domain.kinds import Role, SlotKind, StageRule
from identity.passwords import hash_password
from runtime.files import write_private
from storage import ledger
from storage.contacts import add as add_contact
from storage.drafts import create_draft, save_draft
from storage.people import NewMember, create_member, create_organisation
from storage.tables import Chain, Member, Organisation
from storage.uploads import begin_upload, finish_upload
from trial.contract import TITLE, sample_contract

if TYPE_CHECKING:
    from storage.database import Database
    from storage.vault import Vault

PASSWORD_BYTES = 12
CHAIN = "通常契約"
CONTRACT_FILE = "業務委託契約書（見本）.pdf"


@dataclass(frozen=True)
class Login:
    """A member of the demo. `role` is a word for people."""

    role: str
    name: str
    mail: str
    password: str


@dataclass(frozen=True)
class _Person:
    role: str
    name: str
    mail: str
    department: str
    roles: tuple[Role, ...]


PEOPLE = (
    _Person("admin", "管理 一郎", "admin@musubi-city.test", "総務部", (Role.ADMIN, Role.CLERK)),
    _Person("clerk", "契約 花子", "clerk@musubi-city.test", "総務部契約課", (Role.CLERK,)),
    _Person(
        "approver", "承認 次郎", "approver@musubi-city.test", "総務部契約課長", (Role.APPROVER,)
    ),
    _Person("signer", "市長 太郎", "mayor@musubi-city.test", "結び市長", (Role.APPROVER,)),
    _Person("operator", "運用 三郎", "operator@musubi-city.test", "情報政策課", (Role.OPERATOR,)),
)


CONTACTS = (
    Contact(
        name="見本 花子", kana="ミホン ハナコ", mail="vendor@sample.test",
        company="株式会社サンプル", department="営業部", title="部長", postal_code="100-0001",
        address="東京都千代田区千代田1-1", phone="+81312345678",
    ),
    Contact(
        name="例示 次郎", kana="レイジ ジロウ", mail="jiro@example-cleaning.test",
        company="例示清掃有限会社", title="代表取締役", phone="+819012345678",
    ),
)  # fmt: skip
"""The address book's first two: the draft's vendor, and another."""


def seed(database: "Database", vault: "Vault", logins_file: Path) -> list[Login]:
    """Make the organisation if the database has none; return the demo's logins.

    `logins_file` (0600) keeps them. The list is empty for a database that somebody else filled.
    """
    with database.reading() as session:
        if session.scalar(select(Organisation.id).limit(1)) is not None:
            return _kept(logins_file)
    logins = [
        Login(person.role, person.name, person.mail, secrets.token_urlsafe(PASSWORD_BYTES))
        for person in PEOPLE
    ]
    # Before the members exist: a crash in between must leave no member without a known password.
    content = json.dumps([asdict(login) for login in logins], ensure_ascii=False, indent=1)
    write_private(logins_file, f"{content}\n".encode())
    with database.transaction() as session:
        _organisation(session, vault, logins)
    return logins


def _kept(logins_file: Path) -> list[Login]:
    if not logins_file.exists():
        return []
    return [Login(**entry) for entry in json.loads(logins_file.read_text(encoding="utf-8"))]


def _organisation(session: Session, vault: "Vault", logins: list[Login]) -> None:
    now = datetime.now(UTC)
    organisation = create_organisation(session, "結び市", now, name_en="Musubi City")
    organisation.contact_department = "総務部契約課"
    organisation.contact_phone = "0120-000-000"
    organisation.contact_mail = "keiyaku@musubi-city.test"
    organisation.late_downloads = True
    members = {
        person.role: _member(session, organisation, person, login.password, now)
        for person, login in zip(PEOPLE, logins, strict=True)
    }
    chain = _chain(session, organisation, members, now)
    for contact in CONTACTS:
        add_contact(session, members["clerk"], contact, now)
    _draft(session, vault, members["clerk"], chain, now)
    ledger.append(
        session,
        Event.SYSTEM_SEEDED,
        at=now,
        actor="system",
        organisation_id=organisation.id,
        data={"members": len(members)},
    )


def _member(
    session: Session, organisation: Organisation, person: _Person, password: str, now: datetime
) -> Member:
    new = NewMember(
        mail=person.mail,
        name=person.name,
        password_hash=hash_password(password),
        roles=person.roles,
        department=person.department,
    )
    return create_member(session, organisation.id, new, now)


def _chain(
    session: Session, organisation: Organisation, members: dict[str, Member], now: datetime
) -> Chain:
    """The section's head approves, then the mayor signs; the vendor's people follow."""
    stages = (
        ("課長承認", SlotKind.APPROVE, members["approver"]),
        ("市長署名", SlotKind.SIGN, members["signer"]),
    )
    chain = Chain(
        organisation_id=organisation.id,
        name=CHAIN,
        version=1,
        definition={
            "stages": [
                {
                    "name": name,
                    "rule": StageRule.ALL.value,
                    "slots": [{"kind": kind.value, "member_id": str(member.id)}],
                }
                for name, kind, member in stages
            ]
        },
        created_at=now,
    )
    session.add(chain)
    session.flush()
    return chain


def _draft(session: Session, vault: "Vault", clerk: Member, chain: Chain, now: datetime) -> None:
    envelope = create_draft(session, clerk, now)
    vendor = TypedPerson("見本 花子", "vendor@sample.test", "株式会社サンプル")
    typed = TypedDraft(
        title=TITLE,
        message="内容をご確認のうえ、電子署名をお願いいたします。",
        chain_id=str(chain.id),
        people=(vendor,),
    )
    save_draft(envelope, typed, now)
    upload = begin_upload(vault, CONTRACT_FILE)
    upload.write(sample_contract())
    finish_upload(session, envelope, upload, clerk, now)
