"""An administrator takes away a member's lost second factor."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.kinds import NoticeKind
from domain.limits import MAIL_TRIED_FOR
from storage.desks.factor_resets import StoredFactorResetDesk
from storage.tables import FactorReset, LedgerEvent, Member, MemberRecoveryCode, OutboxItem
from tests.authenticator import Authenticator
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.stack import HOST, PASSWORD, Office
from tests.webapp.test_account import demand, enrol, make_codes
from tests.webapp.test_member_passkeys import alone, keyed

pytestmark = pytest.mark.usefixtures("without_token")


def equipped(office: Office, clock: Clock) -> tuple[FlaskClient, Authenticator]:
    """A clerk with a passkey, an app and recovery codes."""
    browser, device = keyed(office)
    enrol(office, browser, clock)
    make_codes(browser)
    return browser, device


def reset(
    office: Office, admin: FlaskClient, name: str = "clerk", password: str = PASSWORD
) -> TestResponse:
    url = f"/admin/members/{office.members[name].id}/factors"
    field = checked(admin.get(url)).find("input", attrs={"name": "seen"})
    seen = str(field["value"]) if field is not None else "1"
    return admin.post(url, data={"password": password, "seen": seen})


def resets(office: Office) -> int:
    with office.database.reading() as session:
        return session.query(FactorReset).filter_by(what="reset").count()


def test_everything_is_taken_away_and_the_member_is_told_and_sets_it_up_anew(
    office: Office, clock: Clock
) -> None:
    browser, device = equipped(office, clock)
    clock.pass_(minutes=2)
    admin = office.browser("admin")
    assert checked(reset(office, admin, password="not his")).find(id="password-error") is not None
    assert browser.get("/envelopes").status_code == 200
    assert reset(office, admin).status_code == 303
    assert browser.get("/envelopes").status_code == 303, "logged out"
    assert alone(office.browser(), device).status_code == 422
    with office.database.reading() as session:
        member = session.query(Member).filter_by(mail="clerk@city.example").one()
        assert not member.has_factor
        assert session.query(MemberRecoveryCode).filter_by(ended_at=None).count() == 0
        event = session.query(LedgerEvent).filter_by(tag="member:factors_reset").one()
        told = session.query(FactorReset).filter_by(what="reset").one()
        order = session.query(OutboxItem).filter_by(subject_id=told.id).one()
    said = (event.data["member"], event.data["app"], event.data["passkeys"])
    assert said == (str(member.id), True, 1)
    assert "2段階認証を解除" in checked(admin.get("/admin/log")).text
    desk = StoredFactorResetDesk(office.database, HOST, trial=True)
    mail = desk.due(order.subject_id)
    assert mail is not None
    assert (mail.kind, mail.to_mail) == (NoticeKind.FACTOR_RESET, "clerk@city.example")
    assert mail.actor_name == office.members["admin"].name
    desk.sent(order.subject_id, accepted=True)
    assert desk.due(order.subject_id) is None
    url = f"/admin/members/{office.members['clerk'].id}/factors"
    assert "本人にメールを送信しました" in checked(admin.get(url)).text
    assert office.log_in(office.browser(), "clerk@city.example").location == "/"


def test_where_a_factor_is_demanded_he_is_led_to_a_new_one(office: Office, clock: Clock) -> None:
    equipped(office, clock)
    admin = office.browser("admin")
    enrol(office, admin, clock)
    demand(office, admin)
    assert reset(office, admin).status_code == 303
    again = office.browser("clerk")
    assert again.get("/envelopes").location == "/account/required"


def test_nobody_does_it_for_himself_for_others_or_twice(office: Office, clock: Clock) -> None:
    equipped(office, clock)
    admin = office.browser("admin")
    enrol(office, admin, clock)
    assert reset(office, admin, "admin").status_code == 422
    assert "ほかの管理者" in checked(reset(office, admin, "admin")).text
    late = admin.post(
        f"/admin/members/{office.members['clerk'].id}/factors",
        data={"password": PASSWORD, "seen": "99"},
    )
    assert late.status_code == 409
    assert resets(office) == 0
    assert reset(office, admin).status_code == 303
    assert reset(office, admin).status_code == 422
    assert resets(office) == 1


def test_a_mail_that_could_not_be_sent_for_two_days_is_said(office: Office, clock: Clock) -> None:
    equipped(office, clock)
    clock.pass_(minutes=2)
    admin = office.browser("admin")
    assert reset(office, admin).status_code == 303
    url = f"/admin/members/{office.members['clerk'].id}/factors"
    assert "本人へのメールを送信しています" in checked(admin.get(url)).get_text()
    with office.database.transaction() as session:
        row = session.query(FactorReset).filter_by(what="reset").one()
        row.at -= MAIL_TRIED_FOR
    said = checked(admin.get(url)).get_text()
    assert "48時間のうちに送信できませんでした" in said
    assert "送信しています" not in said
    with office.database.transaction() as session:
        row = session.query(FactorReset).filter_by(what="reset").one()
        row.sent_at = row.at
    assert "本人にメールを送信しました" in checked(admin.get(url)).get_text()
