"""Stamp images: whatever picture a person has becomes a clean one, or is refused in words."""

import contextlib
import random
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFilter, PngImagePlugin

from domain.crops import Crop
from domain.refusals import Refusal, RefusalCode
from signing.pool import ChildPool
from signing.stamps import PoolCleaner
from tests.signing.forms import seal

RED = (190, 30, 45)


def photograph(size: tuple[int, int] = (1200, 900), shadow: int = 110) -> Image.Image:
    """A red ring on paper, half of it in shadow, with the noise of a camera."""
    image = Image.linear_gradient("L").resize(size)
    image = image.point(lambda value: 245 - value * shadow // 255)
    paper = Image.merge("RGB", (image, image, image.point(lambda value: value - 8)))
    drawing = ImageDraw.Draw(paper)
    middle = (size[0] // 2, size[1] // 2)
    drawing.ellipse(
        (middle[0] - 200, middle[1] - 200, middle[0] + 200, middle[1] + 200), None, RED, 24
    )
    drawing.line((middle[0], middle[1] - 120, middle[0], middle[1] + 120), RED, 24)
    noisy = random.Random(7)  # noqa: S311 - the same noise every time
    pixels = paper.load()
    assert pixels is not None
    for _ in range(20_000):
        place = (noisy.randrange(size[0]), noisy.randrange(size[1]))
        now = pixels[place]
        assert isinstance(now, tuple)
        pixels[place] = tuple(max(0, min(255, part + noisy.randint(-9, 9))) for part in now)
    return paper.filter(ImageFilter.GaussianBlur(1))


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    output = BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def cleaned(pool: ChildPool, data: bytes, crop: Crop | None = None) -> Image.Image:
    made = PoolCleaner(pool).clean(data, crop=crop)
    with Image.open(BytesIO(made)) as image:
        assert image.format == "PNG"
        assert image.mode == "RGBA"
        assert max(image.size) <= 600
        assert image.info.keys() <= {"transparency"}, "no metadata"
        return image.copy()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photographed_seal_stands_on_nothing(pool: ChildPool, kind: str) -> None:
    """The shadow is paper; the ring is cut out with its colour."""
    image = cleaned(pool, saved(photograph(), kind))
    assert abs(image.width - image.height) <= 6, "the paper around is cut off"
    alpha = image.getchannel("A")
    middle = image.width // 2
    beside = (middle + image.width // 4, middle)
    assert alpha.getpixel(beside) == 0, "paper within the ring"
    ring = image.getpixel((image.width - 12, middle))
    assert isinstance(ring, tuple)
    assert ring[3] == 255
    assert all(abs(part - wanted) < 40 for part, wanted in zip(ring, RED, strict=False))
    opaque = alpha.histogram()[255] / (image.width * image.height)
    assert 0.1 < opaque < 0.4


def test_a_picture_with_transparency_keeps_it(pool: ChildPool) -> None:
    image = cleaned(pool, seal(400))
    assert image.getpixel((image.width // 2 + 60, image.height // 2 + 40))[3] == 0  # type: ignore[index]
    colours = {pixel[:3] for _, pixel in image.getcolors(10**6) or [] if pixel[3] == 255}  # type: ignore[index]
    assert (200, 16, 46) in colours


def test_the_ground_of_a_logo_belongs_to_it(pool: ChildPool) -> None:
    flag = Image.new("RGB", (300, 100), (0, 23, 193))
    ImageDraw.Draw(flag).rectangle((100, 30, 200, 70), fill="white")
    with Image.open(BytesIO(PoolCleaner(pool).clean(saved(flag), keeps_paper=True))) as image:
        assert image.size == (300, 100)
        assert image.getpixel((5, 5)) == (0, 23, 193, 255)
        assert image.getpixel((150, 50)) == (255, 255, 255, 255)


def test_a_turned_photograph_is_set_upright(pool: ChildPool) -> None:
    upright = Image.new("RGB", (300, 600), "white")
    ImageDraw.Draw(upright).rectangle((100, 50, 200, 550), fill=RED)
    exif = Image.Exif()
    exif[0x0112] = 6
    image = cleaned(pool, saved(upright.rotate(90, expand=True), "JPEG", exif=exif, quality=95))
    assert image.height > 3 * image.width


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_understood(pool: ChildPool, mode: str) -> None:
    drawn = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(drawn).rectangle((60, 60, 140, 140), fill=0)
    if mode == "I;16":
        data = saved(drawn.convert("I").point(lambda value: value * 257).convert("I;16"))
    else:
        image = drawn.convert("RGB") if mode == "CMYK" else drawn
        data = saved(image.convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    image = cleaned(pool, data)
    assert abs(image.width - 89) <= 4


def test_nothing_but_pixels_is_kept(pool: ChildPool) -> None:
    more = PngImagePlugin.PngInfo()
    more.add_text("Author", "山田太郎")
    data = saved(photograph((400, 400)), pnginfo=more, icc_profile=b"x" * 200)
    made = PoolCleaner(pool).clean(data)
    assert b"tEXt" not in made
    assert b"iCCP" not in made


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (300, 300), "white"),
        Image.new("RGB", (300, 300), (120, 120, 118)),
        Image.new("RGBA", (300, 300), (255, 0, 0, 0)),
        Image.new("RGB", (1, 1), "white"),
    ],
)
def test_a_picture_of_nothing_is_refused(pool: ChildPool, image: Image.Image) -> None:
    assert refusal(pool, saved(image)) is RefusalCode.IMAGE_BLANK


def _png_of(width: int, height: int) -> bytes:
    """A header that promises a size, with hardly any pixels behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(8001, 10), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_unfolds_too_far_is_refused(pool: ChildPool, size: tuple[int, int]) -> None:
    assert refusal(pool, _png_of(*size)) is RefusalCode.IMAGE_TOO_LARGE


UNREADABLE = {
    "nothing": b"",
    "text": b"not a picture",
    "pdf": b"%PDF-1.7\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "gif": saved(Image.new("P", (9, 9)), "GIF"),
    "tiff": saved(Image.new("RGB", (9, 9)), "TIFF"),
    "cut-off": saved(photograph((400, 400)))[:900],
    "no-pixels": _png_of(500, 500),
    "zero-size": _png_of(0, 0),
    "broken-sums": saved(photograph((300, 300))).replace(b"IDAT", b"IDAT\0", 1),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_picture_is_refused(pool: ChildPool, name: str) -> None:
    assert refusal(pool, UNREADABLE[name]) is RefusalCode.IMAGE_UNREADABLE


def test_any_bytes_have_an_answer(pool: ChildPool) -> None:
    """One byte after the other changed: a picture or a refusal, never another exception."""
    good = bytearray(saved(photograph((120, 120)), "JPEG"))
    changes = random.Random(11)  # noqa: S311 - the same changes every time
    for _ in range(60):
        broken = bytearray(good)
        for _ in range(3):
            broken[changes.randrange(len(broken))] = changes.randrange(256)
        with contextlib.suppress(Refusal):
            assert PoolCleaner(pool).clean(bytes(broken)).startswith(b"\x89PNG")


def refusal(pool: ChildPool, data: bytes) -> RefusalCode:
    with pytest.raises(Refusal) as refused:
        PoolCleaner(pool).clean(data)
    return refused.value.code


def beside(size: tuple[int, int] = (1000, 500)) -> Image.Image:
    """A red disc on the left half, a blue one on the right."""
    image = Image.new("RGB", size, (250, 250, 248))
    drawing = ImageDraw.Draw(image)
    for at, colour in ((size[0] // 4, RED), (size[0] * 3 // 4, (20, 40, 160))):
        drawing.ellipse((at - 80, size[1] // 2 - 80, at + 80, size[1] // 2 + 80), colour)
    return image


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_was_cut_off_by_hand_is_not_in_it_however_the_camera_was_held(
    pool: ChildPool, orientation: int
) -> None:
    """Percentages are of the picture as it is seen, as browsers show it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen, back = beside(), {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turn = back.get(orientation)
    stored = seen if turn is None else seen.transpose(Image.Transpose(turn))
    data = saved(stored, "JPEG", exif=exif, quality=95)
    both = cleaned(pool, data)
    assert both.width > 2 * both.height
    red = cleaned(pool, data, Crop(right=50))
    assert abs(red.width - red.height) <= 3
    pixel = red.getpixel((red.width // 2, red.height // 2))
    assert isinstance(pixel, tuple)
    assert pixel[0] > pixel[2] + 80


def test_what_is_left_of_a_large_photograph_is_sharp(pool: ChildPool) -> None:
    """A seal of 400 pixels on a page of 4000 is not made of a smaller picture of the page."""
    page = Image.new("RGB", (4000, 4000), "white")
    ImageDraw.Draw(page).ellipse((200, 200, 600, 600), RED)
    ImageDraw.Draw(page).ellipse((3000, 3000, 3400, 3400), RED)
    image = cleaned(pool, saved(page), Crop(right=80, bottom=80))
    assert 380 <= image.width <= 420


def test_a_clean_picture_is_cropped_again_with_its_transparency(pool: ChildPool) -> None:
    """What is left may be without a hole: it is no paper all the same."""
    first = PoolCleaner(pool).clean(saved(beside()))
    image = cleaned(pool, first, Crop(left=5, right=80, top=40, bottom=40))
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    assert (pixel[3], pixel[0] > 150) == (255, True)
    with pytest.raises(Refusal) as caught:
        PoolCleaner(pool).clean(first, crop=Crop(left=45, right=45))
    assert caught.value.code is RefusalCode.IMAGE_BLANK
