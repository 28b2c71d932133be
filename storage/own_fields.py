"""Kinds of contract with their own fields, and the values of contracts: the rows behind both."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.drafts import CheckedDraft
from domain.events import Event, Json, canonical
from domain.forms import FormCheck, FormProblems
from domain.own_definitions import TypedOwnField, check_definition
from domain.own_fields import (
    OwnField,
    OwnKind,
    check_own,
    evened_text,
    own_field,
    scaled,
)
from domain.refusals import Words
from storage import ledger
from storage.locks import locked, take_turn
from storage.tables import ContractKind, ContractKindVersion, DealValue, Envelope, Member

Row = TypeVar("Row")

MAX_KINDS = 200
"""Of one organisation, retired ones included."""


class KindTaken(Exception):
    """The organisation has a kind of this name, or as many kinds as it may have."""


class KindChangedMeanwhile(Exception):
    """Somebody else kept a version since the form was opened."""


@dataclass(frozen=True)
class Definition:
    """A kind and the newest version of its fields."""

    kind: ContractKind
    fields: tuple[OwnField, ...]

    @property
    def live(self) -> tuple[OwnField, ...]:
        """Those that are filled in."""
        return tuple(field for field in self.fields if not field.retired)


# -- definitions ---------------------------------------------------------------------------------


def listed(
    session: Session, organisation_id: UUID, *, retired: bool = True
) -> Sequence[ContractKind]:
    """All of them, by name."""
    query = select(ContractKind).where(ContractKind.organisation_id == organisation_id)
    if not retired:
        query = query.where(ContractKind.retired_at.is_(None))
    return session.scalars(query.order_by(ContractKind.name, ContractKind.id)).all()


def definitions(session: Session, organisation_id: UUID) -> list[Definition]:
    """Every kind with its fields, those not in use behind."""
    rows = session.execute(
        select(ContractKind, ContractKindVersion.fields)
        .outerjoin(
            ContractKindVersion,
            (ContractKindVersion.kind_id == ContractKind.id)
            & (ContractKindVersion.number == ContractKind.version),
        )
        .where(ContractKind.organisation_id == organisation_id)
        .order_by(ContractKind.retired_at.is_not(None), ContractKind.name, ContractKind.id)
    )
    return [
        Definition(kind, tuple(own_field(one) for one in fields or ())) for kind, fields in rows
    ]


def find(session: Session, organisation_id: UUID, kind_id: UUID) -> Definition | None:
    """A kind of the organisation; another's does not exist."""
    row = session.get(ContractKind, kind_id)
    return _definition(session, row) if row and row.organisation_id == organisation_id else None


def named(
    session: Session, organisation_id: UUID, name: str, *, retired: bool = False
) -> Definition | None:
    """The kind that a draft or a contract names; width, case and blanks do not count. One that is
    not in use any more only for contracts that have it."""
    even = evened_text(name)
    if not even:
        return None
    row = session.scalar(
        select(ContractKind).where(
            ContractKind.organisation_id == organisation_id, ContractKind.name_even == even
        )
    )
    if row is None or (row.retired_at is not None and not retired):
        return None
    return _definition(session, row)


def versions(session: Session, kind_id: UUID) -> Sequence[tuple[ContractKindVersion, str]]:
    """The newest first, each with whoever made it."""
    rows = session.execute(
        select(ContractKindVersion, Member.name)
        .join(Member, Member.id == ContractKindVersion.member_id)
        .where(ContractKindVersion.kind_id == kind_id)
        .order_by(ContractKindVersion.number.desc())
    )
    return [(row, name) for row, name in rows]


def add(session: Session, actor: Member, name: str, name_en: str, now: datetime) -> ContractKind:
    """A kind without fields. Raises KindTaken."""
    take_turn(session, f"kinds:{actor.organisation_id}")
    known = listed(session, actor.organisation_id)
    even = evened_text(name)
    if len(known) >= MAX_KINDS or any(kind.name_even == even for kind in known):
        raise KindTaken
    row = ContractKind(
        organisation_id=actor.organisation_id,
        name=name,
        name_even=even,
        name_en=name_en,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _keep(session, actor, row, (), now)
    return row


def save(  # noqa: PLR0913 - whose, which, what, made from which version, when
    session: Session,
    actor: Member,
    kind_id: UUID,
    rows: Sequence[TypedOwnField],
    name_en: str,
    seen: int,
    now: datetime,
) -> bool:
    """Keep a version; False where nothing differs. Raises FormProblems, KindChangedMeanwhile."""
    kind = locked(session, ContractKind, kind_id)
    if kind is None or kind.organisation_id != actor.organisation_id:
        raise LookupError(str(kind_id))
    before = _definition(session, kind).fields
    fields = check_definition(rows, before, lambda: str(uuid4()))
    if fields == before and name_en == kind.name_en:
        return False
    if kind.version != seen:
        raise KindChangedMeanwhile
    kind.name_en = name_en
    _keep(session, actor, kind, fields, now)
    return True


def retire(session: Session, actor: Member, kind_id: UUID, now: datetime, *, back: bool) -> None:
    """Not offered any more, or (`back`) offered again."""
    kind = locked(session, ContractKind, kind_id)
    if kind is None or kind.organisation_id != actor.organisation_id:
        raise LookupError(str(kind_id))
    if (kind.retired_at is None) == back:
        return
    kind.retired_at = None if back else now
    tag = Event.KIND_RESTORED if back else Event.KIND_RETIRED
    _note(session, tag, actor, now, {"kind": kind.id})


def _keep(
    session: Session, actor: Member, kind: ContractKind, fields: Iterable[OwnField], now: datetime
) -> None:
    kind.version += 1
    stored = [field.as_json() for field in fields]
    session.add(
        ContractKindVersion(
            kind_id=kind.id, number=kind.version, fields=stored, member_id=actor.id, created_at=now
        )
    )
    session.flush()
    said: dict[str, Any] = {"fields": stored, "name": kind.name, "name_en": kind.name_en}
    _note(
        session,
        Event.KIND_SAVED,
        actor,
        now,
        {
            "kind": kind.id,
            "version": kind.version,
            "fields": len(stored),
            "definition": hashlib.sha256(canonical(said)).hexdigest(),
        },
    )


def _note(session: Session, tag: Event, actor: Member, now: datetime, data: dict[str, Any]) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{actor.id}",
        organisation_id=actor.organisation_id,
        data=data,
    )


