"""Files that people upload: sound ones pass, hostile ones get a reason, nothing raises."""

from io import BytesIO

import pytest
from PIL import Image

from domain.limits import PAGE_IMAGE_WIDTH, PAGE_IMAGES
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.intake import PoolInspector
from signing.pool import ChildPool, Cost
from signing.work import inspection_pages, inspection_texts
from signing.work.inspection import illustrate
from signing.work.inspection_pages import page_images
from signing.work.inspection_texts import page_texts
from tests.files.generate import SOUND, contract, rotated, scanned
from tests.files.hostile import HOSTILE, MENDABLE
from tests.files.odd import ODD

_SLOW = {"form_bomb"}


@pytest.mark.parametrize("name", SOUND | ODD)
def test_a_readable_file_is_accepted_as_it_is_with_images_of_its_pages(
    pool: ChildPool, name: str
) -> None:
    found = PoolInspector(pool).inspect((SOUND | ODD)[name]())
    assert (found.mends, found.repaired, found.signed) == ((), None, False)
    assert found.pages == len(found.page_sizes)
    assert min(found.pages, PAGE_IMAGES) <= len(found.images) <= found.pages
    with Image.open(BytesIO(found.images[0])) as image:
        assert image.format == "PNG"


def test_every_page_of_an_ordinary_contract_has_an_image_and_the_first_ones_in_every_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = contract(2 * PAGE_IMAGES)
    assert len(page_images(data, range(2 * PAGE_IMAGES))) == 2 * PAGE_IMAGES
    monkeypatch.setattr(inspection_pages, "IMAGE_SECONDS", 0.0)
    assert len(page_images(data, range(2 * PAGE_IMAGES))) == PAGE_IMAGES


def test_a_scanned_page_is_a_jpeg_of_some_hundred_kilobytes(pool: ChildPool) -> None:
    found = PoolInspector(pool).inspect(scanned())
    with Image.open(BytesIO(found.images[0])) as image:
        assert image.format == "JPEG"
        assert abs(image.width - PAGE_IMAGE_WIDTH) <= 1
    assert len(found.images[0]) < 500_000


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - _SLOW))
def test_a_hostile_file_is_refused_with_its_reason(pool: ChildPool, name: str) -> None:
    make, codes = HOSTILE[name]
    with pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(make(), repair=True)
    assert refused.value.code.value in codes


def test_a_file_that_takes_too_long_to_draw_is_refused_with_its_reason() -> None:
    with ChildPool(1, Cost(2, 10)) as pool, pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(HOSTILE["form_bomb"][0]())
    assert refused.value.code is RefusalCode.TOO_COSTLY


@pytest.mark.parametrize("name", MENDABLE)
def test_a_file_that_could_be_repaired_says_what_a_copy_would_lack(
    pool: ChildPool, name: str
) -> None:
    make, mends = MENDABLE[name]
    with pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(make())
    assert refused.value.code is RefusalCode.MENDABLE
    assert mends <= set(refused.value.mends)


def test_the_image_and_the_size_of_a_rotated_page_are_as_displayed(pool: ChildPool) -> None:
    found = PoolInspector(pool).inspect(rotated(90))
    assert found.page_sizes == ((842.0, 595.0),)
    with Image.open(BytesIO(found.images[0])) as image:
        assert image.width == PAGE_IMAGE_WIDTH
        assert image.width > image.height


def test_the_words_of_each_page_are_found(pool: ChildPool) -> None:
    found = PoolInspector(pool).inspect(contract(3))
    assert [(text or "").splitlines()[0] for text in found.texts] == [
        f"CONTRACT page {number}" for number in (1, 2, 3)
    ]
    assert all("keep the information confidential" in (text or "") for text in found.texts)


def test_a_page_that_is_a_picture_has_no_words(pool: ChildPool) -> None:
    scan = Image.new("RGB", (300, 400), "white")
    output = BytesIO()
    scan.save(output, "PDF")
    assert PoolInspector(pool).inspect(output.getvalue()).texts == ("",)


def test_no_more_words_are_kept_than_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection_texts, "TEXT_CHARACTERS", 3000)
    first, second, third, fourth = page_texts(contract(4), 4)
    assert first
    assert second
    assert (third, fourth) == (None, None)
    monkeypatch.setattr(inspection_texts, "PAGE_CHARACTERS", 8)
    assert page_texts(contract(1), 1) == ["CONTRACT"]
    monkeypatch.setattr(inspection_texts, "TEXT_SECONDS", -1)
    assert page_texts(contract(1), 1) == [None]


def test_a_damaged_file_of_any_kind_gets_a_typed_answer(pool: ChildPool) -> None:
    whole, answers = contract(2), set[RefusalCode]()
    for cut in range(0, len(whole), len(whole) // 12):
        damaged = whole[:cut] + b"\0" * 40 + whole[cut + 40 :]
        try:
            PoolInspector(pool).inspect(damaged, repair=True)
        except Refusal as refusal:
            answers.add(refusal.code)
    assert RefusalCode.READER_CRASHED not in answers


def test_what_intake_had_no_time_for_is_drawn_afterwards_as_intake_drew(
    pool: ChildPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan of sixty pages: the first ones at intake, the rest in batches, each in a child."""
    scan = scanned(60)
    inspector = PoolInspector(pool)
    last = inspector.draw(scan, range(59, 60))
    with Image.open(BytesIO(last[0])) as image:
        assert image.format == "JPEG"
        assert abs(image.width - PAGE_IMAGE_WIDTH) <= 1
    assert inspector.draw(scan, range(3, 5)) == last * 2, "every sheet of it is the same"
    monkeypatch.setattr(inspection_pages, "IMAGE_SECONDS", 0.0)
    request = Frame("illustrate", {"first": 20, "end": 60}, (scan,))
    assert illustrate(request).parts == last, "at least one, however slow the machine"


def test_a_page_that_takes_too_long_to_draw_is_given_up() -> None:
    with ChildPool(1, Cost(2, 10)) as pool, pytest.raises(Refusal) as refused:
        PoolInspector(pool).draw(HOSTILE["form_bomb"][0](), range(1))
    assert refused.value.code is RefusalCode.TOO_COSTLY
