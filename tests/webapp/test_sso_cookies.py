"""シングルサインオン: who is in many groups comes in too: no cookie holds them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Response, request_finished
from flask.testing import FlaskClient

from domain.sso import BEGUN_LIFE, MAX_GROUPS
from storage import sso_arrivals
from storage.tables import LedgerEvent, SsoArrival
from tests.sso.provider import Provider
from tests.sso.saml_provider import SamlProvider
from tests.webapp import test_sso as oidc
from tests.webapp import test_sso_saml as saml
from tests.webapp.stack import PASSWORD, Office

pytestmark = pytest.mark.usefixtures("without_token")
admin, provider = oidc.admin, oidc.provider
CONFIRM = "/login/sso/confirm"
BROWSERS_KEEP = 4096
"""Bytes of a cookie; RFC 6265, 6.1."""
GROUPS = {
    "guids": [str(uuid4()) for _ in range(MAX_GROUPS - 1)],
    "names": [f"総務部契約課電子契約担当者グループ第{number}" for number in range(MAX_GROUPS - 1)],
}


@pytest.fixture
def saml_provider() -> SamlProvider:
    return SamlProvider(dict(saml.NEW))


@pytest.fixture
def cookies(office: Office) -> Iterator[list[str]]:
    """Everything that browsers are told to keep."""
    found: list[str] = []

    def see(_: object, response: Response, **__: object) -> None:
        found.extend(response.headers.getlist("Set-Cookie"))

    with request_finished.connected_to(see, office.app):
        yield found


@pytest.mark.parametrize("kind", GROUPS)
def test_members_in_hundreds_of_groups_come_in_by_either_protocol(
    office: Office,
    provider: Provider,
    saml_provider: SamlProvider,
    admin: FlaskClient,
    cookies: list[str],
    kind: str,
) -> None:
    groups = [*GROUPS[kind], "keiyaku"]
    provider.person["groups"] = saml_provider.attributes["groups"] = groups
    saml.set_up(office, saml_provider, admin)
    assert groups[0] in saml.travel(saml_provider, admin, "/admin/sso/saml/try").text
    oidc.set_up(office, provider, admin)
    browser = office.browser()
    assert saml.log_in(office, saml_provider, browser).location == "/account"
    made = oidc.member_of(office, oidc.MAIL)
    assert made is not None
    assert "clerk" in made.roles
    saml_provider.attributes["email"] = ["clerk@city.example"]
    saml_provider.change = lambda says: setattr(says, "subject", "u-11")
    another = office.browser()
    assert saml.log_in(office, saml_provider, another).location == CONFIRM
    assert another.post(CONFIRM, data={"password": PASSWORD}).location == "/account"
    provider.person |= {"sub": "u-12", "email": "admin@city.example"}
    other = office.browser()
    assert oidc.log_in(office, provider, other).location == CONFIRM
    assert other.post(CONFIRM, data={"password": PASSWORD}).location == "/account"
    assert max(len(cookie.encode()) for cookie in cookies) < BROWSERS_KEEP
    assert office.count(SsoArrival) == 0


def test_what_was_said_is_kept_for_minutes_under_a_name_that_only_the_browser_knows(
    office: Office, provider: Provider, admin: FlaskClient, cookies: list[str]
) -> None:
    oidc.set_up(office, provider, admin)
    provider.person["email"] = "clerk@city.example"
    browser = office.browser()
    oidc.log_in(office, provider, browser)
    kept = browser.get_cookie("__Host-musubi-link")
    assert kept is not None
    with office.database.reading() as db:
        row = db.query(SsoArrival).one()
    life = row.until - datetime.now(UTC)
    assert timedelta(0) < life <= BEGUN_LIFE
    assert kept.value not in str((row.token_sha256, row.kept))
    # The name of one step opens no other.
    browser.set_cookie("__Host-musubi-landed", kept.value)
    arrived = f"/login/sso/{office.organisation}/saml/arrived"
    assert browser.get(arrived).status_code == 403
    assert browser.get(CONFIRM).status_code == 200
    with office.database.transaction() as db:
        db.get_one(SsoArrival, row.id).until = datetime.now(UTC)
    assert browser.get(CONFIRM).status_code == 303
    done = browser.post(CONFIRM, data={"password": PASSWORD})
    assert (done.status_code, done.location) == (303, "/login/sso")
    with office.database.transaction() as db:
        moment = datetime.now(UTC)
        sso_arrivals.keep(db, "0" * 64, {}, moment + BEGUN_LIFE, moment)
        assert [found.token_sha256 for found in db.query(SsoArrival)] == ["0" * 64]


def test_an_answer_without_its_journey_stands_in_the_log_of_the_organisation(
    office: Office, provider: Provider, saml_provider: SamlProvider, admin: FlaskClient
) -> None:
    saml.set_up(office, saml_provider, admin)
    oidc.set_up(office, provider, admin)
    browser, base = office.browser(), f"/login/sso/{office.organisation}"
    assert browser.get(f"{base}/saml/arrived").status_code == 403
    assert browser.get(f"{base}/oidc/callback?code=x&state=y").status_code == 403
    assert saml.post(browser, f"{base}/saml/acs", "x").status_code == 403
    assert browser.head(f"{base}/saml/arrived").status_code == 403
    assert browser.get(f"/login/sso/{uuid4()}/saml/arrived").status_code == 403
    with office.database.reading() as db:
        rows = db.query(LedgerEvent).filter_by(tag="member:login_refused")
        found = [(row.data["protocol"], row.data["why"], row.data["detail"]) for row in rows]
    cookie = ("not_begun", "cookie")
    assert sorted(found) == [("oidc", *cookie), ("saml", *cookie), ("saml", *cookie)]


def test_a_page_for_afterwards_that_no_cookie_holds_is_given_up(
    office: Office, provider: Provider, admin: FlaskClient, cookies: list[str]
) -> None:
    oidc.set_up(office, provider, admin)
    browser = office.browser()
    start = f"/login/sso/{office.organisation}/oidc?next=/account%3Fx={'y' * 5000}"
    assert oidc.travel(provider, browser, start).location == "/"
    assert max(len(cookie.encode()) for cookie in cookies) < BROWSERS_KEEP
