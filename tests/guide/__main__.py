"""`make guide`: the pictures of the guide (docs/guide) and the manuals (docs/manual) anew; with
`SUBJECTS="signer clerk admin approver"`, those alone."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from cli.selftest.mailbox import Mailbox
from cli.selftest.stack import Stack, own_stack
from domain.kinds import Language
from tests.chromium import chromium
from tests.e2e.pages import ask_for_consent
from tests.guide.approver import draw_approver
from tests.guide.asides import look_aside
from tests.guide.camera import Camera
from tests.guide.desk import MANUAL
from tests.guide.governing import draw_admin
from tests.guide.journey import Journey
from tests.guide.manuals import draw_clerk

GUIDE = Path("docs/guide")
EACH = "求める（封筒ごと）"
SUBJECTS = ("clerk", "admin", "approver", "signer")


def main() -> None:
    """A stack of its own, and one story in each language; then what lies beside the way."""
    wanted = sys.argv[1:] or SUBJECTS
    cameras: dict[Language, Camera] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        own_stack(Path(name) / "home") as stack,
        chromium() as browser,
    ):
        _manuals(stack, browser, Path(name), wanted)
        if "signer" in wanted:
            cameras = _signer(stack, browser, Path(name))
    for language, camera in cameras.items():
        look_aside(language, camera)
    count = sum(len(list(folder.rglob("*.png"))) for folder in (GUIDE, MANUAL))
    print(f"{count} pictures: {GUIDE.resolve()}, {MANUAL.resolve()}")  # noqa: T201 - a command


def _manuals(stack: Stack, browser: Browser, folder: Path, wanted: Sequence[str]) -> None:
    """Before the signer's story, whose organisation asks for consent."""
    for language in Language:
        if "clerk" in wanted:
            papers = folder / f"clerk-{language.value}"
            papers.mkdir()
            draw_clerk(stack, browser, language, papers)
        if "admin" in wanted:
            draw_admin(stack, browser, language)
        if "approver" in wanted:
            papers = folder / f"approver-{language.value}"
            papers.mkdir()
            draw_approver(stack, browser, language, papers)


def _signer(stack: Stack, browser: Browser, folder: Path) -> dict[Language, Camera]:
    mailbox = Mailbox(stack.home.catcher_url)
    cameras = {}
    ask_for_consent(stack, browser.new_context(locale="ja-JP").new_page(), EACH)
    for language in Language:
        papers = folder / language.value
        papers.mkdir()
        cameras[language] = Camera(GUIDE / language.value, language)
        Journey(stack, browser, mailbox, language, cameras[language]).travel(papers)
    mailbox.close()
    return cameras


if __name__ == "__main__":
    main()
