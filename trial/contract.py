"""The sample contract of the demo: one page of A4, in Japanese, made anew each time."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

MINCHO = "HeiseiMin-W3"
"""One of Adobe's standard CID fonts: every viewer brings a face for it, none is embedded."""
TITLE = "業務委託契約書（見本）"
PARAGRAPHS = (
    "結び市（以下「甲」という。）と株式会社サンプル（以下「乙」という。）は、次のとおり",
    "業務委託契約を締結する。",
    "",
    "第１条（委託業務）　甲は、次の業務を乙に委託し、乙はこれを受託する。",
    "　　庁舎案内業務　一式",
    "第２条（契約期間）　契約期間は、契約締結の日から令和９年３月３１日までとする。",
    "第３条（委託料）　委託料は、金１，３２０，０００円（うち消費税及び地方消費税の額",
    "　　金１２０，０００円）とする。",
    "第４条（秘密の保持）　乙は、業務上知り得た秘密を第三者に漏らしてはならない。",
    "第５条（協議）　この契約に定めのない事項は、甲乙協議のうえ定める。",
    "",
    "この契約の成立を証するため、本書の電磁的記録を作成し、甲乙それぞれ電子署名を行う。",
    "",
    "　　　　　甲　結び市　　　　　　　　市長　　見本 太郎",
    "　　　　　乙　株式会社サンプル　　　代表取締役　　見本 花子",
)


def sample_contract() -> bytes:
    """A PDF file."""
    pdfmetrics.registerFont(UnicodeCIDFont(MINCHO))
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setTitle(TITLE)
    width, height = A4
    canvas.setFont(MINCHO, 18)
    canvas.drawCentredString(width / 2, height - 35 * mm, TITLE)
    canvas.setFont(MINCHO, 10.5)
    for number, line in enumerate(PARAGRAPHS):
        canvas.drawString(25 * mm, height - 55 * mm - number * 8 * mm, line)
    canvas.setFont(MINCHO, 9)
    canvas.drawCentredString(
        width / 2, 15 * mm, "お試し用の見本です。契約としての効力はありません。"
    )
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()
