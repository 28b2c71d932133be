"""Fields as a sender places them: what is wrong is said at its place, in both languages."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.field_kinds import (
    FIRST_SIZE,
    KIND_WORDS,
    POINTS_PER_MM,
    SMALLEST,
    millimetres,
    smallest,
)
from domain.fields import DraftField, PlacedOn, check_fields
from domain.forms import FormProblems
from domain.kinds import FieldKind
from domain.typed_fields import TypedField, of_people, typed_field
from tests.domain.letters import SquareLettering

A4 = (595.28, 841.89)
DOCUMENT, SIGNED = UUID(int=1), UUID(int=2)
LINKED = UUID(int=3)
DOCUMENTS = {
    DOCUMENT: PlacedOn((A4, (841.89, 595.28))),
    SIGNED: PlacedOn((A4,), signed=True),
    LINKED: PlacedOn((A4, A4), taken=((0, (50.0, 80.0, 100.0, 12.0)),)),
}
SIGNERS = {"aaaaaaaa": "山田 太郎", "bbbbbbbb": "鈴木 一郎"}


def typed(**changes: object) -> TypedField:
    row = TypedField(
        key="00000001",
        document=str(DOCUMENT),
        person="aaaaaaaa",
        x="20",
        y="30.5",
        width="60",
        height="8",
        label="契約開始日",
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # a builder for any column


def check(*rows: TypedField) -> tuple[DraftField, ...]:
    return check_fields(rows, DOCUMENTS, SIGNERS, SquareLettering())


def problems(*rows: TypedField) -> dict[str, str]:
    with pytest.raises(FormProblems) as caught:
        check(*rows)
    for words in caught.value.problems.values():
        assert words.ja
        assert words.en
        assert words.ja != words.en
    return {name: words.en for name, words in caught.value.problems.items()}


def test_millimetres_become_points_from_the_top_left() -> None:
    [field] = check(typed())
    assert field.document == DOCUMENT
    assert field.page == 0
    assert field.rect == tuple(round(value * POINTS_PER_MM, 2) for value in (20.0, 30.5, 60.0, 8.0))
    assert field.kind is FieldKind.TEXT
    assert millimetres(field.rect[1]) == "30.5"


def test_no_field_lies_over_an_annotation_that_the_pdf_came_with() -> None:
    """Beside it and on another page there is room."""
    over = typed(document=str(LINKED))
    found = problems(over)
    assert list(found) == ["field-00000001-x"]
    assert "annotation" in found["field-00000001-x"]
    check(replace(over, page="2"), replace(over, key="00000002", y="60"))


def test_full_width_digits_and_a_decimal_comma_are_numbers() -> None:
    assert check(typed(x="２０", y="30,5", page="２"))[0].page == 1


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"x": "left"}, "x"),
        ({"y": ""}, "y"),
        ({"width": "-4"}, "width"),
        ({"height": "1e9"}, "height"),
        ({"x": "NaN"}, "x"),
        ({"x": "190"}, "x"),
        ({"y": "295"}, "x"),
        ({"width": "5"}, "width"),
        ({"height": "2"}, "width"),
        ({"page": "3"}, "page"),
        ({"page": "0"}, "page"),
        ({"page": "９９９９９９９９９９"}, "page"),
        ({"kind": "crayon"}, "kind"),
        ({"document": "nonsense"}, "kind"),
        ({"document": str(UUID(int=9))}, "kind"),
        ({"person": "cccccccc"}, "person"),
        ({"person": ""}, "person"),
        ({"label": "  "}, "label"),
        ({"label": "a\u202eb"}, "label"),
        ({"label": "あ" * 61}, "label"),
        ({"max_characters": "0"}, "max_characters"),
        ({"max_characters": "many"}, "max_characters"),
        ({"kind": "radio", "height": "20", "options": "一つ"}, "options"),
        ({"kind": "radio", "height": "20", "options": "甲\n甲"}, "options"),
        ({"kind": "radio", "height": "8", "options": "甲\n乙"}, "width"),
        ({"kind": "dropdown", "options": "甲\n" + "乙" * 61}, "options"),
        ({"kind": "dropdown", "options": "\n".join(map(str, range(21)))}, "options"),
        ({"kind": "dropdown", "options": "甲\n絵😀"}, "options"),
        ({"kind": "dropdown", "options": "甲\n" + "乙" * 50}, "options"),
        ({"kind": "date", "width": "30"}, "width"),
    ],
)
def test_each_mistake_is_told_at_its_place(changes: dict[str, object], place: str) -> None:
    assert list(problems(typed(**changes))) == [f"field-00000001-{place}"]


def test_fields_lie_apart_and_a_person_signs_a_document_in_one_place() -> None:
    first = typed()
    assert "overlaps" in problems(first, typed(key="00000002", x="70"))["field-00000002-x"]
    assert len(check(first, typed(key="00000002", x="80"))) == 2
    assert len(check(first, typed(key="00000002", page="2"))) == 2
    place = typed(kind="signature", height="20")
    twice = problems(place, typed(kind="signature", height="20", key="00000002", y="100"))
    assert list(twice) == ["field-00000002-kind"]
    other = typed(kind="signature", height="20", key="00000002", y="100", person="bbbbbbbb")
    assert len(check(place, other)) == 2


def test_a_signed_document_takes_signature_fields_only() -> None:
    assert check(typed(document=str(SIGNED), kind="signature", height="20"))
    assert list(problems(typed(document=str(SIGNED)))) == ["field-00000001-kind"]


def test_a_signature_needs_no_label_and_is_always_required() -> None:
    [field] = check(typed(kind="signature", height="20", label="", required=False))
    assert field.required


def test_options_are_lines_without_the_empty_ones() -> None:
    [field] = check(typed(kind="radio", height="20", options="\n 甲 \r\n\n乙\n"))
    assert field.options == ("甲", "乙")


def test_every_kind_has_words_and_a_first_size_that_may_be_placed() -> None:
    assert set(KIND_WORDS) == set(SMALLEST) == set(FIRST_SIZE) == set(FieldKind)
    for kind in FieldKind:
        options = "甲\n乙" if kind in {FieldKind.RADIO, FieldKind.DROPDOWN} else ""
        size = FIRST_SIZE[kind]
        assert size >= smallest(kind, 2)
        row = typed(
            kind=kind.value, width=str(size.width), height=str(size.height), options=options
        )
        assert check(row)


def test_with_a_person_go_his_fields() -> None:
    rows = (typed(), typed(key="00000002", person="bbbbbbbb"))
    assert [row.person for row in of_people(rows, ["bbbbbbbb"])] == ["bbbbbbbb"]


def test_a_row_comes_back_from_the_draft_as_it_was_typed() -> None:
    row = typed(x="left", required=False, options="a\nb")
    assert typed_field(row.as_json()) == row
    assert typed_field({}) == TypedField("", "")
    assert typed_field({"x": ["a"], "required": "yes", "key": 7}).required is False


def test_more_fields_than_anybody_needs_are_refused() -> None:
    rows = [typed(key=f"{n:08x}", page=str(n % 2 + 1), x=str(n)) for n in range(501)]
    assert "fields" in problems(*rows)


@given(
    st.lists(
        st.builds(
            typed,
            key=st.sampled_from(["00000001", "00000002"]),
            document=st.sampled_from([str(DOCUMENT), str(SIGNED), "x"]) | st.text(),
            person=st.sampled_from(list(SIGNERS)) | st.text(),
            kind=st.sampled_from([*FieldKind]) | st.text(),
            page=st.text(max_size=5),
            x=st.text(max_size=8) | st.decimals(0, 300, places=1).map(str),
            width=st.text(max_size=8) | st.decimals(0, 300, places=1).map(str),
            label=st.text(max_size=80),
            options=st.text(max_size=200),
            max_characters=st.text(max_size=5),
        ),
        max_size=4,
    )
)
def test_whatever_is_typed_is_checked_or_told_and_never_breaks(rows: list[TypedField]) -> None:
    try:
        fields = check(*rows)
    except FormProblems:
        return
    for field in fields:
        width, height = DOCUMENTS[field.document].page_sizes[field.page]
        if field.rect is None:
            assert field.kind is FieldKind.ATTACHMENT
            continue
        x, y, wide, high = field.rect
        assert 0 <= x <= x + wide <= width + 0.01
        assert 0 <= y <= y + high <= height + 0.01
