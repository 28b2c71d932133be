"""Passkeys of members' logins: registering, both ways in, and everything that opens nothing."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.kinds import NoticeKind
from domain.sso import Mode
from storage.desks.factor_resets import StoredFactorResetDesk
from storage.factor_mails import FACTOR_RESET
from storage.people import NO_PASSWORD
from storage.tables import (
    LedgerEvent,
    LoginSession,
    Member,
    MemberPasskey,
    Organisation,
    OutboxItem,
    SpentChallenge,
)
from tests.authenticator import PRESENT, Authenticator
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.stack import HOST, PASSWORD, Office

pytestmark = pytest.mark.usefixtures("without_token")

MAIL = "clerk@city.example"
NEW_PASSWORD = "rivers meet below the old bridge"


def register(browser: FlaskClient, device: Authenticator, name: str = "職場のパソコン") -> int:
    asked = browser.post("/account/passkeys/ask", data={"name": name, "password": PASSWORD})
    assert asked.status_code == 200, asked.text
    options = asked.get_json()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    device.user_handle = None
    made = {"name": name, "passkey": device.create(options)}
    return browser.post("/account/passkeys", data=made).status_code


def keyed(office: Office, name: str = "clerk") -> tuple[FlaskClient, Authenticator]:
    """A member's browser, with a passkey that says whose it is."""
    browser, device = office.browser(name), Authenticator()
    assert register(browser, device) == 303
    device.user_handle = office.members[name].id.bytes
    return browser, device


def alone(browser: FlaskClient, device: Authenticator, **changes: str) -> TestResponse:
    """Without a password."""
    options = browser.post("/login/passkey/ask").get_json()
    assert "allowCredentials" not in options or options["allowCredentials"] == []
    return browser.post("/login/passkey", data={"passkey": device.get(options), **changes})


def half(office: Office) -> FlaskClient:
    browser = office.browser()
    assert office.log_in(browser, MAIL).location == "/login/code"
    return browser


def second(browser: FlaskClient, device: Authenticator) -> TestResponse:
    """After the password."""
    options = browser.post("/login/code/passkey/ask").get_json()
    return browser.post("/login/code/passkey", data={"passkey": device.get(options)})


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/envelopes").status_code == 200


def test_a_passkey_is_the_second_factor_and_opens_a_login_alone(office: Office) -> None:
    other = office.browser("clerk")
    _, device = keyed(office)
    assert not is_in(other), "browsers without the new factor are out"
    browser = half(office)
    assert not is_in(browser)
    assert "パスキーで確認する" in checked(browser.get("/login/code")).text
    assert second(browser, device).status_code == 303
    assert is_in(browser)
    alone_in = office.browser()
    answer = alone(alone_in, device, next="/account")
    assert (answer.status_code, answer.location) == (303, "/account")
    page = checked(alone_in.get("/account"))
    assert "職場のパソコン" in page.text
    assert len(page.select("#sessions li")) == 3
    with office.database.reading() as session:
        factors = {row.factor for row in session.query(LoginSession) if row.second_factor_at}
        methods = [
            row.data["method"]
            for row in session.query(LedgerEvent).filter_by(tag="member:logged_in")
        ]
        row = session.query(MemberPasskey).one()
    assert factors == {"passkey", "passkey-alone"}
    assert methods[-2:] == ["passkey", "passkey-alone"]
    assert (row.sign_count, row.last_used_at is not None) == (2, True)
    log = checked(office.browser("admin").get("/admin/log")).text
    assert "パスワードとパスキー" in log
    assert "パスキーだけ" in log


