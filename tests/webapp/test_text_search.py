"""取引台帳, searched by what documents say: with its places, beside every other condition."""

from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from storage import text_search
from storage.register_lists import KEPT_FOR, OPEN_LISTS, ListDecider
from storage.tables import Disclosure, Document, RegisterList
from storage.text_index import TextIndexer
from storage.texts import keep_texts
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")


def says(office: Office, clerk: FlaskClient, *pages: str) -> str:
    """The path of a sent envelope whose document says this."""
    path = office.sent(clerk)
    with office.database.transaction() as session:
        envelope_id = UUID(path.rpartition("/")[2])
        document = session.query(Document).filter_by(envelope_id=envelope_id).first()
        assert document is not None
        document.text_blob_id = keep_texts(office.vault, session, document.id, pages)
    return path


def index(office: Office) -> None:
    TextIndexer(office.database, office.vault).fill()


def test_a_hit_names_document_and_page_and_opens_there(office: Office, clerk: FlaskClient) -> None:
    path = says(office, clerk, "総則", "受注者は、ｺﾝｸﾘｰﾄの強度を確認する。")
    says(office, clerk, "覚書")
    waiting = checked(clerk.get("/deals?text=コンクリート")).get_text()
    assert "準備ができていない文書があります" in waiting
    index(office)
    page = checked(clerk.get("/deals?text=こんくりーと 受注者"))
    assert "1件見つかりました" in page.get_text()
    assert [mark.get_text() for mark in page.select(".said mark")] == ["受注者", "コンクリート"]
    link = page.select_one(".said a")
    assert link is not None
    assert str(link["href"]).startswith(path)
    assert str(link["href"]).endswith("/file#page=2")
    assert clerk.get(str(link["href"]).partition("#")[0]).status_code == 200
    field = page.find("input", id="text")
    assert field is not None
    assert field["value"] == "こんくりーと 受注者"


def test_it_narrows_tables_prints_and_zips(office: Office, clerk: FlaskClient) -> None:
    says(office, clerk, "監督員の指示")
    says(office, clerk, "検査員の指示")
    index(office)
    assert clerk.get("/deals.csv?text=監督員").data.count(b"\r\n") == 2
    printed = checked(clerk.get("/deals?text=監督員&print=1"))
    assert len(printed.select("table.printed tbody tr")) == 1
    assert "文書の本文「監督員」" in checked(clerk.get("/deals/disclosures?text=監督員")).get_text()
    assert clerk.post("/deals/disclosures?text=監督員").status_code == 303


