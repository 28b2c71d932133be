"""Organisations, their members, sessions and approval chains."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Organisation(Base):
    """A tenant (組織): a municipality or company that sends envelopes."""

    __tablename__ = "organisations"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), default="")
    zone: Mapped[str] = mapped_column(String(64), default="Asia/Tokyo")
    language: Mapped[Word] = mapped_column(default="ja")
    contact_department: Mapped[str] = mapped_column(String(100), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    contact_mail: Mapped[str] = mapped_column(String(254), default="")
    late_downloads: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether participants fetch finished documents after the window, by a code from their mail."""
    totp_since: Mapped[datetime | None]
    """Since when every member needs an authenticator app; None: who wants one has one."""
    mandates_since: Mapped[datetime | None]
    """Since when who signs for the organisation needs an authority to sign (署名権限); None: nobody
    looks."""
    networks: Mapped[dict[str, Any] | None]
    """From where members work, per role; see domain.networks. None: from everywhere."""
    sso_mode: Mapped[Word] = mapped_column(default="off", server_default="off")
    """Whether members log in by single sign-on: domain.sso.Mode."""
    sso_exempt: Mapped[list[Any] | None]
    """Ids of administrators whose passwords work while single sign-on is demanded."""
    retention_years: Mapped[int] = mapped_column(default=10, server_default="10")
    """For how long what has ended is kept at least; see domain.retention."""
    fiscal_month: Mapped[int] = mapped_column(default=4, server_default="4")
    """In which its fiscal year begins."""
    closed_days: Mapped[list[Any] | None]
    """Its own holidays (domain.working_days.ClosedDays); None: those of municipalities."""
    recipient_domains: Mapped[dict[str, Any] | None]
    """To which domains its envelopes may go; see domain.addressees. None: to all."""
    draft_defaults: Mapped[dict[str, Any] | None]
    """What its envelopes begin with (domain.draft_defaults). None: what the service begins with."""
    logo_id: Mapped[UUID | None]
    """The OrganisationLogo that signers see; None: the name only."""
    consent_version_id: Mapped[UUID | None]
    """What counterparties agree to before they read and act; None: they are not asked."""
    created_at: Mapped[datetime]


class Member(Base):
    """A person of an organisation (利用者) with a login and roles."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("mail"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    mail: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(100))
    department: Mapped[str] = mapped_column(String(100), default="")
    """The department's name, kept beside its id: pages and mails say it without asking further."""
    department_id: Mapped[UUID | None] = mapped_column(index=True)
    language: Mapped[Word] = mapped_column(default="ja")
    roles: Mapped[list[Any]] = mapped_column(default=list)
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """TOTP secret, sealed under the organisation's data key; None until enrolled."""
    totp_last_step: Mapped[int | None]
    """30-second step of the last accepted code: a code works once."""
    has_passkey: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a passkey for his login is registered; storage.member_passkeys keeps it true."""
    active: Mapped[bool] = mapped_column(default=True)
    retired_at: Mapped[datetime | None]
    successor_id: Mapped[UUID | None]
    """Who follows up what a retired member had sent; None: nobody was named yet."""
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    """Raised by every change of an administrator: a form says which one it was filled from."""
    created_at: Mapped[datetime]

    @property
    def has_factor(self) -> bool:
        """Whether his login asks for something of Musubi's own besides the password."""
        return self.totp_sealed is not None or self.has_passkey


class LoginSession(Base):
    """One member's login on one browser; ends on the server, not only in the cookie."""

    __tablename__ = "login_sessions"

    id: Mapped[Key]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    token_sha256: Mapped[Sha256] = mapped_column(unique=True)
    second_factor_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    agent: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """What the browser called itself."""
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    """Of the network it came from."""
    sso_connection_id: Mapped[UUID | None]
    """By which single sign-on; None: by password."""
    sso_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the second factor is the identity provider's, and not Musubi's own."""
    factor: Mapped[str | None] = mapped_column(String(32))
    """Which one of Musubi's own it was: domain.member_passkeys.LoginFactor; None for a login of
    before passkeys, whose factor was the app's code."""


class Chain(Base):
    """An admin-defined, versioned, reusable route (承認ルート). A new version is a new row.

    `definition` is `{"stages": [{"name", "rule", "need", "days", "slots": [{"kind",
    "member_id"}], "when": {"least", "below", "kinds", "departments"}}]}`; older rows lack `need`
    and `days`, stages without a condition `when`. In the place of `member_id` a slot may have `who`
    with `role`, `unit` or `label`; a stage may have `reminders` (days; never: none of them).
    `recipients`, beside `stages`, are such slots without a kind.
    See domain.chains and domain.chain_slots.
    """

    __tablename__ = "chains"
    __table_args__ = (UniqueConstraint("organisation_id", "name", "version"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
