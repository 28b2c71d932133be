"""Input fields (入力欄) as a sender places them: kept as typed, checked into typed ones.

What people enter into them is domain.values' matter. Sizes on pages of ours are millimetres, as
people know paper; everything that is checked is in points from the displayed page's top left.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import combinations
from typing import Any, NamedTuple
from uuid import UUID

from domain.drafts import MAX_TYPED_CHARACTERS, FormProblems, printable
from domain.kinds import FieldKind
from domain.lettering import Lettering, lettering_words
from domain.limits import (
    MAX_FIELDS,
    MAX_LABEL_CHARACTERS,
    MAX_OPTION_CHARACTERS,
    MAX_OPTIONS,
    MAX_VALUE_CHARACTERS,
)
from domain.refusals import Words

POINTS_PER_MM = 72 / 25.4
EDGE_TOLERANCE = 1.0
"""Points by which a field may stick out before it is told: a tenth of a millimetre is typed."""

Rect = tuple[float, float, float, float]
"""x, y, width, height."""

KIND_WORDS = {
    FieldKind.SIGNATURE: Words("署名（印影）", "Signature"),
    FieldKind.TEXT: Words("テキスト（1行）", "Text (one line)"),
    FieldKind.MULTILINE: Words("テキスト（複数行）", "Text (several lines)"),
    FieldKind.CHECKBOX: Words("チェックボックス", "Checkbox"),
    FieldKind.RADIO: Words("選択（1つ選ぶ）", "Choice (pick one)"),
    FieldKind.DROPDOWN: Words("プルダウン", "Drop-down list"),
    FieldKind.DATE: Words("日付", "Date"),
}
WITH_OPTIONS = frozenset({FieldKind.RADIO, FieldKind.DROPDOWN})
WITH_LIMIT = frozenset({FieldKind.TEXT, FieldKind.MULTILINE})


class Size(NamedTuple):
    """Millimetres."""

    width: float
    height: float


SMALLEST = {
    FieldKind.SIGNATURE: Size(15, 10),
    FieldKind.TEXT: Size(10, 5),
    FieldKind.MULTILINE: Size(20, 8),
    FieldKind.CHECKBOX: Size(3, 3),
    FieldKind.RADIO: Size(15, 5),
    FieldKind.DROPDOWN: Size(15, 5),
    FieldKind.DATE: Size(25, 5),
}
"""Below these nobody could read what is drawn. A choice needs its height once per option."""
FIRST_SIZE = {
    FieldKind.SIGNATURE: Size(60, 20),
    FieldKind.TEXT: Size(60, 8),
    FieldKind.MULTILINE: Size(80, 20),
    FieldKind.CHECKBOX: Size(5, 5),
    FieldKind.RADIO: Size(50, 14),
    FieldKind.DROPDOWN: Size(50, 8),
    FieldKind.DATE: Size(40, 8),
}
"""What a new field has until somebody draws it."""


@dataclass(frozen=True)
class TypedField:
    """One row of the list of fields, as typed. Pages count from 1, lengths are millimetres."""

    key: str
    document: str
    person: str = ""
    """The key of the person's row in the draft; of a chain's member, his id."""
    kind: str = FieldKind.TEXT.value
    page: str = "1"
    x: str = ""
    y: str = ""
    width: str = ""
    height: str = ""
    label: str = ""
    required: bool = True
    options: str = ""
    """One per line."""
    max_characters: str = ""

    def as_json(self) -> dict[str, Any]:
        """What the draft keeps."""
        return dict(vars(self))


def typed_field(stored: Mapping[str, Any]) -> TypedField:
    """A row of the draft's JSON; what is missing gets its first value."""
    texts = {
        part.name: str(stored.get(part.name, part.default))[:MAX_TYPED_CHARACTERS]
        for part in fields(TypedField)
        if part.name not in {"required", "key", "document"}
    }
    return TypedField(
        key=str(stored.get("key", ""))[:64],
        document=str(stored.get("document", ""))[:64],
        required=stored.get("required", True) is True,
        **texts,
    )


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
    """A checked field. `page` counts from 0, `rect` is in points from the page's top left."""

    key: str
    document: UUID
    person: str
    kind: FieldKind
    page: int
    rect: Rect
    label: str
    required: bool
    options: tuple[str, ...]
    max_characters: int | None


