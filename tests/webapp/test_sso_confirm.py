"""シングルサインオン: the second factors of the first time, each with the password."""

import pytest
from flask.testing import FlaskClient

from storage.tables import LoginSession, SsoIdentity
from tests.sso.provider import Provider
from tests.webapp.pages import check_page
from tests.webapp.stack import PASSWORD, Office
from tests.webapp.test_member_passkeys import keyed
from tests.webapp.test_sso import admin, give_app, log_in, provider, set_up

pytestmark = pytest.mark.usefixtures("without_token")
__all__ = ["admin", "provider"]
CONFIRM = "/login/sso/confirm"


def arrived(office: Office, provider: Provider) -> FlaskClient:
    provider.person |= {"sub": "u-1", "email": "clerk@city.example"}
    browser = office.browser()
    assert log_in(office, provider, browser).location == CONFIRM
    return browser


def how(office: Office) -> list[str | None]:
    with office.database.reading() as db:
        rows = db.query(LoginSession).filter(LoginSession.sso_connection_id.is_not(None))
        return [row.factor for row in rows]


def test_a_recovery_code_stands_in_once_for_what_is_lost(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    own, _ = keyed(office)
    shown = check_page(own.post("/account/recovery", data={"password": PASSWORD}))
    first, second = (item.text.strip() for item in shown.select("#codes li")[:2])
    browser = arrived(office, provider)
    assert check_page(browser.get(CONFIRM)).find(id="recovery") is not None
    wrong = browser.post(CONFIRM, data={"password": "not his", "recovery": first})
    assert wrong.status_code == 422
    wrong = browser.post(CONFIRM, data={"password": PASSWORD, "recovery": "ABCD-EFGHJ-KLMNP"})
    assert (wrong.status_code, office.count(SsoIdentity)) == (422, 0)
    assert check_page(wrong).find(id="recovery-error") is not None
    done = browser.post(CONFIRM, data={"password": PASSWORD, "recovery": first})
    assert (done.status_code, done.location) == (303, "/account")
    assert how(office) == ["recovery"]
    with office.database.transaction() as db:
        db.query(SsoIdentity).delete()
    again = arrived(office, provider)
    assert again.post(CONFIRM, data={"password": PASSWORD, "recovery": first}).status_code == 422
    assert again.post(CONFIRM, data={"password": PASSWORD, "recovery": second}).status_code == 303


def test_who_has_an_app_and_a_passkey_shows_either(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    _, device = keyed(office)
    totp = give_app(office, "clerk")
    browser = arrived(office, provider)
    page = check_page(browser.get(CONFIRM))
    assert page.find(id="code") is not None
    assert page.find(id="confirm-passkey") is not None
    assert browser.post(CONFIRM, data={"password": PASSWORD}).status_code == 422
    answer = {"passkey": device.get(browser.post(f"{CONFIRM}/passkey").get_json())}
    assert browser.post(CONFIRM, data=answer | {"password": "not his"}).status_code == 422
    answer = {"passkey": device.get(browser.post(f"{CONFIRM}/passkey").get_json())}
    assert browser.post(CONFIRM, data=answer | {"password": PASSWORD}).location == "/account"
    with office.database.transaction() as db:
        db.query(SsoIdentity).delete()
    browser = arrived(office, provider)
    code = {"password": PASSWORD, "code": totp.now()}
    assert browser.post(CONFIRM, data=code).location == "/account"
    assert how(office) == ["passkey", "totp"]
