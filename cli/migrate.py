"""`musubi migrate`: bring the database up to date."""

from pathlib import Path

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from cli.database import database_option
from storage import migrations
from storage.database import open_database


@click.command()
@database_option
def migrate(database_url: str) -> None:
    """データベースを最新にします - Bring the database up to date."""
    before = revision(database_url)
    migrations.upgrade(database_url)
    after = revision(database_url)
    if before == after:
        click.echo(f"データベースは最新です - The database is up to date ({after}).")
    else:
        click.echo(f"データベースを更新しました - Updated the database: {before or '-'} → {after}")


def newest() -> str | None:
    """The revision that this program expects."""
    return ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head()


def revision(database_url: str) -> str | None:
    """The revision that the database has; None for an empty one."""
    database = open_database(database_url)
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        database.close()