def millimetres(points: float) -> str:
    """`12.5`: as the form shows a length."""
    return f"{points / POINTS_PER_MM:.1f}"


def check_fields(
    typed: Sequence[TypedField],
    documents: Mapping[UUID, PlacedOn],
    signers: Mapping[str, str],
    lettering: Lettering,
) -> tuple[DraftField, ...]:
    """The fields with their types, in the order in which they were given.

    `signers` are the people who sign, by key; nobody else has fields. Raises FormProblems with
    names such as `field-<key>-width`.
    """
    check = _Check(documents, signers, lettering)
    found = [check.field(row) for row in typed]
    checked = [row for row in found if row is not None]
    check.together(checked)
    if len(typed) > MAX_FIELDS:
        check.problems["fields"] = _TOO_MANY
    if check.problems:
        raise FormProblems(check.problems)
    return tuple(checked)


_TOO_MANY = Words(
    f"入力欄は1つの封筒に{MAX_FIELDS}個までです。",
    f"An envelope holds at most {MAX_FIELDS} fields.",
)
_KIND = Words("入力欄の種類を選んでください。", "Choose what kind of field this is.")
_PERSON = Words(
    "入力する人を選んでください。入力欄を置けるのは署名者だけです。",
    "Choose who fills this in. Only signers can have fields.",
)
_DOCUMENT = Words("この文書は封筒にありません。", "This document is not part of the envelope.")
_SIGNED = Words(
    "すでに電子署名のある文書には、署名欄だけを置けます。",
    "This document is already signed: it takes signature fields only.",
)
_NUMBER = Words(
    "ミリメートルの数字で入力してください。例：12.5",
    "Enter a number of millimetres. Example: 12.5",
)
_OUTSIDE = Words(
    "入力欄がページからはみ出しています。位置または大きさを直してください。",
    "The field sticks out of the page. Move it or make it smaller.",
)
_LABEL = Words(
    "何を入力する欄かを書いてください。例：契約開始日",
    "Say what goes into this field. Example: Start of contract",
)
_CONTROL = Words(
    "使用できない文字（改行や制御文字）が含まれています。",
    "This contains characters that cannot be used (line breaks or control characters).",
)
_FEW_OPTIONS = Words(
    "選択肢を2つ以上、1行に1つずつ書いてください。",
    "Write at least two options, one per line.",
)
_MANY_OPTIONS = Words(
    f"選択肢は{MAX_OPTIONS}個までです。", f"There may be at most {MAX_OPTIONS} options."
)
_SAME_OPTIONS = Words("同じ選択肢が2つあります。", "The same option is there twice.")
_LIMIT = Words(
    f"1から{MAX_VALUE_CHARACTERS}までの数字で入力してください。",
    f"Enter a number from 1 to {MAX_VALUE_CHARACTERS}.",
)
_TWO_SIGNATURES = Words(
    "署名欄は、1人につき1つの文書に1つだけ置けます。",
    "One person has at most one signature field in a document.",
)
_OVERLAP = Words(
    "ほかの入力欄と重なっています。離してください。",
    "This overlaps another field. Move them apart.",
)
_TAKEN = Words(
    "元のPDFにある注釈（リンク、コメント、スタンプなど）と重なっています。重なると、署名の検証で警告が出る"
    "ことがあります。離して置くか、注釈のないPDFに差し替えてください。",
    "This overlaps an annotation of the PDF itself (a link, a comment, a stamp ...), for which "
    "verifiers may warn. Move it away, or use a PDF without the annotation.",
)


