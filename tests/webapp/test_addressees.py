"""送信先の制限: chosen by an administrator, said beside the address by whoever sends."""

import pytest

from storage.tables import Member
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, upload

pytestmark = pytest.mark.usefixtures("without_token")


def test_what_is_no_domain_stays_as_it_was_typed(office: Office) -> None:
    admin = office.browser("admin")
    answer = admin.post("/admin/addressees", data={"allowed": "example.jp\nだめ", "blocked": ""})
    assert answer.status_code == 422
    assert "2行目「だめ」" in check_page(answer).get_text()
    assert "だめ</textarea>" in answer.text
    assert admin.post("/admin/addressees", data={"allowed": "example.jp"}).status_code == 303
    assert (
        "example.jp" in check_page(admin.get("/admin/addressees")).select("#allowed")[0].get_text()
    )
    assert office.browser("clerk").post("/admin/addressees", data={}).status_code == 403


def test_a_draft_says_beside_the_address_what_is_allowed(office: Office) -> None:
    office.browser("admin").post("/admin/addressees", data={"allowed": "allowed.example"})
    browser = office.browser("clerk")
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    typed = {"action": "confirm", "people-1-mail": office.members["clerk"].mail}
    browser.post(f"{path}/draft", data=form(**typed))
    page = check_page(browser.get(f"{path}?check=1"))
    told = page.select_one("#people-0-mail-error")
    assert told is not None
    assert "taro@yamada.example" in told.get_text()
    assert "allowed.example" in told.get_text()
    assert not page.select("#people-1-mail-error")


def test_a_draft_that_asks_a_retired_member_says_so_beside_him_before_it_is_sent(
    office: Office,
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    typed = {"action": "confirm", "people-1-mail": "Admin@city.example"}
    browser.post(f"{path}/draft", data=form(**typed))
    assert not check_page(browser.get(f"{path}?check=1")).select("#people-1-mail-error")
    with office.database.transaction() as session:
        session.get_one(Member, office.members["admin"].id).active = False
    told = check_page(browser.get(f"{path}?check=1")).select_one("#people-1-mail-error")
    assert told is not None
    assert "退職処理が済んでいます" in told.text
