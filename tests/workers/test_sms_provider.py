"""Who carries SMS is chosen once, at the start; half a provider keeps the worker from starting."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.ports.sms import SmsDelayed, SmsMessage
from notices.sms import CatcherSms, NoSms
from notices.sms_https import SmsSettingWrong
from runtime.settings import EnvelopesSettings, SmsProvider
from tests.notices.sms_server import Manner, providing
from workers.envelopes import _sms


def settings(folder: Path, **changes: Any) -> EnvelopesSettings:
    key = folder / "key"
    key.write_bytes(b"k" * 32)
    values: dict[str, Any] = {
        "database_url": "sqlite://",
        "codec_key_file": key,
        "blob_dir": folder,
        "vault_pin_file": key,
        "link_key_file": key,
        "check_key_file": key,
    }
    return EnvelopesSettings(**(values | changes))


def test_none_is_chosen_unless_somebody_did(tmp_path: Path) -> None:
    assert isinstance(_sms(settings(tmp_path)), NoSms)


def test_the_test_provider_is_for_trial_only(tmp_path: Path) -> None:
    test = SmsProvider.TEST
    assert isinstance(_sms(settings(tmp_path, sms_provider=test)), CatcherSms)
    with pytest.raises(SmsSettingWrong, match="trial only"):
        _sms(settings(tmp_path, sms_provider=test, trial=False))


@pytest.mark.parametrize("missing", [{"sms_token_file": None}, {"sms_url": ""}, {"sms_body": "{}"}])
def test_half_a_provider_is_none(tmp_path: Path, missing: dict[str, Any]) -> None:
    whole = {
        "sms_provider": SmsProvider.HTTPS,
        "sms_url": "https://sms.example.jp/v1",
        "sms_token_file": _token(tmp_path),
    }
    assert _sms(settings(tmp_path, **whole))
    with pytest.raises(SmsSettingWrong):
        _sms(settings(tmp_path, **(whole | missing)))


@pytest.mark.local_sockets
def test_the_settings_reach_the_provider_through_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manner = Manner([(202, {})])
    with providing(manner) as url:
        for name, value in {
            "PROVIDER": "https",
            "URL": url,
            "TOKEN_FILE": str(_token(tmp_path)),
            "SENDER": "MUSUBI",
            "BODY": json.dumps({"dst": "$to", "src": "$sender", "msg": ["$text"]}),
        }.items():
            monkeypatch.setenv(f"MUSUBI_SMS_{name}", value)
        _sms(settings(tmp_path)).send(SmsMessage("id", "+819012345678", "確認"))
    [(_, document)] = manner.taken
    assert document == {"dst": "+819012345678", "src": "MUSUBI", "msg": ["確認"]}


def test_a_wrong_provider_is_none_that_starts(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sms_provider"):
        settings(tmp_path, sms_provider="pigeon")
    with pytest.raises(SmsDelayed):
        _sms(settings(tmp_path)).send(SmsMessage("id", "+819012345678", "x"))


def _token(folder: Path) -> Path:
    file = folder / "sms.token"
    file.write_text("token")
    file.chmod(0o600)
    return file
