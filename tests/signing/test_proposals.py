"""What intake finds that wants to be filled in, and what becomes of the file's own inputs."""

import time
from io import BytesIO

import pikepdf
import pytest
from PIL import ImageChops
from pypdfium2 import PdfDocument

from domain.found_places import FoundPlace
from domain.kinds import FieldKind
from domain.limits import MAX_PROPOSALS
from domain.ports.signatures import PlacedField
from domain.proposals import covered
from signing.intake import PoolInspector
from signing.pool import ChildPool
from signing.work.inspection_anchors import anchor_places
from signing.work.inspection_annotations import free_places, taken_places, without
from signing.work.inspection_forms import form_places
from signing.work.inspection_texts import page_texts
from signing.work.preparation import prepared
from tests.files.extremes import field_loop, form_loop
from tests.files.forms import with_anchors, with_inputs, without_looks
from tests.files.generate import annotation, changed
from tests.files.odd import choice_without_look
from tests.signing.conftest import Bench, text

TAG = "{{署名:受注者}}"
LINES = ((100, 700, f"甲 {TAG} 乙"), (100, 500, "受注者 青山一郎　　印"), (100, 300, "実印"))


def _anchors(data: bytes) -> tuple[FoundPlace, ...]:
    return anchor_places(data, page_texts(data, 1)).places


def test_intake_finds_anchors_and_inputs_and_says_so_to_its_parent(pool: ChildPool) -> None:
    found = PoolInspector(pool).inspect(with_inputs()).found
    assert [place.words or place.kind for place in found.places] == [
        "text", "multiline", "checkbox", "radio", "dropdown", "signature", "{{sign:Contractor}}",
    ]  # fmt: skip
    assert not found.more


def test_an_anchor_is_where_it_is_seen_and_knows_the_room_behind_it() -> None:
    tag, seal = _anchors(with_anchors(*LINES))
    x, y, width, height = tag.rect
    assert x == pytest.approx(115, abs=3)
    assert y + height / 2 == pytest.approx(842 - 704, abs=3)
    assert 60 < width < 85
    assert tag.room == pytest.approx(5, abs=3)
    assert seal.rect[0] == pytest.approx(209, abs=12)
    assert seal.room > 200


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_crop_box_and_unit_are_counted(degrees: int) -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        page["/Rotate"] = degrees
        page["/CropBox"] = pikepdf.Array([50, 40, 500, 780])
        page["/UserUnit"] = 2

    data = changed(with_anchors((100, 700, "印"), (520, 700, "㊞")), turn)
    [place] = _anchors(data)  # the other one is beyond the crop box
    # the letter's middle, 105 from the left and 704 from the bottom, of a page of 450 x 740
    left, down = 2 * (105 - 50), 2 * (780 - 704)
    expected = {
        0: (left, down),
        90: (2 * 740 - down, left),
        180: (2 * 450 - left, 2 * 740 - down),
        270: (down, 2 * 450 - left),
    }[degrees]
    middle = (place.rect[0] + place.rect[2] / 2, place.rect[1] + place.rect[3] / 2)
    assert middle == pytest.approx(expected, abs=6)


def test_inputs_come_with_all_that_they_say() -> None:
    found = form_places(with_inputs())
    assert [(place.kind, place.name) for place in found.places] == [
        ("text", "owner"), ("multiline", "notes"), ("checkbox", "agree"), ("radio", "pay"),
        ("dropdown", "how"), ("signature", "contractor.sign"),
    ]  # fmt: skip
    owner, _, _, pay, how, sign = found.places
    assert owner.rect == (100, 122, 100, 20)
    assert (owner.label, owner.required, owner.max_characters) == ("Owner's name", True, 30)
    assert (pay.rect, pay.options) == ((100, 322, 80, 20), ("monthly", "yearly"))
    assert how.options == ("bank", "cash")
    assert sign.rect == (100, 442, 150, 50)


def test_of_a_form_that_viewers_draw_inputs_are_found_too(pool: ChildPool) -> None:
    found = PoolInspector(pool).inspect(without_looks(), repair=True).found
    assert len([place for place in found.places if place.kind]) == 6


@pytest.mark.parametrize("data", [field_loop(), form_loop()])
def test_forms_that_bite_their_tails_end(data: bytes) -> None:
    assert len(form_places(data).places) <= 1
    assert len(free_places(data)) <= 1