def _pages(count: int) -> Words:
    return Words(
        f"ページは1から{count}までの数字で入力してください。",
        f"Enter a page from 1 to {count}.",
    )


def _small(size: Size) -> Words:
    return Words(
        f"小さすぎます。幅{size.width:g} mm、高さ{size.height:g} mm以上にしてください。",
        f"This is too small: at least {size.width:g} mm wide and {size.height:g} mm high.",
    )


def _long(limit: int, length: int) -> Words:
    return Words(
        f"{limit}文字以内で入力してください（現在{length}文字）。",
        f"Use at most {limit} characters (now {length}).",
    )


_LENGTH = re.compile(r"(\d{1,4})(?:[.,](\d{1,3}))?")


def _points(value: str) -> float | None:
    """Points of a typed length; full-width digits are digits too."""
    found = _LENGTH.fullmatch(unicodedata.normalize("NFKC", value).strip())
    return float(f"{found[1]}.{found[2] or 0}") * POINTS_PER_MM if found else None


def _whole(value: str, most: int) -> int | None:
    digits = unicodedata.normalize("NFKC", value).strip()
    good = digits.isascii() and digits.isdigit() and len(digits) <= len(str(most))
    return int(digits) if good and 1 <= int(digits) <= most else None


def options_of(typed: str) -> tuple[str, ...]:
    """The options of a choice, from the lines that were typed."""
    lines = unicodedata.normalize("NFC", typed).splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def smallest(kind: FieldKind, options: int = 0) -> Size:
    """The least size of a field in millimetres."""
    size = SMALLEST[kind]
    rows = max(1, options) if kind is FieldKind.RADIO else 1
    return Size(size.width, size.height * rows)


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
        rect = self._rect(row, kind, self.documents[document].page_sizes[page], len(options))
        if row.person not in self.signers:
            self._object(row, "person", _PERSON)
        made = DraftField(
            key=row.key,
            document=document,
            person=row.person,
            kind=kind,
            page=page,
            rect=rect or (0, 0, 0, 0),
            label=self._label(row, kind),
            required=row.required or kind is FieldKind.SIGNATURE,
            options=options,
            max_characters=self._limit(row, kind),
        )
        if len(self.problems) == before:
            self._fits(row, made)
        return made if rect else None

    def together(self, found: Sequence[DraftField]) -> None:
        """What is wrong between fields."""
        signatures: set[tuple[UUID, str]] = set()
        for made in found:
            if made.kind is FieldKind.SIGNATURE:
                if (made.document, made.person) in signatures:
                    self.problems.setdefault(f"field-{made.key}-kind", _TWO_SIGNATURES)
                signatures.add((made.document, made.person))
        for made in found:
            if not self.documents[made.document].is_free(made.page, made.rect):
                self.problems.setdefault(f"field-{made.key}-x", _TAKEN)
        for first, second in combinations(found, 2):
            same_page = (first.document, first.page) == (second.document, second.page)
            if same_page and overlap(first.rect, second.rect):
                self.problems.setdefault(f"field-{second.key}-x", _OVERLAP)

    def _object(self, row: TypedField, part: str, words: Words) -> None:
        self.problems.setdefault(f"field-{row.key}-{part}", words)

    def _kind(self, row: TypedField) -> FieldKind | None:
        try:
            return FieldKind(row.kind)
        except ValueError:
            self._object(row, "kind", _KIND)
            return None

    def _document(self, row: TypedField) -> tuple[UUID, int] | None:
        """The document's id, and the page from 0."""
        try:
            document = UUID(row.document)
        except ValueError:
            document = None
        placed_on = self.documents.get(document) if document else None
        if document is None or placed_on is None:
            self._object(row, "kind", _DOCUMENT)
            return None
        if placed_on.signed and row.kind != FieldKind.SIGNATURE:
            self._object(row, "kind", _SIGNED)
        page = _whole(row.page, len(placed_on.page_sizes))
        if page is None:
            self._object(row, "page", _pages(len(placed_on.page_sizes)))
            return None
        return document, page - 1

    def _rect(
        self, row: TypedField, kind: FieldKind, page: tuple[float, float], options: int
    ) -> Rect | None:
        lengths = {}
        for part in ("x", "y", "width", "height"):
            points = _points(getattr(row, part))
            if points is None:
                self._object(row, part, _NUMBER)
            else:
                lengths[part] = points
        if len(lengths) < 4:
            return None
        least = smallest(kind, options)
        if (
            lengths["width"] < least.width * POINTS_PER_MM - EDGE_TOLERANCE
            or lengths["height"] < least.height * POINTS_PER_MM - EDGE_TOLERANCE
        ):
            self._object(row, "width", _small(least))
        right, bottom = lengths["x"] + lengths["width"], lengths["y"] + lengths["height"]
        if right > page[0] + EDGE_TOLERANCE or bottom > page[1] + EDGE_TOLERANCE:
            self._object(row, "x", _OUTSIDE)
            return None
        x, y = min(lengths["x"], page[0]), min(lengths["y"], page[1])
        width, height = min(lengths["width"], page[0] - x), min(lengths["height"], page[1] - y)
        return (round(x, 2), round(y, 2), round(width, 2), round(height, 2))

    def _label(self, row: TypedField, kind: FieldKind) -> str:
        clean = unicodedata.normalize("NFC", row.label).strip()
        if not clean and kind is not FieldKind.SIGNATURE:
            self._object(row, "label", _LABEL)
        elif not _is_line(clean):
            self._object(row, "label", _CONTROL)
        elif len(clean) > MAX_LABEL_CHARACTERS:
            self._object(row, "label", _long(MAX_LABEL_CHARACTERS, len(clean)))
        return clean

    def _options(self, row: TypedField, kind: FieldKind) -> tuple[str, ...]:
        if kind not in WITH_OPTIONS:
            return ()
        found = options_of(row.options)
        longest = max(map(len, found), default=0)
        if len(found) < 2:
            self._object(row, "options", _FEW_OPTIONS)
        elif len(found) > MAX_OPTIONS:
            self._object(row, "options", _MANY_OPTIONS)
        elif len(set(found)) < len(found):
            self._object(row, "options", _SAME_OPTIONS)
        elif longest > MAX_OPTION_CHARACTERS:
            self._object(row, "options", _long(MAX_OPTION_CHARACTERS, longest))
        elif not all(map(_is_line, found)):
            self._object(row, "options", _CONTROL)
        return found[: MAX_OPTIONS + 1]

    def _limit(self, row: TypedField, kind: FieldKind) -> int | None:
        if kind not in WITH_LIMIT or not row.max_characters.strip():
            return None
        limit = _whole(row.max_characters, MAX_VALUE_CHARACTERS)
        if limit is None:
            self._object(row, "max_characters", _LIMIT)
        return limit

    def _fits(self, row: TypedField, made: DraftField) -> None:
        """A choice that nobody could take because its words do not fit is the sender's to mend."""
        width, height = made.rect[2], made.rect[3]
        if made.kind is FieldKind.RADIO:
            height /= len(made.options)
            width -= height
        samples = (LONGEST_DATE,) if made.kind is FieldKind.DATE else made.options
        for words in samples:
            problem = self.lettering.problem(words, width, height, multiline=False)
            if problem is not None:
                part = "width" if made.kind is FieldKind.DATE else "options"
                return self._object(row, part, lettering_words(problem, words))
        return None


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


def of_people(typed: Iterable[TypedField], people: Iterable[str]) -> tuple[TypedField, ...]:
    """The fields of these people only: with a person go his fields."""
    known = frozenset(people)
    return tuple(row for row in typed if row.person in known)
