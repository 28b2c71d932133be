"""The unsigned copy: its name says what it is, and so does every sheet of paper."""

import hashlib
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import ViewportSize
from pypdfium2 import PdfDocument

from domain.events import Event
from storage.tables import Envelope, LedgerEvent, Participant
from tests.webapp.accessibility.eyes import PHONE
from tests.webapp.served import browsing
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import HOST, World, small_world
from tests.webapp.stack import sqlite_in

MARK = {"ja": "署名前の写し", "en": "Unsigned copy"}


def path(world: World, client: FlaskClient, part: str) -> str:
    return f"/sign/{world.enter(client)}/documents/{world.documents[0]}/{part}"


@pytest.mark.parametrize(("language", "begin"), [("ja", "署名前の写し_"), ("en", "unsigned_copy_")])
def test_the_saved_file_is_called_an_unsigned_copy_and_is_what_will_be_signed(
    world: World, language: str, begin: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    answer = client.get(path(world, client, "file"))
    assert f"filename*=UTF-8''{quote(begin)}" in answer.headers["Content-Disposition"]
    visit = answer.request.path.split("/")[2]
    assert hashlib.sha256(answer.data).hexdigest() in client.get(f"/sign/{visit}/confirm").text


@pytest.mark.parametrize("language", MARK)
def test_every_page_of_the_print_is_marked(world: World, language: str) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    page = checked(client.get(path(world, client, "print")))
    sheets = page.select("figure.printed")
    assert len(sheets) == 2
    for number, sheet in enumerate(sheets, start=1):
        assert sheet.get_text().count(MARK[language]) == 2
        assert sheet.img is not None
        assert str(sheet.img["src"]).endswith(f"/pages/{number}")


def test_printing_is_reading_and_ends_when_reading_ends(world: World) -> None:
    client = world.client()
    url = path(world, client, "print")
    assert world.client().get(url).status_code == 404
    client.get(url)
    with world.database.reading() as session:
        assert session.query(LedgerEvent).filter_by(tag=Event.DOCUMENT_VIEWED.value).count() == 1
    world.change(Envelope, world.envelope_id, state="withdrawn")
    assert client.get(url).status_code == 410


@pytest.mark.local_sockets
@pytest.mark.timeout(120)
def test_on_paper_each_sheet_says_it_and_nothing_else_of_the_page_is_there(tmp_path: Path) -> None:
    world = small_world(tmp_path, sqlite_in(tmp_path))
    size = ViewportSize(width=PHONE, height=900)
    with browsing(world.app) as browser:
        page = browser.new_context(viewport=size, locale="ja").new_page()
        page.goto(f"{HOST}/l/{world.token()}")
        page.locator("main form button").first.click()
        visit = page.url.split("/sign/")[1].split("/")[0]
        page.goto(f"{HOST}/sign/{visit}/documents/{world.documents[0]}/print")
        page.get_by_role("button", name="印刷する").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.screenshot(path=tmp_path / "print.png", full_page=True)
        page.wait_for_load_state("networkidle")
        paper = page.pdf(prefer_css_page_size=True, format="A4")
    (tmp_path / "paper.pdf").write_bytes(paper)
    sheets = [sheet.get_textpage().get_text_bounded() for sheet in PdfDocument(paper)]
    assert len(sheets) == 2
    for words in sheets:
        assert words.count(MARK["ja"]) == 2
        assert "戻る" not in words
    world.database.close()
