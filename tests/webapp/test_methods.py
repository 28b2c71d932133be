"""本人確認の方法: one list, each method explained, and told when it cannot be asked."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from storage.tables import Envelope, Member, Participant
from tests.webapp.pages import check_page as checked
from tests.webapp.stack import PDF, Office, build_office, form, send, upload

SMS = {"people-0-smscode": "1", "people-0-phone": "０９０－１２３４－５６７８"}
APP = {"people-1-mail": "Admin@city.example", "people-1-appcode": "1"}


@pytest.fixture
def texting(tmp_path: Path, ready_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("MUSUBI_SMS_PROVIDER", "test")
    office = build_office(tmp_path, ready_url)
    yield office
    office.database.close()


def ready(office: Office, client: object) -> str:
    path = office.draft(client)  # type: ignore[arg-type]
    upload(client, path, ("契約書.pdf", PDF))  # type: ignore[arg-type]
    office.accept_documents()
    return path


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_list_explains_each_method(texting: Office, language: str) -> None:
    client = texting.browser("clerk")
    client.post("/language", data={"language": language})
    page = checked(client.get(texting.draft(client)))
    assert len(page.select(".methods .method")) == 5
    assert all(method.select_one(".hint") for method in page.select(".methods .method"))
    assert ("試験用" in str(page.select_one(".methods"))) == (language == "ja")


def test_a_number_is_kept_as_typed_shown_in_the_summary_and_handed_on(texting: Office) -> None:
    client = texting.browser("clerk")
    path = ready(texting, client)
    client.post(f"{path}/draft", data=form(action="autosave", **SMS))
    assert "０９０－１２３４－５６７８" in client.get(path).text
    client.post(f"{path}/draft", data=form(action="confirm", **SMS))
    assert "SMS 090-1234-5678" in client.get(f"{path}/confirm").text
    assert send(client, path).status_code == 303
    with texting.database.reading() as session:
        rows = session.query(Participant).order_by(Participant.position).all()
    assert [row.phone for row in rows] == ["+819012345678", None]


def test_a_number_that_can_get_none_is_told_and_kept(texting: Office) -> None:
    client = texting.browser("clerk")
    path = ready(texting, client)
    typed = SMS | {"people-0-phone": "03-1234-5678"}
    client.post(f"{path}/draft", data=form(action="confirm", **typed))
    page = checked(client.get(f"{path}?check=1"))
    assert "SMSを受け取れる携帯電話の番号ではありません" in page.get_text()
    assert 'value="03-1234-5678"' in str(page)


def test_without_a_provider_it_is_not_offered_and_a_draft_that_has_it_says_why(
    office: Office,
) -> None:
    client = office.browser("clerk")
    path = ready(office, client)
    assert "smscode" not in client.get(path).text
    client.post(f"{path}/draft", data=form(action="confirm", **SMS))
    page = checked(client.get(f"{path}?check=1"))
    assert "SMSの送信が設定されていない" in page.get_text()
    assert page.find("input", {"name": "people-0-smscode"}) is not None
    assert client.get(f"{path}/confirm").status_code == 303
    answer = client.post(f"{path}/send", data={"shown": _shown(office, client, path)})
    assert "check=1" in str(answer.location)
    assert office.count(Participant) == 0


def _shown(office: Office, client: FlaskClient, path: str) -> str:
    from webapp.sender.draft_page import draft_page

    with client, office.database.reading() as session:
        client.get(path)  # whoever looks would be its sender
        envelope = session.get_one(Envelope, UUID(path.rpartition("/")[2]))
        return draft_page(session, envelope).sha256


def test_an_app_is_asked_of_members_who_have_one(office: Office) -> None:
    client = office.browser("clerk")
    path = ready(office, client)
    nobodys = {"people-0-appcode": "1"}
    client.post(f"{path}/draft", data=form(action="confirm", **nobodys))
    assert "このメールアドレスの利用者はいません" in client.get(f"{path}?check=1").text
    client.post(f"{path}/draft", data=form(action="confirm", **APP))
    assert "まだ認証アプリを登録していません" in client.get(f"{path}?check=1").text
    with office.database.transaction() as session:
        session.get_one(Member, office.members["admin"].id).totp_sealed = b"sealed"
    client.post(f"{path}/draft", data=form(action="confirm", **APP))
    assert "認証アプリあり" in client.get(f"{path}/confirm").text
    assert send(client, path).status_code == 303
    with office.database.reading() as session:
        rows = session.query(Participant).order_by(Participant.position).all()
    assert [row.app_code for row in rows] == [False, True]


def test_a_ticked_access_code_that_is_empty_is_told(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    answer = client.post(f"{path}/draft", data=form(action="save", **{"people-0-withcode": "1"}))
    assert answer.status_code == 422
    assert "アクセスコードを入力してください" in answer.text
