"""承認ルート: an administrator makes, changes, stops and offers them; senders use them."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.kinds import Role
from storage import people
from storage.tables import Chain, LedgerEvent, Slot, SlotCandidate, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, Office
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


def form(office: Office, action: str = "save", **changes: str) -> dict[str, str]:
    """Two stages: the clerk approves, then the administrator signs."""
    member = {name: str(row.id) for name, row in office.members.items()}
    values = {
        "name": "工事契約のルート",
        "stages-0-name": "係長承認", "stages-0-rule": "all", "stages-0-need": "",
        "stages-0-days": "5",
        "stages-0-people-0-kind": "approve", "stages-0-people-0-member": member["clerk"],
        "stages-1-name": "市長署名", "stages-1-rule": "all", "stages-1-need": "",
        "stages-1-days": "",
        "stages-1-people-0-kind": "sign", "stages-1-people-0-member": member["admin"],
        "action": action,
    }  # fmt: skip
    return values | changes


def rows(office: Office, name: str = "工事契約のルート") -> list[Chain]:
    with office.database.reading() as session:
        return session.query(Chain).filter_by(name=name).order_by(Chain.version).all()


def make(office: Office, admin: FlaskClient, **changes: str) -> Chain:
    answer = admin.post("/admin/chains/new", data=form(office, **changes))
    assert answer.status_code == 303, answer.text
    return rows(office)[-1]


def tags(office: Office) -> list[str]:
    with office.database.reading() as session:
        events = session.query(LedgerEvent).filter(LedgerEvent.tag.startswith("chain:"))
        return [event.tag for event in events.order_by(LedgerEvent.sequence)]


def test_a_chain_is_made_row_by_row(office: Office, admin: FlaskClient) -> None:
    page = checked(admin.get("/admin/chains/new"))
    assert len(page.select("li.chain-stage")) == 1
    page = checked(admin.post("/admin/chains/new", data=form(office, action="add-stage")))
    assert len(page.select("li.chain-stage")) == 3
    page = checked(admin.post("/admin/chains/new", data=form(office, action="down-stage-0")))
    first = page.find("input", id="stages-0-name")
    assert first is not None
    assert first["value"] == "市長署名"
    page = checked(admin.post("/admin/chains/new", data=form(office, action="show")))
    picture = page.select_one("#picture")
    assert picture is not None
    assert office.members["clerk"].name in picture.get_text()
    assert rows(office) == []


def test_a_saved_chain_is_listed_and_offered_to_senders(office: Office, admin: FlaskClient) -> None:
    chain = make(office, admin)
    assert chain.definition["stages"][0]["days"] == 5
    page = checked(admin.get("/admin/chains")).get_text()
    assert "工事契約のルート" in page
    assert "期限：依頼から5日" in page
    clerk = office.browser("clerk")
    assert str(chain.id) in clerk.get(office.draft(clerk)).text
    assert tags(office) == ["chain:saved"]


def test_a_change_is_a_new_version_and_equal_stages_are_none(
    office: Office, admin: FlaskClient
) -> None:
    chain = make(office, admin)
    path = f"/admin/chains/{chain.id}"
    page = checked(admin.get(path))
    assert page.find("input", id="stages-0-name") is not None
    assert admin.post(path, data=form(office)).status_code == 303
    assert len(rows(office)) == 1
    changed = form(office, **{"stages-0-days": "9"})
    assert admin.post(path, data=changed).status_code == 303
    assert [row.version for row in rows(office)] == [1, 2]
    answer = admin.post(path, data=form(office, **{"stages-0-days": "3"}))
    assert answer.status_code == 409
    assert len(rows(office)) == 2
    page = checked(answer)
    assert f"{office.members['admin'].name}さんが第2版を保存しました" in page.get_text()
    days = page.find("input", id="stages-0-days")
    assert days is not None
    assert days["value"] == "3"
    form_of_page = page.find("form", id="chain-form")
    assert form_of_page is not None
    assert admin.post(str(form_of_page["action"]), data=form(office, **{"stages-0-days": "3"}))
    assert [row.definition["stages"][0]["days"] for row in rows(office)] == [5, 9, 3]


def test_all_versions_are_shown_with_who_saved_them_and_when(
    office: Office, admin: FlaskClient
) -> None:
    chain = make(office, admin)
    assert "版の履歴" not in checked(admin.get("/admin/chains")).get_text()
    admin.post(f"/admin/chains/{chain.id}", data=form(office, **{"stages-0-days": "9"}))
    assert "版の履歴" in checked(admin.get("/admin/chains")).get_text()
    text = checked(admin.get(f"/admin/chains/{chain.id}/versions")).get_text()
    assert text.index("期限：依頼から9日") < text.index("期限：依頼から5日")
    assert f"{office.members['admin'].name}さんが保存" in text
    assert office.browser("clerk").get(f"/admin/chains/{chain.id}/versions").status_code == 403


def test_a_name_that_is_taken_is_said(office: Office, admin: FlaskClient) -> None:
    make(office, admin)
    answer = admin.post("/admin/chains/new", data=form(office))
    assert answer.status_code == 409
    assert "同じ名前の承認ルートがあります" in checked(answer).get_text()
    assert len(rows(office)) == 1


def test_what_is_wrong_is_said_and_nothing_is_lost(office: Office, admin: FlaskClient) -> None:
    wrong = {"name": "", "stages-0-days": "soon", "stages-1-people-0-member": ""}
    answer = admin.post("/admin/chains/new", data=form(office, **wrong))
    assert answer.status_code == 422
    page = checked(answer)
    assert {link["href"] for link in page.select(".error-summary a")} == {
        "#name", "#stages-0-days", "#stages-1-people-0-member",
    }  # fmt: skip
    field = page.find("input", id="stages-0-days")
    assert field is not None
    assert field["value"] == "soon"


def test_a_stopped_chain_is_not_offered_and_its_older_versions_neither(
    office: Office, admin: FlaskClient
) -> None:
    chain = make(office, admin)
    admin.post(f"/admin/chains/{chain.id}", data=form(office, **{"stages-0-days": "9"}))
    newest = rows(office)[-1]
    for _ in range(2):
        assert admin.post(f"/admin/chains/{newest.id}/stop").status_code == 303
    assert not any(row.active for row in rows(office))
    clerk = office.browser("clerk")
    assert "工事契約のルート" not in clerk.get(office.draft(clerk)).text
    assert "停止中" in checked(admin.get("/admin/chains")).get_text()
    admin.post(f"/admin/chains/{newest.id}/offer")
    assert all(row.active for row in rows(office))
    assert tags(office) == ["chain:saved", "chain:saved", "chain:stopped", "chain:offered"]


def test_an_envelope_is_sent_along_it(office: Office, admin: FlaskClient) -> None:
    second = people.NewMember("deputy@city.example", "次席 者", PASSWORD, (Role.CLERK,))
    with office.database.transaction() as session:
        deputy = people.create_member(session, office.organisation, second, now()).id
    chain = make(
        office, admin,
        **{"stages-0-rule": "any", "stages-0-people-1-kind": "approve",
           "stages-0-people-1-member": str(deputy)},
    )  # fmt: skip
    clerk = office.browser("clerk")
    path = office.sent(clerk, chain_id=str(chain.id))
    envelope = UUID(path.rpartition("/")[2])
    with office.database.reading() as session:
        stages = session.query(Stage).filter_by(envelope_id=envelope).order_by(Stage.position)
        first = stages.first()
        assert first is not None
        assert (first.rule, first.need, first.deadline_days) == ("any", 1, 5)
        slots = session.query(Slot).filter_by(stage_id=first.id).all()
        candidates: Any = session.query(SlotCandidate).filter_by(slot_id=slots[0].id)
        assert len(slots) == 1
        assert candidates.count() == 2


def test_clerks_and_other_organisations_change_nothing(office: Office, admin: FlaskClient) -> None:
    chain = make(office, admin)
    path = f"/admin/chains/{chain.id}"
    for who, status in (("clerk", 403), ("neighbour", 404)):
        browser = office.browser(who)
        assert browser.get(path).status_code == status
        for post in (path, f"{path}/stop", f"{path}/offer"):
            assert browser.post(post, data=form(office)).status_code == status
    neighbour = office.browser("neighbour")
    foreign = neighbour.post("/admin/chains/new", data=form(office))
    assert foreign.status_code == 422
    assert len(rows(office)) == 1
    assert rows(office)[0].active


def test_many_stages_are_a_line_each_and_what_is_wrong_names_its_stage(
    office: Office, admin: FlaskClient
) -> None:
    values = {"name": "長いルート"}
    for number in range(30):
        values |= {
            f"stages-{number}-name": f"第{number + 1}係", f"stages-{number}-rule": "all",
            f"stages-{number}-people-0-kind": "approve",
            f"stages-{number}-people-0-who": "filled",
            f"stages-{number}-people-0-label": f"係長{number + 1}",
        }  # fmt: skip
    answer = admin.post("/admin/chains/new", data=values | {"action": "open-stage-14"})
    page = checked(answer)
    assert len(page.select("li.chain-line")) == 29
    [shown] = page.select("li.chain-stage input[name='stages-14-name']")
    assert shown["value"] == "第15係"
    again = {
        str(one["name"]): str(one.get("value", "")) for one in page.select("#chain-form input")
    }
    wrong = again | values | {"stages-9-days": "soon", "action": "save"}
    page = checked(admin.post("/admin/chains/new", data=wrong))
    said = page.select_one(".error-summary a[href='#stages-9-days']")
    assert said is not None
    assert said.get_text().startswith("段階10：")
    assert admin.post("/admin/chains/new", data=values | {"action": "save"}).status_code == 303
    assert len(rows(office, "長いルート")[0].definition["stages"]) == 30
