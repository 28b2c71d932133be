"""The contracts that the guide's people sign, in the language of its reader."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from cli.selftest.samples import write_samples
from domain.kinds import Language

INK = (190, 30, 45)

_ENGLISH = (
    "The Town (hereinafter the “Client”) and the Contractor conclude this agreement.",
    "Article 1  The Contractor shall perform the work described in the specification.",
    "Article 2  The fee is JPY 1,234,000, consumption tax included.",
    "Article 3  The work shall be completed within one year of this agreement.",
    "Article 4  Matters not provided for herein are settled by both parties in good faith.",
)


def contract(folder: Path, language: Language) -> Path:
    """A PDF of two pages."""
    if language is Language.JA:
        (sample,) = write_samples(folder, 1)
        return sample.rename(folder / "業務委託契約書.pdf")
    path = folder / "Service agreement.pdf"
    path.write_bytes(_english())
    return path


def certificate(folder: Path, title: str) -> Path:
    """What an office hands out as a PDF of one page."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setTitle(title)
    canvas.setFont("Times-Roman", 22)
    canvas.drawCentredString(A4[0] / 2, 700, "CERTIFICATE")
    canvas.setLineWidth(2)
    canvas.rect(60, 420, A4[0] - 120, 340)
    for line in range(6):
        canvas.line(100, 640 - 32 * line, A4[0] - 100, 640 - 32 * line)
    canvas.circle(A4[0] - 140, 450, 22)
    canvas.save()
    path = folder / f"{title}.pdf"
    path.write_bytes(buffer.getvalue())
    return path


def photograph(folder: Path) -> Path:
    """A seal on a sheet of paper, with a pen beside it, on a desk."""
    image = Image.new("RGB", (900, 600), "#8a6f52")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 24, 820, 590), "#fbfaf6")
    draw.ellipse((110, 100, 490, 500), None, INK, 20)
    draw.arc((190, 180, 410, 420), 30, 330, INK, 16)
    draw.line((300, 150, 300, 450), INK, 16)
    draw.line((180, 300, 420, 300), INK, 16)
    draw.line((560, 90, 720, 540), "#22304d", 34)
    path = folder / "seal.png"
    image.save(path)
    return path


def _english() -> bytes:
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setTitle("Service agreement")
    for page in (1, 2):
        canvas.setFont("Times-Roman", 18)
        canvas.drawCentredString(A4[0] / 2, 760, "Service agreement")
        canvas.setFont("Times-Roman", 11)
        for line, clause in enumerate(_ENGLISH):
            canvas.drawString(72, 700 - 28 * line, clause)
        canvas.drawCentredString(A4[0] / 2, 40, f"{page} / 2")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