def test_several_have_names_and_each_is_removed_by_itself(office: Office) -> None:
    browser, first = keyed(office)
    spare = Authenticator(user_handle=office.members["clerk"].id.bytes)
    again = browser.post("/account/passkeys/ask", data={"name": "予備", "password": PASSWORD})
    assert len(again.get_json()["excludeCredentials"]) == 1
    assert register(browser, spare, "予備の鍵") == 303
    assert is_in(browser), "a further one ends no login"
    spare.user_handle = first.user_handle
    links = [str(link["href"]) for link in checked(browser.get("/account")).select("#second li a")]
    assert len(links) == 2
    wrong = browser.post(links[0], data={"password": "not his"})
    assert checked(wrong).find(id="password-error") is not None
    checked(browser.get(links[0]))
    opened = office.browser()
    assert alone(opened, first).status_code == 303
    assert browser.post(links[0], data={"password": PASSWORD}).status_code == 303
    assert browser.get(links[0]).status_code == 404
    assert is_in(browser)
    assert not is_in(opened), "what it had opened is closed as well"
    assert alone(office.browser(), first).status_code == 422
    assert alone(office.browser(), spare).status_code == 303
    assert browser.post(links[1], data={"password": PASSWORD}).status_code == 303
    assert office.log_in(office.browser(), MAIL).location == "/", "nothing is asked any more"
    with office.database.reading() as session:
        assert not session.query(Member).filter_by(mail=MAIL).one().has_passkey
        tags = [row.tag for row in session.query(LedgerEvent)]
        orders = [row.subject_id for row in session.query(OutboxItem).filter_by(kind=FACTOR_RESET)]
    assert tags.count("member:passkey_added") == tags.count("member:passkey_removed") == 2
    desk = StoredFactorResetDesk(office.database, HOST, trial=True)
    mails = [mail for mail in map(desk.due, orders) if mail is not None]
    assert Counter(mail.kind for mail in mails) == {
        NoticeKind.MEMBER_PASSKEY_ADDED: 2,
        NoticeKind.MEMBER_PASSKEY_REMOVED: 2,
    }
    assert {mail.to_mail for mail in mails} == {MAIL}


def test_who_changes_his_password_sees_his_passkeys_and_removes_some(office: Office) -> None:
    browser, device = keyed(office)
    assert register(browser, Authenticator(), "覚えのない鍵") == 303
    page = checked(browser.get("/account/password"))
    boxes = {
        label.text: str(box["value"])
        for box in page.select("#passkeys input")
        for label in page.select(f"label[for={box['id']}]")
    }
    stranger = next(key for name, key in boxes.items() if "覚えのない鍵" in name)
    typed = {"password": PASSWORD, "wanted": NEW_PASSWORD, "again": NEW_PASSWORD}
    settle(office, totp_since=datetime.now(UTC))
    both = browser.post("/account/password", data={**typed, "passkeys": list(boxes.values())})
    assert "1つは残してください" in checked(both).text
    settle(office, totp_since=None)
    assert (
        browser.post("/account/password", data={**typed, "passkeys": stranger}).status_code == 303
    )
    assert len(checked(browser.get("/account")).select("#second li")) == 1
    assert alone(office.browser(), device).status_code == 303


def test_a_wrong_password_or_no_name_asks_no_authenticator(office: Office) -> None:
    browser = office.browser("clerk")
    for typed in ({"name": "", "password": PASSWORD}, {"name": "x", "password": "not his"}):
        answer = browser.post("/account/passkeys/ask", data=typed)
        assert (answer.status_code, bool(answer.get_json()["sentence"])) == (409, True)
    bare = browser.post("/account/passkeys", data={"name": "<b>", "passkey": ""})
    assert checked(bare).find(id="name")["value"] == "<b>"  # type: ignore[index]
    unasked = Authenticator().create(
        {"challenge": "AAAA", "user": {"id": "AAAA"}, "rp": {"id": "localhost"}}
    )
    assert (
        browser.post("/account/passkeys", data={"name": "x", "passkey": unasked}).status_code == 422
    )
    assert office.count(MemberPasskey) == 0


Lie = Callable[[Authenticator], None]
LIES: dict[str, Lie] = {
    "another site's page": lambda device: setattr(device, "origin", "https://evil.example"),
    "another site's frame": lambda device: setattr(device, "cross_origin", True),
    "another host": lambda device: setattr(device, "rp_id", "evil.example"),
    "nobody was verified": lambda device: setattr(device, "flags", PRESENT),
    "a copied authenticator": lambda device: setattr(device, "count", -1),
    "another key": lambda device: setattr(device, "key", Authenticator().key),
    "an unknown passkey": lambda device: setattr(device, "credential_id", b"x" * 32),
    "somebody else's handle": lambda device: setattr(device, "user_handle", b"x" * 16),
}