def test_there_are_limits_and_they_are_told() -> None:
    many = with_anchors(*((20, 20 + 4 * row, "㊞ " * 50) for row in range(11)), letters=3)
    found = anchor_places(many, page_texts(many, 1))
    assert (len(found.places), found.more) == (MAX_PROPOSALS, True)

    def multiply(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        page["/Annots"] = pikepdf.Array([page.Annots[0]] * (MAX_PROPOSALS + 1))

    inputs = form_places(changed(with_inputs(), multiply))
    assert (len(inputs.places), inputs.more) == (MAX_PROPOSALS, True)


def test_braces_without_end_take_no_time() -> None:
    many = with_anchors(*((20, 20 + row, "{{印" * 100) for row in range(40)))
    texts, begun = page_texts(many, 1), time.process_time()
    assert anchor_places(many, texts).places == ()
    assert time.process_time() - begun < 1


# -- the file's own inputs in the base -------------------------------------------------------------


def _placed(data: bytes, *, aside: float = 0) -> list[PlacedField]:
    return [
        PlacedField(
            f"FIELD_{number:04d}",
            FieldKind(place.kind),
            place.page,
            (place.rect[0] + aside, *place.rect[1:]),
            place.name,
            place.options,
        )
        for number, place in enumerate(form_places(data).places, start=1)
    ]


def _widgets(data: bytes) -> list[str]:
    with pikepdf.open(BytesIO(data)) as pdf:
        return [str(row.get("/T", "")) for row in pdf.pages[0].obj.get("/Annots", [])]


def test_a_field_leaves_nothing_of_the_empty_input_whose_place_it_takes() -> None:
    data = with_inputs()
    fields = _placed(data)
    [text_field] = [field for field in fields if field.kind is FieldKind.TEXT]
    over, beside = prepared(data, [text_field]), prepared(data, [])
    assert _widgets(over) == ["FIELD_0001"]
    x, y, width, height = text_field.rect or (0, 0, 0, 0)
    box = tuple(map(round, (x - 2, y - 2, x + width + 2, y + height + 2)))
    one, two = (PdfDocument(data)[0].render().to_pil().convert("L") for data in (over, beside))
    assert one.crop(box).getextrema() == (255, 255), "the page's paper alone"
    assert two.crop(box).getextrema()[0] < 255, "or else its box is drawn"
    left, top, right, bottom = ImageChops.difference(one, two).getbbox() or (0, 0, 0, 0)
    place, around = (left, top, right - left, bottom - top), (x - 2, y - 2, width + 4, height + 4)
    assert covered(place, around) == 1, "nothing else changes"


def test_an_input_of_which_less_than_half_is_covered_stays_drawn() -> None:
    data = with_inputs()
    field = PlacedField("FIELD_0001", FieldKind.TEXT, 0, (160, 122, 100, 20), "aside")
    bases = prepared(data, [field]), prepared(data, [])
    one, two = (PdfDocument(base)[0].render().to_pil() for base in bases)
    assert ImageChops.difference(one.convert("L"), two.convert("L")).getbbox() is None


def test_in_a_form_that_stays_no_two_widgets_lie_over_each_other() -> None:
    data = choice_without_look()
    [(page, x, y, width, height)] = free_places(data)
    before = prepared(data, [])
    assert len(without(taken_places(before), free_places(data))) == len(_widgets(before)) - 1
    field = PlacedField("FIELD_0001", FieldKind.TEXT, page, (x + width - 5, y, 60, height), "aside")
    assert set(_widgets(before)) - set(_widgets(prepared(data, [field]))) == {"city"}


def test_another_annotation_at_an_inputs_place_is_still_taken() -> None:
    row = (0, 1.0, 2.0, 3.0, 4.0)
    assert without([row, row, (1, *row[1:])], [row]) == [row, (1, *row[1:])]


@pytest.mark.local_sockets
def test_what_is_placed_over_all_inputs_can_be_signed_and_verified(bench: Bench) -> None:
    def link(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Annots.append(pdf.make_indirect(annotation(pikepdf.Name.Link)))

    data = changed(with_inputs(), link)
    fields = _placed(data)
    base = bench.place(data, fields)
    assert sorted(_widgets(base)) == ["", *(field.name for field in fields)]
    signature = fields[-1].name
    bench.act(base, text(signature))  # which checks what it made
