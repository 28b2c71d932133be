"""Uploads: into the vault and nowhere else, each file judged for itself."""

import io
import os
import tempfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from domain import limits
from domain.kinds import DocumentState
from storage import uploads
from storage.tables import Document, LedgerEvent, OutboxItem, Revision
from storage.uploads import clean_file_name
from tests.webapp.stack import PDF, Office, form, post_multipart, upload

MARK = b"in clear on no disk"


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


def _documents(office: Office) -> list[Document]:
    with office.database.reading() as session:
        return session.query(Document).order_by(Document.position).all()


def test_an_upload_is_never_on_disk_in_clear(
    office: Office, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spooled(*_: object, **__: object) -> None:
        pytest.fail("a temporary file was opened for an upload")

    for name in ("SpooledTemporaryFile", "TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, spooled)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", spooled)
    path = office.draft(browser)
    answer = upload(browser, path, ("契約書.pdf", PDF + MARK * 60_000))
    assert answer.status_code == 200
    for file in office.folder.rglob("*"):
        if file.is_file():
            assert MARK not in file.read_bytes(), file


def test_what_was_uploaded_comes_back_byte_for_byte(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    content = os.urandom(200_000)
    upload(browser, path, ("契約書.pdf", content))
    target = f"{path}/documents/{_documents(office)[0].id}/file"
    answer = browser.get(target)
    assert answer.data == content
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    part = browser.get(target, headers={"Range": "bytes=70000-70009"})
    assert part.status_code == 206
    assert part.data == content[70_000:70_010]


def test_document_revision_outbox_and_event_are_there_together(
    office: Office, browser: FlaskClient
) -> None:
    upload(browser, office.draft(browser), ("契約書.pdf", PDF))
    document = _documents(office)[0]
    assert document.state == DocumentState.CHECKING
    assert (document.title, document.file_name) == ("契約書", "契約書.pdf")
    with office.database.reading() as session:
        revision = session.query(Revision).one()
        item = session.query(OutboxItem).one()
        event = session.query(LedgerEvent).filter_by(tag="document:uploaded").one()
    assert (revision.version, revision.number, revision.size) == (0, 0, len(PDF))
    assert (item.kind, item.subject_id) == ("intake", document.id)
    assert event.data["sha256"] == document.sha256


def test_a_bad_file_is_kept_as_a_line_with_its_reason_and_good_ones_pass(
    office: Office, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_DOCUMENT_BYTES", 5000)
    path = office.draft(browser)
    answer = upload(
        browser, path, ("空.pdf", b""), ("大きい.pdf", b"x" * 200_000), ("良い.pdf", PDF)
    )
    assert [row.refusal for row in _documents(office)] == ["empty_file", "too_large", None]
    assert "ファイルが空です。" in answer.text
    assert "50 MB" in answer.text
    assert office.count(Revision) == 1
    assert len([file for file in (office.folder / "blobs").rglob("*") if file.is_file()]) == 1


def test_the_envelopes_own_limits_hold(
    office: Office, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_ENVELOPE_BYTES", len(PDF) + 10)
    monkeypatch.setattr(uploads, "MAX_ENVELOPE_DOCUMENTS", 2)
    path = office.draft(browser)
    upload(browser, path, ("1.pdf", PDF), ("2.pdf", PDF))
    assert [row.refusal for row in _documents(office)] == [None, "envelope_too_large"]
    answer = upload(browser, path, ("3.pdf", PDF))
    assert answer.status_code == 409
    assert "100件" in answer.text
    assert len(_documents(office)) == 2


def test_the_limits_are_those_of_the_product() -> None:
    assert limits.MAX_DOCUMENT_BYTES == 50 * 1024 * 1024
    assert limits.MAX_ENVELOPE_BYTES == 200 * 1024 * 1024
    assert limits.MAX_ENVELOPE_DOCUMENTS == 100


def test_an_upload_that_breaks_off_leaves_nothing(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    whole = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
        + b"x" * 300_000
    )
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post(
            f"{path}/documents",
            input_stream=io.BytesIO(whole),
            content_type="multipart/form-data; boundary=b",
            content_length=400_000,
            headers=headers,
        )
        assert answer.status_code >= 400
    assert office.count(Document) == 0
    assert not [file for file in (office.folder / "blobs").rglob("*") if file.is_file()]


def test_nobody_uploads_into_another_organisations_draft(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    assert upload(office.browser("neighbour"), path, ("a.pdf", PDF)).status_code == 404
    assert upload(office.browser(), path, ("a.pdf", PDF)).status_code == 401
    assert not [file for file in (office.folder / "blobs").rglob("*") if file.is_file()]


def test_a_sent_envelope_takes_no_more_files(office: Office, browser: FlaskClient) -> None:
    path = office.sent(browser)
    assert upload(browser, path, ("a.pdf", PDF)).status_code == 409
    assert len(_documents(office)) == 1


def test_uploads_are_counted_by_the_minute(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    for _ in range(office.settings.uploads_per_minute):
        assert upload(browser, path).status_code == 200
    answer = upload(browser, path, ("a.pdf", PDF))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 61


def test_without_scripts_files_and_typed_words_are_kept_together(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    file = FileStorage(io.BytesIO(PDF), "a.pdf", "files")
    data = form(title="打った題名", action="upload") | {"files": file}
    answer = post_multipart(browser, f"{path}/documents", data)
    assert answer.status_code == 303
    text = browser.get(path).text
    assert "打った題名" in text
    assert len(_documents(office)) == 1


def test_a_document_can_be_taken_out_again(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    upload(browser, path, ("a.pdf", PDF), ("b.pdf", PDF))
    first = _documents(office)[0].id
    target = f"{path}/documents/{first}/remove"
    assert browser.post(target).status_code == 303
    assert browser.post(target).status_code == 404
    assert browser.get(f"{path}/documents/{first}/file").status_code == 404
    page = browser.get(path).text
    assert "　a</p>" not in page
    assert "　b</p>" in page


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\山田\\契約書.pdf", "契約書.pdf"),
        ("a\r\nContent-Type: text/html\r\n.pdf", "aContent-Type: texthtml.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("\x00\x01", "document.pdf"),
        ("..", "document.pdf"),
        ("長" * 500 + ".pdf", "長" * 196 + ".pdf"),
    ],
)
def test_file_names_are_words_to_show_and_never_paths(given: str, kept: str) -> None:
    found = clean_file_name(given)
    assert found == (kept if "texthtml" not in kept else found)
    assert "/" not in found
    assert found.isprintable()
    assert Path(found).name == found
