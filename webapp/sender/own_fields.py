"""The inputs of a kind's own fields: in a draft, and where a sent contract's data are changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request
from sqlalchemy.orm import Session

from domain.deals import MAX_KIND_CHARACTERS
from domain.drafts import typed_draft
from domain.kinds import EnvelopeState
from domain.own_fields import OwnField, OwnKind, posted_own, value_text
from storage import own_fields
from webapp.language import language, say, words
from webapp.login import member
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import envelope_or_404
from webapp.state import state


@dataclass(frozen=True)
class OwnInput:
    """One field as the form shows it."""

    field: OwnField
    value: str

    @property
    def label(self) -> str:
        """What it is called."""
        return words(self.field.label)

    @property
    def guide(self) -> str:
        """The sentence beside it."""
        return words(self.field.guide)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """For a list; a value that was taken off it since is still there."""
        known = self.field.choices
        gone = [self.value] if self.value and self.value not in known else []
        return [("", say("選んでください")), *((one, one) for one in (*known, *gone))]


def own_inputs(
    session: Session,
    organisation_id: UUID,
    kind: str,
    values: Mapping[str, str],
    *,
    sent: bool = False,
) -> list[OwnInput]:
    """Those of a kind. Of a contract that was `sent`, fields not in use any more are not filled
    in, and its kind may not be in use any more."""
    found = own_fields.named(session, organisation_id, kind, retired=sent)
    return [OwnInput(one, values.get(one.id, "")) for one in found.live] if found else []


def own_rows(
    fields: Sequence[OwnField], values: Mapping[str, str], *, empty: bool = False
) -> list[tuple[str, str]]:
    """Names and values for people: those that were entered, and (`empty`) those in use."""
    return [
        (words(one.label), value_text(one, values.get(one.id, ""), language()))
        for one in fields
        if values.get(one.id) or (empty and not one.retired and one.kind is not OwnKind.CHECK)
    ]


@blueprint.post("/envelopes/<uuid:envelope_id>/own-fields")
@may("deal.change")
def own_fields_part(envelope_id: UUID) -> str:
    """The inputs alone, for the kind that the form says now; nothing is kept."""
    name = "contract_kind" if "contract_kind" in request.form else "kind"
    kind = request.form.get(name, "")[:MAX_KIND_CHARACTERS]
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        sent = envelope.state not in {EnvelopeState.DRAFT, EnvelopeState.IMPORTING}
        known = (
            own_fields.values_of(session, envelope_id)
            if sent
            else dict(typed_draft(envelope.draft).own)
        )
        values = known | dict(posted_own(request.form))
        rows = own_inputs(session, member().organisation_id, kind, values, sent=sent)
    return render_template(
        "sender/own_fields.html", own=rows, own_envelope=envelope_id, own_kind=name, errors={}
    )
