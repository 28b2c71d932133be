"""A home at rest: its files, who may read them, room on the disk, its database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from cli.checks import Finding, fine, note, problem
from cli.home import KEY_FILES, PRIVATE_FOLDERS, Home
from cli.migrate import newest, revision
from domain.passkeys import relying_party
from storage import passkeys
from storage.blobfiles import BlobFiles
from storage.database import open_database
from storage.vault_errors import ForeignBlobs
from storage.vault_rounds import check_round

GIB = 1024**3
LEAST_FREE = 1 * GIB
"""An envelope may bring 200 MB, and every signature keeps its own revision's tail."""
OTHERS = 0o077
PIN_FILES = ("signing.pin", "vault.pin")


def check_home(home: Home) -> Iterator[Finding]:
    """Everything that can be seen without a running process."""
    if not home.config_file.exists():
        yield problem(f"{home.root} is no home yet; run `musubi up` or `musubi demo`")
        return
    yield from _secrets(home)
    yield _modes(home)
    yield _disk(home.root)
    yield _database(home.database_url)
    yield from _blobs(home)
    yield from _passkeys(home)


def _secrets(home: Home) -> Iterator[Finding]:
    missing = [name for name in (*KEY_FILES, *PIN_FILES) if not (home.secrets / name).exists()]
    if missing:
        yield problem(f"Missing in {home.secrets}: {', '.join(missing)}")
    for mark in home.secrets.glob("*.refused"):
        yield problem(f"A token refused the PIN in {mark.with_suffix('')}; correct that file")
    if not missing:
        yield fine("PINs and keys are there")


def _modes(home: Home) -> Finding:
    private = [home.root / name for name in PRIVATE_FOLDERS]
    private += [path for path in home.secrets.iterdir() if path.is_file()]
    open_ones = [path for path in private if path.exists() and path.stat().st_mode & OTHERS]
    if open_ones:
        return problem(f"Others may read {', '.join(map(str, open_ones))}; chmod go= each")
    return fine("Secrets are readable by their owner only")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    words = f"{free / GIB:.1f} GiB free on the disk of {folder}"
    return problem(f"Only {words}") if free < LEAST_FREE else fine(words)


def _database(url: str) -> Finding:
    try:
        current = revision(url) == newest()
    except (SQLAlchemyError, OSError) as error:
        return problem(f"The database does not answer ({type(error).__name__})")
    if not current:
        return problem("The database is not up to date; run `musubi migrate`")
    return fine("The database answers and is up to date")


def _blobs(home: Home) -> Iterator[Finding]:
    """Nothing is said of a database that does not answer; that was said before."""
    database = open_database(home.database_url)
    try:
        with database.reading() as session:
            check_round(session, BlobFiles(home.blobs))
    except (SQLAlchemyError, OSError):
        return
    except ForeignBlobs as found:
        yield problem(f"{home.blobs}: {found}; nothing is swept (OPERATIONS, “Backup and restore”)")
    finally:
        database.close()


def _passkeys(home: Home) -> Iterator[Finding]:
    """Passkeys are bound to a host's name: after a move nobody gets in with the old ones. Nothing
    is said of a database that does not answer or is not up to date; that was said before."""
    host = relying_party(home.base_url).id
    database = open_database(home.database_url)
    try:
        with database.reading() as session:
            others = passkeys.of_other_hosts(session, host)
    except (SQLAlchemyError, OSError):
        return
    finally:
        database.close()
    if others:
        yield note(f"{others} passkey(s) were made for another host than {host} and open nothing")