@pytest.fixture
def many(office: Office, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> str:
    """Conditions with more candidates than one request looks at; three envelopes meet them."""
    for words in ("監督員の指示", "検査員の指示", "指示", "指 図を示す"):
        says(office, clerk, words)
    index(office)
    monkeypatch.setattr(text_search, "TAKEN_OUT", 1)
    return "text=指示&title=契約"


def test_more_than_one_request_looks_at_are_printed_and_exported_once_all_were_looked_at(
    office: Office, clerk: FlaskClient, many: str
) -> None:
    register = checked(clerk.get(f"/deals?{many}&sort=oldest"))
    assert "下の一覧は途中までです" in register.get_text()
    assert register.select_one(".deal-outputs a[href*=print]") is None
    link = register.find("a", string="検索結果の全体を印刷・CSVに出力")
    assert link is not None
    for way in (f"/deals?{many}&print=1", f"/deals.csv?{many}"):
        answer = clerk.get(way)
        assert (answer.status_code, urlsplit(answer.location).path) == (303, "/deals/output")
    page = checked(clerk.get(str(link["href"])))
    assert "文書の本文「指示」" in page.get_text()
    assert page.select_one("#live[hx-get]") is None
    form = page.select_one("main form[method=post]")
    assert form is not None
    asked = clerk.post(str(form["action"]))
    assert asked.status_code == 303
    waiting = checked(clerk.get(asked.location)).select_one("#live")
    assert waiting is not None
    assert "1文書ずつ確かめています" in waiting.get_text()
    assert clerk.get(str(waiting["hx-get"])).status_code == 204
    assert clerk.get(f"/deals.csv?{many}").status_code == 303
    assert ListDecider(office.database, office.vault).decide_all() == 1
    part = clerk.get(str(waiting["hx-get"])).get_data(as_text=True)
    assert "3件見つかりました" in part
    assert "hx-get" not in part
    assert "すべての本文を確かめました" in checked(clerk.get(asked.location)).get_text()
    printed = checked(clerk.get(f"/deals?{many}&print=1"))
    assert len(printed.select("table.printed tbody tr")) == 3
    assert "時点の文書で確かめました" in printed.get_text()
    assert clerk.get(f"/deals.csv?{many}").data.count(b"\r\n") == 4
    assert clerk.get("/deals.csv?text=指示").status_code == 303, "other conditions, another list"


def test_a_list_is_made_again_and_kept_for_a_day(
    office: Office, clerk: FlaskClient, many: str
) -> None:
    decider = ListDecider(office.database, office.vault)
    assert clerk.post(f"/deals/output?{many}").status_code == 303
    decider.decide_all()
    says(office, clerk, "指示する")
    index(office)
    assert clerk.get(f"/deals.csv?{many}").data.count(b"\r\n") == 4
    assert "もう一度確かめる" in checked(clerk.get(f"/deals/output?{many}")).get_text()
    assert clerk.post(f"/deals/output?{many}").status_code == 303
    decider.decide_all()
    assert clerk.get(f"/deals.csv?{many}").data.count(b"\r\n") == 5
    with office.database.transaction() as session:
        row = session.query(RegisterList).one()
        assert row.decided_at is not None
        row.decided_at -= KEPT_FOR
    assert clerk.get(f"/deals.csv?{many}").status_code == 303
    assert checked(clerk.get(f"/deals/output?{many}")).find("button", string="本文を確かめる")


def test_lists_of_other_organisations_are_not_found_and_too_many_wait(
    office: Office, clerk: FlaskClient, many: str
) -> None:
    clerk.post(f"/deals/output?{many}")
    ListDecider(office.database, office.vault).decide_all()
    theirs = checked(office.browser("neighbour").get(f"/deals/output?{many}"))
    assert theirs.find("button", string="本文を確かめる")
    for number in range(OPEN_LISTS):
        assert clerk.post(f"/deals/output?text=指示&number={number}").status_code == 303
    refused = clerk.post("/deals/output?text=指示&number=9")
    assert refused.status_code == 409
    assert "同時に3件までです" in checked(refused).get_text()


def test_without_a_text_there_is_nothing_to_be_looked_at(clerk: FlaskClient) -> None:
    for query in ("", "?title=契約", "?text=・"):
        for ask in (clerk.get, clerk.post):
            answer = ask(f"/deals/output{query}")
            assert (answer.status_code, urlsplit(answer.location).path) == (303, "/deals")
        assert clerk.get(f"/deals/output/live{query}").status_code == 404


def test_a_zip_of_more_than_one_request_looks_at_is_found_out_when_it_is_made(
    office: Office, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(office, clerk, "監督員の指示")
    says(office, clerk, "検査員の指示")
    index(office)
    monkeypatch.setattr(text_search, "TAKEN_OUT", 1)
    found = checked(clerk.get("/deals?text=指示&title=契約"))
    link = found.find("a", string="提出用ZIPを作成")
    assert link is not None
    page = checked(clerk.get(str(link["href"])))
    assert "本文を確かめてから決まります" in page.get_text()
    assert "文書の本文「指示」" in page.get_text()
    form = page.select_one("main form[method=post]")
    assert form is not None
    asked = clerk.post(str(form["action"]))
    assert asked.status_code == 303
    assert "1文書ずつ確かめています" in checked(clerk.get(asked.location)).get_text()
    with office.database.reading() as session:
        row = session.query(Disclosure).one()
        assert row.conditions == {"text": "指示", "title": "契約"}
    assert clerk.get("/deals/disclosures?text=・").status_code == 422


def test_the_rest_of_the_candidates_is_one_link_away(
    office: Office, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("請負の代金。負の代償。", "請負の代償", "請負の代償"):
        says(office, clerk, text)
    index(office)
    monkeypatch.setattr(text_search, "LOOKED_AT", 2)
    first = checked(clerk.get("/deals?text=請負の代償"))
    assert "候補3件のうち、2件目まで確かめました" in first.get_text()
    further = first.find("a", string="続きを探す")
    assert further is not None
    second = checked(clerk.get(str(further["href"])))
    assert second.find("a", string="続きを探す") is None
    assert len(first.select(".said")) + len(second.select(".said")) == 2


def test_a_search_without_letters_is_refused(clerk: FlaskClient) -> None:
    page = checked(clerk.get("/deals?text=・"))
    assert page.select_one(".error-summary a[href='#text']") is not None


def test_others_search_their_own_documents_only(office: Office, clerk: FlaskClient) -> None:
    says(office, clerk, "監督員")
    index(office)
    assert (
        "条件に合う取引はありません"
        in checked(office.browser("neighbour").get("/deals?text=監督員")).get_text()
    )
