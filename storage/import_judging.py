"""By what imports are judged: the organisation's day, its holidays, and its kinds of contract."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.imports import Judge, KindFields
from storage.absences import day_of
from storage.import_limits import closed_days
from storage.own_fields import definitions


def judge_of(session: Session, organisation_id: UUID, now: datetime) -> Judge:
    """Of this moment. Kinds that are not in use any more are kinds without own fields."""
    kinds = {
        one.kind.name_even: KindFields(one.kind.name, one.live)
        for one in definitions(session, organisation_id)
        if one.kind.retired_at is None
    }
    return Judge(
        day_of(session, organisation_id, now), closed_days(session, organisation_id), kinds
    )
