"""シングルサインオン by OpenID Connect: who comes in as whom, and who does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.limits import LOGIN_TRIES
from identity.oidc import OpenIdProviders
from storage import sso
from storage.people import NO_PASSWORD
from storage.tables import (
    LedgerEvent,
    LoginSession,
    Member,
    OperationEntry,
    Organisation,
    SsoConnection,
    SsoIdentity,
)
from tests.sso.provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key, query_of
from tests.webapp.pages import check_page
from tests.webapp.stack import PASSWORD, Office
from tests.webapp.test_member_passkeys import keyed
from webapp.authenticators import seal_totp
from webapp.tries import NETWORK_FACTOR

pytestmark = pytest.mark.usefixtures("without_token")
KEY = new_key("one")
MAIL = "new@city.example"
NEW = {"sub": "u-9", "email": MAIL, "email_verified": True, "name": "新井 新"}
SET_UP = {
    "name": "庁内アカウント",
    "issuer": "https://idp.city.example",
    "client_id": CLIENT_ID,
    "secret": CLIENT_SECRET,
    "scopes": "openid email",
    "claim-mail": "email",
    "claim-name": "name",
    "claim-department": "department",
    "claim-groups": "groups",
    "groups": "keiyaku = 担当者, approver",
    "rules": ["makes_members"],
}


@pytest.fixture
def provider(office: Office) -> Iterator[Provider]:
    found = Provider(keys=[KEY], person=dict(NEW))
    state = office.app.extensions["musubi"]
    state.open_id = OpenIdProviders(found.fetch)
    yield found
    del state.open_id


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


def enter_domain(office: Office, domain: str = "city.example") -> None:
    with office.database.transaction() as db:
        city = db.get_one(Organisation, office.organisation)
        sso.enter_domain(db, city, domain, datetime.now(UTC))


def travel(provider: Provider, browser: FlaskClient, start: str) -> TestResponse:
    """To the provider and back to the answer of the callback."""
    left = browser.get(start)
    assert left.status_code == 303, left.text
    back = provider.go(str(left.location))
    return browser.get(back.removeprefix("http://localhost:8080"))


def log_in(office: Office, provider: Provider, browser: FlaskClient) -> TestResponse:
    return travel(provider, browser, f"/login/sso/{office.organisation}/oidc?next=/account")


def set_up(office: Office, provider: Provider, admin: FlaskClient, **changes: object) -> None:
    """A connection that an administrator has tried, offered to members."""
    enter_domain(office)
    answer = admin.post("/admin/sso/oidc", data=SET_UP | changes)
    assert answer.status_code == 303, answer.text
    assert travel(provider, admin, "/admin/sso/oidc/try").status_code == 200
    assert admin.post("/admin/sso", data={"mode": "offered"}).status_code == 303


def member_of(office: Office, mail: str) -> Member | None:
    with office.database.reading() as db:
        return db.query(Member).filter_by(mail=mail).one_or_none()


def give_app(office: Office, name: str) -> pyotp.TOTP:
    """The member has an authenticator app."""
    totp = pyotp.TOTP(pyotp.random_base32(32))
    with office.app.app_context(), office.database.transaction() as db:
        member = db.get_one(Member, office.members[name].id)
        member.totp_sealed = seal_totp(db, member, totp.secret)
    return totp


def test_an_administrator_sets_it_up_tries_it_and_members_come_in(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    check_page(admin.get("/admin/sso"))
    check_page(admin.get("/admin/sso/oidc"))
    assert admin.post("/admin/sso", data={"mode": "offered"}).status_code == 422
    assert admin.post("/admin/sso/oidc", data=SET_UP).status_code == 303
    shown = check_page(admin.get("/admin/sso/oidc")).get_text()
    assert f"http://localhost:8080/login/sso/{office.organisation}/oidc/callback" in shown
    assert CLIENT_SECRET not in admin.get("/admin/sso/oidc").text
    # The domain is not entered yet: the try says so, and members are offered nothing.
    refused = travel(provider, admin, "/admin/sso/oidc/try")
    assert refused.status_code == 422
    assert "ドメイン" in refused.text
    assert admin.post("/admin/sso", data={"mode": "offered"}).status_code == 422
    enter_domain(office)
    tried = travel(provider, admin, "/admin/sso/oidc/try")
    assert "新しい利用者として登録します。役割：閲覧者" in check_page(tried).get_text()
    assert member_of(office, MAIL) is None
    assert admin.get("/account").status_code == 200
    assert admin.post("/admin/sso", data={"mode": "offered"}).status_code == 303
    browser = office.browser()
    for typed in ("anybody@city.example", "結市", "Musubi City"):
        page = check_page(browser.post("/login/sso", data={"who": typed, "next": "/account"}))
        assert page.find("a", string="庁内アカウント") is not None
    arrived = log_in(office, provider, browser)
    assert (arrived.status_code, arrived.location) == (303, "/account")
    shown = browser.get("/account").text
    assert "新井 新" in shown
    assert "パスワードはありません" in shown
    made = member_of(office, "new@city.example")
    assert made is not None
    assert (made.roles, made.password_hash) == (["viewer"], NO_PASSWORD)
    assert "シングルサインオン" in admin.get("/admin/log").text


def test_nobody_learns_who_is_a_member(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    browser = office.browser()
    known = browser.post("/login/sso", data={"who": "clerk@city.example"}).text
    unknown = browser.post("/login/sso", data={"who": "nobody@city.example"}).text
    assert known == unknown
    for typed in ("clerk@elsewhere.example", "隣町", "", "@"):
        check_page(answer := browser.post("/login/sso", data={"who": typed}))
        assert answer.status_code == 422
        assert "庁内アカウント" not in answer.text


def test_groups_give_roles_at_each_login_and_nothing_else_makes_an_administrator(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    provider.person |= {"groups": ["keiyaku", "admin", "operator"], "department": "契約課"}
    assert log_in(office, provider, office.browser()).status_code == 303
    made = member_of(office, "new@city.example")
    assert made is not None
    assert (made.roles, made.department) == (["clerk", "approver"], "契約課")
    provider.person |= {"groups": [], "name": "新井 改"}
    log_in(office, provider, office.browser())
    changed = member_of(office, "new@city.example")
    assert changed is not None
    assert (changed.roles, changed.name) == (["viewer"], "新井 改")


def test_no_provider_makes_operators_of_a_server_that_others_share(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    with office.database.transaction() as session:
        connection = session.query(SsoConnection).one()
        connection.rules = connection.rules | {"groups": [["machinery", ["operator"]]]}
    provider.person |= {"groups": ["machinery"]}
    for _ in range(2):
        assert log_in(office, provider, office.browser()).status_code == 303
        made = member_of(office, "new@city.example")
        assert made is not None
        assert made.roles == ["viewer"]


def test_groups_that_only_userinfo_knows_count_and_none_that_are_not_said_take_roles(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    provider.more = {"groups": ["keiyaku"]}
    log_in(office, provider, office.browser())
    provider.more = {}
    log_in(office, provider, office.browser())
    kept = member_of(office, "new@city.example")
    assert kept is not None
    assert kept.roles == ["clerk", "approver"]
    tried = check_page(travel(provider, admin, "/admin/sso/oidc/try")).get_text(" ", strip=True)
    assert "グループ 通知なし" in tried
    provider.more = {"groups": []}
    log_in(office, provider, office.browser())
    emptied = member_of(office, "new@city.example")
    assert emptied is not None
    assert emptied.roles == ["viewer"]


def test_a_member_with_a_login_confirms_once_that_it_is_his(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    provider.person |= {"sub": "u-1", "email": "clerk@city.example", "groups": []}
    browser = office.browser()
    asked = log_in(office, provider, browser)
    assert asked.location == "/login/sso/confirm"
    check_page(browser.get("/login/sso/confirm"))
    assert browser.get("/account").status_code == 303
    wrong = browser.post("/login/sso/confirm", data={"password": "not his"})
    assert wrong.status_code == 422
    check_page(wrong)
    with office.database.reading() as db:
        assert db.query(SsoIdentity).count() == 0
    right = browser.post("/login/sso/confirm", data={"password": PASSWORD})
    assert (right.status_code, right.location) == (303, "/account")
    assert browser.get("/account").status_code == 200
    assert browser.get("/login/sso/confirm").status_code == 303
    # From now on without a question; his roles stay with the administrator.
    again = office.browser()
    assert log_in(office, provider, again).location == "/account"
    clerk = member_of(office, "clerk@city.example")
    assert clerk is not None
    assert clerk.roles == ["clerk"]
    # Another person of the provider's, with the address of before: asked, and no way past it.
    provider.person["sub"] = "u-2"
    assert log_in(office, provider, office.browser()).location == "/login/sso/confirm"


def test_with_an_app_the_code_is_asked_too(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    totp = give_app(office, "clerk")
    provider.person |= {"sub": "u-1", "email": "clerk@city.example"}
    browser = office.browser()
    log_in(office, provider, browser)
    assert "認証アプリ" in browser.get("/login/sso/confirm").text
    form = {"password": PASSWORD}
    assert browser.post("/login/sso/confirm", data=form).status_code == 422
    done = browser.post("/login/sso/confirm", data=form | {"code": totp.now()})
    assert done.status_code == 303
    assert browser.get("/account").status_code == 200
    later = office.browser()
    assert str(log_in(office, provider, later).location).startswith("/login/code")
    assert later.get("/account").status_code == 303


def test_with_a_passkey_it_is_asked_too_with_the_password(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    provider.person |= {"sub": "u-1", "email": "clerk@city.example"}
    _, device = keyed(office)
    ask, confirm = "/login/sso/confirm/passkey", "/login/sso/confirm"
    assert office.browser().post(ask).status_code == 303, "of nobody who brought an answer"
    browser = office.browser()
    assert log_in(office, provider, browser).location == confirm
    assert check_page(browser.get(confirm)).find(id="code") is None
    assert browser.post(confirm, data={"password": PASSWORD}).status_code == 422
    answer = {"passkey": device.get(browser.post(ask).get_json())}
    assert browser.post(confirm, data=answer | {"password": "not his"}).status_code == 422
    crossed = {"passkey": device.get(browser.post("/login/passkey/ask").get_json())}
    assert browser.post(confirm, data=crossed | {"password": PASSWORD}).status_code == 422
    with office.database.reading() as db:
        assert db.query(SsoIdentity).count() == 0
    answer = {"passkey": device.get(browser.post(ask).get_json())}
    done = browser.post(confirm, data=answer | {"password": PASSWORD})
    assert (done.status_code, done.location) == (303, "/account")
    assert browser.get("/account").status_code == 200


def test_the_provider_s_second_factor_counts_only_where_it_was_accepted(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    admin.post("/admin/policy", data={"totp": "yes"})
    provider.person |= {"amr": ["mfa"]}
    first = office.browser()
    log_in(office, provider, first)
    assert first.get("/envelopes").location == "/account/required"
    # Who has no password shows by the login of a moment ago that he is himself.
    page = check_page(first.get("/account/code"))
    secret = page.find("input", attrs={"name": "secret"})
    assert secret is not None, page
    assert page.find("input", attrs={"name": "password"}) is None
    other = {"secret": str(secret["value"]), "code": pyotp.TOTP(str(secret["value"])).now()}
    give_back = admin.post("/admin/sso/oidc", data=SET_UP | {"secret": "", "factors": "mfa\n"})
    assert give_back.status_code == 303
    second = office.browser()
    log_in(office, provider, second)
    assert second.get("/envelopes").status_code == 200
    with office.database.reading() as db:
        rows = db.query(LoginSession).filter(LoginSession.sso_connection_id.is_not(None)).all()
        assert sorted(row.sso_factor for row in rows) == [False, True]
    assert first.post("/account/code", data=other).status_code == 303


def test_an_old_login_does_not_stand_for_a_password(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    browser = office.browser()
    log_in(office, provider, browser)
    secret = pyotp.random_base32(32)
    with office.database.transaction() as db:
        for row in db.query(LoginSession).filter(LoginSession.sso_connection_id.is_not(None)):
            row.created_at = datetime.now(UTC) - timedelta(minutes=11)
    form = {"secret": secret, "code": pyotp.TOTP(secret).now(), "password": ""}
    refused = browser.post("/account/code", data=form)
    assert refused.status_code == 422
    assert "ログインし直して" in check_page(refused).get_text()
    assert browser.get("/account/password").status_code == 303


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"email": "new@elsewhere.example"}, "ドメイン"),
        ({"email": "new@city.example.evil.example"}, "ドメイン"),
        ({"email_verified": False}, "確認済み"),
        ({"email_verified": None}, "確認済み"),
        ({"email": "neighbour@city.example"}, "このアカウントでは利用できません"),
        ({"email": "two words@city.example"}, "メールアドレスが届きませんでした"),
    ],
)
def test_whom_the_provider_may_not_speak_for_stays_outside(
    office: Office, provider: Provider, admin: FlaskClient, person: dict[str, object], words: str
) -> None:
    set_up(office, provider, admin)
    before = office.count(Member)
    provider.person |= person
    browser = office.browser()
    refused = log_in(office, provider, browser)
    assert refused.status_code == 403
    assert words in check_page(refused).get_text()
    assert browser.get("/account").status_code == 303
    assert office.count(Member) == before


def test_who_left_stays_outside_and_is_told_what_a_stranger_is_told(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    log_in(office, provider, office.browser())
    with office.database.transaction() as db:
        db.query(Member).filter_by(mail="new@city.example").one().active = False
    left = log_in(office, provider, office.browser())
    provider.person |= {"sub": "u-10", "email": "neighbour@city.example"}
    elsewhere = log_in(office, provider, office.browser())
    assert left.status_code == elsewhere.status_code == 403
    told = [check_page(answer).find("main") for answer in (left, elsewhere)]
    assert str(told[0]) == str(told[1])
    with office.database.reading() as db:
        rows = db.query(LedgerEvent).filter_by(tag="member:login_refused").all()
        assert [row.data["detail"] for row in rows] == ["left", "elsewhere"]


def test_an_answer_counts_once_for_the_browser_that_left_and_for_its_own_organisation(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    start = f"/login/sso/{office.organisation}/oidc"
    mine, other = office.browser(), office.browser()
    back = provider.go(str(mine.get(start).location)).removeprefix("http://localhost:8080")
    assert other.get(back).status_code == 403
    other.get(start)
    assert other.get(back).status_code == 403
    assert mine.head(back).status_code == 403
    foreign = back.replace(str(office.organisation), str(office.members["neighbour"].id))
    assert office.browser().get(foreign).status_code == 403
    assert mine.get(back).status_code == 303
    assert mine.get("/account").status_code == 200
    assert mine.get(back).status_code == 403
    third = office.browser()
    back = provider.go(str(third.get(start).location)).removeprefix("http://localhost:8080")
    state = query_of(back)["state"]
    assert third.get(back.replace(state, "x" * len(state))).status_code == 403
    fourth = office.browser()
    state = query_of(str(fourth.get(start).location))["state"]
    no = fourth.get(f"{start}/callback?error=access_denied&state={state}")
    assert "認めませんでした" in check_page(no).get_text()
    fifth = office.browser()
    back = provider.go(str(fifth.get(start).location)).removeprefix("http://localhost:8080")
    assert fifth.get(f"{back}&iss=https://evil.example").status_code == 403


def test_answers_without_end_fill_no_log(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    browser, seen = office.browser(), []
    for _ in range(NETWORK_FACTOR * LOGIN_TRIES + 2):
        way = str(browser.get(f"/login/sso/{office.organisation}/oidc").location)
        state = query_of(way)["state"]
        back = f"/login/sso/{office.organisation}/oidc/callback?error=no&state={state}"
        seen.append(browser.get(back).status_code)
    assert set(seen[:-2]) == {403}
    assert seen[-2:] == [429, 429]
    with office.database.reading() as db:
        rows = db.query(LedgerEvent).filter_by(tag="member:login_refused").count()
    assert rows == NETWORK_FACTOR * LOGIN_TRIES


def test_no_target_leads_away(office: Office, provider: Provider, admin: FlaskClient) -> None:
    set_up(office, provider, admin)
    start = f"/login/sso/{office.organisation}/oidc?next=//evil.example"
    assert travel(provider, office.browser(), start).location == "/"


def test_demanded_it_closes_passwords_but_for_who_was_named(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    boss = str(office.members["admin"].id)
    assert admin.post("/admin/sso", data={"mode": "demanded"}).status_code == 422
    unsafe = admin.post("/admin/sso", data={"mode": "demanded", "exempt": boss})
    assert unsafe.status_code == 422
    assert "2段階認証" in check_page(unsafe).get_text()
    totp = give_app(office, "admin")
    stranger = str(office.members["neighbour"].id)
    assert admin.get("/account").status_code == 303  # half a login now
    admin.post("/login/code", data={"code": totp.now()})
    clerk = office.browser("clerk")
    neighbour = office.browser("neighbour")
    form = {"mode": "demanded", "exempt": [boss, stranger]}
    assert admin.post("/admin/sso", data=form).status_code == 303
    assert admin.get("/admin/sso").status_code == 200
    assert clerk.get("/envelopes").status_code == 303
    assert neighbour.get("/envelopes").status_code == 200
    refused = office.log_in(office.browser(), "clerk@city.example")
    assert refused.status_code == 422
    assert "シングルサインオン" in check_page(refused).get_text()
    wrong = office.log_in(office.browser(), "clerk@city.example", "wrong")
    assert "この組織では" not in wrong.text
    assert office.log_in(office.browser(), "admin@city.example").status_code == 303
    assert office.log_in(office.browser(), "neighbour@city.example").status_code == 303
    browser = office.browser()
    assert log_in(office, provider, browser).status_code == 303
    assert browser.get("/account").status_code == 200
    with office.database.transaction() as db:
        sso.lift(db, db.get_one(Organisation, office.organisation), datetime.now(UTC))
    assert office.log_in(office.browser(), "clerk@city.example").status_code == 303


def test_a_changed_connection_is_tried_before_members_are_sent_there(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    start = f"/login/sso/{office.organisation}/oidc"
    browser = office.browser()
    left = browser.get(start)
    kept = admin.post("/admin/sso/oidc", data=SET_UP | {"secret": "", "name": "別の名前"})
    assert kept.status_code == 303
    assert office.browser().get(start).status_code == 303
    admin.post("/admin/sso/oidc", data=SET_UP | {"secret": "another"})
    assert office.browser().get(start).status_code == 403
    back = provider.go(str(left.location)).removeprefix("http://localhost:8080")
    assert browser.get(back).status_code == 403
    with office.database.reading() as db:
        row = db.query(SsoConnection).one()
        assert CLIENT_SECRET.encode() not in (row.secret_sealed or b"")
        assert (row.revision, row.tried_revision) == (2, 1)
        assert CLIENT_SECRET not in str([event.data for event in db.query(LedgerEvent)])


def test_who_was_invited_comes_in_with_the_roles_of_the_invitation(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin, rules=[])
    stranger = log_in(office, provider, office.browser())
    assert "招待" in stranger.text
    admin.post(
        "/admin/members/invite",
        data={"mail": "new@city.example", "roles": ["auditor"], "language": "ja"},
    )
    assert log_in(office, provider, office.browser()).status_code == 303
    made = member_of(office, "new@city.example")
    assert made is not None
    assert made.roles == ["auditor"]


def test_another_subject_with_a_member_s_address_waits_for_an_administrator(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    log_in(office, provider, office.browser())
    provider.person["sub"] = "u-new-person"
    assert log_in(office, provider, office.browser()).status_code == 403
    # Not even while providers are replaced: this provider knows the member as somebody else.
    rules = ["makes_members", "relinks"]
    admin.post("/admin/sso/oidc", data=SET_UP | {"secret": "", "rules": rules})
    assert log_in(office, provider, office.browser()).status_code == 403
    with office.database.transaction() as db:
        db.query(SsoIdentity).one().issuer = "https://old.city.example"
    assert log_in(office, provider, office.browser()).status_code == 303


def test_networks_hold_for_it_too(office: Office, provider: Provider, admin: FlaskClient) -> None:
    admin.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    set_up(office, provider, admin)
    admin.post("/admin/networks", data={"everybody": "203.0.113.0/24"})
    outside = office.browser()
    log_in(office, provider, outside)
    assert outside.get("/account").status_code == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", "http://idp.city.example"),
        ("issuer", "https://user@idp.city.example"),
        ("groups", "keiyaku"),
        ("groups", "keiyaku = 社長"),
        ("claim-mail", ""),
        ("scopes", "openid é"),
        ("name", ""),
    ],
)
def test_a_form_that_cannot_be_kept_says_where_and_keeps_what_was_typed(
    office: Office, admin: FlaskClient, name: str, value: str
) -> None:
    answer = admin.post("/admin/sso/oidc", data=SET_UP | {name: value})
    assert answer.status_code == 422
    page = check_page(answer)
    assert page.find(id=f"{name}-error") is not None
    assert "keiyaku" in answer.text
    assert CLIENT_SECRET not in answer.text
    assert office.count(SsoConnection) == 0


def test_a_connection_can_be_removed_and_another_organisation_s_cannot(
    office: Office, provider: Provider, admin: FlaskClient
) -> None:
    set_up(office, provider, admin)
    log_in(office, provider, office.browser())
    assert office.browser("neighbour").post("/admin/sso/oidc/remove").status_code == 303
    assert office.count(SsoConnection) == 1
    admin.post("/admin/sso/oidc/remove")
    assert office.count(SsoConnection) == office.count(SsoIdentity) == 0
    assert member_of(office, "new@city.example") is not None
    with office.database.reading() as db:
        assert db.get_one(Organisation, office.organisation).sso_mode == "off"
        assert db.query(OperationEntry).filter_by(tag="organisation:changed").count() >= 4