def _definition(session: Session, kind: ContractKind) -> Definition:
    stored = session.scalar(
        select(ContractKindVersion.fields).where(
            ContractKindVersion.kind_id == kind.id, ContractKindVersion.number == kind.version
        )
    )
    return Definition(kind, tuple(own_field(one) for one in stored or ()))


# -- values --------------------------------------------------------------------------------------


def own_problems(
    session: Session, organisation_id: UUID, kind: str, own: Iterable[tuple[str, str]]
) -> dict[str, Words]:
    """What keeps a draft of this kind from being sent, by the field's input."""
    found, check = named(session, organisation_id, kind), FormCheck()
    if found is not None:
        check_own(check, found.live, dict(own))
    return check.problems


def with_own(session: Session, organisation_id: UUID, checked: CheckedDraft) -> CheckedDraft:
    """The draft with its own fields' values as they are kept, and with its kind as the
    administrator wrote it. Raises FormProblems, as `own_problems` names them."""
    found = named(session, organisation_id, checked.contract_kind)
    if found is None:
        return replace(checked, own=())
    check = FormCheck()
    values = check_own(check, found.live, dict(checked.own))
    if check.problems:
        raise FormProblems(check.problems)
    return replace(checked, own=tuple(sorted(values.items())), contract_kind=found.kind.name)


def used_definition(
    session: Session, organisation_id: UUID, checked: CheckedDraft
) -> dict[str, Json]:
    """For the ledger's event of a sending: kind and version. No hash of the values: the other side
    takes the event along, and could find a short value by trying."""
    found = named(session, organisation_id, checked.contract_kind)
    if found is None:
        return {}
    return {"contract_kind": str(found.kind.id), "contract_kind_version": found.kind.version}


def values_of(session: Session, envelope_id: UUID) -> dict[str, str]:
    """A contract's values, by field."""
    return _by_envelope(session, [envelope_id]).get(envelope_id, {})


def in_chunks(
    session: Session, rows: Iterable[tuple[UUID, Row]], size: int
) -> Iterator[tuple[Row, dict[str, str]]]:
    """Each row with the values of its envelope, which are fetched for many at once."""
    chunk: list[tuple[UUID, Row]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield from _with_values(session, chunk)
            chunk = []
    yield from _with_values(session, chunk)


def _with_values(
    session: Session, chunk: Sequence[tuple[UUID, Row]]
) -> Iterator[tuple[Row, dict[str, str]]]:
    known = _by_envelope(session, [key for key, _ in chunk]) if chunk else {}
    for key, row in chunk:
        yield row, known.get(key, {})


def _by_envelope(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    rows = session.execute(
        select(DealValue.envelope_id, DealValue.field_id, DealValue.value).where(
            DealValue.envelope_id.in_(ids)
        )
    )
    found: dict[UUID, dict[str, str]] = {}
    for envelope_id, field_id, value in rows:
        found.setdefault(envelope_id, {})[str(field_id)] = value
    return found


def write_values(
    session: Session, envelope: Envelope, values: Mapping[str, str], fields: Iterable[OwnField]
) -> None:
    """Replace a contract's values; the caller keeps the history. `fields` knows each value's."""
    known = {field.id: field for field in fields}
    session.execute(delete(DealValue).where(DealValue.envelope_id == envelope.id))
    session.add_all(_row(envelope.id, known[key], value) for key, value in values.items())
    session.flush()


def _row(envelope_id: UUID, field: OwnField, value: str) -> DealValue:
    row = DealValue(envelope_id=envelope_id, field_id=UUID(field.id), value=value)
    match field.kind:
        case OwnKind.TEXT | OwnKind.CHOICE:
            row.even = evened_text(value)
        case OwnKind.NUMBER | OwnKind.MONEY:
            row.number = scaled(field.kind, value)
        case OwnKind.DATE:
            row.day = date.fromisoformat(value)
    return row
