"""What a correction changed, on the sender's pages."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.page_changes import Look, Place
from domain.page_pairs import PagePair
from storage.comparisons import as_kept
from storage.tables import Act, Correction, Document, Envelope
from storage.texts import keep_texts
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form
from tests.webapp.test_correction import documents, proposed, running

__all__ = ["running"]


def word(office: Office, document: UUID, *texts: str | None, look: Look | None = None) -> None:
    """As intake and the comparison of pictures leave it."""
    with office.database.transaction() as session:
        row = session.get_one(Document, document)
        row.pages = len(texts)
        row.text_blob_id = keep_texts(office.vault, session, row.id, texts)
        picture = b"\x89PNG of " + (b"new" if look else b"old")
        row.thumbnail_blob_ids = [str(office.vault.put(session, row.id, picture))] * len(texts)
        if look is not None:
            row.compared = as_kept([(PagePair(3, 3), look)])


LOOK = Look(120, (Place(100, 200, 30, 40),))


@pytest.fixture
def worded(office: Office, running: tuple[str, FlaskClient]) -> tuple[str, FlaskClient]:
    """The confirmation of a correction whose first page's amount, and whose scan changed."""
    path, browser = running
    proposed(office, path, browser)
    old, new = documents(office)
    word(office, old.id, "金1,000,000円とする。", "第二条", "")
    word(office, new.id, "金1,200,000円とする。", "第二条", "", look=LOOK)
    return path, browser


@pytest.mark.parametrize("language", ["ja", "en"])
def test_before_confirming_the_sender_reads_what_changed(
    office: Office, worded: tuple[str, FlaskClient], language: str
) -> None:
    path, browser = worded
    browser.post("/language", data=form(language=language, next="/"))
    page = check_page(browser.get(f"{path}/correction/confirm"))
    first, scan = page.select("details.change")
    assert [tag.get_text(" ", strip=True) for tag in first.select("del, ins")] == (
        ["（削除： 1,000,000 ）", "（追加： 1,200,000 ）"]
        if language == "ja"
        else ["(removed: 1,000,000 )", "(added: 1,200,000 )"]
    )
    assert len(scan.select("rect")) == 2, "on the picture before and on the one now"
    old, new = documents(office)
    assert [str(image["src"]) for image in scan.select("img")] == [
        f"{path}/documents/{old.id}/pages/3",
        f"{path}/documents/{new.id}/pages/3",
    ]
    if language == "ja":
        assert "文を比べられません：3ページ" in page.get_text()
        assert "見た目をまだ比べていないページがあります：1-2ページ" in page.get_text()


def test_each_version_that_was_made_says_afterwards_what_changed(
    office: Office, worded: tuple[str, FlaskClient]
) -> None:
    path, browser = worded
    old = documents(office)[0]
    with office.database.transaction() as session:
        envelope = session.query(Envelope).one()
        act = Act(
            nonce="n",
            envelope_id=envelope.id,
            member_id=office.members["clerk"].id,
            kind="correct",
            version=1,
            version_sha256="",
            values_sha256="",
            reason="金額の誤り",
            evidence={},
            posted_at=envelope.created_at,
        )
        session.add(act)
        session.flush()
        made = Correction(envelope_id=envelope.id, act_id=act.id, from_version=1, to_version=2)
        made.created_at = envelope.created_at
        session.add(made)
        session.get_one(Document, old.id).until_version = 1
        envelope.version = 2
    assert f"{path}/versions/2/changes" in browser.get(path).text
    page = check_page(browser.get(f"{path}/versions/2/changes"))
    assert [tag.get_text(strip=True) for tag in page.select("ins")] == ["（追加：1,200,000）"]
    assert "金額の誤り" in page.get_text()
    for unknown in (1, 3):
        assert browser.get(f"{path}/versions/{unknown}/changes").status_code == 404
    assert office.browser("neighbour").get(f"{path}/versions/2/changes").status_code == 404
