"""接続元の制限: it holds at once, for logins and for what they opened, and locks nobody out who
decides it."""

import pytest
from flask.testing import FlaskClient

from storage.tables import (
    LedgerEvent,
    LoginSession,
    OperationEntry,
    Organisation,
    SsoConnection,
    SsoIdentity,
)
from tests.webapp.pages import check_page
from tests.webapp.stack import Office
from tests.webapp.test_sso import SET_UP
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")
OFFICE, ELSEWHERE = "203.0.113.9", "198.51.100.1"


def at(browser: FlaskClient, address: str) -> FlaskClient:
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return at(office.browser("admin"), OFFICE)


def restrict(admin: FlaskClient, **lists: str) -> int:
    return admin.post("/admin/networks", data=lists).status_code


def test_it_holds_at_once_for_whoever_is_logged_in_and_the_log_says_who_was_refused(
    office: Office, admin: FlaskClient
) -> None:
    clerk = at(office.browser("clerk"), ELSEWHERE)
    assert clerk.get("/envelopes").status_code == 200
    check_page(admin.get("/admin/networks"))
    assert restrict(admin, everybody="203.0.113.0/24 本庁舎") == 303
    assert "203.0.113.0/24 本庁舎" in check_page(admin.get("/admin/networks")).get_text()
    refused = clerk.get("/envelopes")
    assert refused.status_code == 403
    assert "この接続元からは利用できません" in refused.text
    assert ELSEWHERE in refused.text
    for path in ("/deals", "/account", "/waiting", "/admin/networks"):
        assert clerk.get(path).status_code == 403, path
    assert at(clerk, "2001:db8::1").post("/envelopes/new").status_code == 403
    assert at(clerk, OFFICE).get("/envelopes").status_code == 200
    with office.database.reading() as session:
        [event] = session.query(LedgerEvent).filter_by(tag="organisation:changed").all()
        assert (event.data["before"], event.data["after"]) == ({}, {"everybody": 1})
        rows = session.query(OperationEntry).filter_by(tag="access:refused").all()
        assert {row.data["permission"] for row in rows} == {"network"}
        assert ELSEWHERE in {row.data["address"] for row in rows}
    assert "許可されていない接続元" in admin.get("/admin/log").text


def test_another_role_and_another_organisation_are_not_concerned(
    office: Office, admin: FlaskClient
) -> None:
    assert restrict(admin, approver="203.0.113.0/24") == 303
    assert at(office.browser("clerk"), ELSEWHERE).get("/envelopes").status_code == 200
    assert at(office.browser("neighbour"), ELSEWHERE).get("/envelopes").status_code == 200


@pytest.mark.parametrize("name", ["everybody", "admin"])
def test_nobody_locks_himself_out(office: Office, admin: FlaskClient, name: str) -> None:
    answer = admin.post("/admin/networks", data={name: "198.51.100.0/24 外"})
    assert answer.status_code == 422
    assert OFFICE in answer.text
    assert "198.51.100.0/24 外" in answer.text
    with office.database.reading() as session:
        assert session.get_one(Organisation, office.organisation).networks is None


def test_nobody_locks_himself_out_by_roles_of_his_own(office: Office, admin: FlaskClient) -> None:
    assert restrict(admin, auditor="198.51.100.0/24") == 303
    path = f"/admin/members/{office.members['admin'].id}"
    data = {"seen": "1", "name": "佐藤 健", "roles": ["admin", "clerk", "auditor"]}
    answer = admin.post(path, data=data)
    assert answer.status_code == 422
    assert OFFICE in check_page(answer).get_text()
    assert admin.get("/admin/networks").status_code == 200
    clerk = f"/admin/members/{office.members['clerk'].id}"
    assert admin.post(clerk, data=data | {"name": "田中 花子"}).status_code == 303


