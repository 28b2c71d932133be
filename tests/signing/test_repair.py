"""Repaired copies: what acts is gone, what is seen stays, and nothing signed is ever repaired."""

from io import BytesIO

import pikepdf
import pypdfium2
import pytest

from domain.mends import MEND_WORDS, Mend
from domain.refusals import Refusal, RefusalCode
from signing.intake import PoolInspector
from signing.pool import ChildPool
from signing.work.active import examine
from signing.work.inspection_pages import look_the_same
from signing.work.repair import repaired
from tests.files.generate import changed, contract, encrypted
from tests.files.hostile import MENDABLE, opening_script
from tests.files.odd import DAMAGED
from tests.files.signed import CLOSED


@pytest.mark.parametrize("name", MENDABLE | DAMAGED)
def test_a_repaired_copy_lacks_what_it_says_and_is_accepted_without_another_repair(
    pool: ChildPool, name: str
) -> None:
    make, mends = (MENDABLE | DAMAGED)[name]
    found = PoolInspector(pool).inspect(make(), repair=True)
    assert mends <= {mend.value for mend in found.mends}
    assert found.repaired is not None
    with pikepdf.open(BytesIO(found.repaired)) as pdf:
        assert not examine(pdf).mends
        assert not pdf.is_encrypted
    again = PoolInspector(pool).inspect(found.repaired)
    assert again.mends == ()
    assert again.images == found.images


def test_a_repair_is_repeatable() -> None:
    data = opening_script()
    assert repaired(data, {Mend.JAVASCRIPT}) == repaired(data, {Mend.JAVASCRIPT})


def test_a_player_with_a_picture_stays_as_the_picture() -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        look = pikepdf.Stream(pdf, b"0 0 80 80 re f")
        look["/Type"], look["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
        look["/BBox"] = pikepdf.Array([0, 0, 80, 80])
        player = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Screen,
            Rect=pikepdf.Array([100, 100, 180, 180]),
            F=4,
            AP=pikepdf.Dictionary(N=pdf.make_indirect(look)),
        )
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([pdf.make_indirect(player)])

    data = changed(contract(), add)
    copy = repaired(data, {Mend.MULTIMEDIA})
    assert b"/Screen" not in copy
    assert look_the_same(data, copy, 1)
    assert not look_the_same(contract(), copy, 1)


def test_pages_that_differ_in_one_small_mark_do_not_look_the_same() -> None:
    def mark(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"q 500 100 10 10 re f Q")

    assert look_the_same(contract(), contract(), 1)
    assert not look_the_same(contract(), changed(contract(), mark), 1)
    assert not look_the_same(contract(2), contract(1), 2)


def test_the_copy_of_a_restricted_file_opens_without_any_password() -> None:
    copy = repaired(encrypted(""), {Mend.ENCRYPTION})
    assert len(pypdfium2.PdfDocument(copy)) == 1
    assert b"/Encrypt" not in copy


@pytest.mark.parametrize("name", ["signed_script", "signed_restricted", "signed_damaged"])
def test_a_signed_file_is_never_repaired(pool: ChildPool, name: str) -> None:
    make, code = CLOSED[name]
    with pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(make(), repair=True)
    assert refused.value.code is RefusalCode(code)


def test_every_mend_has_words_in_both_languages() -> None:
    assert set(MEND_WORDS) == set(Mend)
    assert all(words.ja and words.en.isascii() for words in MEND_WORDS.values())
