"""Document bytes over HTTP: ranges to the byte, to their visitor only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup

from runtime.pkcs11_errors import TokenMissing
from storage.tables import Document, LedgerEvent
from tests.webapp.signer.world import LONG, MemoryVault, World
from webapp.signer.ranges import StoredFile, content_disposition, stream


@pytest.fixture
def path(world: World) -> str:
    return f"documents/{world.documents[0]}/file"


def test_the_whole_file_is_the_base_revision_and_not_what_others_added(
    world: World, path: str
) -> None:
    client = world.client()
    answer = client.get(f"/sign/{world.enter(client)}/{path}")
    assert (answer.status_code, answer.data) == (200, LONG)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(LONG))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_that_cannot_be_read_now_is_a_page_and_no_broken_download(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client()
    visit = world.enter(client)

    def away(*_: object) -> Iterator[bytes]:
        raise TokenMissing("gone")
        yield b""

    monkeypatch.setattr(MemoryVault, "read_range", away)
    answer = client.get(f"/sign/{visit}/{path}")
    assert answer.status_code == 503
    assert "ただいま処理できません" in answer.text


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-1023", 0, 1024),
        ("bytes=1000-2000", 1000, 2001),
        ("bytes=5100-", 5100, len(LONG)),
        ("bytes=-10", len(LONG) - 10, len(LONG)),
        ("bytes=5000-999999", 5000, len(LONG)),
        ("bytes=-999999", 0, len(LONG)),
    ],
)
def test_a_range_is_answered_to_the_byte(
    world: World, path: str, wanted: str, start: int, end: int
) -> None:
    client = world.client()
    answer = client.get(f"/sign/{world.enter(client)}/{path}", headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.data == LONG[start:end]
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(LONG)}"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("wanted", ["bytes=99999-", f"bytes={len(LONG)}-", "bytes=-0"])
def test_a_range_outside_the_file_is_416_with_its_size(
    world: World, path: str, wanted: str
) -> None:
    client = world.client()
    answer = client.get(f"/sign/{world.enter(client)}/{path}", headers={"Range": wanted})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(LONG)}"
    assert answer.data == b""


@pytest.mark.parametrize("wanted", ["lines=1-2", "bytes=x", "bytes=0-1,5-6", "bytes=9-1"])
def test_what_is_no_single_byte_range_gets_the_whole_file(
    world: World, path: str, wanted: str
) -> None:
    client = world.client()
    answer = client.get(f"/sign/{world.enter(client)}/{path}", headers={"Range": wanted})
    assert (answer.status_code, answer.data) == (200, LONG)


def test_a_range_of_another_version_of_the_file_gets_the_whole(world: World, path: str) -> None:
    client = world.client()
    headers = {"Range": "bytes=0-9", "If-Range": '"other"'}
    answer = client.get(f"/sign/{world.enter(client)}/{path}", headers=headers)
    assert answer.status_code == 200


def test_no_session_is_open_while_a_file_is_downloaded() -> None:
    sessions: list[object] = []

    class Watched:
        @contextmanager
        def reading(self) -> Iterator[object]:
            sessions.append(self)
            yield self
            sessions.pop()

        def read_range(self, session: object, *_: object) -> Iterator[bytes]:
            assert session in sessions
            return iter((b"a", b"b"))

    file = StoredFile(UUID(int=1), 2, "", "a.zip")
    watched: Any = Watched()
    for piece in stream(watched, watched, file, 0, 2):
        assert piece
        assert not sessions


def test_a_document_that_was_shown_has_a_mark_in_its_tab(world: World, path: str) -> None:
    client = world.client()
    visit = world.enter(client)
    fresh = client.get(f"/sign/{visit}/read?document=2").text
    assert "（表示済み）" not in fresh
    client.get(f"/sign/{visit}/documents/{world.documents[0]}/file")
    page = BeautifulSoup(client.get(f"/sign/{visit}/read?document=2").text, "html5lib")
    marks = ["（表示済み）" in tab.get_text() for tab in page.select("nav.tabs li")]
    assert marks == [True, False]


def test_head_says_the_size_and_counts_as_no_view(world: World, path: str) -> None:
    client = world.client()
    answer = client.head(f"/sign/{world.enter(client)}/{path}")
    assert answer.headers["Content-Length"] == str(len(LONG))
    with world.database.reading() as session:
        assert session.query(LedgerEvent).filter_by(tag="document:viewed").count() == 0


def test_viewing_a_document_is_recorded_once_a_visit(world: World, path: str) -> None:
    client = world.client()
    visit = world.enter(client)
    for _ in range(3):
        client.get(f"/sign/{visit}/{path}", headers={"Range": "bytes=0-9"})
    client.get(f"/sign/{visit}/documents/{world.documents[0]}/pages/1")
    with world.database.reading() as session:
        assert session.query(LedgerEvent).filter_by(tag="document:viewed").count() == 1


def test_a_page_is_a_picture_and_pages_that_do_not_exist_are_not_found(world: World) -> None:
    client = world.client()
    base = f"/sign/{world.enter(client)}/documents/{world.documents[0]}/pages"
    answer = client.get(f"{base}/1")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG")
    assert [client.get(f"{base}/{n}").status_code for n in (0, 3)] == [404, 404]


def test_a_picture_of_a_scan_says_that_it_is_a_jpeg(world: World) -> None:
    client = world.client()
    with world.database.reading() as session:
        document = session.get_one(Document, world.documents[0])
        picture = UUID(str(document.thumbnail_blob_ids[0]))
    data = world.vault.blobs[picture]
    world.vault.blobs[picture] = b"\xff\xd8\xff" + data[3:]
    answer = client.get(f"/sign/{world.enter(client)}/documents/{world.documents[0]}/pages/1")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Content-Disposition"].startswith('inline; filename="1.jpg"')


def test_another_browser_finds_nothing_of_a_visit(world: World, path: str) -> None:
    visit = world.enter(world.client())
    stranger = world.client()
    own = world.enter(stranger, 1)
    for part in ("", "read", "confirm", "done", "live", "decline", path, f"download/{visit}/"):
        assert stranger.get(f"/sign/{visit}/{part}").status_code == 404, part
        assert world.client().get(f"/sign/{visit}/{part}").status_code == 404, part
    assert stranger.post(f"/sign/{visit}/act", data={"kind": "sign"}).status_code == 404
    assert stranger.get(f"/sign/{own}/").status_code == 200


def test_a_document_of_another_envelope_is_not_found(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    assert client.get(f"/sign/{visit}/documents/{world.envelope_id}/file").status_code == 404


def test_a_document_in_a_tab_of_its_own_may_run_nothing(world: World, path: str) -> None:
    client = world.client()
    answer = client.get(f"/sign/{world.enter(client)}/{path}")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("機密保持契約書.pdf", "_______.pdf"),
        ('a"b\\c.pdf', "a_b_c.pdf"),
        ("x\r\nSet-Cookie: a=b.pdf", "x__Set-Cookie_ a=b.pdf"),
    ],
)
def test_file_names_survive_in_utf8_and_break_no_header(name: str, plain: str) -> None:
    header = content_disposition(name)
    assert f'filename="{plain}"' in header
    assert "filename*=UTF-8''" in header
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
