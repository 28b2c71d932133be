"""The sender sets an access code: hashed at once, never shown again, in no mail."""

import json
from uuid import UUID

from identity.codes import verify_code
from storage.placing import FIELDS
from storage.tables import Envelope, Participant
from tests.webapp.stack import PDF, Office, form, send, upload

CODE = "482915"


def stored(office: Office, path: str) -> list[str]:
    with office.database.reading() as session:
        draft = session.get_one(Envelope, UUID(path.rpartition("/")[2])).draft
        assert CODE not in json.dumps(draft)
        return [person["code"] for person in draft["people"]]


def test_a_code_is_hashed_at_once_and_shown_never_again(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    client.post(f"{path}/draft", data=form(action="save", **{"people-0-code": CODE}))
    first, second = stored(office, path)
    assert verify_code(first, CODE)
    assert not second
    page = client.get(path).text
    assert CODE not in page
    assert first not in page
    assert "設定済みです" in page


def test_saving_again_keeps_it_with_its_row_and_only_the_box_takes_it_away(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    client.post(f"{path}/draft", data=form(action="save", **{"people-0-code": CODE}))
    before = stored(office, path)
    with office.database.reading() as session:
        people = session.get_one(Envelope, UUID(path.rpartition("/")[2])).draft["people"]
    keys = {f"people-{n}-key": person["key"] for n, person in enumerate(people)}
    client.post(f"{path}/draft", data=form(action="autosave", **keys))
    assert stored(office, path) == before
    client.post(f"{path}/draft", data=form(action="down-0", **keys))
    assert stored(office, path) == before[::-1]
    keys = {"people-0-key": keys["people-1-key"], "people-1-key": keys["people-0-key"]}
    client.post(f"{path}/draft", data=form(action="save", **keys, **{"people-1-hadcode": "1"}))
    assert stored(office, path) == ["", ""]


def test_half_a_code_is_not_taken_while_somebody_types(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    client.post(f"{path}/draft", data=form(action="autosave", **{"people-0-code": "48291"}))
    assert stored(office, path) == ["", ""]


def test_a_weak_code_is_refused_in_words_and_everything_else_is_kept(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    answer = client.post(
        f"{path}/draft", data=form(action="confirm", **{"people-0-code": "123456"})
    )
    assert answer.status_code == 422
    assert "推測されやすいアクセスコード" in answer.text
    assert 'value="山田 太郎"' in answer.text
    with office.database.reading() as session:
        number = session.get_one(Envelope, UUID(path.rpartition("/")[2])).number
    answer = client.post(f"{path}/draft", data=form(action="save", **{"people-0-code": number}))
    assert "お名前、会社名" in answer.text
    assert stored(office, path) == ["", ""]


def test_a_form_cannot_bring_a_hash_of_its_own(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    data = form(action="save", **{"people-0-code_hash": "x", "people-0-access_code_hash": "y"})
    client.post(f"{path}/draft", data=data)
    assert stored(office, path) == ["", ""]


def test_the_summary_says_who_is_asked_and_sending_hands_the_hash_on(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    upload(client, path, ("契約書.pdf", PDF))
    office.accept_documents()
    client.post(f"{path}/draft", data=form(action="confirm", **{"people-0-code": CODE}))
    assert client.get(f"{path}/confirm").text.count("アクセスコードあり") == 1
    assert send(client, path).status_code == 303
    with office.database.reading() as session:
        people = session.query(Participant).order_by(Participant.position).all()
        assert verify_code(people[0].access_code_hash or "", CODE)
        assert people[1].access_code_hash is None


def test_what_the_mail_prints_is_no_code_wherever_it_stands_there(office: Office) -> None:
    client = office.browser("clerk")
    path = office.draft(client)
    upload(client, path, ("清掃委託仕様書.pdf", PDF))
    message = {"message": "合言葉は「ひみつのことば」です。"}
    with office.database.transaction() as session:
        envelope = session.get_one(Envelope, UUID(path.rpartition("/")[2]))
        envelope.draft = envelope.draft | {FIELDS: [{"label": "印鑑登録証明書"}]}
    for code in ("清掃委託仕様書", "ひみつのことば", "印鑑登録証明書", "総務部契約課です"):
        typed = form(action="save", **message, **{"people-0-code": code})
        answer = client.post(f"{path}/draft", data=typed)
        if code == "総務部契約課です":  # is printed nowhere
            assert answer.status_code == 303
        else:
            assert answer.status_code == 422, code
            assert stored(office, path) == ["", ""]
