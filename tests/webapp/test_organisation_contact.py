"""組織名と連絡先: entered by an administrator before anything is sent, and what every mail says."""

import re

import pytest
from flask.testing import FlaskClient

from domain.kinds import Language
from storage.desks.letters import contact_of, name_of
from storage.tables import Envelope, LedgerEvent, Organisation
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, send, upload

pytestmark = pytest.mark.usefixtures("without_token")
GOOD = {
    "name": "結市",
    "name_en": "Musubi City",
    "department": "総務部 契約課（内線 1234）",
    "phone": "０３ー１２３４ー５６７８",
    "mail": "keiyaku@musubi.example",
}


def organisation(office: Office) -> Organisation:
    with office.database.reading() as session:
        return session.get_one(Organisation, office.organisation)


def nameless(office: Office) -> None:
    """As the command line makes one."""
    with office.database.transaction() as session:
        session.get_one(Organisation, office.organisation).contact_phone = ""


def save(browser: FlaskClient, **changes: str) -> int:
    return browser.post("/admin/contact", data=GOOD | changes).status_code


def test_what_is_entered_stands_in_every_mail_and_the_ledger_says_what_changed(
    office: Office,
) -> None:
    browser = office.browser("admin")
    check_page(browser.get("/admin/contact"))
    assert save(browser) == 303
    kept = organisation(office)
    assert contact_of(kept) == "総務部 契約課（内線 1234） 03-1234-5678 keiyaku@musubi.example"
    assert name_of(kept, Language.EN) == "Musubi City"
    assert save(browser) == 303
    assert save(browser, name="新結市") == 303
    with office.database.reading() as session:
        rows = session.query(LedgerEvent).filter_by(tag="organisation:changed").all()
    changed = [row.data["changed"] for row in rows]
    assert changed == [["contact_department", "contact_mail"], ["name"]]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("name", " "), ("name", "結\u202e市"), ("phone", ""), ("phone", "内線だけ"),
        ("phone", "03-1"), ("mail", "nobody"), ("mail", "a@b.example\r\nBcc: c@d.example"),
        ("department", "課" * 101),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_kept_as_typed(office: Office, name: str, wrong: str) -> None:
    before = organisation(office)
    answer = office.browser("admin").post("/admin/contact", data=GOOD | {name: wrong})
    assert answer.status_code == 422
    page = check_page(answer)
    assert page.find(id=f"{name}-error")
    other = page.find(id="name_en")
    assert other is not None
    assert other["value"] == GOOD["name_en"]
    assert contact_of(organisation(office)) == contact_of(before)


def test_nothing_is_sent_before_there_is_a_number_to_call(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="confirm"))
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', browser.get(f"{path}/confirm").text)
    assert shown
    nameless(office)
    answer = browser.post(f"{path}/send", data={"shown": shown[1]})
    assert answer.location == f"{path}?check=1"
    told = check_page(browser.get(answer.location))
    assert "電話番号が登録されていない" in told.select(".error-summary")[0].get_text()
    assert "管理者に" in told.select("#contact")[0].get_text()
    assert _state(office) == "draft"
    assert save(office.browser("admin")) == 303
    assert not check_page(browser.get(f"{path}?check=1")).select("#contact")
    send(browser, path)
    assert _state(office) == "sending"


def _state(office: Office) -> str:
    with office.database.reading() as session:
        return session.query(Envelope).one().state
