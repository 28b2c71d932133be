"""シングルサインオン by SAML: the same people come in, and no response comes in twice."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from storage.tables import LedgerEvent, LoginSession, SsoAssertion, SsoConnection
from tests.sso.saml_provider import ENTITY, MFA, SSO_URL, SamlProvider, Says, key_pair, metadata
from tests.webapp.pages import check_page
from tests.webapp.stack import PASSWORD, Office, post_multipart
from tests.webapp.test_sso import enter_domain, member_of

pytestmark = pytest.mark.usefixtures("without_token")
NEW = {"email": ["new@city.example"], "displayName": ["新井 新"], "groups": ["keiyaku"]}
SET_UP: dict[str, Any] = {
    "name": "庁内アカウント",
    "claim-mail": "email",
    "claim-name": "displayName",
    "claim-department": "department",
    "claim-groups": "groups",
    "groups": "keiyaku = clerk",
    "rules": ["makes_members", "trusts_mail"],
}
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}


@pytest.fixture
def provider() -> SamlProvider:
    return SamlProvider(dict(NEW))


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


def post(browser: FlaskClient, acs: str, response: str, **more: str) -> TestResponse:
    """As the provider's page does: a foreign post, to which a browser gives no `Lax` cookie."""
    lax = browser.get_cookie("__Host-musubi")
    if lax is not None:
        browser.delete_cookie("__Host-musubi")
    answer = browser.post(
        acs.removeprefix("http://localhost:8080"),
        data={"SAMLResponse": response, "RelayState": "https://evil.example", **more},
        headers=FOREIGN,
    )
    if lax is not None:
        browser.set_cookie("__Host-musubi", lax.value)
    return answer


def travel(provider: SamlProvider, browser: FlaskClient, start: str) -> TestResponse:
    left = browser.get(start)
    assert left.status_code == 303, left.text
    assert str(left.location).startswith(f"{SSO_URL}?SAMLRequest=")
    landed = post(browser, *provider.go(str(left.location)))
    return browser.get(str(landed.location)) if landed.status_code == 303 else landed


def log_in(office: Office, provider: SamlProvider, browser: FlaskClient) -> TestResponse:
    return travel(provider, browser, f"/login/sso/{office.organisation}/saml?next=/account")


def set_up(office: Office, provider: SamlProvider, admin: FlaskClient, **changes: object) -> None:
    enter_domain(office)
    file = FileStorage(io.BytesIO(metadata()), "idp.xml", "metadata")
    form = SET_UP | changes | {"metadata": file}
    answer = post_multipart(admin, "/admin/sso/saml", form)
    assert answer.status_code == 303, answer.text
    assert travel(provider, admin, "/admin/sso/saml/try").status_code == 200
    assert admin.post("/admin/sso", data={"mode": "offered"}).status_code == 303


def test_an_administrator_brings_metadata_tries_it_and_members_come_in(
    office: Office, provider: SamlProvider, admin: FlaskClient
) -> None:
    check_page(admin.get("/admin/sso/saml"))
    set_up(office, provider, admin)
    page = check_page(admin.get("/admin/sso/saml")).get_text()
    base = f"http://localhost:8080/login/sso/{office.organisation}/saml"
    assert f"{base}/acs" in page
    assert f"{base}/metadata" in page
    assert f"{base}/acs" in office.browser().get(f"{base}/metadata").text
    browser = office.browser()
    arrived = log_in(office, provider, browser)
    assert (arrived.status_code, arrived.location) == (303, "/account")
    assert "新井 新" in browser.get("/account").text
    made = member_of(office, "new@city.example")
    assert made is not None
    assert made.roles == ["clerk"]


def test_a_member_with_a_login_confirms_it_and_the_second_factor_is_the_accepted_one(
    office: Office, provider: SamlProvider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin, factors=MFA)
    admin.post("/admin/policy", data={"totp": "yes"})
    provider.attributes["email"] = ["clerk@city.example"]
    browser = office.browser()
    assert log_in(office, provider, browser).location == "/login/sso/confirm"
    browser.post("/login/sso/confirm", data={"password": PASSWORD})
    assert browser.get("/envelopes").location == "/account/required"

    def strong(says: Says) -> None:
        says.context = MFA

    provider.change = strong
    other = office.browser()
    assert log_in(office, provider, other).location == "/account"
    assert other.get("/envelopes").status_code == 200


def test_a_response_is_taken_once_in_the_browser_that_asked(
    office: Office, provider: SamlProvider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    start = f"/login/sso/{office.organisation}/saml"
    mine, other = office.browser(), office.browser()
    acs, response = provider.go(str(mine.get(start).location))
    assert post(other, acs, response).status_code == 403  # nobody asked for it there
    other.get(start)
    assert post(other, acs, response).status_code == 403  # somebody asked for another one
    asked = mine.get_cookie("__Host-musubi-saml")
    landed = post(mine, acs, response)
    assert landed.status_code == 303
    kept = mine.get_cookie("__Host-musubi-landed")
    assert asked is not None
    assert kept is not None
    assert mine.head(str(landed.location)).status_code == 403
    assert mine.get(str(landed.location)).status_code == 303
    assert mine.get("/account").status_code == 200
    assert mine.get(str(landed.location)).status_code == 403
    # Whoever kept the browser's cookies brings it a second time.
    thief = office.browser()
    thief.set_cookie("__Host-musubi-saml", asked.value)
    again = thief.get(str(post(thief, acs, response).location))
    assert again.status_code == 403
    assert thief.get("/account").status_code == 303
    with office.database.reading() as db:
        details = [
            str(row.data.get("detail"))
            for row in db.query(LedgerEvent).filter_by(tag="member:login_refused")
        ]
        assert sorted(details) == ["cookie", "cookie", "in_response_to", "replay"]
        assert db.query(SsoAssertion).count() == 1
        logins = db.query(LoginSession).filter(LoginSession.sso_connection_id.is_not(None))
        assert logins.count() == 1


def test_an_administrator_who_tries_reads_what_did_not_fit(
    office: Office, provider: SamlProvider, admin: FlaskClient
) -> None:
    enter_domain(office)
    typed = {"entity_id": ENTITY, "sso_url": SSO_URL, "certificates": key_pair("another")[1]}
    assert admin.post("/admin/sso/saml", data=SET_UP | typed).status_code == 303
    refused = travel(provider, admin, "/admin/sso/saml/try")
    assert refused.status_code == 422
    assert "signature" in refused.text
    assert admin.post("/admin/sso", data={"mode": "offered"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"certificates": "none"}, "certificates"),
        ({"sso_url": "http://idp.city.example"}, "sso_url"),
        ({"entity_id": ""}, "entity_id"),
        ({"metadata": FileStorage(io.BytesIO(b"<a/>"), "idp.xml", "metadata")}, "metadata"),
    ],
)
def test_a_form_that_cannot_be_kept_says_where(
    office: Office, admin: FlaskClient, changes: dict[str, Any], name: str
) -> None:
    typed = {"entity_id": ENTITY, "sso_url": SSO_URL, "certificates": key_pair()[1]}
    answer = post_multipart(admin, "/admin/sso/saml", SET_UP | typed | changes)
    assert answer.status_code == 422
    assert check_page(answer).find(id=f"{name}-error") is not None
    assert "keiyaku" in answer.text
    assert office.count(SsoConnection) == 0
