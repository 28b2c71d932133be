"""The address book in a draft: chosen from, registered into, and copied, not followed."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.drafts import TypedPerson, typed_draft
from storage.tables import Contact, Deal, Envelope, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PDF, Office, form, send, upload
from tests.webapp.test_contacts import TYPED, add, rows

pytestmark = pytest.mark.usefixtures("without_token")


@pytest.fixture
def path(office: Office, clerk: FlaskClient) -> str:
    add(clerk)
    return office.draft(clerk)


def people(office: Office, path: str) -> tuple[TypedPerson, ...]:
    with office.database.reading() as session:
        return typed_draft(session.get_one(Envelope, UUID(path.rpartition("/")[2])).draft).people


def choose(office: Office, clerk: FlaskClient, path: str, contact: Contact) -> None:
    """By the button of the first row."""
    answer = clerk.post(f"{path}/draft", data=form(action="pick-0"))
    assert answer.status_code == 303
    page = checked(clerk.get(str(answer.location)))
    button = page.select_one(f"button[name=contact][value='{contact.id}']")
    assert button is not None
    chosen = clerk.post(str(answer.location), data={"contact": str(contact.id)})
    assert chosen.status_code == 303
    assert str(chosen.location).endswith(f"{path}#people-0-name")


def test_somebody_is_chosen_and_what_else_was_typed_stays(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    choose(office, clerk, path, rows(office)[0])
    first, second = people(office, path)
    assert (first.name, first.mail) == ("山田 太郎", "taro@aoyama.example.jp")
    assert (first.company, first.language, first.phone) == ("株式会社青山建設", "ja", "")
    assert second.mail == form()["people-1-mail"]
    shown = checked(clerk.get(path)).select_one(".known")
    assert shown is not None
    assert "東京都千代田区千代田1-1" in shown.get_text()


def test_a_mobile_number_is_there_for_a_code_and_a_landline_is_not(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    add(clerk, name="佐藤", mail="sato@example.jp", company="", phone="090-1234-5678")
    choose(office, clerk, path, rows(office)[1])
    assert people(office, path)[0].phone == "090-1234-5678"


def test_the_search_answers_a_script_with_the_list_alone(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    key = people(office, path)[0].key
    where = f"{path}/people/{key}/contacts"
    for text in ("ヤマダ", "(株)青山", "taro@"):
        assert "山田 太郎" in checked(clerk.get(where, query_string={"q": text})).get_text()
    part = clerk.get(where, query_string={"q": "zzz"}, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "条件に合う宛先はありません" in part.text
    clerk.post(f"/contacts/{rows(office)[0].id}/retire", data={"revision": "1"})
    assert "山田" not in clerk.get(where).text
    answer = clerk.post(where, data={"contact": str(rows(office)[0].id)})
    assert answer.location == where
    assert people(office, path)[0].name == ""
    assert clerk.get(f"{path}/people/ffffffff/contacts").status_code == 303


def test_the_draft_keeps_its_copy_until_somebody_else_is_typed(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    choose(office, clerk, path, rows(office)[0])
    first = people(office, path)[0]
    same = {
        "people-0-key": first.key, "people-0-name": "山田 太郎様", "people-0-mail": first.mail,
        "people-0-company": first.company,
    }  # fmt: skip
    clerk.post(f"{path}/draft", data=form(action="autosave", **same))
    assert people(office, path)[0].known == first.known
    other = same | {"people-0-mail": "other@example.jp"}
    clerk.post(f"{path}/draft", data=form(action="autosave", **other))
    assert people(office, path)[0].known == ""


def test_it_is_taken_off_by_a_button(office: Office, clerk: FlaskClient, path: str) -> None:
    choose(office, clerk, path, rows(office)[0])
    first = people(office, path)[0]
    data = form(action="forget-0", **{f"people-0-{name}": getattr(first, name) for name in
                                      ("key", "name", "mail", "company")})  # fmt: skip
    assert clerk.post(f"{path}/draft", data=data).status_code == 303
    assert people(office, path)[0].known == ""
    assert people(office, path)[0].name == "山田 太郎"


def test_somebody_typed_by_hand_is_registered_and_chosen(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    answer = clerk.post(f"{path}/draft", data=form(action="register-1"))
    page = checked(clerk.get(str(answer.location)))
    mail = page.select_one("input#mail")
    assert mail is not None
    assert mail["value"] == form()["people-1-mail"]
    hidden = {str(one["name"]): str(one["value"]) for one in page.select("form input[type=hidden]")}
    data = TYPED | {"mail": mail["value"], "name": "町田", "company": ""} | hidden
    saved = clerk.post("/contacts/new", data=data)
    assert str(saved.location).endswith(f"{path}#people-1-name")
    assert "課" not in people(office, path)[1].known
    assert people(office, path)[1].name == "町田"
    assert people(office, path)[1].known != ""


def test_a_contact_changed_later_changes_nothing_that_was_sent(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    choose(office, clerk, path, rows(office)[0])
    upload(clerk, path, ("契約書.pdf", PDF))
    office.accept_documents()
    first = people(office, path)[0]
    data = form(action="confirm", **{f"people-0-{name}": getattr(first, name) for name in
                                     ("key", "name", "mail", "company")})  # fmt: skip
    clerk.post(f"{path}/draft", data=data)
    assert send(clerk, path).status_code == 303
    here = f"/contacts/{rows(office)[0].id}"
    assert clerk.post(here, data=TYPED | {"title": "専務", "revision": "1"}).status_code == 303
    with office.database.reading() as session:
        row = session.query(Participant).filter_by(mail=TYPED["mail"]).one()
        assert row.known is not None
        assert row.known["title"] == "部長"
        assert session.query(Deal).one().partner_code == "T-0012"


def test_another_organisation_chooses_none_of_ours(office: Office, clerk: FlaskClient) -> None:
    add(clerk)
    neighbour = office.browser("neighbour")
    path = office.draft(neighbour)
    where = f"{path}/people/{people(office, path)[0].key}/contacts"
    assert "山田" not in neighbour.get(where).text
    neighbour.post(where, data={"contact": str(rows(office)[0].id)})
    assert people(office, path)[0].name == ""
    assert clerk.get(where).status_code == 404
