"""アカウント: recovery codes, own logins, and a second factor that the organisation demands."""

import re

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storage.tables import (
    LedgerEvent,
    LoginSession,
    Member,
    MemberRecoveryCode,
    OperationEntry,
    Organisation,
)
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, Office

pytestmark = pytest.mark.usefixtures("without_token")

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{5}-[0-9A-Z]{5}")


def enrol(office: Office, browser: FlaskClient, clock: Clock, secret: str = SECRET) -> TestResponse:
    clock.pass_(minutes=2)
    typed = {"secret": secret, "code": pyotp.TOTP(secret).at(clock.at), "password": PASSWORD}
    return browser.post("/account/code", data=typed)


def make_codes(browser: FlaskClient) -> list[str]:
    page = checked(browser.post("/account/recovery", data={"password": PASSWORD}))
    return CODE.findall(page.find(id="codes").text)  # type: ignore[union-attr]


def half(office: Office) -> FlaskClient:
    browser = office.browser()
    assert office.log_in(browser, "clerk@city.example").location == "/login/code"
    return browser


def enter(browser: FlaskClient, code: str) -> TestResponse:
    return browser.post("/login/code", data={"recovery": code})


def test_a_lost_app_is_replaced_by_codes_that_work_once_each(office: Office, clock: Clock) -> None:
    browser = office.browser("clerk")
    assert browser.get("/account/recovery").status_code == 303, "without an app there are none"
    enrol(office, browser, clock)
    codes = make_codes(browser)
    assert len(set(codes)) == 10
    assert not CODE.search(browser.get("/account/recovery").text), "shown once"
    first = half(office)
    assert enter(first, codes[0].lower().replace("-", " ")).status_code == 303
    assert first.get("/envelopes").status_code == 200
    assert "9個" in checked(first.get("/account")).text
    second = half(office)
    again = enter(second, codes[0])
    assert again.status_code == 422
    assert codes[0] not in again.text
    assert second.get("/envelopes").status_code == 303
    with office.database.reading() as session:
        stored = [row.code_hash for row in session.query(MemberRecoveryCode)]
        assert not any(code.replace("-", "") in text for code in codes for text in stored)
        used = session.query(LedgerEvent).filter_by(tag="member:recovery_used").one()
        assert used.data["left"] == 9


def test_new_codes_end_the_old_ones_and_so_does_another_phone(office: Office, clock: Clock) -> None:
    browser = office.browser("clerk")
    enrol(office, browser, clock)
    old = make_codes(browser)
    wrong = browser.post("/account/recovery", data={"password": "not mine"})
    assert checked(wrong).find(id="password-error") is not None
    new = make_codes(browser)
    assert enter(half(office), old[0]).status_code == 422
    assert enter(half(office), new[0]).status_code == 303
    enrol(office, browser, clock, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    assert enter(half(office), new[1]).status_code == 422


def test_guessing_recovery_codes_is_counted_with_the_app_s(office: Office, clock: Clock) -> None:
    enrol(office, office.browser("clerk"), clock)
    browser = half(office)
    statuses = [enter(browser, "ABCD-EFGHJ-KLMNP").status_code for _ in range(6)]
    assert statuses[-1] == 429


def test_own_logins_are_listed_and_ended_one_by_one_or_all_others(office: Office) -> None:
    here, there, away = (office.app.test_client() for _ in range(3))
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"
    desk = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0"
    for client, agent in ((here, desk), (there, phone), (away, "")):
        client.environ_base |= {"HTTP_HOST": "localhost:8080", "HTTP_USER_AGENT": agent}
        office.log_in(client, "clerk@city.example")
    office.browser("admin")
    page = checked(here.get("/account"))
    rows = page.select("#sessions li")
    assert len(rows) == 3
    assert "Microsoft Edge（Windows）" in rows[0].text
    assert "このブラウザー" in rows[0].text
    assert any("Safari（iPhone）" in row.text for row in rows)
    target = next(row for row in rows if "iPhone" in row.text).find("form")
    assert target is not None
    assert here.post(str(target["action"])).status_code == 303
    assert there.get("/account").status_code == 303
    assert away.get("/account").status_code == 200
    assert here.post("/account/sessions/end").status_code == 303
    assert away.get("/account").status_code == 303
    assert here.get("/account").status_code == 200
    with office.database.reading() as session:
        tags = [row.tag for row in session.query(OperationEntry)]
    assert tags.count("member:logins_ended") == 2


def test_somebody_else_s_login_does_not_exist(office: Office) -> None:
    office.browser("admin")
    with office.database.reading() as session:
        key = session.query(LoginSession).one().id
    assert office.browser("clerk").post(f"/account/sessions/{key}/end").status_code == 404
    with office.database.reading() as session:
        assert session.get_one(LoginSession, key).ended_at is None


def demand(office: Office, browser: FlaskClient, choice: str = "yes") -> None:
    answer = browser.post("/admin/policy", data={"late_downloads": "no", "totp": choice})
    assert answer.status_code == 303


def test_who_has_no_app_is_led_to_it_and_locked_out_of_nothing_else(
    office: Office, clock: Clock
) -> None:
    clerk, admin = office.browser("clerk"), office.browser("admin")
    draft = office.draft(clerk)
    clock.pass_(seconds=5)
    demand(office, admin)
    answer = clerk.get("/envelopes")
    assert answer.location == "/account/required"
    assert "2段階認証" in checked(clerk.get("/account/required")).text
    assert clerk.get("/account").status_code == 200
    typed = {"title": "途中まで入力した封筒", "action": "save"}
    assert clerk.post(f"{draft}/draft", data=typed).status_code != 403
    assert "/account/required" not in str(clerk.post(f"{draft}/draft", data=typed).location)
    clock.pass_(minutes=1)
    late = office.browser("clerk")
    assert late.post("/envelopes/new").location == "/account/required"
    part = clerk.get("/envelopes", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == "/account/required"
    enrol(office, clerk, clock)
    assert clerk.get("/envelopes").status_code == 200
    assert admin.get("/admin/policy").location == "/account/required", "himself too"
    assert office.browser("neighbour").get("/envelopes").status_code == 200


def test_the_demand_is_noted_and_can_be_taken_back(office: Office, clock: Clock) -> None:
    admin = office.browser("admin")
    enrol(office, admin, clock)
    demand(office, admin)
    demand(office, admin, "no")
    assert office.browser("clerk").get("/envelopes").status_code == 200
    with office.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="organisation:changed").all()
        assert session.get_one(Organisation, office.organisation).totp_since is None
        assert session.query(Member).count()
    changes = [(e.data["what"], e.data["before"], e.data["after"]) for e in events]
    assert changes == [("totp", False, True), ("totp", True, False)]
