"""What intake finds that wants to be filled in, and what becomes of the file's own inputs."""

from collections import Counter
from collections.abc import Callable, Collection
from io import BytesIO

import pikepdf
import pytest
from PIL import ImageChops
from pypdfium2 import PdfDocument

from domain.found_places import FoundPlace, FoundPlaces, read_places
from domain.kinds import FieldKind
from domain.limits import MAX_PROPOSALS
from domain.ports.signatures import PlacedField
from domain.proposals import covered
from domain.refusals import Refusal
from signing.frames import Frame
from signing.intake import PoolInspector
from signing.pool import ChildPool
from signing.work import inspection, making_room
from signing.work.inspection_anchors import anchor_places
from signing.work.inspection_annotations import free_places, taken_places, without
from signing.work.inspection_forms import form_places
from signing.work.inspection_texts import page_texts
from signing.work.old_looks import shows_something
from signing.work.preparation import prepared
from tests.cost import cost
from tests.files.extremes import field_loop
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


def test_an_anchor_that_runs_up_the_page_is_whole() -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"q 0 1 -1 0 800 0 cm", prepend=True)
        pdf.pages[0].contents_add(b"Q")

    [tag] = _anchors(changed(with_anchors((100, 700, TAG)), turn))
    x, y, width, height = tag.rect
    assert (tag.words, tag.room) == (TAG, 0)
    assert x + width / 2 == pytest.approx(96, abs=3)
    assert (842 - y - height, width) == pytest.approx((100, 11), abs=3)
    assert 60 < height < 85


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


def test_forms_that_bite_their_tails_end() -> None:
    [place] = form_places(field_loop()).places
    assert place.name.startswith("a.a.a")
    assert len(free_places(field_loop())) == 1
    assert _widgets(prepared(field_loop(), [], emptied=True)) == []


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
    texts = page_texts(many, 1)
    found: list[FoundPlaces] = []
    assert cost(lambda: found.append(anchor_places(many, texts))) < 15
    assert [places.places for places in found] == [()]


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


def test_in_a_form_that_stays_an_input_goes_that_is_covered_and_not_one_that_is_touched() -> None:
    data = choice_without_look()
    [(page, x, y, width, height)] = free_places(data)
    before = prepared(data, [])
    assert len(without(taken_places(before), free_places(data))) == len(_widgets(before)) - 1
    for at, gone in ((x + 0.4 * width, {"city"}), (x + width - 5, set())):
        field = PlacedField("FIELD_0001", FieldKind.TEXT, page, (at, y, width, height), "aside")
        assert set(_widgets(before)) - set(_widgets(prepared(data, [field]))) == gone


def test_another_annotation_at_an_inputs_place_is_still_taken() -> None:
    row = (0, 1.0, 2.0, 3.0, 4.0)
    assert without([row, row, (1, *row[1:])], [row]) == [row, (1, *row[1:])]


