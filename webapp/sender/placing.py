"""Placing input fields on a draft's documents: by mouse, by touch, or as a list of numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from flask import Flask, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.field_kinds import (
    FIRST_SIZE,
    KIND_WORDS,
    POINTS_PER_MM,
    WITH_LIMIT,
    WITH_OPTIONS,
    millimetres,
    smallest,
)
from domain.field_words import TOO_MANY
from domain.forms import FormProblems
from domain.kinds import DocumentState, EnvelopeState, FieldKind
from domain.limits import MAX_FIELDS, MAX_PROPOSALS
from domain.refusals import Words
from domain.turns import turn_of
from domain.typed_fields import RULE_PARTS, TypedField
from storage import placing
from storage.drafts import documents_of
from storage.editions import Author, edition_of, overtaken_by
from storage.placing import Seat
from storage.prefilling import prefill_notes
from storage.tables import Document, Envelope
from storage.turns import is_late
from webapp.language import words
from webapp.login import member, now
from webapp.security import may, takes_long_forms
from webapp.sender import blueprint
from webapp.sender.overtaken_fields import compare_fields, takes_theirs
from webapp.sender.overtaking import overtaking, seen_edition
from webapp.sender.placing_form import removed, rows_from, with_new
from webapp.sender.proposal_choices import keep_choices
from webapp.sender.proposing import Offer, anchor_after, answered, asked_on, is_answer, offer_on
from webapp.sender.rule_form import (
    Term,
    Titles,
    conditions_for,
    init_rules,
    terms_for,
    told_beside,
)
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.state import state
from webapp.titles import distinct_titles

COLOURS = 6
"""People beyond the sixth share colours; their names stand in every box."""


class Sheet(NamedTuple):
    """A page: its number from 1, its size in points, whether intake drew a picture of it."""

    number: int
    width: float
    height: float
    picture: bool
    taken: tuple[tuple[str, ...], ...] = ()
    """Places of annotations, in millimetres: x, y, width, height."""

    @property
    def millimetres(self) -> tuple[float, float]:
        """The same size as people know paper."""
        return round(self.width / POINTS_PER_MM, 1), round(self.height / POINTS_PER_MM, 1)


def sheets_of(document: Document) -> list[Sheet]:
    """Every page of a document, in order."""
    return [
        Sheet(
            number,
            float(size[0]),
            float(size[1]),
            document.picture(number) is not None,
            tuple(
                tuple(map(millimetres, place[1:]))
                for place in document.taken
                if place[0] == number - 1
            ),
        )
        for number, size in enumerate(document.page_sizes, start=1)
    ]


@dataclass(frozen=True)
class PlacingPage:
    """One document of a draft, its pages and its fields."""

    envelope_id: UUID
    documents: Sequence[Document]
    current: Document
    number: int
    seats: Sequence[Seat]
    rows: Sequence[TypedField]
    counts: Mapping[str, int]
    """Fields by document id."""
    action: str
    """Where the form is sent."""
    replaced: Document | None = None
    """The document of before, where this is its correction."""
    beside: Sequence[TypedField] = ()
    """Fields of the envelope's other documents, which rules can name."""
    titles: Titles = field(default_factory=dict)
    """Of all documents, by id."""
    edition: int | None = None
    """Of the document's fields, where others may place them too."""
    notes: Mapping[str, Words] = field(default_factory=dict)
    """What its sender is told of fields that will not be filled in as he meant, by their keys."""
    offer: Offer = field(default_factory=Offer)
    """Fields that are offered for the document."""

    def name_of(self, key: str) -> str:
        """Of a person; "" for nobody."""
        return next((seat.name for seat in self.seats if seat.key == key), "")

    @property
    def cut_short(self) -> bool:
        """Whether a correction has fewer pages than what it corrects."""
        return self.replaced is not None and self.current.pages < self.replaced.pages

    @property
    def sheets(self) -> list[Sheet]:
        """Every page, in order."""
        return sheets_of(self.current)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """People to choose from."""
        return [(seat.key, seat.name) for seat in self.seats]

    @property
    def prototype(self) -> TypedField:
        """A row that the page's script makes new ones of."""
        return TypedField("__key__", str(self.current.id))

    def geometry_wrong(self, key: str, errors: Mapping[str, str]) -> bool:
        """Whether the folded part of a row has something to say."""
        return any(
            f"field-{key}-{part}" in errors for part in ("page", "x", "y", "width", "height")
        )

    def rules_wrong(self, key: str, errors: Mapping[str, str]) -> bool:
        """The same of its rules."""
        return any(f"field-{key}-{part}" in errors for part in (*RULE_PARTS, "max_characters"))

    def conditions(self, row: TypedField) -> list[tuple[str, str]]:
        """When a field can be asked for, to choose from."""
        return conditions_for(row, (*self.rows, *self.beside), self.titles)

    def terms(self, row: TypedField) -> list[Term]:
        """What a field can be computed from."""
        return terms_for(row, (*self.rows, *self.beside), self.titles)

    @property
    def told_beside(self) -> list[dict[str, object]]:
        """Fields of other documents, for the page's script."""
        return told_beside(self.beside, str(self.current.id), self.titles)

    def colour(self, key: str) -> int:
        """Which colour a person's boxes have."""
        keys = [seat.key for seat in self.seats]
        return keys.index(key) % COLOURS if key in keys else COLOURS


