"""As much as there may be at most: 200 stages, 50 people, 100 documents, names and titles at their
limits and without a blank. Every page answers, and nothing has to be moved sideways on a phone."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
from playwright.sync_api import Page

from domain.chains import MAX_CHAIN_NAME, MAX_CHAIN_STAGES, MAX_STAGE_NAME
from domain.kinds import EnvelopeState
from domain.limits import (
    MAX_ENVELOPE_DOCUMENTS,
    MAX_NAME_CHARACTERS,
    MAX_PARTICIPANTS,
    MAX_TITLE_CHARACTERS,
)
from domain.stages import MAX_STAGES
from storage.tables import Chain, Envelope
from tests.webapp.served import browsing
from tests.webapp.signer.world import HOST as SIGNER_HOST
from tests.webapp.signer.world import build_world
from tests.webapp.stack import HOST, PDF, Office, build_office, form, send, sqlite_in, upload
from tests.webapp.test_draft_browser import logged_in

pytestmark = [pytest.mark.local_sockets, pytest.mark.timeout(600)]

PHONE = 390
SECONDS = 60
"""No goal, but an end: a page that takes the square of its rows takes minutes."""
NAME = "Wolfeschlegelsteinhausenbergerdorff" * 3
MAIL = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example"
BROKEN = """() => [...document.querySelectorAll("main .button, .bar .button")].filter((one) => {
  const [word] = [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
  if (!word || word.data.trim().length > 4 || !one.offsetHeight) return false;
  const range = document.createRange();
  range.selectNodeContents(word);
  return range.getClientRects().length > 1;
}).map((one) => one.outerHTML)"""
"""Buttons of one short word that stands in two lines."""
TITLE = "庁舎清掃業務委託契約書第" * 20


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


def long_chain(office: Office) -> UUID:
    """Each stage asks the administrator, who has a name at the limit."""
    boss = office.members["admin"].id
    slot = {"kind": "approve", "member_id": str(boss)}
    stages = [
        {
            "name": f"{at:03}{'審査確認承認決裁' * 8}"[:MAX_STAGE_NAME],
            "rule": "all",
            "slots": [slot],
        }
        for at in range(MAX_CHAIN_STAGES)
    ]
    with office.database.transaction() as session:
        row = session.get_one(Chain, office.chain)
        row.name, row.definition = (NAME * 2)[:MAX_CHAIN_NAME], {"stages": stages}
        session.get_one(type(office.members["admin"]), boss).name = NAME[:MAX_NAME_CHARACTERS]
    return office.chain


def people() -> dict[str, str]:
    """In as many stages as there may be."""
    typed: dict[str, str] = {}
    for at in range(MAX_PARTICIPANTS):
        typed |= {
            f"people-{at}-name": NAME[:MAX_NAME_CHARACTERS],
            f"people-{at}-mail": f"{at}{MAIL}",
            f"people-{at}-party": "counterparty" if at % 2 else "own",
            f"people-{at}-company": NAME[:MAX_NAME_CHARACTERS],
            f"people-{at}-kind": "signer",
            f"people-{at}-language": "ja",
            f"people-{at}-stage": str(at % MAX_STAGES),
        }
    return typed


def fits(page: Page, where: str) -> None:
    """On a phone, within a time that has an end."""
    page.set_viewport_size({"width": PHONE, "height": 844})
    begun = monotonic()
    answer = page.goto(where)
    took = monotonic() - begun
    assert answer is not None
    assert answer.status == 200, where
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    sticking = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
          .slice(0, 5).map((one) => one.outerHTML.slice(0, 160))"""
    )
    assert wide <= PHONE, (where, sticking)
    assert page.evaluate(BROKEN) == [], where
    assert took < SECONDS, where


def test_what_a_sender_sees_of_it(office: Office) -> None:
    chain = long_chain(office)
    client = office.browser("clerk")
    path = office.draft(client)
    files = [(f"{at:03}{'契約書別紙' * 30}.pdf", PDF) for at in range(MAX_ENVELOPE_DOCUMENTS)]
    upload(client, path, *files)
    office.accept_documents(pages=1)
    typed = form(title=TITLE[:MAX_TITLE_CHARACTERS], chain_id=str(chain), order="sequence")
    client.post(f"{path}/draft", data=typed | people() | {"action": "save"})
    with browsing(office.app) as browser:
        page = logged_in(browser, "clerk", "/envelopes")
        for where in ("", "?check=1", "/fields", "/confirm", "/preview"):
            fits(page, f"{HOST}{path}{where}")
        assert send(client, path).status_code == 303
        office.change(path, state=EnvelopeState.RUNNING.value)
        with office.database.reading() as session:
            assert session.get_one(Envelope, UUID(path.rpartition("/")[2])).state == "running"
        for where in (path, f"{path}/correction", "/envelopes", "/deals"):
            fits(page, f"{HOST}{where}")
        page = logged_in(browser, "admin", "/admin/chains")
        for where in ("/admin/chains", f"/admin/chains/{chain}"):
            fits(page, f"{HOST}{where}")


def test_what_a_signer_sees_of_it(tmp_path: Path) -> None:
    titles = [f"{at:03}{'契約書別紙' * 40}"[:MAX_TITLE_CHARACTERS] for at in range(100)]
    world = build_world(tmp_path, sqlite_in(tmp_path), tuple((title, PDF) for title in titles))
    with browsing(world.app) as browser:
        page = browser.new_context(locale="ja-JP").new_page()
        fits(page, f"{SIGNER_HOST}/l/{world.token()}")
        page.get_by_role("button", name="文書を確認する").click()
        visit = page.url.rstrip("/")
        for where in ("/", "/read", "/confirm", "/decline"):
            fits(page, f"{visit}{where}")
    world.database.close()
