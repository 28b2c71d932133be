"""What a screen reader says of the signer's way, page by page and in its order.

The texts in spoken/ are what Chromium's accessibility tree holds. They are read by people: whoever
changes a page writes them anew (`python -m tests.webapp.accessibility.test_spoken`) and reads
whether somebody who only hears it would still know what to do.
"""

import itertools
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize

from domain.consents import DEFAULT
from domain.kinds import HandoverPolicy, LinkPurpose
from storage.tables import Participant
from tests.webapp.accessibility.eyes import AXE, DESK, NARROW, PHONE, faults_on
from tests.webapp.accessibility.further_ways import FURTHER
from tests.webapp.mailbox import browsing as mailbox
from tests.webapp.served import House, open_house
from tests.webapp.signer.fields import Placed, complete, place
from tests.webapp.signer.readable import blank, readable_world
from tests.webapp.signer.test_access_code import CODE as ACCESS_CODE
from tests.webapp.signer.test_access_code import HASH as CODE_HASH
from tests.webapp.signer.test_acts import accept
from tests.webapp.signer.test_consent import ask
from tests.webapp.signer.test_fresh import renew
from tests.webapp.signer.world import HOST, World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
SPOKEN = Path(__file__).parent / "spoken"
LANGUAGES = ("ja", "en")
AUDITED = "ja"
"""Where axe-core looks: what it reads of a page differs in its letters only."""
PAGES = 53
_CHANGING = (
    (r"\d{4}年\d{1,2}月\d{1,2}日(?: \d{1,2}:\d\d(?::\d\d)?)?(?: JST)?", "（日時）"),
    (r"\d{1,2} [A-Z][a-z]+ \d{4}(?:,? (?:at )?\d{1,2}:\d\d(?::\d\d)?)?(?: JST)?", "(date)"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? JST", "(time)"),
    (r"\d{1,2}:\d\d:\d\d JST", "(clock)"),
    (r"[0-9a-f]{16}…", "(hash)"),
    (r"/pad/[A-Za-z0-9_-]{43}", "/pad/(token)"),
    (r"SHA-256 [0-9a-f ]+", "SHA-256 (hash)"),
)


@dataclass
class Person:
    """Somebody who signs, in a window of one width."""

    world: World
    placed: Placed
    visit: str = ""
    page: Page = field(init=False)

    def open(self, path: str) -> str:
        """What is said of a page of the visit."""
        self.page.goto(f"{HOST}/sign/{self.visit}/{path}")
        return self.heard()

    def heard(self, part: str = "body") -> str:
        """The accessibility tree as lines, without addresses and times."""
        reads = self.page.locator("#reader").count()  # where a script goes on to draw
        self.page.wait_for_load_state("networkidle" if reads else "load")
        lines = self.page.locator(part).aria_snapshot().splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("- /url:"))
        for pattern, instead in _CHANGING:
            text = re.sub(pattern, instead, text)
        return text + "\n"

    def way(self) -> Iterator[tuple[str, str]]:
        """Each page's name with what is said of it."""
        page = self.page
        page.goto(f"{HOST}/l/{self.world.token()}")
        yield "1-link", self.heard()
        self.arrives_here()
        yield "2-guide", self.heard()
        yield "3-question", self.open("question")
        yield "3-wrong-person", self.open("question?kind=wrong_person")
        yield "4-handover", self.open("handover")
        yield "5-decline", self.open("decline")
        yield "6-read", self.open("read")
        yield "7-missing", self.open("read?check=1")
        self.fills_in()
        yield "8-confirm", self.open("confirm")
        page.locator("form[action$='/act'] button").last.click()
        page.wait_for_url("**/done")
        accept(self.world)
        yield "9-done", self.open("done")
        yield "10-record", self.open("record")

    def asides(self) -> Iterator[tuple[str, str]]:
        """Pages that not everybody comes to."""
        page, world = self.page, self.world
        world.change(Participant, world.participants[1], access_code_hash=CODE_HASH, mail_code=True)
        page.goto(f"{HOST}/l/{world.token(1)}")
        page.locator("main form button").first.click()
        page.wait_for_url("**/sign/**")
        yield "11-access-code", self.heard()
        page.locator("#access_code").fill(ACCESS_CODE)
        page.locator("main form button.primary").first.click()
        page.locator("#access_code").wait_for(state="detached")
        yield "12-mail-code", self.heard()
        page.goto(f"{HOST}/l/{renew(world)}")
        yield "13-dead-link", self.heard()
        page.goto(f"{HOST}/mailbox")
        yield "14-mailbox", self.heard()
        page.locator("#mail").fill(mailbox.MAIL)
        page.locator("main form button").first.click()
        page.wait_for_url("**/mailbox/code")
        yield "15-mailbox-code", self.heard()
        mailbox.deliver(world.database)
        page.locator("#code").fill(mailbox.CODE)
        page.locator("main form button").first.click()
        page.wait_for_url("**/mailbox/documents")
        yield "16-mailbox-list", self.heard()
        page.goto(f"{HOST}/d/{world.token(0, LinkPurpose.DOWNLOAD)}")
        page.locator("main form button").first.click()
        page.locator("#documents").wait_for()
        yield "17-download", self.heard()

    def other_ways(self) -> Iterator[tuple[str, str]]:
        """Consent and a code before the text; the text in words; declining instead of signing."""
        page, world = self.page, self.world
        self.fills_in()
        ask(world, DEFAULT._replace(lasting=False))
        world.change(Participant, world.participants[0], access_code_hash=CODE_HASH)
        page.goto(f"{HOST}/l/{world.token()}")
        self.arrives_here()
        page.locator("#access_code").fill(ACCESS_CODE)
        page.locator("main form button.primary").first.click()
        page.wait_for_url("**/consent")
        yield "18-consent", self.heard()
        page.locator("main form button.primary").first.click()
        page.wait_for_url(f"**/sign/{self.visit}/")
        yield "19-words", self.open(f"documents/{world.documents[1]}/text")
        yield "20-confirm-with-code", self.open("confirm")
        self.open("decline")
        page.locator("#reason").fill("工期が合いません。")
        page.locator("main form button.primary").first.click()
        page.locator("main form button.danger").wait_for()
        yield "21-decline-confirm", self.heard()
        page.locator("main form button.danger").click()
        page.wait_for_url("**/done")
        accept(world)
        yield "22-declined", self.open("done")
        page.goto(f"{HOST}/check")
        yield "23-genuine", self.heard()

    def arrives(self, number: int = 0) -> None:
        """By the mailed link of one of the signers."""
        self.page.goto(f"{HOST}/l/{self.world.token(number)}")
        self.arrives_here()

    def arrives_here(self) -> None:
        """From the page of the link."""
        self.page.locator("main form button").first.click()
        self.page.wait_for_url("**/sign/**")
        found = re.search(r"/sign/([0-9a-f-]{36})", self.page.url)
        assert found
        self.visit = found[1]

    def fills_in(self) -> None:
        """As another browser of the same person would: by forms."""
        client = self.world.client()
        complete(client, self.world.enter(client), self.placed)


