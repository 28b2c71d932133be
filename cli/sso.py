"""`musubi sso`: what an organisation's administrator cannot, or may not, do for single sign-on."""

from contextlib import closing
from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from cli.database import database_option
from cli.organisations import find_organisation
from domain.forms import FormProblems
from domain.sso_forms import check_domain
from storage import sso as connections
from storage.database import open_database
from storage.tables import Organisation


@click.group()
def sso() -> None:
    """シングルサインオンを管理します - Single sign-on."""


@sso.command()
@click.argument("organisation")
@click.argument("domain")
@click.option("--remove", is_flag=True, help="登録を取り消します - strike it.")
@database_option
def domain(database_url: str, organisation: str, domain: str, *, remove: bool) -> None:
    """組織のメールアドレスのドメインを登録します - Whose addresses its provider speaks for."""
    try:
        name = check_domain(domain)
    except FormProblems as problem:
        raise click.ClickException(" - ".join(problem.problems["domain"])) from None
    with closing(open_database(database_url)) as database, database.transaction() as session:
        found = find_organisation(session, organisation)
        if remove and not connections.strike_domain(session, found, name, datetime.now(UTC)):
            message = f"{name}: 登録されていません - not registered"
            raise click.ClickException(message)
        if not remove:
            _enter(session, found, name)
    click.echo(f"{organisation}: {name}" + (" removed" if remove else ""))


def _enter(session: Session, found: Organisation, name: str) -> None:
    try:
        connections.enter_domain(session, found, name, datetime.now(UTC))
    except connections.DomainTaken:
        message = f"{name}: ほかの組織のドメインです - another organisation's"
        raise click.ClickException(message) from None


@sso.command()
@click.argument("organisation")
@database_option
def lift(database_url: str, organisation: str) -> None:
    """パスワードでもログインできるようにします - Let members log in by password again."""
    with closing(open_database(database_url)) as database, database.transaction() as session:
        connections.lift(session, find_organisation(session, organisation), datetime.now(UTC))
    click.echo(f"{organisation}: lifted")
