"""シングルサインオン: who keeps the connection becomes nobody else by it, and ends its logins."""

from functools import partial

import pytest
from flask.testing import FlaskClient

from storage.tables import LoginSession, OperationEntry, SsoIdentity
from tests.sso.provider import Provider
from tests.sso.saml_provider import ENTITY, MFA, SSO_URL, SamlProvider, Says, key_pair
from tests.webapp import test_sso as oidc
from tests.webapp import test_sso_saml as saml
from tests.webapp.pages import check_page
from tests.webapp.stack import PASSWORD, Office

pytestmark = pytest.mark.usefixtures("without_token")
admin, provider = oidc.admin, oidc.provider
CONFIRM = "/login/sso/confirm"


@pytest.fixture
def saml_provider() -> SamlProvider:
    return SamlProvider(dict(saml.NEW))


def link_clerk_by_saml(office: Office, provider: SamlProvider) -> None:
    provider.attributes["email"] = ["clerk@city.example"]
    browser = office.browser()
    assert saml.log_in(office, provider, browser).location == CONFIRM
    done = browser.post(CONFIRM, data={"password": PASSWORD})
    assert (done.status_code, done.location) == (303, "/account")


def certificates(office: Office, admin: FlaskClient, *names: str, **changes: str) -> None:
    typed = {
        "entity_id": ENTITY,
        "sso_url": SSO_URL,
        "certificates": "".join(key_pair(name)[1] for name in names),
    }
    form = saml.SET_UP | typed | changes
    assert admin.post("/admin/sso/saml", data=form).status_code == 303


def identities(office: Office) -> int:
    return office.count(SsoIdentity)


@pytest.mark.parametrize("names", [("his own",), ("one", "his own")])
def test_a_certificate_of_an_administrator_s_own_makes_him_nobody_else(
    office: Office, saml_provider: SamlProvider, admin: FlaskClient, names: tuple[str, ...]
) -> None:
    saml.set_up(office, saml_provider, admin)
    made = office.browser()
    assert saml.log_in(office, saml_provider, made).location == "/account"

    def other(says: Says) -> None:
        says.subject = "u-1"

    saml_provider.change = other
    link_clerk_by_saml(office, saml_provider)
    assert saml.log_in(office, saml_provider, office.browser()).location == "/account"
    assert identities(office) == 2
    certificates(office, admin, *names)
    # Who was made by the connection has nothing to confirm it by, and is whom it calls so.
    assert identities(office) == 1
    with office.database.reading() as db:
        noted = [row.data.get("unlinked") for row in db.query(OperationEntry)]
        assert [count for count in noted if count] == [1]
    assert "結び付けを解除：1人" in admin.get("/admin/log").text
    certificates(office, admin, "one")
    assert identities(office) == 1
    assert saml.travel(saml_provider, admin, "/admin/sso/saml/try").status_code == 200
    victim = office.browser()
    assert saml.log_in(office, saml_provider, victim).location == CONFIRM
    assert victim.get("/account").status_code == 303


def test_what_lets_nobody_else_speak_asks_nobody_anew(
    office: Office, saml_provider: SamlProvider, admin: FlaskClient
) -> None:
    saml.set_up(office, saml_provider, admin)
    certificates(office, admin, "one", "next")
    assert saml.travel(saml_provider, admin, "/admin/sso/saml/try").status_code == 200
    link_clerk_by_saml(office, saml_provider)
    certificates(office, admin, "one", name="別の名前", sso_url=f"{SSO_URL}/other")
    assert identities(office) == 1
    certificates(office, admin, "one", entity_id="https://other.city.example/saml")
    assert identities(office) == 0


@pytest.mark.parametrize("change", [{"issuer": "https://other.example"}, {"client_id": "other"}])
def test_another_issuer_or_client_is_confirmed_anew(
    office: Office, provider: Provider, admin: FlaskClient, change: dict[str, str]
) -> None:
    oidc.set_up(office, provider, admin)
    provider.person |= {"sub": "u-1", "email": "clerk@city.example"}
    browser = office.browser()
    oidc.log_in(office, provider, browser)
    browser.post(CONFIRM, data={"password": PASSWORD})
    assert identities(office) == 1
    admin.post("/admin/sso/oidc", data=oidc.SET_UP | {"secret": "another", "scopes": "openid"})
    assert identities(office) == 1
    admin.post("/admin/sso/oidc", data=oidc.SET_UP | change)
    assert identities(office) == 0


def test_the_provider_s_word_never_stands_for_an_app_that_somebody_enrolled(
    office: Office, saml_provider: SamlProvider, admin: FlaskClient
) -> None:
    saml.set_up(office, saml_provider, admin, factors=MFA)

    def strong(says: Says) -> None:
        says.context = MFA

    saml_provider.change = strong
    link_clerk_by_saml(office, saml_provider)
    totp = oidc.give_app(office, "clerk")
    browser = office.browser()
    asked = saml.log_in(office, saml_provider, browser)
    assert str(asked.location).startswith("/login/code")
    assert browser.get("/account").status_code == 303
    assert browser.post("/login/code", data={"code": totp.now()}).status_code == 303
    assert browser.get("/account").status_code == 200
    with office.database.reading() as db:
        rows = db.query(LoginSession).filter(LoginSession.sso_connection_id.is_not(None)).all()
        # Of before he had the app; of the half, and of the whole that came of it.
        assert sorted(row.sso_factor for row in rows) == [False, False, True]


