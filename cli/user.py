"""`musubi user`: members, where pages cannot help (the first one, or who gets no mail)."""

import secrets
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cli.database import database_option
from cli.organisations import find_organisation, organisation_if_any
from domain.kinds import Language, Role
from identity.passwords import hash_password
from storage.database import open_database
from storage.factor_resets import NothingToReset, carry_out
from storage.member_passkeys import of_member
from storage.members import MemberChangedMeanwhile, NoAdministratorLeft
from storage.organisations import lift_networks
from storage.people import (
    NewMember,
    change_password,
    create_member,
    create_organisation,
    normal_mail,
)
from storage.retiring import disable as retire
from storage.sso_exempt import NoDoorLeft, holds_the_door
from storage.tables import Member, Organisation

PASSWORD_BYTES = 12
_DOOR = (
    "認証サーバーが止まった日にログインできる最後の管理者です（musubi sso lift 組織 で、"
    "パスワードでもログインできるようになります） - the last administrator who can log in "
    "while the identity provider is away; `musubi sso lift ORGANISATION` opens passwords again"
)
ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """利用者を管理します - Manage members."""


@user.command()
@click.argument("mail")
@click.option("--name", required=True)
@click.option(
    "--organisation",
    required=True,
    help="名前かID。なければ作ります - name or id; made if missing.",
)
@click.option("--role", "roles", multiple=True, type=ROLES, default=["clerk"], show_default=True)
@click.option("--department", default="")
@click.option("--language", type=click.Choice([word.value for word in Language]), default="ja")
@database_option
def add(  # noqa: PLR0913 - one per option
    database_url: str,
    mail: str,
    name: str,
    organisation: str,
    roles: Sequence[str],
    department: str,
    language: str,
) -> None:
    """利用者を登録し、仮パスワードを表示します - Add a member and print a password."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    new = NewMember(
        mail=mail,
        name=name,
        password_hash=hash_password(password),
        roles=[Role(role) for role in roles],
        department=department,
        language=Language(language),
    )
    try:
        with closing(open_database(database_url)) as database, database.transaction() as session:
            create_member(session, _organisation(session, organisation), new, datetime.now(UTC))
    except IntegrityError as error:
        message = f"{mail}: この利用者はすでに登録されています - already a member"
        raise click.ClickException(message) from error
    click.echo(f"{normal_mail(mail)}  {password}")


@user.command(name="list")
@database_option
def show(database_url: str) -> None:
    """利用者を一覧します - List members."""
    with closing(open_database(database_url)) as database, database.reading() as session:
        rows = session.execute(
            select(Member, Organisation.name)
            .join(Organisation, Organisation.id == Member.organisation_id)
            .order_by(Organisation.name, Member.mail)
        )
        for member, organisation in rows:
            words = [member.mail, member.name, organisation, ",".join(member.roles) or "-"]
            click.echo("\t".join([*words, "active" if member.active else "disabled"]))


@user.command(name="reset-password")
@click.argument("mail")
@database_option
def reset_password(database_url: str, mail: str) -> None:
    """新しいパスワードを表示し、ログインを終わらせます - New password; ends all logins.

    パスキーは残るため、あれば知らせます - Passkeys stay; says so where there are any.
    """
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with closing(open_database(database_url)) as database, database.transaction() as session:
        member = _member(session, mail)
        change_password(session, member, hash_password(password), datetime.now(UTC))
        kept = [(row.name, row.registered_at) for row in of_member(session, member.id)]
    for name, registered in kept:
        click.echo(
            f"パスキーは使えます - passkey still works: {name} ({registered:%Y-%m-%d})", err=True
        )
    if kept:
        click.echo(f"musubi user reset-factors {normal_mail(mail)}: 解除 - removes them", err=True)
    click.echo(f"{normal_mail(mail)}  {password}")


@user.command(name="reset-factors")
@click.argument("mail")
@database_option
def reset_factors(database_url: str, mail: str) -> None:
    """なくした2段階認証を解除し、ログインを終わらせます - Take away a lost second factor.

    最後の管理者のときは知らせます - Says so of the last who comes in without single sign-on.
    """
    with closing(open_database(database_url)) as database, database.transaction() as session:
        member = _member(session, mail)
        organisation = session.get_one(Organisation, member.organisation_id)
        last = holds_the_door(session, organisation, member)
        try:
            carry_out(session, member, None, datetime.now(UTC))
        except NothingToReset:
            message = f"{mail}: 2段階認証は設定されていません - has no second factor"
            raise click.ClickException(message) from None
    if last:
        click.echo(f"{normal_mail(mail)}: {_DOOR}", err=True)
    click.echo(f"{normal_mail(mail)}: reset")


@user.command()
@click.argument("mail")
@click.option(
    "--force", is_flag=True, help="最後の管理者でも止めます - even the last administrator."
)
@database_option
def disable(database_url: str, mail: str, *, force: bool) -> None:
    """利用者を止め、ログインを終わらせます - Disable a member; ends all logins.

    操作ログに記録されます - The organisation's operation log has it.
    """
    try:
        with closing(open_database(database_url)) as database, database.transaction() as session:
            retire(session, _member(session, mail), datetime.now(UTC), force=force)
    except MemberChangedMeanwhile:
        message = f"{mail}: すでに止められています - disabled already"
        raise click.ClickException(message) from None
    except NoAdministratorLeft:
        message = (
            f"{mail}: 組織の唯一の管理者です。それでも止めるには --force を付けてください"
            " - the organisation's only administrator; --force disables all the same"
        )
        raise click.ClickException(message) from None
    except NoDoorLeft:
        message = (
            f"{mail}: {_DOOR}。それでも止めるには --force を付けてください"
            " - --force disables all the same"
        )
        raise click.ClickException(message) from None
    click.echo(f"{normal_mail(mail)}: disabled")


@user.command(name="lift-networks")
@click.argument("organisation")
@database_option
def lift(database_url: str, organisation: str) -> None:
    """組織の接続元の制限を解きます - Let members work from everywhere again."""
    with closing(open_database(database_url)) as database, database.transaction() as session:
        lift_networks(session, find_organisation(session, organisation), datetime.now(UTC))
    click.echo(f"{organisation}: lifted")


def _member(session: Session, mail: str) -> Member:
    member = session.scalar(select(Member).where(Member.mail == normal_mail(mail)))
    if member is None:
        message = f"{mail}: 登録されていません - not a member"
        raise click.ClickException(message)
    return member


def _organisation(session: Session, name: str) -> UUID:
    found = organisation_if_any(session, name)
    return (found or create_organisation(session, name, datetime.now(UTC))).id
