"""`musubi demo`: `up` with a seeded organisation, for a first look."""

import click

from cli.home import Home
from cli.options import home_option
from cli.up import run
from trial.seed import Login, seed


@click.command()
@home_option
def demo(home: Home) -> None:
    """お試し用の組織と一緒に起動します - Start with a seeded organisation."""
    logins: list[Login] = []
    run(
        home,
        after_preparing=lambda: logins.extend(fill(Home(home.path))),
        on_up=lambda: show(Home(home.path), logins),
    )


def fill(home: Home) -> list[Login]:
    """Seed a prepared home; give back the demo's logins."""
    from cli.hsm import SOFTHSM, VAULT_KEY, VAULT_TOKEN
    from runtime.pkcs11 import open_token
    from storage.database import open_database
    from storage.vault import BlobFiles, Vault

    database = open_database(home.database_url)
    token = open_token(SOFTHSM, VAULT_TOKEN, home.secrets / "vault.pin")
    try:
        return seed(
            database, Vault(database, BlobFiles(home.blobs), token, VAULT_KEY), home.demo_logins
        )
    finally:
        # What follows is a supervisor, which needs neither.
        token.close()
        database.close()


def show(home: Home, logins: list[Login]) -> None:
    """URLs and logins."""
    click.echo(
        f"""
試験用です。実際の契約には使えません。 - For trying out only.

  Musubi              {home.base_url}
  届いたメール Mails  {home.catcher_url}
  Temporal            {home.temporal_ui_url}
"""
    )
    for login in logins:
        click.echo(f"  {login.role:<9} {login.mail:<26} {login.password}")
    click.echo("\n  Ctrl-C で終了します - Ctrl-C stops everything; all data are kept.\n")
