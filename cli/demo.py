"""`musubi demo`: `up` with a seeded organisation, for a first look."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import click

from cli.home import Home
from cli.options import home_option
from cli.supervisor.program import Program
from cli.supervisor.stack import stack
from cli.up import run
from trial.seed import Login, seed

CHANGED = "変更されました - changed since"


@click.command()
@home_option
def demo(home: Home) -> None:
    """お試し用の組織と一緒に起動します - Start with a seeded organisation."""
    run_seeded(home, stack)


def run_seeded(home: Home, programs: Callable[[Home], tuple[Program, ...]]) -> None:
    """The demo with these programs."""
    lines: list[Future[list[str]]] = []
    # Passwords are slow to check on purpose; meanwhile the processes start.
    with ThreadPoolExecutor(1) as aside:
        run(
            home,
            after_preparing=lambda: lines.append(
                aside.submit(login_lines, Home(home.path), fill(Home(home.path)))
            ),
            on_up=lambda: show(Home(home.path), lines[0].result()),
            programs=programs,
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
        vault = Vault(database, BlobFiles(home.blobs), token, VAULT_KEY)
        return seed(database, vault, home.demo_logins)
    finally:
        # What follows is a supervisor, which needs neither.
        token.close()
        database.close()


def login_lines(home: Home, logins: list[Login]) -> list[str]:
    """What people may type; a password that no longer works is not shown."""
    from identity.passwords import verify_password
    from storage.database import open_database
    from storage.people import member_by_mail

    if not logins:
        return ["ログインは登録済みの利用者で - log in as a member of yours (`musubi user list`)"]
    database = open_database(home.database_url)
    with database.reading() as session:
        members = [member_by_mail(session, login.mail) for login in logins]
        stored = [member.password_hash if member else None for member in members]
    database.close()
    return [
        f"{login.role:<9} {login.mail:<26} "
        + (login.password if verify_password(known, login.password) else CHANGED)
        for login, known in zip(logins, stored, strict=True)
    ]


def show(home: Home, lines: list[str]) -> None:
    """URLs and logins."""
    click.echo(
        f"""
試験用です。実際の契約には使えません。 - For trying out only.

  Musubi              {home.base_url}
  届いたメール Mails  {home.catcher_url}
  Temporal            {home.temporal_ui_url}
"""
    )
    for line in lines:
        click.echo(f"  {line}")
    click.echo("\n  Ctrl-C で終了します - Ctrl-C stops everything; all data are kept.\n")
