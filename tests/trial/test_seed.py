"""The demo's organisation is made once, and its logins work."""

import stat
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.kinds import Role
from identity.passwords import verify_password
from storage.chains import newest
from storage.database import Database, open_database
from storage.people import member_by_mail
from storage.tables import Contact, Document, Envelope, Member, Organisation
from storage.vault import BlobFiles, Vault
from trial.contract import sample_contract
from trial.seed import Login, seed


class PlainKeys:
    """A token that wraps nothing."""

    def wrap(self, kek_label: str, key: bytes) -> bytes:
        return key

    def unwrap(self, kek_label: str, wrapped: bytes) -> bytes:
        return wrapped


@pytest.fixture
def database(ready_url: str) -> Iterator[Database]:
    opened = open_database(ready_url)
    yield opened
    opened.close()


@pytest.fixture
def vault(database: Database, tmp_path: Path) -> Vault:
    return Vault(database, BlobFiles(tmp_path / "blobs"), PlainKeys(), "kek")


@pytest.fixture
def logins(database: Database, vault: Vault, tmp_path: Path) -> list[Login]:
    return seed(database, vault, tmp_path / "logins.json")


def test_every_login_works_and_has_its_role(database: Database, logins: list[Login]) -> None:
    roles = {}
    with database.reading() as session:
        for login in logins:
            member = member_by_mail(session, login.mail)
            assert member is not None
            assert verify_password(member.password_hash, login.password)
            roles[login.role] = set(member.roles)
    assert Role.ADMIN in roles["admin"]
    assert roles["clerk"] == {Role.CLERK}
    assert roles["operator"] == {Role.OPERATOR}
    # Whoever is given a password may use it: a member without a role has no page of his own.
    assert roles["approver"] == roles["signer"] == {Role.APPROVER}


def test_the_logins_are_kept_for_their_owner_only(logins: list[Login], tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "logins.json").stat().st_mode) == 0o600


def test_seeding_again_changes_nothing_and_tells_the_same_logins(
    database: Database, vault: Vault, logins: list[Login], tmp_path: Path
) -> None:
    assert seed(database, vault, tmp_path / "logins.json") == logins
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 1
        assert session.scalar(select(func.count()).select_from(Member)) == len(logins)


def test_a_database_that_somebody_filled_is_left_alone(
    database: Database, vault: Vault, logins: list[Login], tmp_path: Path
) -> None:
    assert seed(database, vault, tmp_path / "other.json") == []
    assert not (tmp_path / "other.json").exists()


def test_a_draft_with_the_sample_contract_and_the_chain_waits(
    database: Database, vault: Vault, logins: list[Login]
) -> None:
    with database.reading() as session:
        draft = session.scalars(select(Envelope)).one()
        chains = newest(session, draft.organisation_id, only_active=True)
        assert [chain.name for chain in chains] == ["通常契約"]
        assert UUID(draft.draft["chain_id"]) == chains[0].id
        assert session.scalar(select(func.count()).select_from(Contact)) == 2
        document = session.scalars(select(Document)).one()
        assert document.file_name == "業務委託契約書（見本）.pdf"


def test_the_sample_contract_is_one_page() -> None:
    from pypdfium2 import PdfDocument

    with PdfDocument(sample_contract()) as pdf:
        assert len(pdf) == 1
        assert "業務委託契約書" in pdf[0].get_textpage().get_text_range()
