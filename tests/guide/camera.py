"""Takes the guide's pictures: small files, the same for everybody, no more than a phone shows."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page

TALLEST = 1200
"""CSS pixels; what is further down is for scrolling."""
COLOURS = 96
MARGIN = 8
"""CSS pixels around a part."""
LOADED = """
selector => [...document.querySelectorAll(selector + " img")]
    .every(image => image.complete && image.naturalWidth > 0)
"""


class Camera:
    """Pictures of one journey, numbered as they are taken."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()
        self._folder = folder
        self._number = 0

    def take(self, page: Page, name: str) -> None:
        """A picture of the page from its top, as its reader sees it when all has come in."""
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
        self._keep(page, name, 0, int(page.evaluate("document.documentElement.scrollHeight")))

    def take_part(self, page: Page, selector: str, name: str) -> None:
        """A picture of one part, with what stands left and right of it."""
        part = page.locator(selector)
        part.scroll_into_view_if_needed()
        page.wait_for_function(LOADED, arg=selector)
        page.evaluate("window.scrollTo(0, 0)")
        box = part.bounding_box()
        assert box is not None, selector
        self._keep(page, name, int(box["y"]) - MARGIN, int(box["height"]) + 2 * MARGIN)

    def _keep(self, page: Page, name: str, top: int, height: int) -> None:
        size = page.viewport_size
        assert size is not None
        clip = FloatRect(x=0, y=top, width=size["width"], height=min(height, TALLEST))
        self._store(page.screenshot(full_page=True, clip=clip), name)

    def take_window(self, page: Page, name: str) -> None:
        """A picture of what the window shows, with what stays at its edge."""
        page.wait_for_load_state("networkidle")
        self._store(page.screenshot(), name)

    def _store(self, png: bytes, name: str) -> None:
        self._number += 1
        with Image.open(BytesIO(png)) as picture:
            thrifty = picture.convert("RGB").quantize(COLOURS)
        thrifty.save(self._folder / f"{self._number:02d}-{name}.png", optimize=True)
