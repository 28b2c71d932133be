"""Input fields (入力欄) as a sender places them: what was typed, checked into typed ones.

What people enter into them is domain.values' matter. Sizes on pages of ours are millimetres, as
people know paper; everything that is checked is in points from the displayed page's top left.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from uuid import UUID

from domain import field_words
from domain.attachments import SHORT_HASH
from domain.field_kinds import POINTS_PER_MM, WITH_LIMIT, WITH_OPTIONS, WITH_RANGE, smallest
from domain.field_rules import NO_RULES, FieldRules
from domain.forms import FormProblems, printable, too_long
from domain.ids import read_id
from domain.kinds import FieldKind, Language
from domain.lettering import Lettering, lettering_words
from domain.limits import (
    MAX_ATTACHMENTS,
    MAX_FIELDS,
    MAX_LABEL_CHARACTERS,
    MAX_OPTION_CHARACTERS,
    MAX_OPTIONS,
    MAX_VALUE_CHARACTERS,
)
from domain.numbers import written
from domain.refusals import Words
from domain.rule_check import between, check_rules, with_settled
from domain.typed_fields import TypedField, options_of

EDGE_TOLERANCE = 1.0
"""Points by which a field may stick out before it is told: a tenth of a millimetre is typed."""

Rect = tuple[float, float, float, float]
"""x, y, width, height."""


@dataclass(frozen=True)
class PlacedOn:
    """A document that fields are placed on: page sizes in points, as displayed."""

    page_sizes: tuple[tuple[float, float], ...]
    signed: bool = False
    """It carries signatures already: then it takes nothing but further signatures."""
    taken: tuple[tuple[int, Rect], ...] = ()
    """Pages from 0 and places of annotations that the document came with."""

    def is_free(self, page: int, rect: Rect) -> bool:
        """Whether a field may lie there: verifiers object to one that overlaps an annotation."""
        return not any(page == number and overlap(rect, place) for number, place in self.taken)


@dataclass(frozen=True)
class DraftField:
    """A checked field. `page` counts from 0, `rect` is in points from the page's top left; None
    for a file that is asked for without a place on the page."""

    key: str
    document: UUID
    person: str
    kind: FieldKind
    page: int
    rect: Rect | None
    label: str
    required: bool
    options: tuple[str, ...]
    max_characters: int | None
    rules: FieldRules = NO_RULES
    """Other fields by their keys."""


@dataclass(frozen=True)
class Beside:
    """Fields that rules may name and that are not looked at here."""

    fields: Sequence[DraftField] = ()
    """Checked before."""
    waiting: Collection[str] = ()
    """Keys of those that cannot be checked yet."""


def check_fields(
    typed: Sequence[TypedField],
    documents: Mapping[UUID, PlacedOn],
    signers: Mapping[str, str],
    lettering: Lettering,
    beside: Beside | None = None,
) -> tuple[DraftField, ...]:
    """The fields with their types, in the order in which they were given.

    `signers` are the people who sign, by key; nobody else has fields. `beside` may be named too.
    Raises FormProblems with names such as `field-<key>-width`.
    """
    check = _Check(documents, signers, lettering)
    found = [check.field(row) for row in typed]
    checked = [row for row in found if row is not None]
    waiting, others = (beside.waiting, beside.fields) if beside else ((), ())
    keys = [*(row.key for row in typed), *waiting, *(other.key for other in others)]
    check.between(keys, [*checked, *others])
    check.together(checked)
    if len(typed) > MAX_FIELDS:
        check.problems["fields"] = field_words.TOO_MANY
    if check.problems:
        raise FormProblems(check.problems)
    return with_settled(checked, [*checked, *others], lettering)


_LENGTH = re.compile(r"(\d{1,4})(?:[.,](\d{1,3}))?")


def _points(value: str) -> float | None:
    """Points of a typed length; full-width digits are digits too."""
    found = _LENGTH.fullmatch(unicodedata.normalize("NFKC", value).strip())
    return float(f"{found[1]}.{found[2] or 0}") * POINTS_PER_MM if found else None


def _whole(value: str, most: int) -> int | None:
    digits = unicodedata.normalize("NFKC", value).strip()
    good = digits.isascii() and digits.isdigit() and len(digits) <= len(str(most))
    return int(digits) if good and 1 <= int(digits) <= most else None


@dataclass
class _Check:
    """Collects what is wrong while the rows are read."""

    documents: Mapping[UUID, PlacedOn]
    signers: Mapping[str, str]
    lettering: Lettering
    problems: dict[str, Words] = field(default_factory=dict)

    def field(self, row: TypedField) -> DraftField | None:
        """One field; None if it cannot even be compared with the others."""
        before = len(self.problems)
        kind = self._kind(row)
        found = self._document(row)
        if kind is None or found is None:
            return None
        document, page = found
        options = self._options(row, kind)
        listed = is_listed(row)
        page_size = self.documents[document].page_sizes[page]
        rect = None if listed else self._rect(row, kind, page_size, len(options))
        if row.person not in self.signers:
            self._object(row, "person", field_words.PERSON)
        rules = check_rules(row, kind, partial(self._object, row))
        made = DraftField(
            key=row.key,
            document=document,
            person=row.person,
            kind=kind,
            page=page,
            rect=rect,
            label=self._label(row, kind),
            required=(row.required or kind is FieldKind.SIGNATURE) and not rules.computation,
            options=options,
            max_characters=self._limit(row, kind),
            rules=rules,
        )
        if len(self.problems) == before and rect:
            self._fits(row, made, rect)
        return made if rect or listed else None

    def between(self, keys: Collection[str], found: Sequence[DraftField]) -> None:
        """What is wrong with rules that name other fields."""
        for name, words in between(keys, found, self.lettering).items():
            self.problems.setdefault(name, words)

    def together(self, found: Sequence[DraftField]) -> None:
        """What is wrong between fields on the pages."""
        self._signatures(found)
        for made in found:
            document = self.documents[made.document]
            if made.rect and not document.is_free(made.page, made.rect):
                self.problems.setdefault(f"field-{made.key}-x", field_words.TAKEN)
        self._files(found)
        for first, second in combinations(found, 2):
            same_page = (first.document, first.page) == (second.document, second.page)
            if same_page and first.rect and second.rect and overlap(first.rect, second.rect):
                self.problems.setdefault(f"field-{second.key}-x", field_words.OVERLAP)

    def _signatures(self, found: Sequence[DraftField]) -> None:
        signatures: set[tuple[UUID, str]] = set()
        for made in found:
            if made.kind is FieldKind.SIGNATURE:
                if (made.document, made.person) in signatures:
                    self.problems.setdefault(f"field-{made.key}-kind", field_words.TWO_SIGNATURES)
                signatures.add((made.document, made.person))

    def _files(self, found: Sequence[DraftField]) -> None:
        asked = [made for made in found if made.kind is FieldKind.ATTACHMENT]
        counts = Counter(made.person for made in asked)
        for made in asked:
            if counts[made.person] > MAX_ATTACHMENTS:
                self.problems.setdefault(f"field-{made.key}-kind", field_words.MANY_ATTACHMENTS)

    def _object(self, row: TypedField, part: str, words: Words) -> None:
        self.problems.setdefault(f"field-{row.key}-{part}", words)

    def _kind(self, row: TypedField) -> FieldKind | None:
        try:
            return FieldKind(row.kind)
        except ValueError:
            self._object(row, "kind", field_words.KIND)
            return None

    def _document(self, row: TypedField) -> tuple[UUID, int] | None:
        """The document's id, and the page from 0."""
        document = read_id(row.document)
        placed_on = self.documents.get(document) if document else None
        if document is None or placed_on is None:
            self._object(row, "kind", field_words.DOCUMENT)
            return None
        if placed_on.signed and row.kind != FieldKind.SIGNATURE and not is_listed(row):
            self._object(row, "kind", field_words.SIGNED)
        page = _whole(row.page, len(placed_on.page_sizes))
        if page is None:
            self._object(row, "page", field_words.pages(len(placed_on.page_sizes)))
            return None
        return document, page - 1

    def _rect(
        self, row: TypedField, kind: FieldKind, page: tuple[float, float], options: int
    ) -> Rect | None:
        lengths = {}
        for part in ("x", "y", "width", "height"):
            points = _points(getattr(row, part))
            if points is None:
                self._object(row, part, field_words.NUMBER)
            else:
                lengths[part] = points
        if len(lengths) < 4:
            return None
        least = smallest(kind, options)
        if (
            lengths["width"] < least.width * POINTS_PER_MM - EDGE_TOLERANCE
            or lengths["height"] < least.height * POINTS_PER_MM - EDGE_TOLERANCE
        ):
            self._object(row, "width", field_words.small(least))
        right, bottom = lengths["x"] + lengths["width"], lengths["y"] + lengths["height"]
        if right > page[0] + EDGE_TOLERANCE or bottom > page[1] + EDGE_TOLERANCE:
            self._object(row, "x", field_words.OUTSIDE)
            return None
        x, y = min(lengths["x"], page[0]), min(lengths["y"], page[1])
        width, height = min(lengths["width"], page[0] - x), min(lengths["height"], page[1] - y)
        return (round(x, 2), round(y, 2), round(width, 2), round(height, 2))

    def _label(self, row: TypedField, kind: FieldKind) -> str:
        clean = unicodedata.normalize("NFC", row.label).strip()
        if not clean and kind is not FieldKind.SIGNATURE:
            self._object(row, "label", field_words.LABEL)
        elif not _is_line(clean):
            self._object(row, "label", field_words.CONTROL)
        elif len(clean) > MAX_LABEL_CHARACTERS:
            self._object(row, "label", too_long(MAX_LABEL_CHARACTERS, len(clean)))
        return clean

    def _options(self, row: TypedField, kind: FieldKind) -> tuple[str, ...]:
        if kind not in WITH_OPTIONS:
            return ()
        found = options_of(row.options)
        longest = max(map(len, found), default=0)
        if len(found) < 2:
            self._object(row, "options", field_words.FEW_OPTIONS)
        elif len(found) > MAX_OPTIONS:
            self._object(row, "options", field_words.MANY_OPTIONS)
        elif len(set(found)) < len(found):
            self._object(row, "options", field_words.SAME_OPTIONS)
        elif longest > MAX_OPTION_CHARACTERS:
            self._object(row, "options", too_long(MAX_OPTION_CHARACTERS, longest))
        elif not all(map(_is_line, found)):
            self._object(row, "options", field_words.CONTROL)
        return found[: MAX_OPTIONS + 1]

    def _limit(self, row: TypedField, kind: FieldKind) -> int | None:
        if kind not in WITH_LIMIT or not row.max_characters.strip():
            return None
        limit = _whole(row.max_characters, MAX_VALUE_CHARACTERS)
        if limit is None:
            self._object(row, "max_characters", field_words.LIMIT)
        return limit

    def _fits(self, row: TypedField, made: DraftField, rect: Rect) -> None:
        """A choice that nobody could take because its words do not fit is the sender's to mend."""
        width, height = rect[2], rect[3]
        if made.kind is FieldKind.RADIO:
            height /= len(made.options)
            width -= height
        samples = _samples(made)
        for words in samples:
            problem = self.lettering.problem(words, width, height, multiline=False)
            if problem is not None:
                part = "options" if made.options else "width"
                return self._object(row, part, lettering_words(problem, words))
        return None


def _samples(made: DraftField) -> tuple[str, ...]:
    """What must fit whatever is entered."""
    if made.kind is FieldKind.DATE:
        return (LONGEST_DATE,)
    if made.kind is FieldKind.ATTACHMENT:
        return (f"SHA-256 {'0' * SHORT_HASH}",)
    bounds = (made.rules.least, made.rules.most) if made.kind in WITH_RANGE else ()
    numbers = [written(made.kind, bound, Language.JA) for bound in bounds if bound is not None]
    return (*made.options, *numbers)


def is_listed(row: TypedField) -> bool:
    """Whether it is a file that is asked for without a place on a page."""
    lengths = (row.x, row.y, row.width, row.height)
    return row.kind == FieldKind.ATTACHMENT and not any(map(str.strip, lengths))


LONGEST_DATE = "30 September 2026"
"""The widest date that is drawn in either language."""


def _is_line(text: str) -> bool:
    return all(printable(character) for character in text)


def overlap(one: Rect, other: Rect) -> bool:
    """Whether two rectangles share more than an edge."""
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )
