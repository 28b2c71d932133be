"""What the demo prints can be typed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.demo import CHANGED, login_lines
from domain.kinds import Role
from identity.passwords import hash_password
from storage.database import Database, open_database
from storage.migrations import upgrade
from storage.people import NewMember, create_member, create_organisation
from trial.seed import Login


@pytest.fixture
def database(tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path / 'musubi.db'}"
    upgrade(url)
    opened = open_database(url)
    with opened.transaction() as session:
        now = datetime.now(UTC)
        organisation = create_organisation(session, "市", now)
        for name in ("same", "other"):
            new = NewMember(f"{name}@city.test", name, hash_password("the-first-one"), [Role.CLERK])
            create_member(session, organisation.id, new, now)
    return opened


def test_only_passwords_that_work_are_shown(database: Database) -> None:
    same = Login("clerk", "same", "same@city.test", "the-first-one")
    changed = Login("admin", "other", "other@city.test", "an-older-one")
    gone = Login("signer", "gone", "gone@city.test", "whatever")
    lines = login_lines(database, [same, changed, gone])
    assert lines[0].endswith(" the-first-one")
    assert [line.endswith(CHANGED) for line in lines] == [False, True, True]


def test_a_database_of_somebody_else_has_no_logins_to_show(database: Database) -> None:
    assert "musubi user list" in login_lines(database, [])[0]
