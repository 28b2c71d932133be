"""署名権限（委任）: entered and ended by administrators; what is said before something is sent."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from domain.kinds import Role
from storage.tables import LedgerEvent, Mandate, MandateEnd, Member, Organisation
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PDF, Office, form, upload
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")


def today() -> date:
    return (now() + timedelta(hours=9)).date()


def typed(office: Office, **changes: str) -> dict[str, str]:
    values = {
        "member": str(office.members["clerk"].id), "title": "契約担当課長",
        "begins_on": today().isoformat(), "ends_on": "", "most": "1,000,000", "kinds": "工事、委託",
        "basis": "契約規則第5条",
    }  # fmt: skip
    return values | changes


def entered(office: Office) -> Mandate:
    with office.database.reading() as session:
        return session.query(Mandate).one()


def test_an_administrator_enters_one_and_ends_it_and_the_history_stays(office: Office) -> None:
    admin = office.browser("admin")
    assert admin.post("/admin/mandates", data=typed(office)).status_code == 303
    row = entered(office)
    assert (row.most, row.kinds, row.entered_by) == (
        1_000_000, ["工事", "委託"], office.members["admin"].id,
    )  # fmt: skip
    page = checked(admin.get("/admin/mandates")).get_text(" ", strip=True)
    for text in (
        "いまは確認していません",
        "田中 花子",
        "契約担当課長",
        "1,000,000円まで",
        "期限なし",
    ):
        assert text in page
    path = f"/admin/mandates/{row.id}/end"
    assert "契約規則第5条" in checked(admin.get(path)).get_text()
    assert admin.post(path, data={"when": "now", "reason": ""}).status_code == 422
    assert admin.post(path, data={"when": "now", "reason": "異動のため"}).status_code == 303
    assert "いま有効な署名権限はありません" in admin.get("/admin/mandates").text
    over = checked(admin.get("/admin/mandates?shown=over")).get_text(" ", strip=True)
    assert "取り消し：異動のため" in over
    assert "すでに終了しています" in checked(admin.get(path)).get_text()
    admin.post(path, data={"when": "now", "reason": "もう一度"})
    assert office.count(MandateEnd) == 1
    log = checked(admin.get("/admin/log")).get_text()
    assert "署名権限を登録" in log
    assert "契約担当課長" in log
    assert "署名権限を終了" in log


def test_what_is_wrong_is_said_and_nothing_is_lost(office: Office) -> None:
    answer = office.browser("admin").post(
        "/admin/mandates", data=typed(office, basis="", most="たくさん", begins_on="2099-01-01")
    )
    assert answer.status_code == 422
    page = checked(answer)
    assert {link["href"] for link in page.select(".error-summary a")} == {"#basis", "#most"}
    for name, value in (("most", "たくさん"), ("kinds", "工事、委託"), ("begins_on", "2099-01-01")):
        field = page.find("input", id=name)
        assert field is not None
        assert field["value"] == value
    assert office.count(Mandate) == 0


def test_a_coming_one_is_listed_apart(office: Office) -> None:
    admin = office.browser("admin")
    later = (today() + timedelta(days=3)).isoformat()
    answer = admin.post("/admin/mandates", data=typed(office, begins_on=later))
    assert answer.location.endswith("?shown=coming")
    assert "契約担当課長" in checked(admin.get(answer.location)).find("table").get_text()  # type: ignore[union-attr]
    assert checked(admin.get("/admin/mandates")).find("table") is None


@pytest.mark.parametrize("who", ["clerk", "neighbour"])
def test_nobody_else_enters_or_ends(office: Office, who: str) -> None:
    office.browser("admin").post("/admin/mandates", data=typed(office))
    path = f"/admin/mandates/{entered(office).id}/end"
    browser = office.browser(who)
    for method in (browser.get, browser.post):
        assert method(path).status_code == (403 if who == "clerk" else 404)
    foreign = browser.post("/admin/mandates", data=typed(office))
    assert foreign.status_code == (403 if who == "clerk" else 422)
    assert office.count(Mandate) == 1
    assert office.count(MandateEnd) == 0


def look(admin: FlaskClient) -> None:
    assert admin.post("/admin/policy", data={"mandates": "yes"}).status_code == 303


def test_the_setting_is_kept_with_its_trace(office: Office) -> None:
    admin = office.browser("admin")
    look(admin)
    with office.database.reading() as session:
        assert session.get_one(Organisation, office.organisation).mandates_since is not None
        [event] = session.query(LedgerEvent).filter_by(tag="organisation:changed").all()
    assert (event.data["what"], event.data["after"]) == ("mandates", True)
    assert "有効です" in checked(admin.get("/admin/mandates")).get_text()


def test_the_summary_says_who_may_not_sign_what_is_about_to_be_sent(office: Office) -> None:
    clerk, admin = office.browser("clerk"), office.browser("admin")
    path = office.draft(clerk)
    upload(clerk, path, ("契約書.pdf", PDF))
    office.accept_documents()
    own = {
        "people-1-name": "佐藤 健", "people-1-mail": office.members["admin"].mail,
        "people-1-party": "own", "people-1-kind": "signer", "people-1-company": "",
    }  # fmt: skip
    clerk.post(f"{path}/draft", data=form(action="confirm", amount="2,000,000", **own))

    def said() -> str:
        return checked(clerk.get(f"{path}/confirm")).get_text(" ", strip=True)

    assert "署名権限" not in said()
    look(admin)
    assert "今日有効な署名権限がありません" in said()
    boss = str(office.members["admin"].id)
    admin.post("/admin/mandates", data=typed(office, member=boss, kinds=""))
    assert "1,000,000円までで、取引金額は2,000,000円です" in said()
    admin.post("/admin/mandates", data=typed(office, member=boss, kinds="", most=""))
    assert "署名権限" not in said()


def test_the_chain_says_who_may_not_sign(office: Office) -> None:
    admin = office.browser("admin")
    with office.database.transaction() as session:
        boss = session.query(Member).filter_by(name="佐藤 健").one()
        assert Role.ADMIN in boss.roles
    chain = {
        "action": "save", "name": "署名ルート", "stages-0-name": "", "stages-0-rule": "all",
        "stages-0-need": "", "stages-0-days": "", "stages-0-people-0-member": str(boss.id),
        "stages-0-people-0-kind": "sign",
    }  # fmt: skip
    look(admin)
    assert admin.post("/admin/chains/new", data=chain).status_code == 303
    assert (
        "佐藤 健さんの署名権限：今日有効な署名権限がありません" in admin.get("/admin/chains").text
    )
    shown = checked(admin.post("/admin/chains/new", data=chain | {"action": "show"})).get_text()
    assert "佐藤 健さんの署名権限" in shown
