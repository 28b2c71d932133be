"""Single sign-on: organisations' connections, whom their providers know, and mail domains."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class SsoConnection(Base):
    """How an organisation's members log in with its identity provider. One a protocol."""

    __tablename__ = "sso_connections"
    __table_args__ = (UniqueConstraint("organisation_id", "protocol"),)

    id: Mapped[Key]
    """Part of the addresses that the provider knows, so that an answer reaches nobody else's."""
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    protocol: Mapped[Word]
    name: Mapped[str] = mapped_column(String(40))
    """Words of the button."""
    link: Mapped[dict[str, Any]]
    """Who the provider is and how its statements are read; see domain.sso_forms."""
    rules: Mapped[dict[str, Any]]
    """What is made of them: domain.sso.Rules."""
    secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The client's secret, under the organisation's data key."""
    revision: Mapped[int] = mapped_column(default=1)
    """Raised by every change of `link` or the secret."""
    tried_revision: Mapped[int | None]
    """Which one an administrator has logged in with; only that one is offered to members."""
    tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SsoIdentity(Base):
    """Whom a provider knows as what, since when."""

    __tablename__ = "sso_identities"
    __table_args__ = (UniqueConstraint("connection_id", "issuer", "subject"),)

    id: Mapped[Key]
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("sso_connections.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    """A subject says nothing without it: another provider may know another person as the same."""
    subject: Mapped[str] = mapped_column(String(255))
    made: Mapped[bool]
    """Whether the member came into being by it: then name, department and roles follow it."""
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime]


class SsoDomain(Base):
    """A mail domain for whose addresses an organisation's providers may speak. Nobody claims it by
    himself: whoever runs the machine enters it."""

    __tablename__ = "sso_domains"

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    entered_at: Mapped[datetime]


class SsoAssertion(Base):
    """An assertion of SAML that was taken, so that it is not taken again."""

    __tablename__ = "sso_assertions"

    id_sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    """Of connection and assertion."""
    until: Mapped[datetime] = mapped_column(index=True)
    """When it would be refused for its age."""


class SsoArrival(Base):
    """What a provider said of somebody who is not let in yet: it may be longer than a cookie."""

    __tablename__ = "sso_arrivals"
    __table_args__ = (UniqueConstraint("token_sha256"),)

    id: Mapped[Key]
    token_sha256: Mapped[Sha256]
    """Of what the browser keeps."""
    kept: Mapped[dict[str, Any]]
    until: Mapped[datetime] = mapped_column(index=True)
