"""What a screen reader says of the signer's way, page by page and in its order.

The texts in spoken/ are what Chromium's accessibility tree holds. They are read by people: whoever
changes a page writes them anew (`python -m tests.webapp.accessibility.test_spoken`) and reads
whether somebody who only hears it would still know what to do.
"""

import itertools
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize

from domain.kinds import HandoverPolicy
from storage.tables import Participant
from tests.webapp.accessibility.eyes import AXE, DESK, PHONE, RULES
from tests.webapp.served import browsing
from tests.webapp.signer.fields import Placed, complete, place
from tests.webapp.signer.readable import blank, readable_world
from tests.webapp.signer.test_acts import accept
from tests.webapp.signer.world import HOST, World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
SPOKEN = Path(__file__).parent / "spoken"
LANGUAGES = ("ja", "en")
_CHANGING = (
    (r"\d{4}年\d{1,2}月\d{1,2}日(?: \d{1,2}:\d\d(?::\d\d)?)?(?: JST)?", "（日時）"),
    (r"\d{1,2} [A-Z][a-z]+ \d{4}(?:,? (?:at )?\d{1,2}:\d\d(?::\d\d)?)?(?: JST)?", "(date)"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? JST", "(time)"),
    (r"[0-9a-f]{16}…", "(hash)"),
    (r"/pad/[A-Za-z0-9_-]{43}", "/pad/(token)"),
    (r"SHA-256 [0-9a-f ]+", "SHA-256 (hash)"),
)


@dataclass
class Person:
    """Somebody who signs, in a window of one width."""

    world: World
    placed: Placed
    page: Page
    visit: str = ""

    def open(self, path: str) -> str:
        """What is said of a page of the visit."""
        self.page.goto(f"{HOST}/sign/{self.visit}/{path}")
        return self.heard()

    def heard(self) -> str:
        """The accessibility tree as lines, without addresses and times."""
        self.page.wait_for_load_state("networkidle")
        lines = self.page.locator("body").aria_snapshot().splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("- /url:"))
        for pattern, instead in _CHANGING:
            text = re.sub(pattern, instead, text)
        return text + "\n"

    def way(self) -> Iterator[tuple[str, str]]:
        """Each page's name with what is said of it."""
        page = self.page
        page.goto(f"{HOST}/l/{self.world.token()}")
        yield "1-link", self.heard()
        page.locator("main form button").first.click()
        page.wait_for_url("**/sign/**")
        self.visit = page.url.rstrip("/").rpartition("/")[2]
        yield "2-guide", self.heard()
        yield "3-question", self.open("question")
        yield "4-handover", self.open("handover")
        yield "5-decline", self.open("decline")
        yield "6-read", self.open("read")
        yield "7-missing", self.open("read?check=1")
        self._fill_in()
        yield "8-confirm", self.open("confirm")
        page.locator("form[action$='/act'] button").last.click()
        page.wait_for_url("**/done")
        accept(self.world)
        yield "9-done", self.open("done")
        yield "10-record", self.open("record")

    def _fill_in(self) -> None:
        """As another browser of the same person would: by forms."""
        client = self.world.client()
        complete(client, self.world.enter(client), self.placed)


def journey(folder: Path, language: str, width: int) -> dict[str, str]:
    """What is said of every page, and what axe-core finds on it."""
    world = readable_world(folder, 2, blank(2))
    me = world.participants[0]
    world.change(Participant, me, language=language, handover=HandoverPolicy.ALLOWED.value)
    placed = place(world)
    with browsing(world.app) as found:
        size = ViewportSize(width=width, height=900)
        context = found.new_context(viewport=size, locale=language, bypass_csp=True)
        context.add_init_script(path=AXE)
        person = Person(world, placed, context.new_page())
        said = {}
        for name, text in person.way():
            said[name] = text
            faults = person.page.evaluate(
                "async tags => (await axe.run(document, {runOnly: tags})).violations", list(RULES)
            )
            assert not faults, (name, faults)
        context.close()
    world.database.close()
    return said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_the_way_is_what_somebody_has_read(tmp_path: Path, language: str) -> None:
    said = journey(tmp_path, language, DESK)
    known = {file.stem: file.read_text("utf-8") for file in (SPOKEN / language).glob("*.txt")}
    assert said == known


def test_a_phone_says_the_same_in_the_same_order(tmp_path: Path) -> None:
    """But for what a phone has no use for: a code for a phone to scan."""
    said = journey(tmp_path, "ja", PHONE)
    for name, text in said.items():
        known = (SPOKEN / "ja" / f"{name}.txt").read_text("utf-8").splitlines()
        assert [line for line in text.splitlines() if line not in known] == [], name
        assert [line for line in known if line not in text.splitlines()] in ([], _ONLY_ON_DESKS)


_ONLY_ON_DESKS = ["      - group: スマートフォンで手書きする"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_order_makes_sense(language: str) -> None:
    """On every page: one heading of the first level, before everything that can be pressed in the
    page; no level left out; nothing without a name."""
    files = sorted((SPOKEN / language).glob("*.txt"))
    assert len(files) == 10
    for file in files:
        lines = file.read_text("utf-8").splitlines()
        main = lines[next(i for i, line in enumerate(lines) if line.startswith("- main")) :]
        levels = [int(n) for line in main for n in re.findall(r"- heading .*\[level=(\d)\]", line)]
        assert levels.count(1) == 1, file.name
        assert levels[0] == 1, file.name
        assert all(b <= a + 1 for a, b in itertools.pairwise(levels)), file.name
        pressable = r"\s*- (button|link|textbox|radio|checkbox|combobox)"
        first = next(i for i, line in enumerate(main) if re.match(pressable, line))
        heading = next(i for i, line in enumerate(main) if "[level=1]" in line)
        assert heading < first, file.name
        nameless = [line for line in main if re.fullmatch(pressable + r":?", line)]
        assert not nameless, (file.name, nameless)


if __name__ == "__main__":
    for chosen in LANGUAGES:
        (SPOKEN / chosen).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as temporary:
            for title, words in journey(Path(temporary), chosen, DESK).items():
                (SPOKEN / chosen / f"{title}.txt").write_text(words, "utf-8")
    sys.stdout.write(f"written: {SPOKEN}\n")
