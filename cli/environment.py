"""What each process is told: its own part of `MUSUBI_*`, and nothing of another's.

The signing PIN's path reaches the signing worker only, the link key's the envelopes worker only.
Parts bear the names of runtime/settings.py.
"""

import json
import os
from collections.abc import Callable
from typing import Any

from cli.home import Home
from cli.ports import LOOPBACK

TSA_PATHS = ("tsa1", "tsa2")
"""The trial service's TSAs, in the order in which they are asked."""
PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ")
"""Of the operator's own environment. Proxies are not: every address here is this machine's."""

Part = Callable[[Home], dict[str, Any]]


def process_environment(home: Home, process: str) -> dict[str, str]:
    """The whole environment of a process. An unknown process raises KeyError."""
    settings: dict[str, Any] = {}
    for part in PARTS[process]:
        settings |= part(home)
    if _common in PARTS[process]:
        settings |= _written(home, "all") | _written(home, process) | {"process": process}
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment["PYTHONUNBUFFERED"] = "1"
    if _vault in PARTS[process]:
        environment["SOFTHSM2_CONF"] = str(home.softhsm_conf)
    return environment | {
        f"MUSUBI_{name.upper()}": _text(value) for name, value in settings.items()
    }


def _text(value: Any) -> str:  # noqa: ANN401 - whatever TOML or a path is
    return value if isinstance(value, str) else json.dumps(value, default=str).strip('"')


def _written(home: Home, process: str) -> dict[str, Any]:
    return dict(home.config.get("settings", {}).get(process, {}))


def _common(home: Home) -> dict[str, Any]:
    return {"base_url": home.base_url, "run_dir": home.run}


def _database(home: Home) -> dict[str, Any]:
    return {"database_url": home.database_url}


def _temporal(home: Home) -> dict[str, Any]:
    return {
        "temporal_address": f"{LOOPBACK}:{home.ports.temporal}",
        "temporal_ui_url": home.temporal_ui_url,
        "codec_key_file": home.secrets / "codec.key",
    }


def _vault(home: Home) -> dict[str, Any]:
    return {"blob_dir": home.blobs, "vault_pin_file": home.secrets / "vault.pin"}


def _mail(home: Home) -> dict[str, Any]:
    """The catcher's bounce address is for the catcher: real servers refuse mail from it."""
    return {
        "smtp_host": LOOPBACK,
        "smtp_port": home.ports.smtp,
        "bounce_address": "" if sends_real_mail(home) else "bounces@musubi.test",
        "lmtp_port": home.ports.lmtp,
        "link_key_file": home.secrets / "link.key",
        "check_key_file": home.secrets / "check.key",
    }


def _sms(home: Home) -> dict[str, Any]:
    """Who tries it out may ask for codes by SMS: the mail catcher shows them. Once real mail or
    real trust is configured, only what somebody chose sends any. Web and worker agree."""
    chosen = _of_envelopes(home)
    real = sends_real_mail(home) or chosen.get("trial") is False
    return {"sms_provider": chosen.get("sms_provider", "" if real else "test")}


def _of_envelopes(home: Home) -> dict[str, Any]:
    return _written(home, "all") | _written(home, "envelopes")


def sends_real_mail(home: Home) -> bool:
    """Whether the operator named a mail server, instead of the catcher."""
    return "smtp_host" in _of_envelopes(home)


def _signing(home: Home) -> dict[str, Any]:
    return {
        "signing_pin_file": home.secrets / "signing.pin",
        "signing_certificate_file": home.trust / "signing.pem",
        "canary_certificate_file": home.trust / "canary.pem",
    }


def _judging(home: Home) -> dict[str, Any]:
    """Whatever the signing worker trusts, also where somebody configured other trust for it."""
    known = _trusting(home) | _written(home, "signing")
    return {name: known[name] for name in ("trust_roots_file", "tsa_certificates_file")}


def _trusting(home: Home) -> dict[str, Any]:
    return {
        "trust_roots_file": home.trust / "roots.pem",
        "tsa_certificates_file": home.trust / "tsa-chain.pem",
        "tsa_urls": [f"{home.trust_url}/{name}" for name in TSA_PATHS],
    }


def _web(home: Home) -> dict[str, Any]:
    return {
        "web_key_file": home.secrets / "web.key",
        "check_key_file": home.secrets / "check.key",
        "web_host": LOOPBACK,
        "web_port": home.ports.web,
        "mail_catcher_url": home.catcher_url,
    }


def _trial(home: Home) -> dict[str, Any]:
    return {"trust_dir": home.trust, "trust_port": home.ports.trust}


PARTS: dict[str, tuple[Part, ...]] = {
    "trust": (_trial,),
    "catcher": (),
    "temporal": (),
    "envelopes": (_common, _database, _temporal, _vault, _mail, _sms),
    "documents": (_common, _database, _temporal, _vault, _judging),
    "signing": (_common, _database, _temporal, _vault, _trusting, _signing),
    "web": (_common, _database, _temporal, _vault, _web, _sms),
}
