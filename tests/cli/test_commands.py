"""The `musubi` command as a person meets it."""

from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from cli import main as entry
from cli.home import Home
from cli.main import COMMANDS, SHORT_HELP, main
from domain.events import Event
from domain.kinds import Role
from signing.confine import Confinement, Isolation
from storage import operations
from storage.database import open_database
from storage.migrations import upgrade
from storage.people import NewMember, create_member, create_organisation
from storage.tables import Member, MemberPasskey, Organisation, SsoDomain


def run(*words: str) -> str:
    result = CliRunner().invoke(main, words)
    return f"{result.exit_code} {result.output}"


def test_help_names_every_command_without_loading_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "import_module", lambda _name: pytest.fail("loaded a command"))
    shown = run("--help")
    assert all(name in shown for name in COMMANDS)
    assert SHORT_HELP.keys() == COMMANDS.keys()


def test_a_missing_room_makes_only_its_command_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(COMMANDS, "verify", "cli.nowhere:verify")
    assert run("verify", "a.pdf").startswith("1 Error: `musubi verify` is not available here")
    assert run("migrate", "--home", str(tmp_path)).startswith("0 ")


def test_a_member_can_be_added_listed_and_disabled(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    run("migrate", *home)
    whom = ("--name", "花子", "--organisation", "市")
    added = run("user", "add", "Hanako@City.example", *whom, *home)
    assert added.startswith("0 hanako@city.example  ")
    assert "hanako@city.example\t花子\t市\tclerk\tactive" in run("user", "list", *home)
    again = run("user", "add", "hanako@city.example", *whom, *home)
    assert again.startswith("1 Error: hanako@city.example")
    run("user", "disable", "hanako@city.example", *home)
    assert "hanako@city.example\t花子\t市\tclerk\tdisabled" in run("user", "list", *home)


def test_the_only_administrator_is_disabled_with_force_alone_and_the_log_says_who_was(
    tmp_path: Path,
) -> None:
    home = ("--home", str(tmp_path))
    run("migrate", *home)
    whom = ("--name", "花子", "--organisation", "市", *home)
    for mail, role in (("clerk", "clerk"), ("first", "admin"), ("second", "admin")):
        run("user", "add", f"{mail}@city.example", "--role", role, *whom)
    for mail in ("clerk", "first"):
        assert run("user", "disable", f"{mail}@city.example", *home).startswith("0 ")
    for mail in ("clerk", "second"):  # disabled already, and the only one
        assert run("user", "disable", f"{mail}@city.example", *home).startswith("1 Error: ")
    assert run("user", "list", *home).count("active") == 1
    assert run("user", "disable", "second@city.example", "--force", *home).startswith("0 ")
    database = open_database(Home(tmp_path).database_url)
    with database.reading() as session:
        members = {row.id: row.mail.partition("@")[0] for row in session.query(Member)}
        rows = operations.search(
            session, session.query(Organisation).one().id, operations.Search(), 1
        ).rows
        left = [row for row in rows if row.tag == Event.MEMBER_RETIRED]
        assert {row.actor for row in left} == {"system"}
        names = [members[UUID(row.data["member"])] for row in left]
        assert sorted(names) == ["clerk", "first", "second"]
        assert all(row.retired_at and row.revision for row in session.query(Member))
    database.close()


def test_a_name_that_two_organisations_have_names_none_of_them(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    run("migrate", *home)
    for mail, name in (("a", "市"), ("b", "村")):
        whom = ("--name", "花子", "--organisation", name, "--role", "admin")
        run("user", "add", f"{mail}@city.example", *whom, *home)
    database = open_database(Home(tmp_path).database_url)
    with database.transaction() as session:  # its administrator says that it is called so
        ids = {row.name: row.id for row in session.query(Organisation)}
        session.query(Organisation).filter_by(name="村").one().name = "市"
    mine, another = str(ids["市"]), str(ids["村"])
    add = ("user", "add", "c@city.example", "--name", "太郎", *home)
    for refused in (
        run("user", "lift-networks", "市", *home),
        run("sso", "domain", "市", "city.example", *home),
        run("sso", "lift", "市", *home),
        run(*add, "--organisation", "市"),
    ):
        assert refused.startswith("1 Error: 市")
        assert mine in refused
        assert another in refused
        assert "b@city.example" in refused
    for done in (
        run("user", "lift-networks", mine, *home),
        run("sso", "domain", mine, "city.example", *home),
        run("sso", "lift", mine, *home),
        run(*add, "--organisation", mine),
    ):
        assert done.startswith("0 ")
    with database.reading() as session:
        assert session.query(SsoDomain).one().organisation_id == ids["市"]
        added = session.query(Member).filter_by(mail="c@city.example").one()
        assert added.organisation_id == ids["市"]
    database.close()
    unknown = str(uuid4())
    assert run("sso", "lift", unknown, *home).startswith("1 Error: ")
    assert run(*add, "--organisation", unknown).startswith("1 Error: ")


def test_the_last_who_comes_in_without_single_sign_on_is_not_taken_away_in_silence(
    tmp_path: Path,
) -> None:
    home = ("--home", str(tmp_path))
    run("migrate", *home)
    whom = ("--name", "花子", "--organisation", "市", "--role", "admin", *home)
    for mail in ("first", "second"):
        run("user", "add", f"{mail}@city.example", *whom)
    database = open_database(Home(tmp_path).database_url)
    with database.transaction() as session:
        first = session.query(Member).filter_by(mail="first@city.example").one()
        first.totp_sealed = b"sealed"
        city = session.query(Organisation).one()
        city.sso_mode, city.sso_exempt = "demanded", [str(first.id)]
    database.close()
    refused = run("user", "disable", "first@city.example", *home)
    assert refused.startswith("1 Error: ")
    assert "musubi sso lift" in refused
    assert "musubi sso lift" in run("user", "reset-factors", "first@city.example", *home)
    assert run("user", "disable", "first@city.example", *home).startswith("0 ")


def test_a_password_of_nobody_cannot_be_reset(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    run("migrate", *home)
    assert run("user", "reset-password", "nobody@city.example", *home).startswith("1 Error")
    assert run("user", "reset-factors", "nobody@city.example", *home).startswith("1 Error")


def test_an_organisation_that_locked_itself_out_is_let_in_again(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    run("migrate", *home)
    run("user", "add", "hanako@city.example", "--name", "花子", "--organisation", "市", *home)
    assert run("user", "lift-networks", "市", *home) == "0 市: lifted\n"
    assert run("user", "lift-networks", "村", *home).startswith("1 Error: 村")
    assert run("sso", "domain", "市", "City.Example", *home) == "0 市: city.example\n"
    assert run("sso", "domain", "市", "市", *home).startswith("1 Error:")
    assert run("sso", "domain", "市", "city.example", "--remove", *home).startswith("0 市")
    assert run("sso", "domain", "市", "city.example", "--remove", *home).startswith("1 Error:")
    assert run("sso", "lift", "市", *home) == "0 市: lifted\n"
    assert run("sso", "lift", "村", *home).startswith("1 Error: 村")


def test_doctor_names_what_others_may_read(tmp_path: Path) -> None:
    from cli.checks.home import check_home

    home = Home(tmp_path / "var")
    home.create()
    (home.secrets / "web.key").chmod(0o644)
    problems = [finding.words for finding in check_home(Home(home.path)) if not finding.fine]
    assert any("web.key" in words for words in problems)
    assert any("signing.pin" in words for words in problems)
    assert any("musubi migrate" in words for words in problems)


def test_doctor_counts_the_passkeys_of_a_host_that_was_left(tmp_path: Path) -> None:
    from cli.checks.home import check_home

    home = Home(tmp_path / "var")
    home.create()
    upgrade(home.database_url)
    database = open_database(home.database_url)
    with database.transaction() as session:
        now = datetime.now(UTC)
        organisation = create_organisation(session, "市", now)
        wanted = NewMember("a@city.example", "青葉", "hash", [Role.CLERK])
        member = create_member(session, organisation.id, wanted, now)
        hosts = {"localhost": None, "old.city.example": None, "older.city.example": now}
        for host, removed_at in hosts.items():
            passkey = MemberPasskey(
                id=uuid4(),
                member_id=member.id,
                rp_id=host,
                credential_sha256=sha256(host.encode()).hexdigest(),
                credential_id="",
                public_key="",
                sealed=b"",
                name="鍵",
                registered_at=now,
                removed_at=removed_at,
                sign_count=0,
            )
            session.add(passkey)
    database.close()
    notes = [finding.words for finding in check_home(home) if finding.note]
    assert notes == [
        "1 passkey(s) were made for another host than localhost and open nothing",
    ]


@pytest.mark.parametrize(
    ("network", "files", "mark"),
    [
        (Isolation.NAMESPACE, True, "ok"),
        (Isolation.USER_NAMESPACE, True, "ok"),
        (Isolation.NONE, True, "note"),
        (Isolation.NAMESPACE, False, "note"),
    ],
)
def test_doctor_says_what_children_are_not_kept_from(
    network: Isolation, files: bool, mark: str
) -> None:
    from cli.checks.confinement import judge

    finding = judge(Confinement(network, files))
    assert finding.fine
    assert finding.mark.split()[1] == mark


@pytest.mark.local_sockets
def test_up_names_the_ports_that_somebody_else_uses(tmp_path: Path) -> None:
    import socket

    home = Home(tmp_path / "var").with_free_ports()
    taken = (home.ports.web, home.ports.lmtp)
    with ExitStack() as servers:
        for port in taken:
            servers.enter_context(socket.create_server(("127.0.0.1", port)))
        said = run("up", "--home", str(tmp_path / "var"))
    assert said.startswith("1 Error: These ports are taken by another program:")
    assert f"{home.ports.web} (web: pages)" in said
    assert f"{home.ports.lmtp} (envelopes: lmtp)" in said
    assert str(home.config_file) in said
