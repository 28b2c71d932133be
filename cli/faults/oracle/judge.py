"""All invariants, as a command of its own: a process has one PKCS#11 library, a run many homes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from cli.faults.oracle import (
    acts,
    ledger,
    mails,
    paper,
    promises,
    register,
    traces,
    vault,
    waiting,
)
from cli.faults.oracle.scene import Breach, Scene
from cli.home import Home
from cli.hsm import SOFTHSM, VAULT_KEY, VAULT_TOKEN, use_softhsm
from cli.options import home_option
from runtime.pkcs11 import open_token
from runtime.settings import ProcessSettings
from runtime.telemetry import configure_logging
from signing.pool import ChildPool
from signing.trust import TrustMaterial
from storage.database import open_database
from storage.vault import BlobFiles, Vault

SECONDS = 300
CHECKS: tuple[Callable[[Scene, Session], Iterator[Breach]], ...] = (
    acts.check,
    paper.check,
    ledger.check,
    waiting.check,
    mails.check,
    traces.check,
    vault.check,
    register.check,
    promises.check,
)


class OracleSilent(Exception):
    """The oracle itself broke: nothing is known."""


def breaches_of(
    home: Home, since: datetime | None = None, *, temporal: bool = True
) -> list[Breach]:
    """Judge a home in a process of its own. Raises OracleSilent."""
    words = [sys.executable, "-m", "cli.faults.oracle.judge", "--home", str(home.root)]
    words += ["--since", since.isoformat()] if since else []
    words += [] if temporal else ["--without-temporal"]
    done = subprocess.run(  # noqa: S603 - our own command
        words, capture_output=True, text=True, timeout=SECONDS, check=False, env=dict(os.environ),
        cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    try:
        return [Breach(**row) for row in json.loads(done.stdout)]
    except (ValueError, TypeError):
        raise OracleSilent((done.stderr or done.stdout)[-2000:]) from None


def judge(scene: Scene) -> list[Breach]:
    """Everything that is broken in a home, in the order of the checks."""
    with scene.database.reading() as session:
        return [breach for check in CHECKS for breach in check(scene, session)]


@contextmanager
def opened(home: Home, since: datetime | None, *, temporal: bool) -> Iterator[Scene]:
    """A home in front of the oracle."""
    use_softhsm(home.softhsm_conf)
    database = open_database(home.database_url)
    token = open_token(SOFTHSM, VAULT_TOKEN, home.secrets / "vault.pin")
    keeper = Vault(database, BlobFiles(home.blobs), token, VAULT_KEY)
    trust = TrustMaterial.from_files(home.trust / "roots.pem", home.trust / "tsa-chain.pem")
    try:
        with ChildPool(1) as pool:
            yield Scene(home, database, keeper, pool, trust, since, temporal)
    finally:
        token.close()
        database.close()


@click.command()
@home_option
@click.option("--since", type=datetime.fromisoformat, help="only envelopes made since")
@click.option("--without-temporal", is_flag=True)
def main(home: Home, since: datetime | None, without_temporal: bool) -> None:
    """Print what is broken, as JSON."""
    configure_logging(ProcessSettings(process="oracle", log_level="ERROR"))
    with opened(home, since, temporal=not without_temporal) as scene:
        click.echo(json.dumps([vars(breach) for breach in judge(scene)], ensure_ascii=False))


if __name__ == "__main__":
    main()
