"""メールの文面, kept in versions: written by administrators, read where a mail is composed.

A mail says what was newest at the moment when it was ordered, not when its envelope was sent: a
wrong telephone number in a text is mended for the reminders of what is under way, while a mail that
is tried again (with the same Message-ID) has the same words each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kinds import Language, NoticeKind
from domain.mail_texts import SENDER, MailSender, MailText, MailWords
from storage.locks import locked
from storage.organisations import note_change
from storage.paging import Page, existing
from storage.tables import MailTextVersion, Member, Organisation

PAGE_SIZE = 10


class TextChangedMeanwhile(Exception):
    """Somebody else kept a newer version than the form was made from."""


@dataclass(frozen=True)
class Written:
    """A version with its writer, and what it replaced."""

    row: MailTextVersion
    author: str
    before: Mapping[str, Any]


def save(  # noqa: PLR0913 - a version's parts
    session: Session,
    member: Member,
    part: str,
    content: Mapping[str, Any],
    seen: int,
    now: datetime,
) -> bool:
    """The next version. False where nothing changes. Raises TextChangedMeanwhile."""
    locked(session, Organisation, member.organisation_id)
    newest = newest_of(session, member.organisation_id, part)
    number = newest.version if newest is not None else 0
    if seen < number:
        raise TextChangedMeanwhile(part)
    before = newest.content if newest is not None else {}
    if _said(before) == _said(content):
        return False
    session.add(
        MailTextVersion(
            organisation_id=member.organisation_id,
            part=part,
            version=number + 1,
            content=dict(content),
            created_by=member.id,
            created_at=now,
        )
    )
    # Which version, not its words: those are in the table, and the ledger forgets nothing.
    note_change(session, member, now, "mail_text", part=part, version=number + 1)
    return True


def newest_of(
    session: Session, organisation_id: UUID, part: str, at: datetime | None = None
) -> MailTextVersion | None:
    """The version that holds, or held at `at`."""
    until = [] if at is None else [MailTextVersion.created_at <= at]
    return session.scalar(
        select(MailTextVersion)
        .where(
            MailTextVersion.organisation_id == organisation_id,
            MailTextVersion.part == part,
            *until,
        )
        .order_by(MailTextVersion.version.desc())
        .limit(1)
    )


def newest_of_all(session: Session, organisation_id: UUID) -> dict[str, Written]:
    """What holds, by part."""
    latest = (
        select(MailTextVersion.part, func.max(MailTextVersion.version).label("version"))
        .where(MailTextVersion.organisation_id == organisation_id)
        .group_by(MailTextVersion.part)
        .subquery()
    )
    rows = session.execute(
        select(MailTextVersion, Member.name)
        .join(Member, Member.id == MailTextVersion.created_by)
        .join(
            latest,
            (latest.c.part == MailTextVersion.part) & (latest.c.version == MailTextVersion.version),
        )
        .where(MailTextVersion.organisation_id == organisation_id)
    )
    return {row.part: Written(row, author, {}) for row, author in rows}


def versions(session: Session, organisation_id: UUID, part: str, number: int) -> Page[Written]:
    """A page of what was written, the newest first."""
    here = (MailTextVersion.organisation_id == organisation_id, MailTextVersion.part == part)
    total = session.scalar(select(func.count()).select_from(MailTextVersion).where(*here)) or 0
    number = existing(number, total, PAGE_SIZE)
    rows = session.execute(
        select(MailTextVersion, Member.name)
        .join(Member, Member.id == MailTextVersion.created_by)
        .where(*here)
        .order_by(MailTextVersion.version.desc())
        .limit(PAGE_SIZE + 1)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    older: list[Mapping[str, Any]] = [*(row.content for row, _ in rows[1:]), {}]
    found = [Written(*row, before) for row, before in zip(rows, older, strict=False)]
    return Page(found[:PAGE_SIZE], total, number, PAGE_SIZE)


def words_at(
    session: Session, organisation_id: UUID, kind: NoticeKind, language: Language, at: datetime
) -> MailWords:
    """An organisation's own words for a mail that was ordered at `at`."""
    row = newest_of(session, organisation_id, kind.value, at)
    return MailText.of(row.content).in_language(language) if row is not None else MailWords()


def sender_at(session: Session, organisation_id: UUID, at: datetime) -> MailSender:
    """Who its mails are from, by name."""
    row = newest_of(session, organisation_id, SENDER, at)
    return MailSender(**row.content) if row is not None else MailSender()


def _said(content: Mapping[str, Any]) -> dict[str, str]:
    """What a version says, whatever it leaves out or has empty."""
    flat: dict[str, str] = {}
    for name, value in content.items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        flat |= {f"{name}-{part}": str(text) for part, text in parts if text}
    return flat
