"""Entries of the operation log in words: who, what, about what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.ids import read_id
from domain.kinds import EnvelopeState
from domain.operations import OPERATION_WORDS, Operation
from storage.tables import Envelope, Member, OperationEntry
from webapp.admin.log_details import detail_of
from webapp.admin.log_things import Things, names_of, things_in
from webapp.event_words import event_text
from webapp.language import say, words

_AT_ONCE = 500


@dataclass(frozen=True)
class LogRow:
    """One line of the page and of the table for spreadsheets."""

    entry: OperationEntry
    who: str
    what: str
    about: str
    detail: str
    envelope_id: UUID | None

    @property
    def address(self) -> str:
        """Of the network from which it was done; empty where that is not kept."""
        return str(self.entry.data.get("address", ""))


def columns() -> list[str]:
    """What the columns are called."""
    return [say("日時"), say("操作した人"), say("操作の内容"), say("対象"), say("詳細")]


def people_of(session: Session, organisation_id: UUID) -> dict[UUID, str]:
    """Names of all members, also of those who left."""
    rows = session.execute(
        select(Member.id, Member.name)
        .where(Member.organisation_id == organisation_id)
        .order_by(Member.name, Member.mail)
    )
    return {row.id: row.name for row in rows}


def log_rows(
    session: Session, entries: Iterator[OperationEntry], names: Mapping[UUID, str]
) -> Iterator[LogRow]:
    """The entries in their order."""
    while some := list(islice(entries, _AT_ONCE)):
        envelopes = {key for entry in some if (key := _envelope_of(entry)) is not None}
        rows = session.scalars(select(Envelope).where(Envelope.id.in_(envelopes)))
        # An id that a form made up is nobody's: what belongs elsewhere is not named here.
        own = {row.id: row for row in rows if row.organisation_id == some[0].organisation_id}
        things = things_in(session, some, own)
        for entry in some:
            yield _row(entry, names, own, things)


def _row(
    entry: OperationEntry,
    names: Mapping[UUID, str],
    envelopes: Mapping[UUID, Envelope],
    things: Things,
) -> LogRow:
    envelope = envelopes.get(_envelope_of(entry) or UUID(int=0))
    parts = []
    if envelope is not None:
        parts.append(f"{envelope.number} {envelope.title}".strip())
    parts += names_of(entry, things, names)
    return LogRow(
        entry=entry,
        who=_who(entry.actor, names),
        what=_what(entry.tag),
        about=" / ".join(parts),
        detail=detail_of(entry, names, things),
        envelope_id=_page_of(envelope),
    )


def _page_of(envelope: Envelope | None) -> UUID | None:
    """A discarded draft has none any more."""
    there = envelope is not None and envelope.state != EnvelopeState.DISCARDED
    return envelope.id if envelope is not None and there else None


def _envelope_of(entry: OperationEntry) -> UUID | None:
    return entry.envelope_id or read_id(entry.data.get("envelope"))


def _who(actor: str, names: Mapping[UUID, str]) -> str:
    kind, _, key = actor.partition(":")
    if kind == "member":
        return names.get(read_id(key) or UUID(int=0), "―")
    return say("ログインしていない人") if kind == "visitor" else say("自動")


def _what(tag: str) -> str:
    return words(OPERATION_WORDS[Operation(tag)]) if tag in set(Operation) else event_text(tag)
