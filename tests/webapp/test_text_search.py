"""取引台帳, searched by what documents say: with its places, beside every other condition."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from storage import text_search
from storage.tables import Disclosure, Document
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


def test_it_narrows_tables_prints_and_zips_and_leaves_them_out_where_it_finds_too_much(
    office: Office, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(office, clerk, "監督員の指示")
    says(office, clerk, "検査員の指示")
    index(office)
    assert clerk.get("/deals.csv?text=監督員").data.count(b"\r\n") == 2
    printed = checked(clerk.get("/deals?text=監督員&print=1"))
    assert len(printed.select("table.printed tbody tr")) == 1
    assert "文書の本文「監督員」" in checked(clerk.get("/deals/disclosures?text=監督員")).get_text()
    assert clerk.post("/deals/disclosures?text=監督員").status_code == 303
    monkeypatch.setattr(text_search, "TAKEN_OUT", 1)
    refused = clerk.get("/deals.csv?text=指示")
    assert refused.status_code == 422
    assert checked(refused).select_one(".error-summary a[href='#text']") is not None
    assert not checked(refused).select("a.row-link"), "no look that is not noted"
    many = checked(clerk.get("/deals?text=指示"))
    assert many.select_one(".deal-outputs a[href*=print]") is None
    assert "印刷とCSVは出力できません" in many.get_text()
    assert "絞り込んでください" in checked(clerk.get("/deals?text=指示&print=1")).get_text()


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
    assert clerk.get("/deals/disclosures?text=・").status_code == 404


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
