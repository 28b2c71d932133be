"""Fields that a sender is offered for a document (入力欄の候補): what intake found, made into rows.

Proposals only: nothing is placed before he takes it. A proposal is known by its place in the
document's list, which never changes; so what is offered follows from the list, from the fields that
are there, and from what he dismissed.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from domain.anchors import Anchor, anchor_of
from domain.called import Called, Someone, even_name, parts_of
from domain.field_kinds import FIRST_SIZE, POINTS_PER_MM, WITH_OPTIONS, smallest
from domain.fields import PlacedOn, Rect, overlap
from domain.found_places import FoundPlace, FoundPlaces
from domain.kinds import FieldKind
from domain.limits import MAX_LABEL_CHARACTERS, MAX_OPTIONS
from domain.typed_fields import TypedField

COVERED = 0.5
"""Share of a place that a field must cover to stand for it."""
_SEAL, _SIGNED = (24.0, 20.0), (45.0, 15.0)
"""Millimetres of a signature over a seal's mark, and over a tag."""
_ONE_LINE = (5.0, 8.0)
"""Millimetres that a line of text is high, at the least and at the most."""


@dataclass(frozen=True)
class Proposal:
    """One field that is offered. `number` counts from 1; `page` and `rect` as in FoundPlace."""

    number: int
    kind: FieldKind
    page: int
    rect: Rect
    label: str = ""
    words: str = ""
    """The anchor as it stands in the text; "" for an input of the file's own form."""
    party: str = ""
    """Whom the document names."""
    person: str = ""
    """Key of whom that is; "" where nobody, or more than one, is called so."""
    required: bool = True
    max_characters: int | None = None
    options: tuple[str, ...] = ()

    @property
    def millimetres(self) -> tuple[float, float, float, float]:
        """The place, as people know paper."""
        x, y, width, height = (round(length / POINTS_PER_MM, 1) for length in self.rect)
        return x, y, width, height

    def row(self, document: str, person: str) -> TypedField:
        """The field that it becomes, for this person."""
        x, y, width, height = _rounded(self.rect)
        return TypedField(
            key=key_of(document, self.number),
            document=document,
            person=person,
            kind=self.kind.value,
            page=str(self.page + 1),
            x=x,
            y=y,
            width=width,
            height=height,
            label=self.label,
            required=self.required,
            options="\n".join(self.options),
            max_characters=str(self.max_characters or ""),
        )


def key_of(document: str, number: int) -> str:
    """Of the row that a proposal becomes: however often, and wherever it is moved."""
    return hashlib.sha256(f"{document}:{number}".encode()).hexdigest()[:8]


def proposals_of(
    found: FoundPlaces,
    placed_on: PlacedOn,
    people: Sequence[Someone],
    only: Collection[int] | None = None,
) -> tuple[Proposal, ...]:
    """All that could be placed on the document, in the order of its pages; with `only` those of
    these numbers, for whom nothing else is worked out than what may stand in their places."""
    made, called = list[Proposal](), Called(people)
    words = only is None or any(
        place.words for number, place in enumerate(found.places, start=1) if number in only
    )
    for number, place in enumerate(found.places, start=1):
        if only is not None and number not in only and (place.words or not words):
            continue
        proposal = _proposal(number, place, placed_on.page_sizes[place.page], called)
        if proposal is None or not placed_on.is_free(proposal.page, proposal.rect):
            continue
        if placed_on.signed and (proposal.kind is not FieldKind.SIGNATURE or not proposal.words):
            continue
        made.append(proposal)
    inputs = [proposal for proposal in made if not proposal.words]
    return tuple(
        row
        for row in made
        if (only is None or row.number in only) and not (row.words and _stands_in(row, inputs))
    )


def offered(
    proposals: Iterable[Proposal],
    document: str,
    rows: Collection[TypedField],
    dismissed: Collection[int],
) -> tuple[Proposal, ...]:
    """Those that were neither dismissed nor taken, and over whose place no field lies. `rows` are
    the document's fields."""
    keys = {row.key for row in rows}
    places = [(page, rect) for row in rows if (page := _page(row)) and (rect := rect_of(row))]
    return tuple(
        proposal
        for proposal in proposals
        if proposal.number not in dismissed
        and key_of(document, proposal.number) not in keys
        and not any(
            page == proposal.page + 1 and covered(proposal.rect, rect) >= COVERED
            for page, rect in places
        )
    )


def known_people(
    proposals: Iterable[Proposal], document: str, rows: Collection[TypedField]
) -> dict[str, str]:
    """Whom names mean that the sender has taken a proposal of: his key, by `even_name`."""
    people = {row.key: row.person for row in rows if row.person}
    taken = ((row.party, people.get(key_of(document, row.number), "")) for row in proposals)
    return {even_name(party): person for party, person in taken if party and person}


def together(
    proposals: Iterable[Proposal], people: Sequence[str], rows: Collection[TypedField]
) -> list[tuple[Proposal, str]]:
    """Of all proposals, each with the person chosen for it, those that can be placed at once: with
    somebody, over no other field, and one signature for each person."""
    signers = {row.person for row in rows if row.kind == FieldKind.SIGNATURE}
    places = [(page - 1, rect) for row in rows if (page := _page(row)) and (rect := rect_of(row))]
    chosen = []
    for proposal, person in zip(proposals, people, strict=True):
        signs = proposal.kind is FieldKind.SIGNATURE
        lies_over = any(p == proposal.page and overlap(proposal.rect, r) for p, r in places)
        if not person or lies_over or (signs and person in signers):
            continue
        chosen.append((proposal, person))
        places.append((proposal.page, proposal.rect))
        signers |= {person} if signs else set()
    return chosen


