"""What doctor says of `musubi.toml`."""

from pathlib import Path

import pytest

from cli.checks.settings import check_settings
from cli.home import Home


def said(folder: Path, written: str) -> list[str]:
    home = Home(folder / "var")
    home.create()
    with home.config_file.open("a", encoding="utf-8") as file:
        file.write(written)
    return [finding.words for finding in check_settings(Home(home.path))]


@pytest.mark.parametrize(
    "written",
    [
        "",
        '[settings.all]\nbase_url = "https://k.example.jp"\nsms_provider = "https"\n',
        '[settings.signing]\nsignature_algorithm = "rsa3072-pss"\n',
        '[settings.envelopes]\nsmtp_host = "mail.example.jp"\nmail_from = "k@example.jp"\n',
    ],
)
def test_nothing_of_what_has_an_effect(tmp_path: Path, written: str) -> None:
    assert said(tmp_path, written) == []


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[settings.web]\nlogin_trys = 9\n", "[settings.web] login_trys is no setting; did you"),
        ("[settings.web]\nsmtp_port = 9\n", "[settings.web] smtp_port is no setting"),
        ("[settings.wep]\nlogin_tries = 9\n", "[settings.wep] login_tries is no setting"),
        ('[settings.all]\nsmtp_host = "mail.example.jp"\n', "Mail leaves as noreply@musubi.test"),
    ],
)
def test_what_has_none_and_what_servers_refuse(tmp_path: Path, written: str, words: str) -> None:
    [found] = said(tmp_path, written)
    assert words in found
