"""パスワードをお忘れの方, through the pages."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.password_reset import RESET_LIFE
from identity.links import ResetMinter
from storage.tables import (
    LedgerEvent,
    LoginSession,
    Member,
    Organisation,
    OutboxItem,
    PasswordReset,
)
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from tests.webapp.test_account import enrol

pytestmark = pytest.mark.usefixtures("without_token")

MAIL = "clerk@city.example"
WANTED = "tulip ladder frost 9 kettle"


def ask(office: Office, mail: str = MAIL, browser: FlaskClient | None = None) -> TestResponse:
    return (browser or office.browser()).post("/login/forgotten", data={"mail": mail})


def token_of(office: Office) -> str:
    """The newest link as the worker mails it."""
    with office.database.transaction() as session:
        newest = PasswordReset.requested_at.desc()
        row = session.query(PasswordReset).order_by(newest).limit(1).one()
        issued = ResetMinter(b"k" * 32).issue(row.id)
        row.token_sha256, row.sent_at = issued.stored, row.requested_at
        row.member_id = session.query(Member).filter_by(mail=row.mail).one().id
    return issued.code


def link(office: Office) -> str:
    assert ask(office).status_code == 303
    return token_of(office)


def choose(office: Office, token: str, password: str = WANTED, again: str = "") -> TestResponse:
    data = {"password": password, "again": again or password}
    return office.browser().post(f"/reset/{token}", data=data)


def test_the_login_page_leads_to_it_and_the_answer_is_the_same_for_everybody(
    office: Office,
) -> None:
    page = checked(office.browser().get("/login"))
    assert page.find("a", href="/login/forgotten", string="パスワードをお忘れの方") is not None
    checked(office.browser().get("/login/forgotten"))
    answers = [ask(office, mail) for mail in (MAIL, "nobody@city.example")]
    assert [(answer.status_code, answer.location) for answer in answers] == [
        (303, "/login/forgotten/sent")
    ] * 2
    assert answers[0].data == answers[1].data
    assert len(answers[0].headers) == len(answers[1].headers)
    assert "登録されていれば" in checked(office.browser().get("/login/forgotten/sent")).text


@pytest.mark.parametrize("typed", ["", "nonsense", "a@b@c", "x" * 300 + "@city.example"])
def test_what_is_no_address_is_said_and_orders_nothing(office: Office, typed: str) -> None:
    answer = ask(office, typed)
    assert answer.status_code == 422
    assert checked(answer).find(id="mail-error") is not None
    assert office.count(PasswordReset) == 0


def test_the_new_password_opens_the_login_and_nothing_else_does_any_more(
    office: Office, clock: Clock
) -> None:
    old = office.browser("clerk")
    token = link(office)
    page = checked(office.browser().get(f"/reset/{token}"))
    assert MAIL in page.text
    answer = choose(office, token)
    assert (answer.status_code, answer.location) == (303, "/login")
    assert old.get("/envelopes").status_code == 303, "logged out"
    assert office.log_in(office.browser(), MAIL).status_code == 422
    assert office.log_in(office.browser(), MAIL, WANTED).status_code == 303
    assert office.browser().get(f"/reset/{token}").status_code == 410
    assert choose(office, token).status_code == 410
    log = checked(office.browser("admin").get("/admin/log")).text
    assert "メールのリンクでパスワードを再設定" in log
    with office.database.reading() as session:
        assert session.query(OutboxItem).filter_by(kind="factor_reset").count() == 1


def test_a_new_password_logs_nobody_in(office: Office) -> None:
    token = link(office)
    browser = office.browser()
    before = office.count(LoginSession)
    browser.post(f"/reset/{token}", data={"password": WANTED, "again": WANTED})
    assert office.count(LoginSession) == before
    assert browser.get("/envelopes").status_code == 303


def test_the_second_factor_is_asked_for_as_ever(office: Office, clock: Clock) -> None:
    enrol(office, office.browser("clerk"), clock)
    assert choose(office, link(office)).status_code == 303
    browser = office.browser()
    answer = office.log_in(browser, MAIL, WANTED)
    assert urlsplit(answer.location or "").path == "/login/code"
    assert browser.get("/envelopes").status_code == 303


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_link_changes_nothing(office: Office, method: str) -> None:
    token = link(office)

    def kept() -> tuple[object, ...]:
        with office.database.reading() as session:
            row = session.query(PasswordReset).one()
            events = session.query(LedgerEvent).count()
            return row.ended_at, row.ended_why, row.token_sha256, events

    before = kept()
    for _ in range(3):
        assert office.browser().open(f"/reset/{token}", method=method).status_code == 200
    assert kept() == before
    assert choose(office, token).status_code == 303


@pytest.mark.parametrize(
    ("password", "again", "where"),
    [("short", "", "password"), ("password1234", "", "password"), (WANTED, "other", "again")],
)
def test_a_password_that_is_not_taken_leaves_the_link_alive(
    office: Office, password: str, again: str, where: str
) -> None:
    token = link(office)
    answer = choose(office, token, password, again)
    assert answer.status_code == 422
    assert checked(answer).find(id=f"{where}-error") is not None
    assert choose(office, token).status_code == 303


def test_it_dies_after_half_an_hour(office: Office, clock: Clock) -> None:
    token = link(office)
    clock.at += RESET_LIFE + timedelta(seconds=1)
    page = checked(office.browser().get(f"/reset/{token}"))
    assert page.find("a", href="/login/forgotten") is not None
    assert choose(office, token).status_code == 410


def test_the_newest_of_two_links_counts(office: Office, clock: Clock) -> None:
    old = link(office)
    clock.pass_(minutes=1)
    new = link(office)
    assert choose(office, old).status_code == 410
    assert choose(office, new).status_code == 303


def test_networks_hold(office: Office) -> None:
    token = link(office)
    with office.database.transaction() as session:
        session.query(Organisation).update({"networks": {"everybody": ["10.9.0.0/16"]}})
    for answer in (office.browser().get(f"/reset/{token}"), choose(office, token)):
        assert answer.status_code == 403
    with office.database.reading() as session:
        assert session.query(PasswordReset).one().ended_at is None


def test_who_had_tried_too_often_comes_in_with_the_new_one(office: Office) -> None:
    for _ in range(12):
        last = office.log_in(office.browser(), MAIL, "not this one")
    assert last.status_code == 429
    assert choose(office, link(office)).status_code == 303
    assert office.log_in(office.browser(), MAIL, WANTED).status_code == 303


def test_links_that_open_nothing_are_counted(office: Office) -> None:
    answers = [office.browser().get(f"/reset/{'x' * 43}").status_code for _ in range(80)]
    assert answers[0] == 410
    assert answers[-1] == 429


def test_a_member_who_left_gets_nothing_by_it(office: Office) -> None:
    token = link(office)
    with office.database.transaction() as session:
        session.query(Member).filter_by(mail=MAIL).one().active = False
    assert choose(office, token).status_code == 410
