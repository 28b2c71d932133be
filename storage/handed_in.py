"""Files that were handed in (添付ファイル): what accepted signatures of an envelope name, as they
froze it. Whatever else lies in the table was replaced, removed or never agreed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.attachments import Attached, archive_paths, attached_of
from domain.kinds import ActKind, FieldKind
from domain.refusals import Refusal
from storage.attachments import attached, is_proven
from storage.filling import thaw
from storage.tables import Act, Attachment, Blob, Envelope, Field, Participant
from storage.vault import Vault


@dataclass(frozen=True)
class HandedIn:
    """One file, whose it is, and what it was asked for."""

    act_id: UUID
    person: Participant
    field: Field
    file: Attached
    row: Attachment
    path: str
    """In the ZIP of everything: `添付/1 山田太郎/印鑑証明書.pdf`."""

    @property
    def blob_id(self) -> UUID:
        """Of its bytes."""
        assert self.row.blob_id is not None
        return self.row.blob_id


def handed_in(session: Session, vault: Vault, envelope: Envelope) -> tuple[HandedIn, ...]:
    """In the order in which people signed the current version."""
    fields = {
        str(row.id): row
        for row in session.scalars(
            select(Field)
            .join(Attachment, Attachment.field_id == Field.id)
            .where(Field.version == envelope.version, Field.kind == FieldKind.ATTACHMENT.value)
            .join(Participant, Participant.id == Attachment.participant_id)
            .where(Participant.envelope_id == envelope.id)
        )
    }
    if not fields:
        return ()
    acts = session.scalars(
        select(Act)
        .where(
            Act.envelope_id == envelope.id,
            Act.version == envelope.version,
            Act.kind == ActKind.SIGN.value,
            Act.accepted.is_(True),
        )
        .order_by(Act.answer_order, Act.posted_at)
    ).all()
    found = [row for act in acts for row in _of_act(session, vault, envelope, act, fields)]
    people = list(dict.fromkeys(person.id for person, *_ in found))
    names = [(people.index(p.id) + 1, p.name, file.name) for p, _, file, _, _ in found]
    return tuple(
        HandedIn(act.id, person, field, file, row, path)
        for (person, field, file, row, act), path in zip(found, archive_paths(names), strict=True)
    )


_Row = tuple[Participant, Field, Attached, Attachment, Act]


def _of_act(
    session: Session, vault: Vault, envelope: Envelope, act: Act, fields: dict[str, Field]
) -> Sequence[_Row]:
    """In the order of the fields' names; what is not what the act froze is left out."""
    try:
        values = thaw(session, vault, envelope, act)
    except Refusal:
        return ()
    found = []
    for key, field in sorted(fields.items(), key=lambda item: item[1].name):
        if key not in values:
            continue
        file = attached_of(values[key])
        row = session.get(Attachment, file.id)
        if row is None or row.participant_id != act.participant_id or row.blob_id is None:
            continue
        blob = session.get(Blob, row.blob_id)
        same = is_proven(session, vault, row) and attached(row) == file
        if same and blob is not None and blob.sha256 == file.sha256:
            found.append((session.get_one(Participant, row.participant_id), field, file, row, act))
    return found
