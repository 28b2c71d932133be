"""不在と代決: absences of everybody, entered by an administrator too, and what they leave open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.absences import TypedAbsence
from domain.forms import MAX_TYPED_CHARACTERS
from domain.refusals import Words
from storage import absences, deputies, gates
from storage.chain_staff import members_of
from storage.office_lists import ABSENCE_SORTS, absence_page
from storage.people import active_members
from storage.tables import Absence, Envelope
from webapp.admin.blueprint import blueprint
from webapp.language import say
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.security import may
from webapp.sender.absence import cancel, kept_or_said, typed_absence
from webapp.sender.words import member_label
from webapp.state import state


@dataclass(frozen=True)
class Unheld:
    """An envelope in which nobody stands in for somebody absent, and why."""

    envelope: Envelope
    why: Words


@dataclass(frozen=True)
class AbsenceRow:
    """An absence with what waits for it."""

    row: Absence
    holds: bool
    unheld: tuple[Unheld, ...]


@blueprint.get("/absences")
@may("member.write")
def absences_page() -> BaseResponse:
    """All that hold or will, and a form."""
    return _page(TypedAbsence(), {})


@blueprint.post("/absences")
@may("member.write")
def enter_absence() -> BaseResponse:
    """For somebody who did not, or cannot."""
    absent = request.form.get("member", "")[:MAX_TYPED_CHARACTERS]
    return kept_or_said(typed_absence(absent), _page, "admin.absences_page")


@blueprint.post("/absences/<uuid:absence_id>/cancel")
@may("member.write")
def cancel_absence(absence_id: UUID) -> BaseResponse:
    """Whoever's it is."""
    cancel(absence_id)
    return redirect(url_for("admin.absences_page"), code=303)


def _page(typed: TypedAbsence, errors: Mapping[str, str]) -> BaseResponse:
    organisation_id, wishes = member().organisation_id, asked(ABSENCE_SORTS)
    with state().database.reading() as session:
        today = absences.day_of(session, organisation_id, now())
        found = absence_page(session, organisation_id, wishes, today)
        people = active_members(session, organisation_id)
        labels = [(str(row.id), member_label(row)) for row in people]
        choices = [("", say("選んでください")), *labels]
        page = render_template(
            "admin/absences.html",
            typed=typed,
            errors=errors,
            page=found,
            rows=[_row(session, row, today) for row in found.rows],
            asked=wishes,
            here=here_of("admin.absences_page", wishes.as_query()),
            names={row.id: row.name for row in members_of(session, organisation_id)},
            deputies=choices,
        )
    return make_response(page)


def _row(session: Session, row: Absence, today: date) -> AbsenceRow:
    holds = row.begins_on <= today
    return AbsenceRow(row, holds, _unheld(session, row) if holds else ())


def _unheld(session: Session, absence: Absence) -> tuple[Unheld, ...]:
    """Where the deputy cannot be asked: somebody has to look at it."""
    found = []
    for envelope, participant, _slot in deputies.waiting_for(session, absence, now()):
        why = deputies.deputy_for(session, absence, envelope, participant, now())
        if isinstance(why, Words):
            found.append(Unheld(envelope, why))
    return (*found, *(Unheld(*one) for one in gates.not_held(session, absence, now())))
