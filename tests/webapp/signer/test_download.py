"""Hand-over: complete files with good names, for as long as the date in the database says."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.kinds import LinkPurpose
from runtime.zips import safe_names, stream_zip
from storage.tables import Envelope, LedgerEvent, Link
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import LONG, World


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.client()


@pytest.fixture
def page(world: World, client: FlaskClient) -> str:
    """Address of the download page, entered by the completion mail's link."""
    answer = client.post(f"/d/{world.token(0, LinkPurpose.DOWNLOAD)}")
    assert answer.status_code == 303
    return str(answer.location)


def test_the_link_and_the_page_show_until_when(
    world: World, client: FlaskClient, page: str
) -> None:
    for address in (f"/d/{world.token(0, LinkPurpose.DOWNLOAD)}", page):
        found = checked(client.get(address)).get_text(" ", strip=True)
        assert "ダウンロード有効期間：14日間" in found
        assert "JSTまで" in found
        assert "ダウンロード" in found


def test_a_document_comes_with_all_its_signatures_and_its_japanese_name(
    world: World, client: FlaskClient, page: str
) -> None:
    answer = client.get(f"{page}documents/{world.documents[0]}/file")
    assert answer.data == LONG + b"\nsigned"
    assert answer.mimetype == "application/pdf"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert "filename*=UTF-8''%E6%A9%9F%E5%AF%86" in disposition
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_every_hand_over_is_an_event_and_a_resumed_one_is_not(
    world: World, client: FlaskClient, page: str
) -> None:
    path = f"{page}documents/{world.documents[0]}/file"
    client.head(path)
    client.get(path)
    client.get(path, headers={"Range": "bytes=100-"})
    with world.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="document:downloaded").all()
    assert len(events) == 1
    assert events[0].data["document"] == str(world.documents[0])


def handed_over(world: World, tag: str = "document:downloaded") -> list[str]:
    with world.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag=tag).order_by(LedgerEvent.sequence)
        return [str(event.data["document"]) for event in events]


@pytest.mark.parametrize("part", ["bytes=0-", "bytes=-99999999", "bytes=1-", "pages=1"])
def test_a_hand_over_that_begins_with_a_part_is_an_event_once_a_visit(
    world: World, client: FlaskClient, page: str, part: str
) -> None:
    first, second = (str(document) for document in world.documents[:2])
    path = f"{page}documents/{first}/file"
    client.get(path, headers={"Range": "bytes=99999999-"})
    assert not handed_over(world), "416 hands nothing over"
    client.get(path, headers={"Range": part})
    client.get(path, headers={"Range": "bytes=5-9"})
    assert handed_over(world) == [first]
    client.get(f"{page}documents/{second}/file", headers={"Range": "bytes=5-"})
    assert handed_over(world) == [first, second]
    again = client.post(f"/d/{world.token(0, LinkPurpose.DOWNLOAD)}").location
    client.get(f"{again}documents/{first}/file", headers={"Range": "bytes=5-"})
    assert handed_over(world) == [first, second, first], "another visit is another hand-over"


def test_a_zip_is_an_event_whatever_part_of_it_is_asked_for(
    world: World, client: FlaskClient, page: str
) -> None:
    for _ in range(2):
        answer = client.get(f"{page}all.zip", headers={"Range": "bytes=1-"})
        assert answer.status_code == 200
    assert handed_over(world) == [str(document) for document in world.documents[:2]] * 2


def test_the_zip_holds_every_document_and_the_evidence(
    world: World, client: FlaskClient, page: str
) -> None:
    answer = client.get(f"{page}all.zip")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["機密保持契約書.pdf", "覚書.pdf", "evidence.json"]
        assert archive.read("機密保持契約書.pdf") == LONG + b"\nsigned"
        record = json.loads(archive.read("evidence.json"))
    assert record["envelope"]["number"] == "5050000111"
    with world.database.reading() as session:
        assert session.query(LedgerEvent).filter_by(tag="document:downloaded").count() == 2


def test_evidence_names_hashes_acts_and_events_but_nobody_s_network_address(
    client: FlaskClient, page: str
) -> None:
    answer = client.get(f"{page}evidence.json")
    record = json.loads(answer.data)
    assert [document["title"] for document in record["documents"]] == ["機密保持契約書", "覚書"]
    assert all(len(row["sha256"]) == 64 for row in record["documents"][0]["revisions"])
    assert [event["tag"] for event in record["ledger"]] == ["download:opened"]
    assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize("part", ["", "all.zip", "evidence.json", "document"])
def test_the_window_closes_by_the_date_whether_or_not_a_worker_runs(
    world: World, client: FlaskClient, page: str, part: str
) -> None:
    path = f"{page}documents/{world.documents[0]}/file" if part == "document" else page + part
    last = datetime.now(UTC) - timedelta(seconds=1)
    world.change(Envelope, world.envelope_id, download_until=last)
    answer = client.get(path)
    assert answer.status_code == 410
    found = checked(answer).get_text(" ", strip=True)
    assert "ダウンロード有効期間が終了しました" in found
    assert "再送を依頼" in found


def test_the_link_of_a_closed_window_says_so_and_what_to_do(world: World) -> None:
    token = world.token(0, LinkPurpose.DOWNLOAD)
    now = datetime.now(UTC)
    world.change(
        Envelope, world.envelope_id, download_until=now - timedelta(1), download_closed_at=now
    )
    with world.database.reading() as session:
        link = session.query(Link).filter_by(purpose="download").one()
    world.change(Link, link.id, revoked_at=now, revoked_why="closed")
    for answer in (world.client().get(f"/d/{token}"), world.client().post(f"/d/{token}")):
        assert answer.status_code == 410
        assert "5050000111" in checked(answer).text


def test_a_signer_s_visit_downloads_only_after_completion(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    early = client.get(f"/download/{visit}/")
    assert early.status_code == 410
    assert "まだダウンロードできません" in checked(early).text
    assert client.get(f"/download/{visit}/all.zip").status_code == 410
    world.download_link()
    assert client.get(f"/download/{visit}/").status_code == 200


def test_the_page_warns_before_it_closes(client: FlaskClient, page: str) -> None:
    found = checked(client.get(page))
    notice = found.find(id="ending")
    assert notice is not None
    assert int(str(notice["data-seconds"])) > 800
    assert client.post(str(notice["data-stay"])).status_code == 200
    assert found.select_one("noscript .until") is not None


def test_a_stranger_and_a_foreign_document_find_nothing(
    world: World, client: FlaskClient, page: str
) -> None:
    for part in ("", "all.zip", "evidence.json", f"documents/{world.documents[0]}/file"):
        assert world.client().get(page + part).status_code == 404
    assert client.get(f"{page}documents/{UUID(int=1)}/file").status_code == 404


def test_a_zip_is_made_while_it_is_sent() -> None:
    taken = []

    def pieces() -> object:
        for number in range(100):
            taken.append(number)
            yield bytes(1000)

    stream = stream_zip([("a.pdf", pieces())], datetime.now(UTC), "Asia/Tokyo")  # type: ignore[list-item]
    next(stream)
    assert len(taken) <= 2
    assert len(b"".join(stream)) > 99_000


def test_names_inside_a_zip_are_flat_and_each_is_there_once() -> None:
    assert safe_names(["a.pdf", "A.pdf", "../../etc/x.pdf", "c:\\d.pdf", "..", "a.pdf"]) == [
        "a.pdf",
        "A (2).pdf",
        "_.._etc_x.pdf",
        "c__d.pdf",
        "document.pdf",
        "a (3).pdf",
    ]
