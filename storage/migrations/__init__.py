"""Schema changes, numbered. `upgrade(url)` brings a database to the newest one.

Every change runs in one transaction, under a lock that lets one process migrate at a time, and
assumes that the code from before it still runs: expand first, contract in a later release.
"""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import open_database

FOLDER = Path(__file__).parent


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`; nothing happens if it is there already."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Back to `revision`; `base` removes every table with what is in it."""
    _run(url, lambda config: command.downgrade(config, revision))


def newest() -> str:
    """The revision that this code was written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def current(url: str) -> str | None:
    """The revision that the database is at; None before the first upgrade."""
    database = open_database(url)
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        database.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _run(url: str, step: Callable[[Config], None]) -> None:
    database = open_database(url)
    config = _config()
    try:
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            step(config)
    finally:
        database.close()
