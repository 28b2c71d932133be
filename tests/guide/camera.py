"""Takes the guide's pictures: small files, the same for everybody, no more than a phone shows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import FloatRect, Page

from domain.kinds import Language
from tests.guide.labels import Labels

TALLEST, HEAD, FOOT = 2050, 950, 800
"""CSS pixels. A page that is taller is shown with its head and its foot, where its buttons are."""
GAP = 36
"""Pixels of the picture between the two."""
COLOURS = 96
MARGIN = 8
"""CSS pixels around a part."""
LOADED = """
selector => [...document.querySelectorAll(selector + " img")]
    .every(image => image.complete && image.naturalWidth > 0)
"""

CHOOSE = """
() => document.querySelectorAll("input[type=file]").forEach(input => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "ファイルを選択";
    button.style.font = "inherit";
    const like = document.createElement("span");
    like.className = "like-a-browser";
    like.append(button, ` ${input.files[0]?.name ?? "選択されていません"}`);
    input.after(like);
    input.style.display = "none";
})
"""
"""Debian's Chromium speaks English only: so a Japanese one labels what chooses a file."""
CHOSEN = """
() => document.querySelectorAll(".like-a-browser").forEach(like => {
    like.previousElementSibling.style.display = "";
    like.remove();
})
"""


class Camera:
    """Pictures of one journey, numbered as they are taken."""

    def __init__(self, folder: Path, language: Language) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()
        self._folder = folder
        self._number = 0
        self._labels = Labels(language)
        self._speaks = language is Language.JA

    def take(self, page: Page, name: str) -> None:
        """A picture of the page from its top, as its reader sees it when all has come in."""
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
        with self._in_words(page):
            self._keep(page, name, 0, int(page.evaluate("document.documentElement.scrollHeight")))

    def take_part(self, page: Page, selector: str, name: str) -> None:
        """A picture of one part, with what stands left and right of it."""
        part = page.locator(selector)
        part.scroll_into_view_if_needed()
        page.wait_for_function(LOADED, arg=selector)
        with self._in_words(page):
            page.evaluate("window.scrollTo(0, 0)")
            box = part.bounding_box()
            assert box is not None, selector
            self._keep(page, name, int(box["y"]) - MARGIN, int(box["height"]) + 2 * MARGIN)

    def take_pieces(self, page: Page, selectors: Sequence[str], name: str) -> None:
        """A picture of several parts of a long page, one below the other."""
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
        with self._in_words(page):
            clips = [_clip(page, selector) for selector in selectors]
            self._store(page, [page.screenshot(full_page=True, clip=clip) for clip in clips], name)

    @contextmanager
    def _in_words(self, page: Page) -> Iterator[None]:
        """What chooses a file is labelled in the reader's language meanwhile."""
        if self._speaks:
            page.evaluate(CHOOSE)
        yield
        if self._speaks:
            page.evaluate(CHOSEN)

    def _keep(self, page: Page, name: str, top: int, height: int) -> None:
        size = page.viewport_size
        assert size is not None
        pieces = [(top, height)]
        if height > TALLEST:
            pieces = [(top, HEAD), (top + height - FOOT, FOOT)]
        clips = [FloatRect(x=0, y=y, width=size["width"], height=tall) for y, tall in pieces]
        self._store(page, [page.screenshot(full_page=True, clip=clip) for clip in clips], name)

    def take_window(self, page: Page, name: str) -> None:
        """A picture of what the window shows, with what stays at its edge."""
        page.wait_for_load_state("networkidle")
        self._store(page, [page.screenshot()], name)

    def _store(self, page: Page, pieces: list[bytes], name: str) -> None:
        self._labels.note(page)
        self._labels.write(self._folder)
        self._number += 1
        thrifty = _joined(pieces).quantize(COLOURS)
        thrifty.save(self._folder / f"{self._number:02d}-{name}.png", optimize=True)


def _clip(page: Page, selector: str) -> FloatRect:
    """The first part of that kind, as wide as the window."""
    box, size = page.locator(selector).first.bounding_box(), page.viewport_size
    assert box is not None, selector
    assert size is not None
    return FloatRect(
        x=0, y=box["y"] - MARGIN, width=size["width"], height=box["height"] + 2 * MARGIN
    )


def _joined(pieces: list[bytes]) -> Image.Image:
    """One below the other; three dots in the gap say that something is left out."""
    pictures = [Image.open(BytesIO(piece)).convert("RGB") for piece in pieces]
    wide = pictures[0].width
    tall = sum(picture.height for picture in pictures) + GAP * (len(pictures) - 1)
    whole, top = Image.new("RGB", (wide, tall), "white"), 0
    for number, picture in enumerate(pictures):
        if number:
            draw = ImageDraw.Draw(whole)
            for x in (wide // 2 - 24, wide // 2, wide // 2 + 24):
                draw.circle((x, top + GAP // 2), 5, fill="gray")
            top += GAP
        whole.paste(picture, (0, top))
        top += picture.height
    return whole
