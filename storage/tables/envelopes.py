"""Envelopes and their routes: parties, participants, stages, slots, hindrances."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from domain.text_search import MAX_EVEN_TITLE_CHARACTERS, letters
from storage.tables.base import Base, Key, Word


class Envelope(Base):
    """One transaction (封筒). `state` is a domain EnvelopeState; words come from domain.states.

    `projected_sequence` is the number of the newest workflow snapshot that was applied.
    """

    __tablename__ = "envelopes"
    __table_args__ = (
        Index(None, "organisation_id", "changed_at", "number"),
        Index(None, "organisation_id", "state", "changed_at", "number"),
        Index(None, "organisation_id", "state", "deadline_at", "number"),
        Index(None, "organisation_id", "state", "sent_at", "number"),
        Index(None, "organisation_id", "sent_at", "number"),
        Index(None, "state", "changed_at"),
        Index(None, "organisation_id", "number", "id"),
        Index(  # with all that a list of envelopes found by title compares and sorts by
            *("ix_envelopes_titles", "organisation_id", "title_even", "id", "number"),
            *("state", "origin", "created_by", "changed_at", "sent_at", "deadline_at"),
            # A condition that is said by that list alone: SQLite takes this index for no other.
            sqlite_where=text("origin = 'sent'"),
            postgresql_where=text("origin = 'sent'"),
        ),
        Index(
            "ix_envelopes_refused",
            *("organisation_id", "refusal", "id"),
            sqlite_where=text("refusal IS NOT NULL"),
            postgresql_where=text("refusal IS NOT NULL"),
        ),
        Index(
            "ix_envelopes_template",
            "template_id",
            "sent_at",
            sqlite_where=text("template_id IS NOT NULL"),
            postgresql_where=text("template_id IS NOT NULL"),
        ),
        Index(
            "ix_envelopes_anew_of",
            "anew_of",
            sqlite_where=text("anew_of IS NOT NULL"),
            postgresql_where=text("anew_of IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[str] = mapped_column(String(10), unique=True)
    """Ten digits, shown to everybody."""
    title: Mapped[str] = mapped_column(String(200), default="")
    title_even: Mapped[str] = mapped_column(String(MAX_EVEN_TITLE_CHARACTERS), default="")
    """Follows `title`: its letters as searches compare them (domain.text_search)."""
    message: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[Word] = mapped_column(default="draft")
    origin: Mapped[Word] = mapped_column(default="sent", server_default="sent")
    """domain.imports.Origin."""
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    """Whose it is: who made the draft, from the sending on who sent it (storage.senders)."""
    drafted_by: Mapped[UUID | None]
    """Who made the draft, where somebody else sent it."""
    chain_id: Mapped[UUID | None] = mapped_column(ForeignKey("chains.id"))
    draft: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the sender typed so far, as typed; becomes rows when the envelope is sent."""
    template_id: Mapped[UUID | None]
    template_version: Mapped[int | None]
    """The template that it was made from, or that was last made of it as a draft."""
    anew_of: Mapped[UUID | None]
    """The envelope that ended without conclusion and that it was made anew of (storage.anew)."""
    refusal: Mapped[Word | None]
    """Why the last sending returned to draft."""
    consent_version_id: Mapped[UUID | None]
    """What its counterparties agree to first: as the organisation asked when it was sent."""
    reminder_days: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    next_reminder_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    download_until: Mapped[datetime | None]
    download_closed_at: Mapped[datetime | None]
    projected_sequence: Mapped[int] = mapped_column(default=0)
    history_blob_id: Mapped[UUID | None]

    @validates("title")
    def _evened(self, _name: str, title: str) -> str:
        self.title_even = letters(title)[:MAX_EVEN_TITLE_CHARACTERS]
        return title


class Party(Base):
    """A side of the contract (当事者)."""

    __tablename__ = "parties"

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    kind: Mapped[Word]
    name: Mapped[str] = mapped_column(String(100))