def covered(place: Rect, by: Rect) -> float:
    """Which share of a place a rectangle covers."""
    width = min(place[0] + place[2], by[0] + by[2]) - max(place[0], by[0])
    height = min(place[1] + place[3], by[1] + by[3]) - max(place[1], by[1])
    area = place[2] * place[3]
    return max(0.0, width) * max(0.0, height) / area if area > 0 else 0.0


def rect_of(row: TypedField) -> Rect | None:
    """In points, as far as its lengths are numbers."""
    try:
        x, y, width, height = (
            float(length) * POINTS_PER_MM for length in (row.x, row.y, row.width, row.height)
        )
    except ValueError:
        return None
    return x, y, width, height


def _page(row: TypedField) -> int:
    page = row.page.strip()
    return int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0


def _proposal(
    number: int, place: FoundPlace, page: tuple[float, float], people: Called
) -> Proposal | None:
    if place.words:
        anchor = anchor_of(place.words)
        return None if anchor is None else _of_anchor(number, place, anchor, page, people)
    return _of_input(number, place, page, people) if place.kind in set(FieldKind) else None


def _of_anchor(
    number: int,
    place: FoundPlace,
    anchor: Anchor,
    page: tuple[float, float],
    people: Called,
) -> Proposal:
    return Proposal(
        number,
        anchor.kind,
        place.page,
        _inside(_over(place, anchor), page),
        anchor.label,
        place.words,
        anchor.party,
        people.meant(anchor.party),
        required=anchor.kind is not FieldKind.CHECKBOX,
    )


def _of_input(
    number: int, place: FoundPlace, page: tuple[float, float], people: Called
) -> Proposal:
    kind, options = FieldKind(place.kind), tuple(dict.fromkeys(filter(None, place.options)))
    if kind in WITH_OPTIONS and not 2 <= len(options) <= MAX_OPTIONS:
        # no choice of ours: free text says as much, and one button is a box to tick
        kind = FieldKind.CHECKBOX if kind is FieldKind.RADIO else FieldKind.TEXT
    options = options if kind in WITH_OPTIONS else ()
    least = smallest(kind, len(options))
    width = max(place.rect[2], least.width * POINTS_PER_MM)
    height = max(place.rect[3], least.height * POINTS_PER_MM)
    grown = _centred(place.rect, width, height)
    party, person = people.meant_by(place.name)
    label = place.label or next(reversed(parts_of(place.name)), "") or place.name
    return Proposal(
        number,
        kind,
        place.page,
        _inside(grown, page),
        "" if kind is FieldKind.SIGNATURE else label[:MAX_LABEL_CHARACTERS],
        party=party,
        person=person,
        required=place.required,
        max_characters=place.max_characters,
        options=options,
    )


def _over(place: FoundPlace, anchor: Anchor) -> Rect:
    """The field's place: a signature's middle is the anchor's; what is written begins where the
    anchor does and goes no further than the next words."""
    x, y, width, height = place.rect
    first = FIRST_SIZE[anchor.kind]
    if anchor.kind is FieldKind.SIGNATURE:
        size = _SEAL if anchor.is_mark else _SIGNED
        return _centred(place.rect, size[0] * POINTS_PER_MM, size[1] * POINTS_PER_MM)
    if anchor.kind is FieldKind.CHECKBOX:
        side = min(max(1.2 * height, 3.5 * POINTS_PER_MM), first.width * POINTS_PER_MM)
        return x, y + (height - side) / 2, side, side
    least = smallest(anchor.kind).width * POINTS_PER_MM
    wide = max(width + min(max(place.room, 0.0), first.width * POINTS_PER_MM - width), width, least)
    if anchor.kind is FieldKind.MULTILINE:
        return x, y, wide, first.height * POINTS_PER_MM
    low, high = (line * POINTS_PER_MM for line in _ONE_LINE)
    tall = min(max(1.6 * height, low), high)
    return x, y + (height - tall) / 2, wide, tall


def _centred(place: Rect, width: float, height: float) -> Rect:
    x, y = place[0] + (place[2] - width) / 2, place[1] + (place[3] - height) / 2
    return x, y, width, height


def _inside(rect: Rect, page: tuple[float, float]) -> Rect:
    """Moved, and made smaller where nothing else helps, until it lies on the page."""
    width, height = min(rect[2], page[0]), min(rect[3], page[1])
    x = min(max(rect[0], 0.0), page[0] - width)
    y = min(max(rect[1], 0.0), page[1] - height)
    return x, y, width, height


def _rounded(rect: Rect) -> tuple[str, str, str, str]:
    """Tenths of millimetres, a tenth within the rectangle: fields of a form often touch each other,
    and ours may not overlap."""
    x, y, right, bottom = (
        10 * length / POINTS_PER_MM
        for length in (rect[0], rect[1], rect[0] + rect[2], rect[1] + rect[3])
    )
    left, top = ceil(x - 0.01), ceil(y - 0.01)
    lengths = (left, top, floor(right + 0.01) - left - 1, floor(bottom + 0.01) - top - 1)
    one, two, three, four = (f"{max(0, length) / 10:.1f}" for length in lengths)
    return one, two, three, four


def _stands_in(proposal: Proposal, others: Iterable[Proposal]) -> bool:
    """Whether the same place is offered already: the file's form has an input over its words."""
    return any(
        other.page == proposal.page and covered(proposal.rect, other.rect) >= COVERED
        for other in others
    )
