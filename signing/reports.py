"""The report of a verification as a PDF: A4, fonts embedded, Japanese or English.

Made from rows alone: no document is parsed here.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from domain.kinds import Language
from domain.refusals import Words
from domain.report_words import REPORT_WORDS, Said, head_rows, verdict_words
from domain.verification import ReportHead, ReportLine, finding_texts, result_words
from runtime.i18n import second_text
from signing.report_font import lettering, shown

_MARGIN, _BOTTOM = 18 * mm, 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_BODY, _SMALL, _TITLE, _HEADING = 9.0, 7.5, 17.0, 12.0
_LEAD = 1.5
_Line = tuple[str, float, float, float]
"""Text, size, indent in mm, and the height that is kept together from here on."""


class PdfReport:
    """domain.ports.verification.ReportMaker."""

    def make(self, head: ReportHead, lines: Iterator[ReportLine]) -> bytes:
        """Some kilobytes for each hundred documents; the lines are few words each, and stay in
        memory while they are set."""
        rows = list(lines)
        pages = _Pages(head.language)
        _first_part(pages, head)
        wrong = [row for row in rows if not row.good]
        if wrong:
            pages.heading(_say(Said.WRONG_ONES, head.language))
            for row in wrong:
                _entry(pages, head, row)
        pages.heading(_say(Said.ALL, head.language))
        for row in rows:
            _entry(pages, head, row)
        if not rows:
            pages.line(_say(Said.NONE, head.language))
        return pages.finish(f"{head.organisation}  {second_text(head.finished_at, head.zone)}")


def _say(said: Said, language: Language) -> str:
    return _text(REPORT_WORDS[said], language)


def _text(words: Words, language: Language) -> str:
    return words.in_language(language)


def _first_part(pages: "_Pages", head: ReportHead) -> None:
    pages.line(_say(Said.TITLE, head.language), _TITLE)
    pages.gap(2)
    pages.line(_text(verdict_words(head), head.language), _HEADING)
    pages.gap(1)
    for name, value in head_rows(head):
        moments = value if isinstance(value, str) else second_text(value, head.zone)
        pages.pair(name, moments)
    if head.trial:
        pages.gap(1)
        pages.line(_say(Said.TRIAL, head.language))
    pages.gap(1)
    for said in (Said.MEANING, Said.SIGNED_LIST):
        pages.line(_say(said, head.language), _SMALL)


def _entry(pages: "_Pages", head: ReportHead, row: ReportLine) -> None:
    """A document: result, number and names; then its day, stamps and hash; then what is wrong."""
    language = head.language
    pages.keep_together(4 + len(row.findings))
    result = _text(result_words(row), language)
    pages.line(f"{'○' if row.good else '×'} {result}　{row.number}　{row.title}　{row.document}")
    facts = [
        f"{_say(Said.MADE_ON, language)} {row.made_on.isoformat() if row.made_on else '―'}",
        f"{_say(Said.SIGNATURES, language)} {row.signatures}",
        f"{_say(Said.STAMPS, language)} {sum(bool(stamp.at) for stamp in row.stamps)}",
    ]
    pages.line("　".join(facts), _SMALL, indent=4)
    if row.stamps and row.stamps[-1].at:
        newest = row.stamps[-1]
        at = second_text(datetime.fromisoformat(newest.at), head.zone)
        pages.line(f"{_say(Said.NEWEST, language)} {at}  {newest.authority}", _SMALL, 4)
    pages.line(f"SHA-256 {row.sha256 or '―'}", _SMALL, indent=4)
    for code, words in zip(row.findings, finding_texts(row.findings, language), strict=True):
        pages.line(f"→ {words} [{code.value}]", indent=4)
    pages.gap(0.5)


class _Pages:
    """Lines from top to bottom, set when all letters are known."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._rows: list[_Line] = []

    def line(self, text: str, size: float = _BODY, indent: float = 0) -> None:
        self._rows.append((shown(text), size, indent, 0))

    def pair(self, name: str, value: str) -> None:
        self.line(f"{name}：{value}" if self._language is Language.JA else f"{name}: {value}")

    def heading(self, text: str) -> None:
        self.gap(3)
        self.keep_together(4)
        self.line(text, _HEADING)
        self.gap(0.5)

    def gap(self, millimetres: float) -> None:
        self._rows.append(("", millimetres * mm / _LEAD, 0, 0))

    def keep_together(self, lines: float) -> None:
        self._rows.append(("", 0, 0, lines * _BODY * _LEAD))

    def finish(self, foot: str) -> bytes:
        foot = shown(foot)
        texts = [text for text, *_ in self._rows]
        letters = {letter for text in (*texts, foot, "0123456789/") for letter in text}
        title = REPORT_WORDS[Said.TITLE].in_language(self._language)
        with lettering(letters) as font:
            lines = [
                (part, size, indent, kept if not number else 0)
                for text, size, indent, kept in self._rows
                for number, part in enumerate(_broken(text, font, size, _WIDTH - indent * mm))
            ]
            return _set(lines, font, foot, title)


def _broken(text: str, font: str, size: float, width: float) -> Sequence[str]:
    """Into lines that fit: at blanks where there are some near the end, else at any letter."""
    if not text or stringWidth(text, font, size) <= width:
        return (text,)
    found, line = [], ""
    for letter in text:
        if stringWidth(line + letter, font, size) > width:
            cut = max(line.rfind(" "), line.rfind("　"))
            at = cut + 1 if cut > len(line) * 2 // 3 else len(line)
            found.append(line[:at].rstrip())
            line = line[at:]
        line += letter
    return (*found, line)


def _set(lines: Sequence[_Line], font: str, foot: str, title: str) -> bytes:
    pages: list[list[_Line]] = [[]]
    y = top = A4[1] - _MARGIN
    for text, size, indent, kept in lines:
        if y - size * _LEAD < _BOTTOM or y - kept < _BOTTOM:
            pages.append([])
            y = top
        y -= size * _LEAD
        if text:
            pages[-1].append((text, size, _MARGIN + indent * mm, y))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, initialFontName=font)
    canvas.setTitle(title)
    canvas.setCreator("Musubi")
    for number, page in enumerate(pages, start=1):
        for text, size, x, height in page:
            canvas.setFont(font, size)
            canvas.drawString(x, height, text)
        canvas.setFont(font, _SMALL)
        canvas.drawString(_MARGIN, _BOTTOM / 2, foot)
        canvas.drawRightString(A4[0] - _MARGIN, _BOTTOM / 2, f"{number} / {len(pages)}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()
