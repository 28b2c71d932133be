"""Small contracts with Japanese text, for runs without files of one's own."""

from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "HeiseiKakuGo-W5"
TITLES = ("業務委託契約書", "機密保持契約書", "個人情報取扱覚書", "仕様書", "見積書")
PAGES = (2, 1, 3)
"""Pages of the first, second, third document; then again."""

_CLAUSES = (
    "委託者と受託者は、次のとおり契約を締結する。",
    "第１条　受託者は、別紙の仕様書に定める業務を誠実に行う。",
    "第２条　委託料は、金1,234,000円（消費税を含む。）とする。",
    "第３条　履行期間は、契約の日から１年間とする。",
    "第４条　この契約に定めのない事項は、両者が協議して定める。",
)


def write_samples(folder: Path, documents: int) -> list[Path]:
    """So many PDFs in `folder`, named after their titles."""
    folder.mkdir(parents=True, exist_ok=True)
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    paths = []
    for number in range(documents):
        title = TITLES[number % len(TITLES)]
        path = folder / f"{number + 1:02d}-{title}.pdf"
        path.write_bytes(_contract(title, PAGES[number % len(PAGES)]))
        paths.append(path)
    return paths


def _contract(title: str, pages: int) -> bytes:
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setTitle(title)
    for page in range(pages):
        canvas.setFont(FONT, 18)
        canvas.drawCentredString(A4[0] / 2, 760, title)
        canvas.setFont(FONT, 11)
        for line, clause in enumerate(_CLAUSES):
            canvas.drawString(72, 700 - 28 * line, clause)
        canvas.drawCentredString(A4[0] / 2, 40, f"{page + 1} / {pages}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
