"""Tables of contacts: kept sealed while they are looked at, then taken whole or not at all."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from domain.contact_table import Table, TableLine, merged_with
from domain.contacts import Contact, ContactEvent
from domain.events import Event, Json, canonical
from domain.refusals import Words
from domain.tables import Fault
from storage import ledger, tables
from storage.contacts import columns_of, contact_of, stored
from storage.locks import locked, take_turn
from storage.people import VAULT_OWNER
from storage.tables import ContactChange, ContactImport, Member
from storage.vault import Vault

SEVERAL = Words(
    "同じメールアドレスと氏名の宛先が、宛先帳に2件以上あります。先に1件にまとめてください。",
    "The address book has this address and name more than once. Merge them first.",
)


class ImportChanged(Exception):
    """The book is not what it was when the table was looked at, or the table is taken already."""


@dataclass
class Plan:
    """What taking a table would do."""

    added: list[TableLine] = field(default_factory=list)
    changed: list[tuple[tables.Contact, Contact]] = field(default_factory=list)
    """Each with the values that it would have."""
    same: int = 0
    """Lines that say what is known."""
    left: int = 0
    """Lines about known contacts that stay as they are, because the member wants it so."""
    alike: list[TableLine] = field(default_factory=list)
    """Of those added: who is perhaps somebody known, or on an earlier line."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.changed)

    @property
    def sha256(self) -> str:
        """Of what was shown."""
        rows: list[Json] = [[line.line, line.contact.as_json()] for line in self.added]
        rows += [[str(row.id), row.revision, after.as_json()] for row, after in self.changed]
        return hashlib.sha256(canonical(rows)).hexdigest()


def keep(  # noqa: PLR0913 - what came, from whom, and what he wants
    session: Session,
    vault: Vault,
    member: Member,
    file_name: str,
    data: bytes,
    now: datetime,
    *,
    updates: bool,
) -> ContactImport:
    """Keep a table until it was looked at, instead of an earlier one of the member's;
    `storage.forgetting` removes it after a day."""
    session.execute(delete(ContactImport).where(ContactImport.member_id == member.id))
    key = uuid4()
    row = ContactImport(
        id=key,
        organisation_id=member.organisation_id,
        member_id=member.id,
        file_name=file_name[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        updates=updates,
        sealed=vault.seal(session, VAULT_OWNER, member.organisation_id, data, _context(key)),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def find_import(session: Session, member: Member, import_id: UUID) -> ContactImport | None:
    """The member's own table."""
    row = session.get(ContactImport, import_id)
    return row if row is not None and row.member_id == member.id else None


def bytes_of(session: Session, vault: Vault, row: ContactImport) -> bytes:
    """The table as it came."""
    return vault.unseal(session, VAULT_OWNER, row.organisation_id, row.sealed, _context(row.id))


def planned(session: Session, organisation_id: UUID, table: Table, *, updates: bool) -> Plan:
    """What would be done with each line."""
    plan = Plan(faults=list(table.faults))
    by_key: dict[tuple[str, str], list[tables.Contact]] = defaultdict(list)
    mails: set[str] = set()
    names: set[tuple[str, str]] = set()
    row = tables.Contact
    for known in session.scalars(
        select(row).where(row.organisation_id == organisation_id, row.active.is_(True))
    ):
        by_key[known.mail_even, known.person_even].append(known)
        mails.add(known.mail_even)
        names.add((known.company_even, known.person_even))
    for line in table.lines:
        found = by_key.get(line.key, [])
        if len(found) > 1:
            plan.faults.append(Fault(line.line, "mail", SEVERAL))
        elif found:
            _known(plan, found[0], line, table.columns, updates=updates)
        else:
            _new(plan, line, mails, names)
    return plan


def _known(
    plan: Plan, row: tables.Contact, line: TableLine, columns: tuple[str, ...], *, updates: bool
) -> None:
    before = contact_of(row)
    after = merged_with(before, line, columns)
    if before == after:
        plan.same += 1
    elif updates:
        plan.changed.append((row, after))
    else:
        plan.left += 1


def _new(plan: Plan, line: TableLine, mails: set[str], names: set[tuple[str, str]]) -> None:
    contact = line.contact
    name = (contact.company_even, contact.person_even)
    if contact.mail_even in mails or (name[0] and name in names):
        plan.alike.append(line)
    mails.add(contact.mail_even)
    names.add(name)
    plan.added.append(line)


def take(  # noqa: PLR0913 - whose, which, as shown, when
    session: Session, member: Member, import_id: UUID, table: Table, shown: str, now: datetime
) -> tuple[int, int]:
    """Do all of it; returns how many were added and how many changed.

    Raises LookupError, and ImportChanged where the plan is not the one that was shown.
    """
    take_turn(session, f"contacts:{member.organisation_id}")
    kept = locked(session, ContactImport, import_id)
    if kept is None or kept.member_id != member.id:
        raise LookupError(str(import_id))
    plan = planned(session, member.organisation_id, table, updates=kept.updates)
    if kept.taken_at is not None or plan.faults or plan.empty or plan.sha256 != shown:
        raise ImportChanged
    changes = [*_add(session, member, plan, now), *_change(session, member, plan, now)]
    session.execute(insert(ContactChange), changes)
    kept.taken_at, kept.sealed = now, b""
    said: list[Json] = [
        {"after": change["after"], "before": change["before"], "contact": str(change["contact_id"])}
        for change in changes
    ]
    ledger.append(
        session,
        Event.CONTACTS_IMPORTED,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={
            "added": len(plan.added),
            "changed": len(plan.changed),
            "file": kept.sha256,
            "changes": hashlib.sha256(canonical(said)).hexdigest(),
        },
    )
    return len(plan.added), len(plan.changed)


def _add(session: Session, member: Member, plan: Plan, now: datetime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        columns_of(line.contact)
        | {
            "id": uuid4(), "organisation_id": member.organisation_id, "active": True,
            "revision": 1, "changed_at": now,
        }
        for line in plan.added
    ]  # fmt: skip
    if rows:
        session.execute(insert(tables.Contact), rows)
    return [
        _line(row["id"], 1, member, {}, line.contact, now)
        for row, line in zip(rows, plan.added, strict=True)
    ]


def _change(session: Session, member: Member, plan: Plan, now: datetime) -> list[dict[str, Any]]:
    lines = [
        _line(row.id, row.revision + 1, member, stored(contact_of(row), active=True), after, now)
        for row, after in plan.changed
    ]
    rows: Sequence[dict[str, Any]] = [
        columns_of(after) | {"id": row.id, "revision": row.revision + 1, "changed_at": now}
        for row, after in plan.changed
    ]
    if rows:
        session.execute(update(tables.Contact), rows)
    return lines


def _line(  # noqa: PLR0913 - the parts of one change
    contact_id: UUID,
    number: int,
    member: Member,
    before: dict[str, Json],
    after: Contact,
    now: datetime,
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "contact_id": contact_id,
        "number": number,
        "kind": ContactEvent.IMPORTED.value,
        "member_id": member.id,
        "before": before,
        "after": stored(after, active=True),
        "at": now,
    }


def _context(key: UUID) -> bytes:
    return b"contacts:" + key.bytes