def _owner(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return next(row for row in pdf.pages[0].obj.Annots if row.get("/T") == "owner")


def _look(pdf: pikepdf.Pdf, drawn: bytes, **more: pikepdf.Object) -> pikepdf.Object:
    look = pdf.make_stream(drawn)
    look["/Type"], look["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    look["/BBox"] = pikepdf.Array([0, 0, 100, 20])
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    look["/Resources"] = pikepdf.Dictionary({"/Font": pikepdf.Dictionary(F=font)})
    for key, value in more.items():
        look.Resources[f"/{key}"] = value
    return pdf.make_indirect(look)


WORDS = b"BT /F 9 Tf 2 5 Td (Penalty waived) Tj ET"


def _says(pdf: pikepdf.Pdf) -> None:
    _owner(pdf)["/AP"] = pikepdf.Dictionary(N=_look(pdf, WORDS))


def _says_further_down(pdf: pikepdf.Pdf) -> None:
    inner = pikepdf.Dictionary(X=_look(pdf, WORDS))
    _owner(pdf)["/AP"] = pikepdf.Dictionary(N=_look(pdf, b"/X Do", XObject=inner))


def _says_when_off(pdf: pikepdf.Pdf) -> None:
    owner = _owner(pdf)
    owner["/FT"], owner["/Ff"], owner["/V"] = pikepdf.Name.Btn, 0, pikepdf.Name.Off
    owner["/AS"] = pikepdf.Name.Off
    owner["/AP"] = pikepdf.Dictionary(N=pikepdf.Dictionary(Off=_look(pdf, WORDS)))


def test_a_box_that_is_off_and_says_nothing_is_empty() -> None:
    def quiet(pdf: pikepdf.Pdf) -> None:
        _says_when_off(pdf)
        _owner(pdf).AP.N.Off.write(b"0 0 9 9 re S")

    assert "owner" in [place.name for place in form_places(changed(with_inputs(), quiet)).places]


@pytest.mark.parametrize("say", [_says, _says_further_down, _says_when_off])
def test_words_that_a_look_shows_without_a_value_stay(say: Callable[[pikepdf.Pdf], None]) -> None:
    data = changed(with_inputs(), say)
    field = PlacedField("FIELD_0001", FieldKind.TEXT, 0, (100, 122, 100, 20), "over")
    texts = page_texts(prepared(data, [field]), 1)
    assert "Penalty waived" in (texts[0] or "")
    assert "owner" not in [place.name for place in form_places(data).places]
    assert len(free_places(data)) == len(free_places(with_inputs())) - 1


@pytest.mark.parametrize(
    ("drawn", "shows"),
    [
        (b"0 0 9 9 re S BT () Tj [3 ()] TJ ET", False), (b"BT [3 (a)] TJ ET", True),
        (b"BT (a) ' ET", True), (b"/Image Do", True), (b"/P scn 0 0 9 9 re f", True),
        (b"/S sh", True), (b"BI /W 1 /H 1 /BPC 1 /CS /G ID x EI", True),
        (b".5 scn 0 0 9 9 re f", False),
        (b"1 1 1 1 1 1 c " * 40, True), (b"0 0 m " * 900, True), (b"", False),
    ],
)  # fmt: skip
def test_what_a_look_shows(drawn: bytes, shows: bool) -> None:
    with pikepdf.new() as pdf:
        widget = pikepdf.Dictionary(AP=pikepdf.Dictionary(N=_look(pdf, drawn)))
        assert shows_something(widget) is shows


def test_a_look_that_draws_itself_ends_and_counts_as_words() -> None:
    with pikepdf.new() as pdf:
        look = _look(pdf, b"/X Do", XObject=pikepdf.Dictionary())
        look.Resources.XObject["/X"] = look
        assert shows_something(pikepdf.Dictionary(AP=pikepdf.Dictionary(N=look)))


def _odd_fields(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm.Fields.append(7)


def _odd_kids(pdf: pikepdf.Pdf) -> None:
    for row in pdf.pages[0].obj.Annots:
        if "/Parent" in row:
            row.Parent.Kids.append(7)


@pytest.mark.parametrize("spoil", [_odd_fields, _odd_kids])
def test_numbers_among_fields_keep_nobody_from_placing(
    spoil: Callable[[pikepdf.Pdf], None],
) -> None:
    data = changed(with_inputs(), spoil)
    fields = _placed(with_inputs())
    assert _widgets(prepared(data, fields))[0] == "FIELD_0001"


def test_intake_takes_all_inputs_out_before_anybody_does(
    pool: ChildPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def count(data: bytes, placed: object, *, emptied: bool = False) -> bytes:
        asked.append(emptied)
        if emptied:
            raise RuntimeError
        return data

    monkeypatch.setattr(inspection, "prepared", count)
    with pytest.raises(Refusal):
        inspection.inspect(Frame("inspect", {"repair": True}, (with_inputs(),)))
    assert True in asked
    assert _widgets(prepared(with_inputs(), [], emptied=True)) == []


def test_a_fields_list_is_gone_through_once_however_many_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def multiply(pdf: pikepdf.Pdf) -> None:
        above = pdf.make_indirect(pikepdf.Dictionary(T=pikepdf.String("many"), FT=pikepdf.Name.Tx))
        row = {
            "/Subtype": pikepdf.Name.Widget,
            "/Rect": pikepdf.Array([100, 700, 110, 705]),
            "/Parent": above,
        }
        rows = [pdf.make_indirect(pikepdf.Dictionary(row)) for _ in range(300)]
        above["/Kids"] = pdf.pages[0].obj["/Annots"] = pikepdf.Array(rows)
        pdf.Root.AcroForm["/Fields"] = pikepdf.Array([above])

    looked = Counter[str]()

    def counted(above: pikepdf.Object, key: str, gone: Collection[tuple[int, int]]) -> bool:
        looked[key] += 1
        return kept(above, key, gone)

    kept = making_room._kept
    monkeypatch.setattr(making_room, "_kept", counted)
    assert _widgets(prepared(changed(with_inputs(), multiply), [], emptied=True)) == []
    assert looked == {"/Kids": 1, "/Fields": 1}


def test_a_radio_group_is_not_offered_over_another_input_and_takes_none() -> None:
    def between(pdf: pikepdf.Pdf) -> None:
        _owner(pdf)["/Rect"] = pikepdf.Array([122, 501, 158, 519])

    data = changed(with_inputs(), between)
    assert "radio" not in [place.kind for place in form_places(data).places]
    group = PlacedField("F", FieldKind.RADIO, 0, (100, 322, 80, 20), "pay", ("a", "b"))
    one, two = (PdfDocument(prepared(data, rows))[0].render().to_pil() for rows in ([], [group]))
    middle = (124, 324, 156, 340)
    assert one.crop(middle).tobytes() == two.crop(middle).tobytes()
    assert one.crop((100, 322, 122, 342)).tobytes() != two.crop((100, 322, 122, 342)).tobytes()


def test_a_radio_group_with_one_button_on_has_its_answer() -> None:
    def press(pdf: pikepdf.Pdf) -> None:
        for row in pdf.pages[0].obj.Annots:
            if "/AP" in row and "/monthly" in row.AP.N:
                row["/AS"] = pikepdf.Name.monthly

    data = changed(with_inputs(), press)
    assert "radio" not in [place.kind for place in form_places(data).places]
    assert len(free_places(data)) == len(free_places(with_inputs())) - 2


def test_a_word_of_a_tag_that_a_line_breaks_is_whole() -> None:
    data = with_anchors((100, 700, "{{署"), (100, 686, "名:受注"), (100, 672, "者}}"))
    assert [place.words for place in _anchors(data)] == [TAG]


def test_where_looking_fails_nothing_is_free_and_the_rest_is_still_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: bytes) -> None:
        raise RuntimeError

    monkeypatch.setattr(inspection, "free_places", fail)
    monkeypatch.setattr(inspection, "form_places", fail)
    answer = inspection.inspect(Frame("inspect", {"repair": True}, (choice_without_look(),)))
    assert len(answer.fields["taken"]) == len(taken_places(prepared(choice_without_look(), [])))
    anchors = inspection.inspect(Frame("inspect", {"repair": True}, (with_inputs(),))).parts[1]
    assert [place.words for place in read_places(anchors, 1).places] == ["{{sign:Contractor}}"]


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
