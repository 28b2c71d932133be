"""シングルサインオン in a real browser, over HTTP on both sides, and back to where it began."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.sso.provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key
from tests.webapp.pages import check_page
from tests.webapp.served import House
from tests.webapp.stack import HOST, PASSWORD, Office, build_office
from tests.webapp.test_member_passkeys import keyed
from tests.webapp.test_sso import SET_UP, enter_domain, set_up

pytestmark = pytest.mark.local_sockets
PERSON = {"sub": "u-9", "email": "new@city.example", "email_verified": True, "name": "新井 新"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider(keys=[new_key("one")], person=dict(PERSON))
    server = make_server("127.0.0.1", 0, found.app, threaded=True)
    found.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def office(tmp_path: Path, ready_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr("webapp.sender.login.needs_new_hash", lambda _: False)
    built = build_office(tmp_path, ready_url, sso_loopback=True)
    yield built
    built.database.close()


def test_a_member_goes_to_the_provider_and_comes_back_to_the_page_that_he_wanted(
    office: Office, provider: Provider, house: House
) -> None:
    enter_domain(office)
    office.app.config["WTF_CSRF_ENABLED"] = True
    with house.home_of(office.app) as browser:
        page = browser.new_page(locale="ja-JP")
        page.goto(f"{HOST}/login")
        page.get_by_label("メールアドレス").fill("admin@city.example")
        page.get_by_label("パスワード").fill("correct horse battery")
        page.get_by_role("button", name="ログイン", exact=True).click()
        page.goto(f"{HOST}/admin/sso/oidc")
        page.get_by_label("ボタンに表示する名前").fill(str(SET_UP["name"]))
        page.get_by_label("発行者（issuer）").fill(provider.issuer)
        page.get_by_label("クライアントID").fill(CLIENT_ID)
        page.get_by_label("クライアントシークレット").fill(CLIENT_SECRET)
        page.get_by_role("button", name="保存する").click()
        page.get_by_role("link", name="試してみる").click()
        expect(page.get_by_text("ログインできることを確かめました")).to_be_visible()
        page.get_by_role("link", name="シングルサインオンの設定に戻る").click()
        page.get_by_label("使える", exact=False).check()
        page.get_by_role("button", name="保存する").click()
        member = browser.new_context(locale="ja-JP").new_page()
        member.goto(f"{HOST}/account")
        member.get_by_role("link", name="シングルサインオンでログイン").click()
        member.get_by_label("メールアドレスか組織の名前").fill("new@city.example")
        member.keyboard.press("Enter")
        member.get_by_role("link", name=str(SET_UP["name"])).click()
        expect(member.get_by_role("heading", name="アカウント", level=1)).to_be_visible()
        expect(member.get_by_text("新井 新")).to_be_visible()


def test_a_recovery_code_is_sent_although_the_form_asks_for_a_passkey(
    office: Office, provider: Provider, house: House
) -> None:
    set_up(office, provider, office.browser("admin"), issuer=provider.issuer)
    provider.person |= {"sub": "u-1", "email": "clerk@city.example"}
    own, _ = keyed(office)
    shown = check_page(own.post("/account/recovery", data={"password": PASSWORD}))
    [code, *_] = (item.text.strip() for item in shown.select("#codes li"))
    with house.home_of(office.app) as browser:
        page = browser.new_page(locale="ja-JP")
        page.goto(f"{HOST}/login/sso/{office.organisation}/oidc?next=/account")
        page.get_by_label("パスワード").fill(PASSWORD)
        page.get_by_text("パスキーを使えないとき").click()
        page.get_by_label("リカバリーコード").fill(code)
        page.get_by_role("button", name="リカバリーコードでログイン").click()
        expect(page.get_by_role("heading", name="アカウント", level=1)).to_be_visible()