class Participant(Base):
    """A person acting for one party (関係者)."""

    __tablename__ = "participants"

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"), index=True)
    kind: Mapped[Word]
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    mail: Mapped[str] = mapped_column(String(254))
    mailbox: Mapped[str | None] = mapped_column(String(254), index=True)
    """The address as addresses are compared; follows `mail`. None in rows of older programs."""
    company: Mapped[str] = mapped_column(String(100), default="")
    language: Mapped[Word] = mapped_column(default="ja")
    handover: Mapped[Word] = mapped_column(default="refused", server_default="refused")
    """A domain HandoverPolicy."""
    access_code_hash: Mapped[str | None] = mapped_column(String(200))
    """Argon2id of what the sender told him; None: no access code is asked for."""
    mail_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a one-time code by mail is asked for."""
    phone: Mapped[str | None] = mapped_column(String(16))
    """E.164 of the mobile number that a one-time code by SMS goes to; None: none is asked for."""
    app_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a code of his authenticator app is asked for, which he has as a member."""
    passkey: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a passkey is asked for."""
    known: Mapped[dict[str, Any] | None]
    """What the address book knew of him when he was chosen (domain.facts), for prefilled fields."""
    predecessor_id: Mapped[UUID | None] = mapped_column(index=True)
    """The participant who named him instead of himself."""
    deputy_of: Mapped[UUID | None] = mapped_column(index=True)
    """The participant in whose absence he is asked besides him (代決)."""
    absence_id: Mapped[UUID | None]
    """By which absence."""
    left_at: Mapped[datetime | None]
    """When he ceased to take part; his row stays for what he did before."""
    left_why: Mapped[Word | None]

    @validates("mail")
    def _compared(self, _key: str, mail: str) -> str:
        self.mailbox = mail.strip().lower()
        return mail


CLOSED_GATE = "gate_opener IS NOT NULL AND opened_at IS NOT NULL AND gate_act_id IS NULL"
"""Few of all stages: every page of a member counts those that wait for him."""


class Stage(Base):
    """Slots that are open in parallel (段階). `need` slots must be filled."""

    __tablename__ = "stages"
    __table_args__ = (
        UniqueConstraint("envelope_id", "version", "position"),
        Index(
            "ix_stages_closed_gates",
            "gate_opener",
            sqlite_where=text(CLOSED_GATE),
            postgresql_where=text(CLOSED_GATE),
        ),
    )

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    version: Mapped[int]
    """The envelope's version whose route it is part of. Negative where a sending back ended it:
    then it is evidence, and part of no version's route, whoever asks for one."""
    position: Mapped[int]
    rule: Mapped[Word] = mapped_column(default="all")
    need: Mapped[int]
    opened_at: Mapped[datetime | None]
    deadline_days: Mapped[int | None]
    reminder_days: Mapped[list[Any] | None]
    """Days after which somebody asked in it is reminded; None: as in the whole envelope."""
    deadline_at: Mapped[datetime | None]
    """Its own deadline, once it is open and if it has one."""
    gate_title: Mapped[str | None] = mapped_column(String(100))
    gate_opener: Mapped[str | None] = mapped_column(String(64))
    """Set for a gate: `member:<id>` or `role:clerk`, who may open it. A gate has no slots."""
    gate_act_id: Mapped[UUID | None]
    """The act that opened the gate."""
    returned_by: Mapped[UUID | None]
    """The sending back for which it is asked anew, in the place of another."""
    ended_by: Mapped[UUID | None]
    """The sending back that put another in its place."""


class Slot(Base):
    """A place in a stage that needs an act (枠); bound to a person by the act at the latest."""

    __tablename__ = "slots"
    __table_args__ = (UniqueConstraint("stage_id", "position"),)

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("stages.id"), index=True)
    position: Mapped[int]
    kind: Mapped[Word]
    state: Mapped[Word] = mapped_column(default="waiting")
    participant_id: Mapped[UUID | None] = mapped_column(ForeignKey("participants.id"), index=True)
    asked_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class SlotCandidate(Base):
    """Who may fill a slot. One row for a slot that is meant for one person."""

    __tablename__ = "slot_candidates"

    slot_id: Mapped[UUID] = mapped_column(ForeignKey("slots.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(
        ForeignKey("participants.id"), primary_key=True, index=True
    )


class ParticipantDocument(Base):
    """A document that was chosen for a recipient. Who has no such row gets all of them."""

    __tablename__ = "participant_documents"

    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), primary_key=True)


class Hindrance(Base):
    """What an envelope waits for besides people; open while `ended_at` is None."""

    __tablename__ = "hindrances"
    __table_args__ = (
        Index(
            "ix_hindrances_open",
            "envelope_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    kind: Mapped[Word]
    reason: Mapped[str] = mapped_column(String(64), default="")
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
