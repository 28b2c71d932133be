"""The `musubi` command as a person meets it."""

from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from cli import main as entry
from cli.main import COMMANDS, SHORT_HELP, main
from domain.kinds import Role
from signing.confine import Confinement, Isolation
from storage.database import open_database
from storage.migrations import upgrade
from storage.people import NewMember, create_member, create_organisation
from storage.tables import MemberPasskey


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
    from cli.home import Home

    home = Home(tmp_path / "var")
    home.create()
    (home.secrets / "web.key").chmod(0o644)
    problems = [finding.words for finding in check_home(Home(home.path)) if not finding.fine]
    assert any("web.key" in words for words in problems)
    assert any("signing.pin" in words for words in problems)
    assert any("musubi migrate" in words for words in problems)


def test_doctor_counts_the_passkeys_of_a_host_that_was_left(tmp_path: Path) -> None:
    from cli.checks.home import check_home
    from cli.home import Home

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

    from cli.home import Home

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
