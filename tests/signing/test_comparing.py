"""Pictures of a page before and now: what people see, and not what a renderer rounds."""

import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw

from domain.refusals import Refusal, RefusalCode
from signing.comparing import PoolComparer
from signing.pool import ChildPool
from tests.signing.test_stamps import saved

SIZE = (1240, 1754)


def page(draw: Callable[[ImageDraw.ImageDraw], None] | None = None) -> Image.Image:
    """Lines of writing, and whatever else."""
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    for line in range(12):
        pen.rectangle((150, 200 + 100 * line, 1000, 218 + 100 * line), "black")
    if draw is not None:
        draw(pen)
    return image


def scanned(image: Image.Image, seed: int) -> bytes:
    """With the grain of paper, as a JPEG."""
    grain = random.Random(seed)  # noqa: S311 - the same grain every time
    noise = Image.frombytes("L", (310, 438), grain.randbytes(310 * 438)).resize(SIZE)
    paper = Image.merge("RGB", [noise.point(lambda value: 225 + value // 10)] * 3)
    return saved(Image.blend(image, paper, 0.15), "JPEG", quality=65)


def test_a_figure_that_changed_is_found_at_its_place(pool: ChildPool) -> None:
    after = page(lambda pen: pen.rectangle((600, 500, 618, 518), "white"))
    [look] = PoolComparer(pool).differ([(saved(page()), saved(after))])
    assert look.differs > 0
    [place] = look.places
    assert place.x <= 1000 * 600 / SIZE[0] <= place.x + place.width
    assert place.y <= 1000 * 505 / SIZE[1] <= place.y + place.height
    assert place.width < 100


def test_the_same_page_drawn_or_compressed_anew_looks_the_same(pool: ChildPool) -> None:
    pairs = [
        (saved(page()), saved(page().convert("L"))),
        (saved(page()), saved(page(), "JPEG", quality=80)),
        (scanned(page(), 1), scanned(page(), 2)),
    ]
    assert [look.differs for look in PoolComparer(pool).differ(pairs)] == [0, 0, 0]


def test_a_seal_on_a_scan_and_another_format_are_seen(pool: ChildPool) -> None:
    sealed = page(lambda pen: pen.ellipse((1020, 1500, 1140, 1620), None, (190, 30, 45), 8))
    pairs = [
        (scanned(page(), 1), scanned(sealed, 2)),
        (saved(page()), saved(page().resize((1240, 877)))),
    ]
    seal, turned = PoolComparer(pool).differ(pairs)
    assert len(seal.places) == 1
    assert seal.places[0].y > 800
    assert turned.differs == 1_000_000


@pytest.mark.parametrize("data", [b"", b"no picture", saved(Image.new("L", (9000, 10)))])
def test_what_is_no_picture_of_a_page_is_refused(pool: ChildPool, data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        PoolComparer(pool).differ([(saved(page()), data)])
    assert refusal.value.code is RefusalCode.UNREADABLE
