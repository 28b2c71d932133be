"""Files that signers attach: good ones are kept, anything else gets a reason in words."""

import zipfile
from contextlib import suppress
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from domain.attachments import Accepts, FileKind
from domain.limits import ATTACHMENT_SIDE, MAX_ATTACHMENT_BYTES, PAGE_IMAGE_WIDTH
from domain.ports.signatures import CheckedFile
from domain.refusals import Refusal, RefusalCode
from signing.attachments import PoolChecker
from signing.pool import ChildPool, Cost
from tests.files.generate import SOUND, contract
from tests.files.hostile import HOSTILE, MENDABLE

_SLOW = {"form_bomb"}


def check(pool: ChildPool, data: bytes, accepts: Accepts = Accepts.ANY) -> CheckedFile:
    return PoolChecker(pool).check(data, accepts)


def refusal(pool: ChildPool, data: bytes, accepts: Accepts = Accepts.ANY) -> RefusalCode:
    with pytest.raises(Refusal) as refused:
        check(pool, data, accepts)
    return refused.value.code


def photo(
    size: tuple[int, int] = (800, 600), kind: str = "JPEG", mode: str = "RGB", **options: object
) -> bytes:
    output = BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(output, kind, **options)
    return output.getvalue()


def located() -> bytes:
    """As a telephone takes it: on its side, with the place where it was."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera Maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 41.0, 22.0), 3: "E", 4: (139.0, 41.0, 30.0)})
    return photo(exif=exif)


@pytest.mark.parametrize("name", SOUND.keys() - {"garbage_around"})
def test_a_pdf_is_kept_as_it_is_with_a_picture_of_its_first_page(
    pool: ChildPool, name: str
) -> None:
    data = SOUND[name]()
    found = check(pool, data)
    assert (found.kind, found.data == data, found.pages >= 1) == (FileKind.PDF, True, True)
    with Image.open(BytesIO(found.preview)) as image:
        assert image.width <= PAGE_IMAGE_WIDTH


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - _SLOW))
def test_a_hostile_file_is_refused_or_harmless_and_nothing_raises(
    pool: ChildPool, name: str
) -> None:
    with suppress(Refusal):
        assert check(pool, HOSTILE[name][0]()).kind is FileKind.PDF


@pytest.mark.parametrize("name", sorted(MENDABLE))
def test_a_pdf_that_acts_on_its_reader_is_refused(pool: ChildPool, name: str) -> None:
    make, mends = MENDABLE[name]
    acting = set(mends) & {
        "javascript", "launch", "actions", "embedded_files", "multimedia", "external_streams"
    }  # fmt: skip
    if acting:
        assert refusal(pool, make()) is RefusalCode.ATTACHMENT_ACTIVE


def test_a_locked_pdf_is_told_apart(pool: ChildPool) -> None:
    output = BytesIO()
    with pikepdf.open(BytesIO(contract())) as pdf:
        pdf.save(output, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert refusal(pool, output.getvalue()) is RefusalCode.ENCRYPTED


def test_a_picture_is_made_anew_upright_and_without_its_place(pool: ChildPool) -> None:
    found = check(pool, located())
    assert (found.kind, found.located) == (FileKind.JPEG, True)
    with Image.open(BytesIO(found.data)) as image:
        assert image.size == (600, 800)
        assert dict(image.getexif()) == {}
    assert b"Camera Maker" not in found.data
    assert not check(pool, photo()).located


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pngs_of_every_kind_are_read(pool: ChildPool, mode: str) -> None:
    output = BytesIO()
    grey = Image.linear_gradient("L").resize((120, 90))
    image = Image.new("I;16", (120, 90), 40_000) if mode == "I;16" else grey.convert(mode)
    image.save(output, "PNG")
    found = check(pool, output.getvalue())
    assert found.kind is FileKind.PNG
    with Image.open(BytesIO(found.data)) as again:
        assert (again.size, again.mode in {"L", "RGB"}) == ((120, 90), True)


def test_a_cmyk_photo_is_read(pool: ChildPool) -> None:
    assert check(pool, photo(mode="CMYK")).kind is FileKind.JPEG


def test_a_large_photo_is_made_smaller(pool: ChildPool) -> None:
    found = check(pool, photo((9_000, 6_000), quality=30))
    with Image.open(BytesIO(found.data)) as image:
        assert max(image.size) <= ATTACHMENT_SIDE


def test_a_picture_of_absurd_size_is_refused_before_it_unfolds(pool: ChildPool) -> None:
    output = BytesIO()
    Image.new("1", (30_000, 30_000)).save(output, "PNG")
    assert refusal(pool, output.getvalue()) is RefusalCode.ATTACHMENT_PIXELS


def test_what_a_telephone_cannot_send_is_explained(pool: ChildPool) -> None:
    heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)
    assert refusal(pool, heic) is RefusalCode.ATTACHMENT_HEIC
    word = BytesIO()
    with zipfile.ZipFile(word, "w") as archive:
        archive.writestr("word/document.xml", "x" * 10_000_000)
    assert refusal(pool, word.getvalue()) is RefusalCode.ATTACHMENT_OFFICE
    for other in (b"MZ\x90", b"<html>", b"GIF89a", b"II*\x00", b"RIFF....WEBP", b"\0" * 9, b"x"):
        assert refusal(pool, other) is RefusalCode.NOT_ATTACHABLE
    assert refusal(pool, b"") is RefusalCode.EMPTY_FILE
    assert refusal(pool, b"x" * (MAX_ATTACHMENT_BYTES + 1)) is RefusalCode.ATTACHMENT_TOO_LARGE


def test_a_field_takes_its_kinds_whatever_the_name_says(pool: ChildPool) -> None:
    assert refusal(pool, contract(), Accepts.IMAGE) is RefusalCode.ATTACHMENT_NO_PDF
    assert refusal(pool, photo(), Accepts.PDF) is RefusalCode.ATTACHMENT_NO_IMAGE
    assert check(pool, contract(), Accepts.PDF).kind is FileKind.PDF
    assert check(pool, photo(kind="PNG"), Accepts.IMAGE).kind is FileKind.PNG


def test_a_file_that_is_two_things_stays_one(pool: ChildPool) -> None:
    """A picture with a program behind it loses it; a PDF with an archive behind it is refused."""
    behind = BytesIO()
    with zipfile.ZipFile(behind, "w") as archive:
        archive.writestr("evil.exe", b"MZ" + bytes(5_000))
    found = check(pool, photo() + b"<script>alert(1)</script>" + behind.getvalue())
    assert b"<script>" not in found.data
    assert b"PK\x03\x04" not in found.data
    assert refusal(pool, contract() + behind.getvalue()) in set(RefusalCode)
    # a page of HTML, or a program, in front of the header of a PDF
    assert refusal(pool, b"<html>" + contract()) is RefusalCode.NOT_ATTACHABLE


@pytest.mark.parametrize("cut", [3, 20, 200, 2_000])
def test_a_broken_picture_is_told(pool: ChildPool, cut: int) -> None:
    noisy = BytesIO()
    Image.effect_noise((300, 300), 90).save(noisy, "JPEG")
    expected = {RefusalCode.ATTACHMENT_BROKEN, RefusalCode.NOT_ATTACHABLE}
    assert refusal(pool, noisy.getvalue()[:cut]) in expected


def test_a_file_that_costs_too_much_gets_an_answer() -> None:
    with ChildPool(1, Cost(2, 10)) as pool:
        assert refusal(pool, HOSTILE["form_bomb"][0]()) in {
            RefusalCode.TOO_COSTLY,
            RefusalCode.BOMB,
        }
