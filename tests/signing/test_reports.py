"""The report of a verification as a PDF: whole, with its fonts, in both languages."""

import io
from datetime import UTC, date, datetime

import pikepdf
import pypdfium2
import pytest

from domain.findings import Finding
from domain.kinds import Language
from domain.report_words import verdict_words
from domain.verification import Basis, Period, ReportHead, ReportLine, Stamp, period_words
from signing.reports import PdfReport

AT = datetime(2026, 11, 23, 7, 47, 4, tzinfo=UTC)
YEAR = period_words(Period(Basis.MADE_ON, date(2026, 4, 1), date(2027, 3, 31)))
STAMP = Stamp("timestamp", "A", "2026-11-23T07:47:04.000000Z", "試験用 TSA", good=True)


def line(number: int, *findings: Finding) -> ReportLine:
    title = "令和8年度 清掃業務委託契約書（髙橋・𠮷野）😀" + "と長い名前" * 12
    return ReportLine(
        f"{number:010}", title, "契約書", None, AT, "青山建設", findings, AT, 1, (STAMP,),
        "ab" * 32, trial=True,
    )  # fmt: skip


@pytest.mark.parametrize("language", Language)
def test_the_report_names_every_document_and_embeds_its_fonts(language: Language) -> None:
    lines = [line(number) for number in range(40)] + [line(77, Finding.BLOB_ALTERED)]
    head = ReportHead(
        "結市", "田中 花子", AT, AT, "Asia/Tokyo", language, YEAR, 41, 40, 1,
        ledger_intact=True, log_intact=True, trial=True,
    )  # fmt: skip
    made = PdfReport().make(head, iter(lines))
    document = pypdfium2.PdfDocument(made)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert verdict_words(head).in_language(language) in text
    assert all(row.number in text for row in lines)
    assert "（髙橋・𠮷野）〓" in text.replace("\r\n", "")
    assert "2026-11-23 16:47:04" in text
    assert text.count("[blob_altered]") == 2  # among the problems, and in its place
    with pikepdf.open(io.BytesIO(made)) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        assert fonts
        assert all("/FontFile2" in font.FontDescriptor for font in fonts)
