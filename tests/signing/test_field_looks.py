"""What fields look like, as poppler renders them: where they were placed, and nowhere else."""

import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops

from domain.kinds import FieldKind
from domain.ports.signatures import SignatureLook
from runtime.lettering import SMALLEST
from signing.work.appearance import Frame
from signing.work.fonts import Lettering
from signing.work.signature_look import signature_look
from tests.files.generate import changed, form_page, rotated
from tests.signing.conftest import Bench
from tests.signing.forms import Person, known_person, named, person, seal, stamped

pytestmark = pytest.mark.local_sockets

AROUND = 1.5
"""Points: a line at the edge of a box is smoothed over its neighbours."""


def _user_unit(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].obj
    page["/UserUnit"] = 2
    page["/MediaBox"] = pikepdf.Array([0, 0, 300, 421])
    page["/Contents"] = pdf.make_stream(b"0.9 g 0 0 150 210 re f")


PAGES = {
    "upright": form_page(),
    "90": rotated(90, form_page()),
    "180": rotated(180, form_page()),
    "270": rotated(270, form_page()),
    "user-unit": changed(form_page(), _user_unit),
}


def picture(data: bytes, folder: Path) -> Image.Image:
    """The first page, a pixel for each point. Poppler takes no notice of /UserUnit."""
    (folder / "f.pdf").write_bytes(data)
    dots = 72 * (2 if b"/UserUnit 2" in data else 1)
    command = ["pdftoppm", "-r", str(dots), "-cropbox", "-png", "-singlefile", "f.pdf", "f"]
    subprocess.run(command, cwd=folder, check=True)
    with Image.open(folder / "f.png") as image:
        return image.convert("L")


def darkened(before: Image.Image, after: Image.Image) -> Image.Image:
    return ImageChops.difference(before, after).point(lambda value: 255 if value > 24 else 0)


@pytest.mark.parametrize("name", PAGES)
def test_each_field_is_drawn_upright_in_its_own_box_and_nothing_else_changes(
    bench: Bench, name: str, tmp_path: Path
) -> None:
    data = PAGES[name]
    people = [person(0, look=named()), person(1, look=stamped())]
    base = bench.place(data, [field for one in people for field in one.fields])
    plain, empty = picture(data, tmp_path), picture(base, tmp_path)
    filled = bench.act(bench.act(base, people[0].act), people[1].act)
    difference = darkened(plain, picture(filled, tmp_path))
    for one in people:
        for field in one.fields:
            assert field.rect is not None
            x, y, width, height = field.rect
            left, top = round(x - AROUND), round(y - AROUND)
            whole = (left, top, round(x + width + AROUND), round(y + height + AROUND))
            assert difference.crop(whole).getbbox() is not None, field
            difference.paste(0, whole)
    assert difference.getbbox() is None
    widths = darkened(plain, empty).getbbox()
    assert widths is not None, "boxes to tick and choices are there before anybody acts"


@pytest.mark.parametrize("name", PAGES)
def test_figures_stand_at_the_right_and_words_at_the_left(
    bench: Bench, name: str, tmp_path: Path
) -> None:
    one = known_person()
    base = bench.place(PAGES[name], one.fields)
    difference = darkened(picture(base, tmp_path), picture(bench.act(base, one.act), tmp_path))
    for field in one.fields[1:]:
        assert field.rect is not None
        x, y, width, height = field.rect
        box = (round(x - AROUND), round(y - AROUND), round(x + width), round(y + height))
        left, _, right, _ = difference.crop(box).getbbox() or (0, 0, 0, 0)
        difference.paste(0, (box[0], box[1], box[2] + 2, box[3] + 2))
        at_the_right = field.kind in {FieldKind.NUMBER, FieldKind.MONEY}
        assert (right > width - 6) == at_the_right, field
        assert (left < 10) == (not at_the_right), field
    assert difference.getbbox() is None


def test_text_on_a_turned_page_reads_like_text_on_an_upright_one(
    bench: Bench, tmp_path: Path
) -> None:
    def drawn(data: bytes) -> Image.Image:
        one = person(0, look=stamped())
        base = bench.place(data, one.fields)
        acted = picture(bench.act(base, one.act), tmp_path)
        return darkened(picture(data, tmp_path), acted).crop((30, 80, 290, 440))

    blank = changed(form_page(), lambda pdf: pdf.pages[0].obj.__delitem__("/Contents"))
    upright = drawn(blank)
    for degrees in (90, 180, 270):
        turned = drawn(rotated(degrees, blank))
        apart = ImageChops.difference(upright, turned)
        # the same glyphs lie between other pixels
        assert sum(apart.histogram()[128:]) < sum(upright.histogram()[128:]) * 0.5