Way = Callable[[Person], Iterator[tuple[str, str]]]


def journey(folder: Path, language: str, width: int) -> dict[str, str]:
    """What is said of every page, and that axe-core finds nothing on it."""
    # What a phone is compared for is the way; the others are in one column everywhere.
    ways: list[Way] = [Person.way]
    if width == DESK:
        ways += [Person.asides, Person.other_ways, *FURTHER]
    said: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch, open_house() as house:
        patch.setenv("MUSUBI_SMS_PROVIDER", "test")  # known before an application is made
        for number, way in enumerate(ways):
            if way is not Person.asides:  # which goes on where the way has come to
                folder = folder / str(number)
                folder.mkdir()
                person = _arrived(folder, language)
            said |= _heard(house, person, way, language, width)
    return said


def _arrived(folder: Path, language: str) -> Person:
    world = readable_world(folder, 2, blank(2))
    for one in world.participants:
        world.change(Participant, one, language=language)
    world.change(Participant, world.participants[0], handover=HandoverPolicy.ALLOWED.value)
    return Person(world, place(world))


def _heard(
    house: House,
    person: Person,
    way: Way,
    language: str,
    width: int,
) -> dict[str, str]:
    said = {}
    with house.home_of(person.world.app) as found:
        size = ViewportSize(width=width, height=900)
        context = found.new_context(viewport=size, locale=language, bypass_csp=True)
        context.add_init_script(path=AXE)
        person.page = context.new_page()
        for name, text in way(person):
            said[name] = text
            faults = faults_on(person.page) if language == AUDITED else []
            assert not faults, (name, faults)
            assert _fits(person.page, width), f"{name} has to be scrolled sideways"
        context.close()
    return said


def _fits(page: Page, width: int) -> bool:
    """Also into a window of 1280 px at 400 %."""
    page.set_viewport_size({"width": NARROW, "height": 900})
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size({"width": width, "height": 900})
    return bool(wide <= 0)


@pytest.mark.parametrize("language", ["ja", pytest.param("en", marks=pytest.mark.thorough)])
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
    assert len(files) == PAGES
    for file in files:
        lines = file.read_text("utf-8").splitlines()
        if not any(line.startswith("- main") for line in lines):
            continue  # a part of a page
        main = lines[next(i for i, line in enumerate(lines) if line.startswith("- main")) :]
        heard = (re.search(r"- '?heading .*\[level=(\d)\]", line) for line in main)
        levels = [int(found[1]) for found in heard if found]
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
