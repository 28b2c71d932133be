"""What the demo prints can be typed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.demo import CHANGED, login_lines
from cli.home import Home
from domain.kinds import Role
from identity.passwords import hash_password
from storage.database import open_database
from storage.migrations import upgrade
from storage.people import NewMember, create_member, create_organisation
from trial.seed import Login


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    upgrade(made.database_url)
    database = open_database(made.database_url)
    with database.transaction() as session:
        now = datetime.now(UTC)
        organisation = create_organisation(session, "市", now)
        for name in ("same", "other"):
            new = NewMember(f"{name}@city.test", name, hash_password("the-first-one"), [Role.CLERK])
            create_member(session, organisation.id, new, now)
    database.close()
    return made


def test_only_passwords_that_work_are_shown(home: Home) -> None:
    same = Login("clerk", "same", "same@city.test", "the-first-one")
    changed = Login("admin", "other", "other@city.test", "an-older-one")
    gone = Login("signer", "gone", "gone@city.test", "whatever")
    lines = login_lines(home, [same, changed, gone])
    assert lines[0].endswith(" the-first-one")
    assert [line.endswith(CHANGED) for line in lines] == [False, True, True]


def test_a_database_of_somebody_else_has_no_logins_to_show(home: Home) -> None:
    assert "musubi user list" in login_lines(home, [])[0]
