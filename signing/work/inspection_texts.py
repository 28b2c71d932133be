"""The words of pages: for those who read without pictures, and for finding a place."""

import re
import time

import pypdfium2

from domain.limits import PAGE_CHARACTERS, TEXT_CHARACTERS, TEXT_SECONDS

_BROKEN_WORD = re.compile("[\ufffe\x02]\\s*")
"""What the renderer writes where a word was broken at the end of a line."""
_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def page_texts(data: bytes, pages: int) -> list[str | None]:
    """The words of each page in the order of the file; "" for a page without any (a scan), None
    from where time or room ran out, or where the page could not be read.

    The file has been drawn before, so it opens.
    """
    texts: list[str | None] = [None] * pages
    left, until = TEXT_CHARACTERS, time.process_time() + TEXT_SECONDS
    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(min(pages, len(document))):
            if left <= 0 or time.process_time() > until:
                break
            text = _words(document, number)
            texts[number] = text
            left -= len(text or "")
    finally:
        document.close()
    return texts


def _words(document: pypdfium2.PdfDocument, number: int) -> str | None:
    try:
        page = document[number]
        try:
            words = page.get_textpage()
            text = words.get_text_range(0, min(words.count_chars(), PAGE_CHARACTERS))
            words.close()
        finally:
            page.close()
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return None
    return _clean(text)


def _clean(text: str) -> str:
    lines = _BROKEN_WORD.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _NO_TEXT.sub("", "\n".join(line.rstrip() for line in lines)).strip()
