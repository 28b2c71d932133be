"""困ったときは: the page for whoever is stuck, and where it leads."""

import pytest
from flask.testing import FlaskClient

from tests.webapp.pages import check_page
from tests.webapp.stack import Office

EVERYBODY = {"mail", "genuine", "link", "code", "other", "decline", "later", "mistake", "files"}
MEMBERS = {"bounced", "wrong-file", "stuck", "both", "lost-app"}


@pytest.fixture
def nobody(office: Office) -> FlaskClient:
    return office.app.test_client()


@pytest.mark.parametrize(
    ("language", "title", "question"),
    [("ja", "困ったときは", "依頼のメールが届かない"), ("en", "Help", "The mail does not come")],
)
def test_everybody_finds_the_way_out_in_his_language(
    nobody: FlaskClient, language: str, title: str, question: str
) -> None:
    answer = nobody.get("/help", headers={"Accept-Language": language})
    page = check_page(answer)
    assert page.h1 is not None
    assert page.main is not None
    assert page.h1.get_text(strip=True) == title
    questions = {str(tag["id"]): tag for tag in page.select("details.qa")}
    assert set(questions) >= EVERYBODY
    assert not MEMBERS & set(questions)
    summary = questions["mail"].summary
    assert summary is not None
    assert summary.get_text() == question
    if language == "en":
        assert not any("\u3040" <= letter <= "\u30ff" for letter in page.main.get_text())


def test_members_read_theirs_as_well_and_whom_to_ask(office: Office) -> None:
    page = check_page(office.browser("clerk").get("/help"))
    assert {str(tag["id"]) for tag in page.select("details.qa")} >= MEMBERS
    assert page.select_one("section.contact") is not None


def test_its_links_lead_somewhere_and_every_page_leads_to_it(nobody: FlaskClient) -> None:
    links = {str(tag["href"]) for tag in check_page(nobody.get("/help")).select("main a[href]")}
    assert len(links) == 2
    for link in links:
        assert nobody.get(link).status_code == 200
    for page in ("/login", "/check", "/nowhere"):
        assert 'href="/help"' in nobody.get(page).text