@pytest.mark.parametrize(
    ("way", "form"), [("/admin/sso/oidc/remove", {}), ("/admin/sso", {"mode": "off"})]
)
def test_logins_end_with_what_made_them_but_for_the_one_that_ends_it(
    office: Office, provider: Provider, admin: FlaskClient, way: str, form: dict[str, str]
) -> None:
    oidc.set_up(office, provider, admin)
    member = office.browser()
    oidc.log_in(office, provider, member)
    assert member.get("/account").status_code == 200
    provider.person |= {"sub": "u-1", "email": "admin@city.example"}
    boss, elsewhere = office.browser(), office.browser()
    for browser in (boss, elsewhere):
        if oidc.log_in(office, provider, browser).location == CONFIRM:
            browser.post(CONFIRM, data={"password": PASSWORD})
        assert browser.get("/account").status_code == 200
    clerk = office.browser("clerk")
    assert boss.post(way, data=form).status_code == 303
    seen = [one.get("/account").status_code for one in (member, elsewhere, boss, clerk, admin)]
    assert seen == [303, 303, 200, 200, 200]


def test_nobody_names_himself_as_whoever_was_invited(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    """Some providers let people write their own user names; the verified address is his own."""
    claim = {"claim-mail": "preferred_username"}
    provider.person["preferred_username"] = oidc.MAIL
    oidc.set_up(office, provider, admin, rules=["makes_members", "trusts_mail"], **claim)
    form = oidc.SET_UP | claim | {"secret": "", "rules": ["makes_members"]}
    assert admin.post("/admin/sso/oidc", data=form).status_code == 303
    invite(admin, "boss@city.example", "admin")
    provider.person["preferred_username"] = "boss@city.example"
    refused = oidc.log_in(office, provider, office.browser())
    assert "確認済みとしていません" in refused.text
    assert oidc.member_of(office, "boss@city.example") is None


def test_who_was_invited_keeps_what_an_administrator_gave_when_providers_are_replaced(
    office: Office, provider: Provider, saml_provider: SamlProvider, admin: FlaskClient
) -> None:
    rules = ["makes_members", "trusts_mail", "relinks"]
    oidc.set_up(office, provider, admin)
    invite(admin, oidc.MAIL, "auditor")
    assert oidc.log_in(office, provider, office.browser()).status_code == 303
    made = oidc.NEW | {"sub": "u-10", "email": "made@city.example", "groups": ["keiyaku"]}
    provider.person = made
    assert oidc.log_in(office, provider, office.browser()).status_code == 303
    assert admin.post("/admin/sso/oidc/remove").status_code == 303
    saml.set_up(office, saml_provider, admin, rules=rules, groups="minna = viewer")
    for mail, roles in ((oidc.MAIL, ["auditor"]), ("made@city.example", ["viewer"])):
        saml_provider.change = partial(call, subject=mail)
        saml_provider.attributes |= {"email": [mail], "groups": ["minna"]}
        for _ in range(2):
            assert saml.log_in(office, saml_provider, office.browser()).location == "/account"
            found = oidc.member_of(office, mail)
            assert found is not None
            assert found.roles == roles


def test_the_last_administrator_for_the_day_without_provider_stays(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    """Not even another administrator, who comes in by the provider, takes him away."""
    oidc.set_up(office, provider, admin)
    totp = oidc.give_app(office, "admin")
    admin.post("/login/code", data={"code": totp.now()})
    boss = office.members["admin"].id
    demanded = {"mode": "demanded", "exempt": str(boss)}
    assert admin.post("/admin/sso", data=demanded).status_code == 303
    invite(admin, oidc.MAIL, "admin")
    other, page = office.browser(), f"/admin/members/{boss}"
    assert oidc.log_in(office, provider, other).status_code == 303
    found = oidc.member_of(office, "admin@city.example")
    assert found is not None
    roles = {"name": "佐藤 健", "roles": ["clerk"], "seen": found.revision}
    ways: list[tuple[str, dict[str, object]]] = [
        (page, roles),
        (f"{page}/retire", {"seen": found.revision, "successor": "later"}),
        (f"{page}/factors", {"seen": found.revision}),
    ]
    for way, form in ways:
        refused = other.post(way, data=form)
        assert refused.status_code == 422
        assert "止まった日にログインできる最後の管理者" in check_page(refused).get_text()
    kept = oidc.member_of(office, "admin@city.example")
    assert kept is not None
    assert (kept.revision, kept.active, kept.has_factor) == (found.revision, True, True)
    # What takes nothing of it away, and everything once passwords work again.
    renamed = roles | {"name": "佐藤 建", "roles": ["admin"]}
    assert other.post(page, data=renamed).status_code == 303
    assert other.post("/admin/sso", data={"mode": "offered"}).status_code == 303
    form = {"seen": found.revision + 1, "successor": "later"}
    assert other.post(f"{page}/retire", data=form).status_code == 303


def call(says: Says, subject: str) -> None:
    says.subject = subject


def invite(admin: FlaskClient, mail: str, role: str) -> None:
    form = {"mail": mail, "roles": [role], "language": "ja"}
    assert admin.post("/admin/members/invite", data=form).status_code == 303
