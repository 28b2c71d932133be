"""Two people who place fields on one document: both lists, and one of them is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import make_response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.field_kinds import KIND_WORDS
from domain.kinds import FieldKind
from domain.typed_fields import TypedField
from storage import placing
from storage.editions import edition_of
from storage.tables import Document, Envelope
from webapp.language import say, words
from webapp.sender.overtaking import Overtaking, overtaking, posted

_TAKE = "take"
_THEIRS = "theirs"


@dataclass(frozen=True)
class FieldsComparison:
    """Both lists in lines, and mine as it was posted."""

    title: str
    theirs: Overtaking
    lines: dict[str, list[str]]
    """By `mine` and `theirs`."""
    posted: list[tuple[str, str]]
    send_to: str
    action: str
    back: str
    """Where the newest is shown."""


def takes_theirs() -> bool:
    """Whether somebody chose the other's fields instead of his own."""
    return request.form.get(_TAKE) == _THEIRS


def compare_fields(
    session: Session, envelope: Envelope, document: Document, mine: Sequence[TypedField]
) -> BaseResponse:
    """Both lists beside each other; nothing of either is lost."""
    key = str(document.id)
    stored = [row for row in placing.fields_of(envelope) if row.document == key]
    action, number = request.form.get("action", "save"), request.form.get("number", 1, type=int)
    page = FieldsComparison(
        document.title,
        overtaking(session, edition_of(envelope, key)),
        {"mine": _lines(mine), _THEIRS: _lines(stored)},
        posted(_TAKE),
        url_for("sender.save_fields", envelope_id=envelope.id),
        "save" if action.startswith(("add", "remove", "take", "dismiss", "restore")) else action,
        url_for("sender.fields", envelope_id=envelope.id, document=number),
    )
    return make_response(render_template("sender/overtaken_fields.html", page=page), 409)


def _lines(rows: Sequence[TypedField]) -> list[str]:
    return [
        say(
            "%(page)sページ：%(kind)s「%(label)s」",
            page=row.page,
            kind=words(KIND_WORDS[FieldKind(row.kind)]) if row.kind in set(FieldKind) else row.kind,
            label=row.label.strip() or "―",
        )
        for row in rows
    ]
