"""A home: made once, private, and each process is told its own part only."""

import stat
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from cli.environment import PARTS, process_environment
from cli.home import Home
from cli.supervisor.probes import HttpProbe
from cli.supervisor.stack import web
from runtime.codec import read_keys
from runtime.settings import DocumentsSettings, EnvelopesSettings, SigningSettings, WebSettings

SETTINGS: dict[str, type[BaseSettings]] = {
    "envelopes": EnvelopesSettings,
    "documents": DocumentsSettings,
    "signing": SigningSettings,
    "web": WebSettings,
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "var")
    made.create()
    return Home(made.path)


def told(home: Home, process: str) -> dict[str, str]:
    environment = process_environment(home, process)
    return {name: value for name, value in environment.items() if name.startswith("MUSUBI_")}


def test_secrets_can_be_read_by_their_owner_only(home: Home) -> None:
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o700
    files = list(home.secrets.iterdir())
    assert {file.name for file in files} == {"check.key", "codec.key", "link.key", "web.key"}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_keys_are_random_and_long_enough(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.create()
    for name in ("check.key", "codec.key", "link.key", "web.key"):
        key = (home.secrets / name).read_bytes()
        assert len(key.strip()) >= 43
        assert key != (other.secrets / name).read_bytes()
    assert len(read_keys(home.secrets / "codec.key")) == 1


def test_creating_again_changes_nothing(home: Home) -> None:
    before = {file: file.read_bytes() for file in home.root.rglob("*") if file.is_file()}
    home.config_file.write_text("[ports]\nweb = 18080\n", encoding="utf-8")
    before[home.config_file] = home.config_file.read_bytes()
    Home(home.path).create()
    assert {file: file.read_bytes() for file in home.root.rglob("*") if file.is_file()} == before
    assert Home(home.path).base_url == "http://localhost:18080"


@pytest.mark.parametrize("process", sorted(SETTINGS))
def test_a_process_can_start_with_what_it_is_told(
    home: Home, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told(home, process).items():
        monkeypatch.setenv(name, value)
    settings = SETTINGS[process]()
    assert settings.model_dump()["process"] == process


@pytest.mark.parametrize("process", sorted(SETTINGS))
def test_a_process_is_told_nothing_that_it_has_no_setting_for(home: Home, process: str) -> None:
    fields = {f"MUSUBI_{name.upper()}" for name in SETTINGS[process].model_fields}
    assert set(told(home, process)) <= fields


@pytest.mark.parametrize(
    ("secret", "owners"),
    [
        ("signing.pin", {"signing"}),
        ("link.key", {"envelopes"}),
        ("check.key", {"envelopes", "web"}),
        ("web.key", {"web"}),
        ("vault.pin", {"documents", "envelopes", "signing", "web"}),
        ("codec.key", {"documents", "envelopes", "signing", "web"}),
        ("so-pin", set()),
    ],
)
def test_each_secret_is_named_to_its_owners_only(home: Home, secret: str, owners: set[str]) -> None:
    named = {process for process in PARTS if secret in "\n".join(told(home, process).values())}
    assert named == owners


def test_nothing_of_the_operators_own_settings_reaches_a_process(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSUBI_SIGNING_PIN_FILE", "/elsewhere")
    monkeypatch.setenv("SMTP_PASSWORD", "guess")
    environment = process_environment(home, "web")
    assert "MUSUBI_SIGNING_PIN_FILE" not in environment
    assert "SMTP_PASSWORD" not in environment


def test_a_setting_in_the_file_reaches_its_process_only(home: Home) -> None:
    with home.config_file.open("a", encoding="utf-8") as file:
        file.write("[settings.web]\nlogin_tries = 20\n")
    changed = Home(home.path)
    assert told(changed, "web")["MUSUBI_LOGIN_TRIES"] == "20"
    assert "MUSUBI_LOGIN_TRIES" not in told(changed, "envelopes")


def test_a_setting_for_all_processes_is_each_one_s(home: Home) -> None:
    with home.config_file.open("a", encoding="utf-8") as file:
        file.write('[settings.all]\nbase_url = "https://keiyaku.example.jp"\n')
    changed = Home(home.path)
    assert changed.base_url == "https://keiyaku.example.jp"
    probe = web(changed).probe
    assert isinstance(probe, HttpProbe)
    assert probe.host == "keiyaku.example.jp"
    for process in SETTINGS:
        assert told(changed, process)["MUSUBI_BASE_URL"] == changed.base_url
    with home.config_file.open("a", encoding="utf-8") as file:
        file.write('[settings.web]\nbase_url = "https://other.example.jp"\n')
    assert Home(home.path).base_url == "https://other.example.jp"


def test_real_mail_does_not_leave_as_the_catcher_s(home: Home) -> None:
    assert told(home, "envelopes")["MUSUBI_BOUNCE_ADDRESS"] == "bounces@musubi.test"
    with home.config_file.open("a", encoding="utf-8") as file:
        file.write('[settings.envelopes]\nsmtp_host = "mail.example.jp"\n')
    assert told(Home(home.path), "envelopes")["MUSUBI_BOUNCE_ADDRESS"] == ""


@pytest.mark.parametrize(
    ("written", "provider"),
    [
        ("", "test"),
        ('[settings.envelopes]\nsmtp_host = "mail.example.jp"\n', ""),
        ("[settings.all]\ntrial = false\n", ""),
        ('[settings.envelopes]\nsms_provider = "https"\n', "https"),
        ('[settings.all]\nsms_provider = "https"\ntrial = false\n', "https"),
    ],
)
def test_sms_go_to_the_catcher_only_while_somebody_tries_it_out(
    home: Home, written: str, provider: str
) -> None:
    with home.config_file.open("a", encoding="utf-8") as file:
        file.write(written)
    changed = Home(home.path)
    assert told(changed, "web")["MUSUBI_SMS_PROVIDER"] == provider
    assert told(changed, "envelopes")["MUSUBI_SMS_PROVIDER"] == provider


@pytest.mark.local_sockets
def test_free_ports_are_kept_for_later_starts(tmp_path: Path) -> None:
    home = Home(tmp_path / "var").with_free_ports()
    home.create()
    ports = Home(tmp_path / "var").ports
    assert ports == home.ports
    assert ports.taken() == {}
    assert ports.web != 8080