@blueprint.get("/envelopes/<uuid:envelope_id>/fields")
@may("envelope.write")
def fields(envelope_id: UUID) -> "str | BaseResponse":
    """The pages with their fields; with `?check=1` it says what is wrong."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        if envelope.state != EnvelopeState.DRAFT:
            return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
        page = _page(session, envelope, request.args.get("document", 1, type=int))
        problems = problems_of(session, envelope) if request.args.get("check") else {}
    if page is None:
        return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
    return render_template("sender/fields.html", page=page, errors=problems_here(page, problems))


def _page(session: Session, envelope: Envelope, wanted: int) -> PlacingPage | None:
    """None while no document can be placed on."""
    documents = _ready(session, envelope)
    if not documents:
        return None
    number = wanted if 1 <= wanted <= len(documents) else 1
    current = documents[number - 1]
    every = documents_of(session, envelope.id)
    live = placing.live_fields(session, envelope, every, member())
    counts = {
        str(document.id): sum(row.document == str(document.id) for row in live)
        for document in documents
    }
    rows = [row for row in live if row.document == str(current.id)]
    beside = [row for row in live if row.document != str(current.id)]
    titles = {str(key): title for key, title in distinct_titles(every).items()}
    seats = placing.seats_of(session, envelope, member())
    action = url_for("sender.save_fields", envelope_id=envelope.id)
    notes = prefill_notes(session, envelope, documents, member())
    return PlacingPage(
        envelope.id,
        documents,
        current,
        number,
        seats,
        rows,
        counts,
        action,
        beside=beside,
        titles=titles,
        edition=edition_of(envelope, str(current.id)).number,
        notes=notes,
        offer=offer_on(session, current, seats, rows),
    )


def problems_of(session: Session, envelope: Envelope) -> dict[str, Words]:
    """What is wrong with the fields of all documents, by `field-<key>-<part>`."""
    documents = _ready(session, envelope)
    signers = {seat.key: seat.name for seat in placing.seats_of(session, envelope, member())}
    try:
        placing.checked_fields(session, envelope, documents, signers, member())
    except FormProblems as found:
        return found.problems
    return {}


def problems_here(page: PlacingPage, problems: Mapping[str, Words]) -> dict[str, str]:
    """The problems of the shown document, in the reader's language."""
    keys = {row.key for row in page.rows}
    return {
        name: words(text)
        for name, text in problems.items()
        if name == "fields" or name.split("-")[1] in keys
    }


@blueprint.post("/envelopes/<uuid:envelope_id>/fields")
@may("envelope.write")
@takes_long_forms
def save_fields(envelope_id: UUID) -> BaseResponse:
    """Keep everything that is typed, then do what the button says."""
    action = request.form.get("action", "save")
    with state().database.transaction() as session:
        envelope = draft_or_404(session, envelope_id)
        document = _document(session, envelope)
        keep_choices(document.id, request.form)
        before = rows_from(request.form, str(document.id))
        theirs = overtaken_by(envelope, seen_edition(), turn_of(request.form), str(document.id))
        kept = not (theirs or takes_theirs())
        # nothing is done, or said to be, of which nothing will be kept
        rows, new = _pressed(session, envelope, document, before) if kept else (before, "")
        _keep_rows(session, envelope, document, rows, kept=kept)
        if theirs and action != "autosave":
            return compare_fields(session, envelope, document, before)
        session.flush()
        edition = edition_of(envelope, str(document.id))
        quicker = overtaking(session, theirs) if theirs else None
        problems = problems_of(session, envelope)
        wrong = _first_wrong(session, envelope, document, problems)
    if action == "autosave":
        url = url_for(
            "sender.fields",
            envelope_id=envelope_id,
            document=request.form.get("number", 1),
            check=1,
        )
        said = {"at": now(), "count": len(problems), "url": url}
        said |= {"theirs": quicker, "edition": edition.number}
        return make_response(render_template("sender/fields_saved.html", **said))
    return _next(envelope_id, action, new, wrong)


