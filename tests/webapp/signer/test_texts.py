"""Documents as words: read without pictures, and searched."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from storage.tables import Document, Envelope, LedgerEvent
from tests.webapp.signer.world import World

HTMX = {"HX-Request": "true"}
WORDS = ("業務委託契約書\n第１条 甲は<script>乙に業\n務を委託する。", "")


@pytest.fixture
def client(world: World) -> FlaskClient:
    world.word(0, *WORDS)
    return world.client()


def path(world: World, client: FlaskClient, page: str, document: int = 0) -> str:
    return f"/sign/{world.enter(client)}/documents/{world.documents[document]}/{page}"


def views(world: World) -> int:
    with world.database.reading() as session:
        return session.query(LedgerEvent).filter_by(tag="document:viewed").count()


def test_a_document_can_be_read_as_words_page_by_page(world: World, client: FlaskClient) -> None:
    answer = client.get(path(world, client, "text"))
    page = BeautifulSoup(answer.text, "html.parser")
    (written,) = page.select(".written")
    assert written.get_text() == WORDS[0]
    assert written["lang"] == "ja"
    second = page.select_one("#text-2")
    assert second is not None
    assert "文字の情報がありません" in second.get_text()
    assert second.img is not None


def test_reading_the_words_counts_as_reading(world: World, client: FlaskClient) -> None:
    url = path(world, client, "text")
    client.head(url)
    assert views(world) == 0
    client.get(url)
    client.get(url)
    assert views(world) == 1


def test_words_of_before_are_said_to_be_missing(world: World, client: FlaskClient) -> None:
    answer = client.get(path(world, client, "text", document=1))
    assert answer.text.count("このページの文字は取り出していません。") == 2


def test_words_are_found_across_a_broken_line(world: World, client: FlaskClient) -> None:
    url = path(world, client, "find")
    answer = client.get(url, query_string={"q": "業務を"}, headers=HTMX)
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.find("html") is None
    (place,) = page.select(".places li")
    assert place.a is not None
    assert place.a["href"] == "#page-1"
    assert place.mark is not None
    assert place.mark.get_text() == "業務を"
    assert "検索できません: 2" in page.get_text()
    assert views(world) == 0


def test_without_scripts_the_search_is_a_page_of_its_own(world: World, client: FlaskClient) -> None:
    url = path(world, client, "find")
    answer = client.get(url, query_string={"q": "第1条"})
    page = BeautifulSoup(answer.text, "html.parser")
    assert [link["href"] for link in page.select(".places a")] == ["#text-1"]
    assert page.select_one("#text-1") is not None


@pytest.mark.parametrize("query", ["", " ", "無い", "<b>", "x" * 5000, "(.*)*"])
def test_what_stands_nowhere_is_not_found(world: World, client: FlaskClient, query: str) -> None:
    answer = client.get(path(world, client, "find"), query_string={"q": query})
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 200
    assert not page.select(".places")
    assert ("見つかりませんでした" in answer.text) is bool(query.strip())


def test_words_are_only_for_the_visit_while_it_may_read(world: World, client: FlaskClient) -> None:
    url = path(world, client, "text")
    assert world.client().get(url).status_code == 404
    world.change(Envelope, world.envelope_id, state="withdrawn")
    assert client.get(url).status_code == 410
    assert client.get(url.replace("text", "find") + "?q=a").status_code == 410


def test_the_reader_leads_to_words_pages_and_search(world: World, client: FlaskClient) -> None:
    page = BeautifulSoup(client.get(f"/sign/{world.enter(client)}/read").text, "html.parser")
    assert [tile["href"] for tile in page.select("[data-tile]")] == ["#page-1", "#page-2"]
    finder = page.select_one("#finder")
    assert finder is not None
    assert finder.has_attr("hidden")
    # what reads the count out was there before the count
    part = client.get(str(finder["hx-get"]), query_string={"q": "第1条"}, headers=HTMX).text
    said = BeautifulSoup(part, "html.parser").select("[hx-swap-oob]")
    assert [page.select_one(f"#{one['id']}[role=status]") is not None for one in said] == [True]
    assert "role=" not in part
    assert page.select_one(f"a[href$='{world.documents[0]}/text']") is not None


@pytest.mark.parametrize("undrawn", [[], [""]])
def test_a_page_without_a_picture_is_behind_a_link_wherever_it_would_be_looked_at(
    world: World, client: FlaskClient, undrawn: list[str]
) -> None:
    """Until its picture has been drawn: read without scripts, printed, and among the words."""
    with world.database.transaction() as session:
        document = session.get_one(Document, world.documents[0])
        document.thumbnail_blob_ids = [document.thumbnail_blob_ids[0], *undrawn]
    file = f"/documents/{world.documents[0]}/file"
    visit = world.enter(client)
    read = BeautifulSoup(client.get(f"/sign/{visit}/read").text, "html.parser")
    behind = [link["href"] for link in read.select("noscript .by-file a")]
    assert behind == [f"/sign/{visit}{file}#page=2"]
    printed = BeautifulSoup(client.get(f"/sign/{visit}{file[:-4]}print").text, "html.parser")
    assert len(printed.select("figure.printed")) == 1
    warning = printed.select_one(".banner.warning")
    assert warning is not None
    assert warning.get_text().startswith("1ページは、ここでは印刷できません。")
    assert warning.a is not None
    assert warning.a["href"] == f"/sign/{visit}{file}"
    words = BeautifulSoup(client.get(f"/sign/{visit}{file[:-4]}text").text, "html.parser")
    second = words.select_one("#text-2")
    assert second is not None
    assert second.img is None
    assert second.a is not None
    assert second.a["href"] == f"/sign/{visit}{file}#page=2"
    assert client.get(f"/sign/{visit}{file[:-4]}pages/2").status_code == 404