def test_what_is_no_network_stays_as_it_was_typed(admin: FlaskClient) -> None:
    answer = admin.post("/admin/networks", data={"everybody": f"{OFFICE}\n本庁舎"})
    assert answer.status_code == 422
    assert "2行目「本庁舎」" in answer.text


def test_who_logs_in_from_elsewhere_is_told_so_on_the_first_page(
    office: Office, admin: FlaskClient
) -> None:
    restrict(admin, everybody=OFFICE)
    stranger = at(office.browser(), ELSEWHERE)
    assert stranger.get("/login").status_code == 200
    assert office.log_in(stranger, office.members["clerk"].mail).status_code == 303
    for path in ("/", "/login"):
        told = stranger.get(path)
        assert told.status_code == 403, path
        assert ELSEWHERE in told.text
    with office.database.reading() as session:
        assert session.query(OperationEntry).filter_by(tag="access:refused").count() > 0


def test_who_is_outside_can_log_out(office: Office, admin: FlaskClient) -> None:
    clerk = office.browser("clerk")
    restrict(admin, everybody=OFFICE)
    page = check_page(at(clerk, ELSEWHERE).get("/envelopes"))
    assert page.find("form", action="/logout") is not None
    clerk.post("/logout")
    assert at(clerk, OFFICE).get("/envelopes").status_code == 303
    with office.database.reading() as session:
        rows = session.query(LoginSession).filter_by(member_id=office.members["clerk"].id)
        assert [row.ended_at is not None for row in rows] == [True]


def map_groups(admin: FlaskClient, groups: str) -> int:
    return admin.post("/admin/sso/oidc", data=SET_UP | {"groups": groups}).status_code


def test_groups_give_no_roles_by_which_their_administrator_would_be_kept_out(
    office: Office, admin: FlaskClient
) -> None:
    assert restrict(admin, auditor="10.9.0.0/16") == 303
    assert map_groups(admin, "kansa = auditor") == 303
    page = check_page(admin.get("/admin/sso/oidc")).get_text()
    assert f"今お使いの接続元（{OFFICE}）では利用できません：監査者" in page
    assert map_groups(admin, "kanri = admin, auditor") == 303  # his roles are not the provider's
    follow_groups(office)
    answer = admin.post("/admin/sso/oidc", data=SET_UP | {"groups": "kanri = admin, auditor"})
    assert answer.status_code == 422
    assert OFFICE in str(check_page(answer).find(id="groups-error"))
    assert map_groups(admin, "kanri = admin, auditor\nsomu = admin") == 303
    assert map_groups(at(admin, "10.9.1.1"), "kanri = admin, auditor") == 303


def follow_groups(office: Office) -> None:
    """The administrator was made by the provider."""
    with office.database.transaction() as session:
        session.add(
            SsoIdentity(
                connection_id=session.query(SsoConnection).one().id,
                member_id=office.members["admin"].id,
                issuer="https://idp.city.example",
                subject="u-1",
                made=True,
                linked_at=now(),
                used_at=now(),
            )
        )


def test_networks_do_not_keep_out_whom_his_groups_make_an_administrator(
    office: Office, admin: FlaskClient
) -> None:
    """He has no such role yet; the next single sign-on gives it."""
    assert map_groups(admin, "kanri = admin, auditor") == 303
    assert restrict(admin, auditor="10.9.0.0/16") == 303  # his roles are not the provider's
    assert restrict(admin) == 303
    follow_groups(office)
    answer = admin.post("/admin/networks", data={"auditor": "10.9.0.0/16"})
    assert answer.status_code == 422
    assert OFFICE in str(check_page(answer).find(id="auditor-error"))
    assert restrict(admin, auditor=f"10.9.0.0/16\n{OFFICE}") == 303
    assert restrict(admin, approver="10.9.0.0/16") == 303
    assert map_groups(admin, "kanri = admin, auditor\nsomu = admin") == 303
    assert restrict(admin, auditor="10.9.0.0/16") == 303