def test_a_stamp_keeps_its_colour_and_lets_the_page_shine_through(
    bench: Bench, tmp_path: Path
) -> None:
    def yellow(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"1 1 0 rg 0 0 595 842 re f")

    one = person(0, look=SignatureLook((), seal()))
    base = bench.place(changed(form_page(), yellow), one.fields)
    acted = bench.act(base, replace(one.act, fills=()))
    (tmp_path / "f.pdf").write_bytes(acted)
    command = ["pdftoppm", "-r", "144", "-png", "-singlefile", "f.pdf", "f"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with Image.open(tmp_path / "f.png") as image:
        x, y, width, height = one.fields[0].rect or (0, 0, 0, 0)
        box = image.convert("RGB").crop(
            (int(2 * x), int(2 * y), int(2 * (x + width)), int(2 * (y + height)))
        )
    colours = {colour for _, colour in box.getcolors(100_000) or []}
    assert (200, 16, 46) in colours
    assert (255, 255, 0) in colours
    assert (255, 255, 255) not in colours


@pytest.mark.parametrize(("height", "drawn"), [(90.0, 21.0), (40.0, (40 - 4) / 72 * 25.4)])
def test_an_official_seal_is_as_wide_as_it_is_where_the_box_has_room(
    bench: Bench, tmp_path: Path, height: float, drawn: float
) -> None:
    words = ("結市", "結市長 青山 一郎", "2026-11-29 10:15:04 +09:00 JST")
    one = person(0, look=SignatureLook(words, seal(), 21))
    rect = (60.0, 60.0, 260.0, height)
    fields = [replace(one.fields[0], rect=rect), *one.fields[1:]]
    acted = bench.act(bench.place(form_page(), fields), replace(one.act, fills=()))
    (tmp_path / "f.pdf").write_bytes(acted)
    command = ["pdftoppm", "-r", "254", "-png", "-singlefile", "f.pdf", "f"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with Image.open(tmp_path / "f.png") as image:
        red = ImageChops.subtract(image.getchannel("R"), image.getchannel("G"))
    left, _top, right, _bottom = (
        red.point(lambda value: 255 if value > 60 else 0).getbbox() or (0,) * 4
    )
    margin = 12 / 300  # of the picture itself
    assert (right - left) / 10 == pytest.approx(drawn * (1 - margin), abs=0.5)


@pytest.mark.parametrize("size", [(42.5, 28.3), (170.0, 57.0), (60.0, 300.0), (500.0, 30.0)])
@pytest.mark.parametrize("image", [None, seal(60)])
@pytest.mark.parametrize("name", ["林", "青山 一郎", "長" * 60, "W" * 60])
def test_every_name_finds_room_in_every_box(
    size: tuple[float, float], image: bytes | None, name: str
) -> None:
    """Smaller than what is filled in, or shortened: the name itself is in the evidence."""
    look = SignatureLook(("会" * 60, name, "2026-11-26 10:15:04 +09:00 JST"), image)
    lettering = Lettering()
    drawn = signature_look(Frame(*size), look, lettering)
    lettering.close()
    assert drawn.data
    assert b"Tj" in drawn.data or image


def test_nothing_filled_in_is_smaller_than_the_fine_print_of_a_form() -> None:
    assert SMALLEST >= 6


def test_people_of_one_document_share_no_font_object(bench: Bench) -> None:
    """A font that a later revision went on writing to would change what was signed."""
    people: list[Person] = [person(0), person(1)]
    base = bench.place(form_page(), [field for one in people for field in one.fields])
    first = bench.act(base, people[0].act)
    second = bench.act(first, people[1].act)

    def font(data: bytes, name: str) -> bytes:
        with pikepdf.open(BytesIO(data)) as pdf:
            [field] = [row for row in pdf.Root.AcroForm.Fields if name == row.T]
            fonts = field.AP.N.Resources.Font
            return bytes(fonts.F0.DescendantFonts[0].FontDescriptor.FontFile3.read_bytes())

    assert font(first, "FIELD_0002") == font(second, "FIELD_0002")


@pytest.mark.parametrize(
    "content",
    [
        b"q q 0.5 0 0 0.5 40 40 cm",
        b"Q Q 0.5 0 0 0.5 40 40 cm 1 0 0 rg",
        b"q Q Q q 2 0 0 2 0 0 cm q",
        b"10 10 20 20 re W n",
    ],
)
def test_boxes_are_drawn_in_place_whatever_the_page_leaves_behind(
    bench: Bench, content: bytes, tmp_path: Path
) -> None:
    def untidy(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj["/Contents"] = pdf.make_stream(content)

    group = next(row for row in person(0).fields if row.kind is FieldKind.RADIO)
    tidy = changed(form_page(), lambda pdf: pdf.pages[0].obj.__delitem__("/Contents"))
    expected = picture(bench.place(tidy, [group]), tmp_path)
    base = bench.place(changed(form_page(), untidy), [group])
    assert ImageChops.difference(expected, picture(base, tmp_path)).getbbox() is None
