"""A home: the one folder that holds everything of a running Musubi.

secrets/       PINs; keys of links, check words, codec, web: 0600 in a folder of 0700
tokens/        SoftHSM's tokens, found through softhsm2.conf
trust/         the test CA and TSAs, and the certificates that processes trust
musubi.db      the application's database       blobs/   encrypted documents
temporal.db    Temporal's state                 mails/   what the mail catcher caught
logs/  run/    logs; supervisor state, heartbeats
musubi.toml    ports and settings; written once, then the operator's own
"""

import secrets
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cli.ports import LOOPBACK, Ports
from runtime.codec import new_key
from runtime.files import private_folder, write_durably, write_private

PRIVATE_FOLDERS = ("secrets", "tokens", "trust", "blobs", "mails")
FOLDERS = ("logs", "run")
KEY_FILES: dict[str, Callable[[], str]] = {
    "codec.key": new_key,
    "check.key": lambda: secrets.token_urlsafe(32),
    "link.key": lambda: secrets.token_urlsafe(32),
    "web.key": lambda: secrets.token_urlsafe(32),
}
"""256 random bits each, as text."""
INTRODUCTION = """\
# Musubi: ports and settings of this home. Restart `musubi up` after a change.
# A setting of one process goes under [settings.<process>], by its name in runtime/settings.py:
#   [settings.web]
#   login_tries = 20
#   [settings.envelopes]
#   smtp_host = "mail.example.jp"
"""


@dataclass(frozen=True)
class Home:
    """Paths, ports and each process's part of the settings."""

    path: Path

    @cached_property
    def root(self) -> Path:
        """The folder as an absolute path: processes run elsewhere."""
        return self.path.absolute()

    @property
    def secrets(self) -> Path:
        """Folder of PINs and keys."""
        return self.root / "secrets"

    @property
    def tokens(self) -> Path:
        """Folder of SoftHSM's tokens."""
        return self.root / "tokens"

    @property
    def softhsm_conf(self) -> Path:
        """What SOFTHSM2_CONF points at."""
        return self.root / "softhsm2.conf"

    @property
    def trust(self) -> Path:
        """State and certificates of the trial trust service."""
        return self.root / "trust"

    @property
    def blobs(self) -> Path:
        """Encrypted documents."""
        return self.root / "blobs"

    @property
    def mails(self) -> Path:
        """What the mail catcher caught."""
        return self.root / "mails"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Supervisor state and heartbeats."""
        return self.root / "run"

    @property
    def temporal_database(self) -> Path:
        """State of Temporal's dev server."""
        return self.root / "temporal.db"

    @property
    def config_file(self) -> Path:
        """The operator's file."""
        return self.root / "musubi.toml"

    @property
    def demo_logins(self) -> Path:
        """Passwords of the demo's members, as JSON."""
        return self.secrets / "demo-logins.json"

    def create(self, signature_algorithm: str | None = None) -> None:
        """Make what is missing; change nothing that is there. The algorithm is written into a new
        `musubi.toml`."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in PRIVATE_FOLDERS:
            private_folder(self.root / name)
        for name in FOLDERS:
            (self.root / name).mkdir(exist_ok=True)
        self.make_keys()
        if not self.config_file.exists():
            self._write_config(Ports(), signature_algorithm)

    def make_keys(self) -> None:
        """Those of `secrets/` that are missing; tokens are not among them."""
        private_folder(self.secrets)
        for name, make in KEY_FILES.items():
            if not (self.secrets / name).exists():
                write_private(self.secrets / name, f"{make()}\n".encode())

    def with_free_ports(self) -> "Home":
        """The same home, on ports that nobody uses; they stay the same at later starts."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write_config(Ports.free())
        return Home(self.path)

    def _write_config(self, ports: Ports, signature_algorithm: str | None = None) -> None:
        lines = [f"{name} = {port}" for name, port in asdict(ports).items()]
        if signature_algorithm is not None:
            chosen = f'signature_algorithm = "{signature_algorithm}"'
            lines += ["", "[settings.signing]", chosen]
        text = "\n".join([INTRODUCTION, "[ports]", *lines, ""])
        write_durably(self.config_file, text.encode())

    @cached_property
    def config(self) -> dict[str, Any]:
        """`musubi.toml`, parsed; empty before the home is created."""
        if not self.config_file.exists():
            return {}
        return tomllib.loads(self.config_file.read_text(encoding="utf-8"))

    @property
    def ports(self) -> Ports:
        """Ports of `musubi.toml`; a missing one has its default."""
        return Ports(**self.config.get("ports", {}))

    def setting(self, process: str, name: str, default: str) -> str:
        """One setting of a process, as the operator wrote it in `musubi.toml`: for that process, or
        else for all."""
        written = self.config.get("settings", {})
        for part in (process, "all"):
            if name in written.get(part, {}):
                return str(written[part][name])
        return default

    def setting_names(self, process: str) -> frozenset[str]:
        """What is written for a process, or for all."""
        return frozenset(self.config.get("settings", {}).get(process, {}))

    @property
    def base_url(self) -> str:
        """Where people reach the web app."""
        return self.setting("web", "base_url", f"http://localhost:{self.ports.web}")

    @property
    def catcher_url(self) -> str:
        """Pages of the mail catcher."""
        return f"http://localhost:{self.ports.catcher}"

    @property
    def temporal_ui_url(self) -> str:
        """Temporal's own pages."""
        return f"http://localhost:{self.ports.temporal_ui}"

    @property
    def trust_url(self) -> str:
        """The trial trust service."""
        return f"http://{LOOPBACK}:{self.ports.trust}"

    @property
    def database_url(self) -> str:
        """The application's database."""
        return self.setting("all", "database_url", f"sqlite:///{self.root / 'musubi.db'}")
