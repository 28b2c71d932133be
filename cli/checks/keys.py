"""Keys of what is kept: whether they are there, and whether the vault's token still knows them."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from cli.checks import Finding, fine, problem
from cli.home import Home
from cli.hsm import SOFTHSM, VAULT_TOKEN, use_softhsm
from cli.lost import lost
from runtime.pkcs11 import TokenError, open_token
from storage.database import open_database
from storage.tables import DataKey


def check_keys(home: Home) -> Iterator[Finding]:
    """The newest document's key is unwrapped as a page would. Nothing is said of a database that
    does not answer, nor of tokens outside the home, which the running processes ask."""
    try:
        missing, newest = lost(home), _newest(home)
    except (SQLAlchemyError, OSError):
        return
    if missing:
        names = ", ".join(missing)
        yield problem(f"Not restored: {names}; what was made under them cannot be read")
    elif newest is not None and "pkcs11_module" not in home.setting_names("all"):
        yield _opened(home, newest)


def _newest(home: Home) -> DataKey | None:
    database = open_database(home.database_url)
    try:
        with database.reading() as session:
            return session.scalar(select(DataKey).order_by(DataKey.created_at.desc()).limit(1))
    finally:
        database.close()


def _opened(home: Home, newest: DataKey) -> Finding:
    use_softhsm(home.softhsm_conf)
    token = open_token(SOFTHSM, VAULT_TOKEN, home.secrets / "vault.pin")
    try:
        token.unwrap(newest.wrapping_key, newest.wrapped)
    except TokenError as error:
        return problem(
            f"The vault's token does not open the newest document ({type(error).__name__}): it is "
            "not the token of this database"
        )
    finally:
        token.close()
    return fine("The vault's token opens the newest document")
