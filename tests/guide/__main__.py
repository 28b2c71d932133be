"""`make guide`: the user guide's pictures anew, in docs/guide/."""

import tempfile
from pathlib import Path

from cli.selftest.mailbox import Mailbox
from cli.selftest.stack import own_stack
from domain.kinds import Language
from tests.chromium import chromium
from tests.e2e.pages import ask_for_consent
from tests.guide.asides import look_aside
from tests.guide.camera import Camera
from tests.guide.journey import Journey

GUIDE = Path("docs/guide")
EACH = "求める（封筒ごと）"


def main() -> None:
    """A stack of its own, and one journey in each language; then what lies beside the way."""
    with tempfile.TemporaryDirectory() as name, own_stack(Path(name) / "home") as stack:
        mailbox = Mailbox(stack.home.catcher_url)
        cameras = {}
        with chromium() as browser:
            ask_for_consent(stack, browser.new_context(locale="ja-JP").new_page(), EACH)
            for language in Language:
                folder = Path(name) / language.value
                folder.mkdir()
                cameras[language] = Camera(GUIDE / language.value)
                Journey(stack, browser, mailbox, language, cameras[language]).travel(folder)
        mailbox.close()
    for language, camera in cameras.items():
        look_aside(language, camera)
    count = len(list(GUIDE.glob("*/*.png")))
    print(f"{count} pictures: {GUIDE.resolve()}")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