def test_what_is_no_proof_opens_neither_way(office: Office) -> None:
    _, device = keyed(office)
    assert alone(office.browser(), device).status_code == 303
    stranger, known = office.browser(), half(office)
    for name, lie in LIES.items():
        liar = replace(device)
        lie(liar)
        refused = alone(stranger, liar)
        assert refused.status_code == 422, name
        assert "パスキーを確認できませんでした" in checked(refused).text
        assert second(known, liar).status_code == 422, name
        assert not is_in(stranger)
        assert not is_in(known)
    assert second(known, device).status_code == 303


def test_whose_passkey_was_refused_stands_in_his_organisation_s_log(office: Office) -> None:
    browser, device = keyed(office)
    stranger = office.browser()
    liar = replace(device)
    LIES["nobody was verified"](liar)
    assert alone(stranger, liar).status_code == 422
    with office.database.reading() as session:
        key = session.query(MemberPasskey).one().id
    gone = browser.post(f"/account/passkeys/{key}", data={"password": PASSWORD})
    assert gone.status_code == 303
    assert alone(stranger, device).status_code == 422, "removed"
    assert alone(stranger, Authenticator(user_handle=b"x")).status_code == 422, "of nobody here"
    clerk = office.members["clerk"]
    with office.database.reading() as session:
        rows = session.query(LedgerEvent).filter_by(tag="member:login_refused").all()
        found = [(row.organisation_id, row.data.get("member")) for row in rows]
    his = (clerk.organisation_id, str(clerk.id))
    assert Counter(found) == {his: 2, (None, None): 1}


def test_a_passkey_that_does_not_say_whose_it_is_is_a_second_factor_only(office: Office) -> None:
    _, device = keyed(office)
    device.user_handle = None
    assert alone(office.browser(), device).status_code == 422
    assert second(half(office), device).status_code == 303


def test_challenges_belong_to_one_browser_one_purpose_and_one_answer(
    office: Office, clock: Clock
) -> None:
    _, device = keyed(office)
    asking, other = office.browser(), office.browser()
    options = asking.post("/login/passkey/ask").get_json()
    answer = {"passkey": device.get(options)}
    other.post("/login/passkey/ask")
    assert other.post("/login/passkey", data=answer).status_code == 422, "another browser's"
    kept = asking.get_cookie("__Host-musubi-form", domain="localhost")
    assert kept is not None
    assert asking.post("/login/passkey", data=answer).status_code == 303
    thief = office.browser()
    thief.set_cookie("__Host-musubi-form", kept.value, domain="localhost")
    device.count += 1
    assert thief.post("/login/passkey", data=answer).status_code == 422, "answered before"
    fresh = device.get(options)
    thief.set_cookie("__Host-musubi-form", kept.value, domain="localhost")
    assert thief.post("/login/passkey", data={"passkey": fresh}).status_code == 422
    known = half(office)
    asked = known.post("/login/passkey/ask").get_json()
    crossed = known.post("/login/code/passkey", data={"passkey": device.get(asked)})
    assert crossed.status_code == 422, "asked for a login without password"
    late = known.post("/login/code/passkey/ask").get_json()
    clock.pass_(minutes=6)
    assert known.post("/login/code/passkey", data={"passkey": device.get(late)}).status_code == 422
    assert not is_in(known)
    assert office.count(SpentChallenge) == 2
    assert alone(office.browser(), device).status_code == 303
    assert office.count(SpentChallenge) == 1, "those of before are forgotten"


def test_another_member_s_passkey_is_no_second_factor(office: Office) -> None:
    _, admins = keyed(office, "admin")
    keyed(office)
    known = half(office)
    assert second(known, admins).status_code == 422
    admins.user_handle = office.members["clerk"].id.bytes
    assert second(known, admins).status_code == 422
    assert not is_in(known)


def test_who_left_and_whose_row_was_not_written_here_stay_outside(office: Office) -> None:
    _, device = keyed(office)
    with office.database.transaction() as session:
        row = session.query(MemberPasskey).one()
        row.member_id = office.members["admin"].id
    device.user_handle = office.members["admin"].id.bytes
    assert alone(office.browser(), device).status_code == 422, "a row that somebody moved"
    with office.database.transaction() as session:
        session.query(MemberPasskey).one().member_id = office.members["clerk"].id
        session.query(Member).filter_by(mail=MAIL).one().active = False
    device.user_handle = office.members["clerk"].id.bytes
    assert alone(office.browser(), device).status_code == 422


