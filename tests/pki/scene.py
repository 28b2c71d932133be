"""Tokens with keys, certificates for them, and the trust service that answers for them: the
scene of the tests and of the benches."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.hsm import (
    CANARY_KEY,
    SIGNING_KEY,
    SIGNING_PIN,
    SIGNING_TOKEN,
    SOFTHSM,
    VAULT_KEY,
    VAULT_PIN,
    VAULT_TOKEN,
    Tokens,
    initialise,
)
from runtime.pkcs11 import Token, open_token
from trial.issue import TrustFiles, ensure

ROOT = Path(__file__).parents[2]
_FREE_PORT = (
    "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
)


@dataclass(frozen=True)
class Tokenry:
    """Two SoftHSM tokens with their keys."""

    home: Path
    module: Path
    signing_pin_file: Path
    vault_pin_file: Path
    made: Tokens
    signing_token: str = SIGNING_TOKEN
    vault_token: str = VAULT_TOKEN
    signing_key: str = SIGNING_KEY
    canary_key: str = CANARY_KEY
    vault_key: str = VAULT_KEY

    def open_signing(self) -> Token:
        """The signing token."""
        return open_token(self.module, self.signing_token, self.signing_pin_file)

    def open_vault(self) -> Token:
        """The vault token."""
        return open_token(self.module, self.vault_token, self.vault_pin_file)


@dataclass(frozen=True)
class Pki:
    """Tokens, certificate files, and URLs of the running trust service."""

    tokens: Tokenry
    trust_dir: Path
    files: TrustFiles
    base_url: str

    @property
    def tsa_urls(self) -> tuple[str, str]:
        """Two TSAs under the same CA."""
        return f"{self.base_url}/tsa1", f"{self.base_url}/tsa2"


@contextmanager
def own_tokens(home: Path) -> Iterator[Tokenry]:
    """Both tokens in a folder, and SOFTHSM2_CONF pointing there meanwhile."""
    before = os.environ.get("SOFTHSM2_CONF")
    made = initialise(home / "tokens", home / "softhsm2.conf", home / "secrets", SOFTHSM)
    secrets = home / "secrets"
    yield Tokenry(home, SOFTHSM, secrets / SIGNING_PIN, secrets / VAULT_PIN, made)
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


@contextmanager
def trust_service(tokenry: Tokenry) -> Iterator[Pki]:
    """A process of its own: the one that asks may have sockets forbidden."""
    port = int(_python("-c", _FREE_PORT).strip())
    trust_dir, base_url = tokenry.home / "trust", f"http://localhost:{port}"
    files = ensure(trust_dir, base_url, tokenry.made.signing_key, tokenry.made.canary_key)
    service = subprocess.Popen(
        [sys.executable, "-m", "trial.trust"],
        cwd=ROOT,
        env={**os.environ, "MUSUBI_TRUST_DIR": str(trust_dir), "MUSUBI_TRUST_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert service.stdout is not None
    assert service.stdout.readline() == "ready\n"
    try:
        yield Pki(tokenry, trust_dir, files, base_url)
    finally:
        service.terminate()
        service.wait(timeout=10)
        service.stdout.close()


def _python(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)
    return done.stdout