def _pressed(
    session: Session, envelope: Envelope, document: Document, before: Sequence[TypedField]
) -> tuple[Sequence[TypedField], str]:
    """The rows after the button, and the key of a new one."""
    action = request.form.get("action", "save")
    rows = removed(before, action)
    room = _room(envelope, document, rows)
    if action == "add" and room < 0:
        flash(words(TOO_MANY), "error")
    elif action == "add":
        heights = [float(size[1]) for size in document.page_sizes]
        return with_new(rows, request.form, str(document.id), heights)
    elif is_answer(action):
        seats = placing.seats_of(session, envelope, member())
        offer = asked_on(session, document, seats, rows, request.form)
        return answered(offer, document, rows, action, room), ""
    return rows, ""


def _room(envelope: Envelope, document: Document, rows: Sequence[TypedField]) -> int:
    """For how many fields more there is room in the whole envelope."""
    others = [row for row in placing.fields_of(envelope) if row.document != str(document.id)]
    return MAX_FIELDS - len(rows) - len(others)


def _keep_rows(
    session: Session,
    envelope: Envelope,
    document: Document,
    rows: Sequence[TypedField],
    *,
    kept: bool,
) -> None:
    """Store what the form says (`kept`: unless somebody was quicker, or the other's fields were
    chosen), unless its page sent a later one that saved itself."""
    turn = turn_of(request.form)
    late = is_late(session, envelope.id, turn, now())
    saved_itself = request.form.get("action") == "autosave"
    if kept and not (late and saved_itself):
        placing.save_fields(envelope, document.id, rows, now(), Author(member().id, turn))


def _first_wrong(
    session: Session, envelope: Envelope, shown: Document, problems: Mapping[str, Words]
) -> int | None:
    """Number of a document with something to change, the shown one before all others."""
    keys = {name.split("-")[1] for name in problems if name.startswith("field-")}
    wrong = {row.document for row in placing.fields_of(envelope) if row.key in keys}
    numbers = [
        number
        for number, document in enumerate(_ready(session, envelope), start=1)
        if str(document.id) in wrong
    ]
    if str(shown.id) in wrong or not problems:
        return (request.form.get("number", type=int) or 1) if problems else None
    return numbers[0] if numbers else 1


def _document(session: Session, envelope: Envelope) -> Document:
    """The document that the form is about; a foreign one does not exist."""
    wanted = request.form.get("document", "")
    for document in documents_of(session, envelope.id):
        if str(document.id) == wanted:
            return document
    return abort(404)


def _ready(session: Session, envelope: Envelope) -> list[Document]:
    """Documents that can be placed on: their pages are known."""
    return [
        document
        for document in documents_of(session, envelope.id)
        if document.state == DocumentState.READY
    ]


def _next(envelope_id: UUID, action: str, new: str, wrong: int | None) -> BaseResponse:
    """To where the button leads."""
    number = request.form.get("number", "1")
    verb, _, rest = action.partition("-")
    if verb == "done" and wrong is None:
        target = url_for("sender.envelope", envelope_id=envelope_id, _anchor="step-fields")
    elif verb == "done":
        target = url_for("sender.fields", envelope_id=envelope_id, document=wrong, check=1)
    elif verb == "document":
        target = url_for("sender.fields", envelope_id=envelope_id, document=rest)
    else:
        anchor = anchor_after(action) if is_answer(action) else f"row-{new}" if new else "rows"
        target = url_for("sender.fields", envelope_id=envelope_id, document=number, _anchor=anchor)
    return redirect(target, code=303)


def draft_fields(session: Session, envelope: Envelope) -> tuple[TypedField, ...]:
    """Every field of a draft that will be sent."""
    return placing.live_fields(session, envelope, documents_of(session, envelope.id), member())


def init_placing(app: Flask) -> None:
    """Words and sizes of the kinds of fields, for templates and their scripts."""
    init_rules(app)
    app.jinja_env.globals.update(
        field_kind_text=lambda kind: words(KIND_WORDS[FieldKind(kind)]),
        field_kind_choices=lambda: [(kind.value, words(text)) for kind, text in KIND_WORDS.items()],
        field_sizes=lambda: {
            kind.value: {"first": list(FIRST_SIZE[kind]), "least": list(smallest(kind))}
            for kind in FieldKind
        },
        kinds_with_options=sorted(kind.value for kind in WITH_OPTIONS),
        kinds_with_limit=sorted(kind.value for kind in WITH_LIMIT),
        field_kinds={kind.value for kind in FieldKind},
        max_fields=MAX_FIELDS,
        max_proposals=MAX_PROPOSALS,
    )