def settle(office: Office, **values: object) -> None:
    with office.database.transaction() as session:
        row = session.get_one(Organisation, office.organisation)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_demanded_factor_is_met_by_a_passkey_and_the_last_one_stays(office: Office) -> None:
    settle(office, totp_since=datetime.now(UTC))
    browser = office.browser("clerk")
    assert browser.get("/envelopes").location == "/account/required"
    assert "パスキーを登録する" in checked(browser.get("/account/required")).text
    device = Authenticator()
    assert register(browser, device) == 303
    assert is_in(browser)
    link = str(checked(browser.get("/account")).select("#second li a")[0]["href"])
    assert "削除できません" in checked(browser.get(link)).text
    assert browser.post(link, data={"password": PASSWORD}).status_code == 422
    device.user_handle = office.members["clerk"].id.bytes
    assert alone(office.browser(), device).status_code == 303


def test_where_single_sign_on_is_demanded_a_passkey_opens_no_more_than_a_password(
    office: Office,
) -> None:
    _, device = keyed(office)
    settle(office, sso_mode=Mode.DEMANDED.value)
    stranger = office.browser()
    refused = alone(stranger, device)
    assert refused.status_code == 422
    assert "「シングルサインオンでログイン」" in checked(refused).text
    assert not is_in(stranger)
    settle(office, sso_exempt=[str(office.members["clerk"].id)])
    assert alone(stranger, device).status_code == 303


def test_of_who_has_no_password_a_passkey_opens_nothing_alone(office: Office) -> None:
    browser, device = keyed(office)
    with office.database.transaction() as session:
        session.get_one(Member, office.members["clerk"].id).password_hash = NO_PASSWORD
    settle(office, sso_mode=Mode.OFFERED.value, sso_exempt=[str(office.members["clerk"].id)])
    stranger = office.browser()
    refused = alone(stranger, device)
    assert refused.status_code == 422
    assert "「シングルサインオンでログイン」" in checked(refused).text
    assert not is_in(stranger)
    checked(browser.get("/account"))
    log = checked(office.browser("admin").get("/admin/log")).text
    assert "パスキーだけでのログインは止められています" in log


def test_who_is_somewhere_else_is_let_in_to_nothing(office: Office) -> None:
    _, device = keyed(office)
    settle(office, networks={"everybody": ["10.9.0.0/16"]})
    browser = office.browser()
    alone(browser, device)
    assert browser.get("/envelopes").status_code == 403


def test_recovery_codes_stand_in_and_guesses_close_no_passkey(office: Office) -> None:
    browser, device = keyed(office)
    shown = checked(browser.post("/account/recovery", data={"password": PASSWORD}))
    code = shown.select_one("#codes li")
    assert code is not None
    guessing = half(office)
    for _ in range(6):
        last = guessing.post("/login/code", data={"recovery": "ABCD-EFGHJ-KLMNP"})
    assert last.status_code == 429
    assert second(guessing, device).status_code == 303, "nobody guesses a signature"
    known = office.browser()
    assert alone(known, device).status_code == 303
    known.post("/logout")
    office.log_in(known, MAIL)
    assert known.post("/login/code", data={"recovery": code.text.strip()}).status_code == 303
    with office.database.reading() as session:
        assert session.query(LoginSession).filter_by(factor="recovery").count() == 1


def test_a_machine_that_answers_on_and_on_fills_no_log(office: Office) -> None:
    browser = office.browser()
    statuses = [
        browser.post("/login/passkey", data={"passkey": "{}"}).status_code for _ in range(60)
    ]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    long = browser.post("/login/passkey", data={"passkey": json.dumps("x" * 9000)})
    assert long.status_code == 429


def test_a_code_is_no_answer_where_only_a_passkey_is_enrolled(office: Office) -> None:
    keyed(office)
    known = half(office)
    page = checked(known.get("/login/code"))
    assert page.find(id="code") is None
    assert known.post("/login/code", data={"code": "123456"}).status_code == 422


def test_another_member_s_passkey_does_not_exist(office: Office) -> None:
    keyed(office)
    with office.database.reading() as session:
        key: UUID = session.query(MemberPasskey).one().id
    admin = office.browser("admin")
    assert admin.get(f"/account/passkeys/{key}").status_code == 404
    assert admin.post(f"/account/passkeys/{key}", data={"password": PASSWORD}).status_code == 404
