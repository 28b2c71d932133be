"""Where annotations lie that a file came with, as the sender sees the page."""

from io import BytesIO

import pikepdf
import pytest

from signing.intake import PoolInspector
from signing.pool import ChildPool
from signing.work.geometry import displayed, displayed_size, rectangle
from signing.work.inspection_annotations import taken_places
from tests.files.generate import (
    annotation,
    changed,
    contract,
    rotated,
    with_form_and_links,
    with_links,
)
from tests.files.signed import signed


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_place_is_the_same_on_the_way_back(degrees: int) -> None:
    with pikepdf.open(BytesIO(rotated(degrees))) as pdf:
        page = pdf.pages[0]
        for placed in ((10.0, 20.0, 100.0, 40.0), (0.0, 0.0, *displayed_size(page))):
            assert displayed(page, rectangle(page, placed)) == placed
        assert displayed(page, (0, 0, 49, 40)) is None, "beside the crop box"


def test_a_unit_of_its_own_is_counted() -> None:
    def enlarge(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj["/UserUnit"] = 2

    with pikepdf.open(BytesIO(changed(contract(), enlarge))) as pdf:
        page = pdf.pages[0]
        assert displayed(page, rectangle(page, (10, 20, 100, 40))) == (10, 20, 100, 40)


def test_links_stay_and_take_their_place(pool: ChildPool) -> None:
    found = PoolInspector(pool).inspect(with_links())
    assert [(place.page, place.rect) for place in found.taken] == [(0, (50, 742, 50, 50))]


def test_a_form_that_is_drawn_into_the_page_takes_none(pool: ChildPool) -> None:
    links = PoolInspector(pool).inspect(with_links()).taken
    assert PoolInspector(pool).inspect(with_form_and_links()).taken == links


def test_invisible_signatures_of_others_take_none_and_ours_of_the_trial_neither(
    pool: ChildPool,
) -> None:
    assert PoolInspector(pool).inspect(signed()).taken == ()
    assert PoolInspector(pool).inspect(contract()).taken == ()


@pytest.mark.parametrize(
    "rect", [[1, 2, 3], ["a", 2, 3, 4], [50, 50, 50, 90], [900, 900, 950, 950], None, 7]
)
def test_an_annotation_that_no_viewer_shows_takes_none(rect: object) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        odd = annotation(pikepdf.Name.Link)
        del odd["/Rect"]
        if rect is not None:
            odd["/Rect"] = pikepdf.Array(rect) if isinstance(rect, list) else rect
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([odd, 3, pdf.make_indirect(odd)])

    assert taken_places(changed(contract(), add)) == []
