"""The register's search by own fields of the chosen kind."""

from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request
from sqlalchemy.orm import Session

from domain.deal_search import TypedSearch
from domain.own_fields import RANGED, OwnField, OwnKind
from domain.own_search import NO, NONE, YES, condition_name
from storage import own_fields
from webapp.deals.blueprint import blueprint
from webapp.language import say, words
from webapp.login import member
from webapp.security import may
from webapp.state import state


@dataclass(frozen=True)
class OwnAsked:
    """One field's inputs, with what the URL says."""

    field: OwnField
    names: tuple[str, ...]
    """Of its inputs: from and to, or one."""
    values: tuple[str, ...]
    blank_name: str
    """Of the box for those in which it was not filled in; empty: there is none."""
    blank: bool

    @property
    def label(self) -> str:
        """What it is called; that it is not in use any more is said."""
        name = words(self.field.label)
        return say("%(name)s（使わない項目）", name=name) if self.field.retired else name

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Of a list or a box."""
        first = [("", say("すべて"))]
        if self.field.kind is OwnKind.CHECK:
            return [*first, (YES, say("はい")), (NO, say("いいえ"))]
        return [*first, *((one, one) for one in self.field.choices)]


def own_asked(session: Session, organisation_id: UUID, typed: TypedSearch) -> list[OwnAsked]:
    """Conditions that may be given, for the kind that was chosen."""
    found = own_fields.named(session, organisation_id, typed.kind, retired=True)
    given = dict(typed.own)
    rows = []
    for field in found.fields if found else ():
        edges = ("from", "to") if field.kind in RANGED else ("",)
        names = tuple(condition_name(field, edge) for edge in edges)
        none = condition_name(field, NONE) if field.kind is not OwnKind.CHECK else ""
        values = tuple(given.get(name, "") for name in names)
        rows.append(OwnAsked(field, names, values, none, bool(given.get(none))))
    return rows


@blueprint.get("/deals/own-conditions")
@may("deal.read")
def own_conditions() -> str:
    """The inputs alone, for the kind that the form says now."""
    typed = TypedSearch.read(request.args, ())
    with state().database.reading() as session:
        rows = own_asked(session, member().organisation_id, typed)
    return render_template("deals/own_conditions.html", own=rows, errors={})
