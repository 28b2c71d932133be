"""組織の設定: an administrator's choices for all envelopes, with their trace."""

import pytest

from storage.tables import LedgerEvent, Organisation
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")


def allowed(office: Office) -> bool:
    with office.database.reading() as session:
        return session.get_one(Organisation, office.organisation).late_downloads


def test_an_administrator_allows_late_downloads_and_the_ledger_says_who(office: Office) -> None:
    browser = office.browser("admin")
    assert not allowed(office)
    for choice, after in (("yes", True), ("yes", True), ("no", False)):
        answer = browser.post("/admin/policy", data={"late_downloads": choice})
        assert answer.status_code == 303
        assert allowed(office) is after
    page = checked(browser.get("/admin/policy"))
    chosen = page.find("input", checked=True)
    assert chosen is not None
    assert chosen["value"] == "no"
    with office.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="organisation:changed").all()
    assert [(e.data["before"], e.data["after"]) for e in events] == [(False, True), (True, False)]
    assert {e.actor for e in events} == {f"member:{office.members['admin'].id}"}


@pytest.mark.parametrize("form", [{}, {"late_downloads": ""}, {"late_downloads": "perhaps"}])
def test_a_form_without_a_choice_changes_nothing(office: Office, form: dict[str, str]) -> None:
    browser = office.browser("admin")
    browser.post("/admin/policy", data={"late_downloads": "yes"})
    browser.post("/admin/policy", data=form)
    assert allowed(office)


def test_a_clerk_has_no_say(office: Office) -> None:
    browser = office.browser("clerk")
    assert browser.post("/admin/policy", data={"late_downloads": "yes"}).status_code == 403
    assert not allowed(office)


def test_another_organisation_keeps_its_own(office: Office) -> None:
    office.browser("admin").post("/admin/policy", data={"late_downloads": "yes"})
    with office.database.reading() as session:
        others = session.query(Organisation).filter(Organisation.id != office.organisation)
        assert not any(row.late_downloads for row in others)
