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
from tests.guide.town import settle

GUIDE = Path("docs/guide")
EACH = "求める（封筒ごと）"
SUBJECTS = ("clerk", "admin", "approver", "signer")


def main() -> None:
    """For each language a stack of its own: nobody meets contracts that he cannot read."""
    wanted = sys.argv[1:] or SUBJECTS
    cameras: dict[Language, Camera] = {}
    with chromium() as browser:
        for language in Language:
            with (
                tempfile.TemporaryDirectory() as name,
                own_stack(Path(name) / "home") as stack,
            ):
                _manuals(stack, browser, language, Path(name), wanted)
                if "signer" in wanted:
                    cameras[language] = _signer(stack, browser, language, Path(name))
    for language, camera in cameras.items():
        look_aside(language, camera)
    count = sum(len(list(folder.rglob("*.png"))) for folder in (GUIDE, MANUAL))
    print(f"{count} pictures: {GUIDE.resolve()}, {MANUAL.resolve()}")  # noqa: T201 - a command


def _manuals(
    stack: Stack, browser: Browser, language: Language, folder: Path, wanted: Sequence[str]
) -> None:
    """Before the signer's story, whose organisation asks for consent."""
    settle(stack, language)
    for name in ("clerk", "admin", "approver"):
        (folder / name).mkdir()
    if "clerk" in wanted:
        draw_clerk(stack, browser, language, folder / "clerk")
    if "admin" in wanted:
        draw_admin(stack, browser, language, folder / "admin")
    if "approver" in wanted:
        draw_approver(stack, browser, language, folder / "approver")


def _signer(stack: Stack, browser: Browser, language: Language, folder: Path) -> Camera:
    """One story; its clerk, who is in no picture, works in Japanese."""
    ask_for_consent(stack, browser.new_context(locale="ja-JP").new_page(), EACH)
    papers = folder / "signer"
    papers.mkdir()
    camera = Camera(GUIDE / language.value, language)
    mailbox = Mailbox(stack.home.catcher_url)
    Journey(stack, browser, mailbox, language, camera).travel(papers)
    mailbox.close()
    return camera


if __name__ == "__main__":
    main()
