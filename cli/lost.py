"""What a home misses of which new ones would be of no use: tokens and keys of documents that are
there. After a restore without them, nothing may look fine and be unreadable."""

from sqlalchemy import inspect, select

from cli.home import Home
from storage.database import open_database
from storage.tables import DataKey

OF_USE_ONCE = ("codec.key", "link.key", "signing.pin", "vault.pin")
"""Files of `secrets/` for which no new one does: what was made under the old one stays as it is."""


def lost(home: Home) -> list[str]:
    """What has to come from the backup, by its path in the home; nothing for a new home, and for
    one without a document. Raises what SQLAlchemy raises for a database that does not answer."""
    missing = [f"secrets/{name}" for name in OF_USE_ONCE if not (home.secrets / name).exists()]
    if not home.tokens.is_dir() or not any(home.tokens.iterdir()):
        missing.insert(0, "tokens/")
    return missing if missing and _has_documents(home) else []


def _has_documents(home: Home) -> bool:
    """Whether somebody's bytes are kept under a key that the vault token wraps."""
    if not home.root.exists():
        return False
    database = open_database(home.database_url)
    try:
        if not inspect(database.engine).has_table(DataKey.__tablename__):
            return False
        with database.reading() as session:
            return session.scalar(select(DataKey.id).limit(1)) is not None
    finally:
        database.close()
