"""Files that people upload: sound ones pass, hostile ones get a reason, nothing raises."""

from io import BytesIO

import pytest
from PIL import Image

from domain.limits import PAGE_IMAGE_WIDTH, PAGE_IMAGES
from domain.refusals import Refusal
from signing.intake import PoolInspector
from signing.pool import ChildPool
from tests.files.generate import HOSTILE, SOUND, contract, rotated


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_is_accepted_with_an_image_of_its_page(pool: ChildPool, name: str) -> None:
    found = PoolInspector(pool).inspect(SOUND[name]())
    assert found.pages == len(found.page_sizes) == len(found.images)
    with Image.open(BytesIO(found.images[0])) as image:
        assert image.format == "PNG"
        assert image.width == pytest.approx(PAGE_IMAGE_WIDTH, abs=1)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(pool: ChildPool, name: str) -> None:
    make, codes = HOSTILE[name]
    with pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(make())
    assert refused.value.code.value in codes


def test_a_turned_page_has_the_size_that_people_see(pool: ChildPool) -> None:
    assert PoolInspector(pool).inspect(rotated(90)).page_sizes == ((842.0, 595.0),)


def test_a_long_document_has_images_of_its_first_pages_only(pool: ChildPool) -> None:
    found = PoolInspector(pool).inspect(contract(PAGE_IMAGES + 2))
    assert found.pages == PAGE_IMAGES + 2
    assert len(found.images) == PAGE_IMAGES


def test_random_damage_never_raises_anything_but_a_refusal(pool: ChildPool) -> None:
    data = contract(2)
    for position in range(0, len(data), max(1, len(data) // 60)):
        damaged = bytearray(data)
        damaged[position] ^= 0x5A
        try:
            PoolInspector(pool).inspect(bytes(damaged))
        except Refusal:
            continue
