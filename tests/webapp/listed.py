"""Three rows in every list of an organisation, each list's columns in orders of their own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Boolean, Date, DateTime, Integer, Uuid
from sqlalchemy.orm import Session

from storage import tables
from storage.tables import Base, Member

TODAY = datetime.now(UTC).date()
NOW = datetime.now(UTC)
MARKS = "abc"
ABC, BCA, CAB, BAC, ACB = "abc", "bca", "cab", "bac", "acb"
"""Marks of three rows in the order of a column's values, from the least."""


@dataclass(frozen=True)
class Listed:
    """A list: its address, the word before its rows' marks, and its keys with their orders; the
    first one is the usual key, and runs as `usual` says."""

    path: str
    rows: str
    keys: dict[str, str]
    down: bool = False
    prefix: str = ""
    query: str = ""


LISTS = [
    Listed("/admin/members", "row", {"name": ABC, "mail": BCA, "department": CAB}, query="q=row-"),
    Listed("/admin/members", "inv", {"invited": BCA, "mail": ABC}, down=True, prefix="invited_"),
    Listed("/admin/departments", "dep", {"code": BCA, "name": ABC, "head": CAB, "members": BAC}),
    Listed("/admin/chains", "chain", {"name": ABC, "newest": BCA}, query="q=chain-"),
    Listed("/admin/kinds", "kind", {"name": ABC, "newest": BCA}),
    Listed("/admin/seals", "seal", {"name": ABC, "size": BCA, "until": CAB}),
    Listed("/admin/mandates", "man", {"begins": BCA, "last": CAB, "name": ABC, "most": BAC}),
    Listed("/admin/absences", "row", {"begins": BCA, "ends": CAB, "name": ABC}),
    Listed("/contacts", "con", {"kana": BCA, "company": CAB, "mail": BAC, "newest": ACB}),
    Listed("/templates", "tem", {"newest": BCA, "name": ABC, "used": CAB}, down=True),
    Listed("/deals/terms", "term", {"day": BCA, "title": ABC, "partner": CAB}),
    Listed(
        "/deals/deletions",
        "del",
        {"proposed": BCA, "title": ABC, "decided": CAB},
        down=True,
        query="shown=all",
    ),
    Listed("/deals/verifications", "row", {"asked": BCA, "who": ABC, "result": CAB}, down=True),
    Listed("/deals/disclosures", "zip", {"asked": BCA, "who": ABC}, down=True, prefix="zip_"),
    Listed(
        "/deals/imports",
        "imp",
        {"limit": BCA, "title": ABC, "partner": CAB, "received": BAC, "stamped": ACB},
        query="shown=all",
    ),
    Listed("/deals/imports", "row", {"begun": BCA, "who": ABC, "files": CAB}, prefix="open_"),
    Listed("/waiting", "wait", {"deadline": BCA, "asked": CAB, "title": ABC}),
]


class Filling:
    """Writes rows of one organisation. `word` begins every mark."""

    def __init__(self, session: Session, admin: Member, word: str) -> None:
        self.session, self.admin, self.word = session, admin, word
        self.organisation = admin.organisation_id
        self.people = {
            (kind, mark): self.member(kind, mark) for kind in ("row", "zip") for mark in MARKS
        }

    def make(self, table: str, **values: Any) -> Any:
        """A row; what is not said is empty, and belongs to the organisation and its admin."""
        kind: type[Base] = getattr(tables, table)
        for column in kind.__table__.columns:
            if column.name not in values and not column.nullable and column.default is None:
                values[column.name] = self._empty(column.name, column.type)
        row = kind(**values)
        self.session.add(row)
        self.session.flush()
        return row

    def _empty(self, name: str, kind: Any) -> Any:
        if isinstance(kind, Uuid):
            return self.organisation if name == "organisation_id" else self.admin.id
        if isinstance(kind, DateTime) or name.endswith("_at"):
            return NOW
        plain = {Date: TODAY, Boolean: False, Integer: 0}
        for wanted, value in plain.items():
            if isinstance(kind, wanted):
                return value
        return [] if name in {"kinds", "faults"} else {} if "JSON" in repr(kind) else ""

    def mark(self, rows: str, mark: str) -> str:
        """What the page shows of a row."""
        return f"{self.word}{rows}-{mark}"

    def member(self, rows: str, mark: str, **values: Any) -> Any:
        """Somebody of the organisation."""
        named = {
            "name": self.mark(rows, mark),
            "mail": f"{BCA.index(mark)}{rows}@{self.word or 'city'}.example",
            "roles": ["clerk"],
            "department": str(CAB.index(mark)),
            "active": True,
        }
        return self.make("Member", **(named | values))

    def envelope(self, title: str, **values: Any) -> Any:
        """With a number of its own."""
        return self.make("Envelope", title=title, number=str(uuid4().int)[:10], **values)


def fill(session: Session, admin: Member, word: str = "") -> None:
    """All lists of the admin's organisation."""
    filling = Filling(session, admin, word)
    batch = filling.make("ImportBatch", taken_at=NOW)
    for mark in MARKS:
        for one in (_office, _people, _deals, _proofs, _waiting):
            one(filling, mark)
        _imports(filling, mark, batch.id)


def _office(to: Filling, mark: str) -> None:
    head = to.people["row", MARKS[CAB.index(mark)]]
    name = to.mark("dep", mark)
    part = to.make("Department", code=str(BCA.index(mark)), name=name, head_id=head.id)
    for number in range(BAC.index(mark)):
        to.member(f"crew{number}", mark, department_id=part.id)
    invited = NOW - timedelta(hours=1, minutes=-BCA.index(mark))
    to.make("Invitation", mail=f"{to.mark('inv', mark)}@x.example", roles=[], invited_at=invited)
    changed = NOW + timedelta(minutes=BCA.index(mark))
    stages: dict[str, list[str]] = {"stages": []}
    named = {"name": to.mark("chain", mark), "created_at": changed, "active": True}
    to.make("Chain", version=1, definition=stages, **(named | {"created_at": NOW}))
    to.make("Chain", version=2, definition=stages, **named)
    kind = to.mark("kind", mark)
    to.make("ContractKind", name=kind, name_even=kind, created_at=changed)
    to.make(
        "OfficialSeal", name=to.mark("seal", mark), mm=10 + BCA.index(mark), members=[],
        departments=[], roles=[], valid_until=_day(CAB, mark),
    )  # fmt: skip


def _people(to: Filling, mark: str) -> None:
    who = to.people["row", mark]
    past = TODAY - timedelta(days=10)
    to.make(
        "Mandate", member_id=who.id, title=to.mark("man", mark), kinds=[], basis="規則",
        begins_on=past + timedelta(days=BCA.index(mark)), most=1 + BAC.index(mark),
        ends_on=_day(CAB, mark), created_at=NOW - timedelta(days=20),
    )  # fmt: skip
    to.make(
        "Absence", member_id=who.id, begins_on=_day(BCA, mark),
        ends_on=_day(CAB, mark) + timedelta(days=9),
    )  # fmt: skip
    name = to.mark("con", mark)
    to.make(
        "Contact", name=name, kana=f"カ{BCA.index(mark)}", language="ja", active=True,
        company=f"C{CAB.index(mark)}", company_even=f"c{CAB.index(mark)}",
        mail=f"{BAC.index(mark)}@x.example", mail_even=f"{BAC.index(mark)}@x.example",
        searched=name, changed_at=NOW + timedelta(minutes=ACB.index(mark)),
    )  # fmt: skip
    template = to.make(
        "Template", name=to.mark("tem", mark), share="organisation", version=1,
        changed_at=NOW + timedelta(minutes=BCA.index(mark)), active=True,
    )  # fmt: skip
    for _ in range(CAB.index(mark)):
        to.envelope("sent", template_id=template.id, sent_at=NOW, state="done")


def _deals(to: Filling, mark: str) -> None:
    term = to.envelope(to.mark("term", mark), state="done")
    to.make(
        "Deal", envelope_id=term.id, ends_on=_day(BCA, mark) + timedelta(days=5),
        partner=f"P{CAB.index(mark)}",
    )  # fmt: skip
    gone = to.envelope(to.mark("del", mark), state="done")
    to.make(
        "Deletion", envelope_id=gone.id, reason="期間満了", decision="refused",
        proposed_at=NOW + timedelta(minutes=BCA.index(mark)),
        decided_at=NOW + timedelta(minutes=10 + CAB.index(mark)), decided_by=to.admin.id,
    )  # fmt: skip


def _proofs(to: Filling, mark: str) -> None:
    asked = {"basis": "made_on", "since": "2026-01-01", "until": "2026-12-31"}
    when = {"asked_at": NOW + timedelta(minutes=BCA.index(mark)), "language": "ja"}
    who = to.people["row", mark].id
    problems = CAB.index(mark)
    to.make("Verification", member_id=who, asked=asked, problems=problems, **when)
    zipped = to.people["zip", mark].id
    run = to.make("Verification", member_id=zipped, asked=asked, **when)
    to.make("Disclosure", member_id=zipped, run_id=run.id, conditions={}, **when)


def _imports(to: Filling, mark: str, batch: UUID) -> None:
    envelope = _imported(
        to, to.mark("imp", mark), batch, limit_on=_day(BCA, mark), token=b"x", taken_at=NOW,
        token_time=NOW + timedelta(minutes=ACB.index(mark)),
    )  # fmt: skip
    to.make(
        "Deal", envelope_id=envelope, partner=f"P{CAB.index(mark)}", received_on=_day(BAC, mark)
    )
    begun = NOW + timedelta(minutes=BCA.index(mark))
    under_way = to.make("ImportBatch", member_id=to.people["row", mark].id, created_at=begun)
    for _ in range(CAB.index(mark)):
        _imported(to, "file", under_way.id)


def _imported(to: Filling, title: str, batch: UUID, **values: Any) -> UUID:
    envelope = to.envelope(title, origin="imported", state="done")
    document = to.make("Document", envelope_id=envelope.id, position=1, title=title)
    row = {"envelope_id": envelope.id, "document_id": document.id, "batch_id": batch, "typed": {}}
    to.make("Imported", position=1, **(row | values))
    found: UUID = envelope.id
    return found


def _waiting(to: Filling, mark: str) -> None:
    deadline = NOW + timedelta(days=3 + BCA.index(mark))
    envelope = to.envelope(
        to.mark("wait", mark), state="running", deadline_at=deadline, sent_at=NOW
    )
    key = {"envelope_id": envelope.id}
    party = to.make("Party", kind="own", name="own", **key)
    person = to.make(
        "Participant", party_id=party.id, member_id=to.admin.id, kind="approver", position=0,
        name="x", mail=to.admin.mail, mailbox=to.admin.mail, **key,
    )  # fmt: skip
    stage = to.make("Stage", version=1, position=0, need=1, opened_at=NOW, **key)
    asked = NOW + timedelta(minutes=CAB.index(mark))
    slot = to.make(
        "Slot", stage_id=stage.id, position=0, kind="approve", state="asked", asked_at=asked, **key
    )
    to.make("SlotCandidate", slot_id=slot.id, participant_id=person.id)
    to.make("Link", participant_id=person.id, purpose="act", issued_at=NOW)


def _day(order: str, mark: str) -> date:
    return TODAY + timedelta(days=1 + order.index(mark))
