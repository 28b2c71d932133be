"""認証アプリ: a member's own app, asked when his link is opened and at his act, each step once."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.factors import TRIES, TRIES_A_DAY
from domain.kinds import LinkPurpose
from identity.totp import new_secret
from storage.people import VAULT_OWNER
from storage.tables import Act, Attempt, FactorProof, Member, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_mail_code import act_form, deliver
from tests.webapp.signer.world import World


class Clock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def on(self, **by: int) -> datetime:
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for room in ("judging", "links", "proving", "visiting", "views", "pages"):
        name = f"webapp.signer.{room}.now"
        monkeypatch.setattr(name, lambda: clock.at, raising=False)
    return clock


@pytest.fixture
def app(world: World, clock: Clock) -> pyotp.TOTP:
    """The second signer is the member `clerk`, who has an app; he is asked for it."""
    secret = new_secret()
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        member.totp_sealed = world.vault.seal(
            session,
            VAULT_OWNER,
            member.organisation_id,
            secret.encode(),
            b"totp:" + member.id.bytes,
        )
        member.totp_last_step = 0
    world.change(Participant, world.participants[1], mail="Clerk@musubi.test", app_code=True)
    return pyotp.TOTP(secret)


def enter(client: FlaskClient, visit: str, code: str) -> TestResponse:
    return client.post(f"/sign/{visit}/prove", data={"app_code": code})


def wrong(app: pyotp.TOTP, clock: Clock) -> str:
    right = {app.at(clock.at + timedelta(seconds=30 * step)) for step in range(-3, 4)}
    return next(code for n in range(9) if (code := f"{n:06d}") not in right)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_opening_and_act_ask_for_a_code_each(
    world: World, app: pyotp.TOTP, clock: Clock, language: str
) -> None:
    world.change(Participant, world.participants[1], language=language)
    client = world.client()
    visit = world.enter(client, 1)
    checked(client.get(f"/sign/{visit}/prove"))
    first = app.at(clock.at)
    assert enter(client, visit, first).status_code == 303
    checked(client.get(f"/sign/{visit}/confirm"))
    form = act_form(client, visit)
    replayed = client.post(f"/sign/{visit}/act", data=form | {"app_code": first})
    assert replayed.status_code == 422
    checked(replayed)
    second = app.at(clock.on(seconds=30))
    wide = second.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for _ in range(2):
        answer = client.post(f"/sign/{visit}/act", data=form | {"app_code": wide})
        assert answer.status_code == 303
    with world.database.reading() as session:
        act = session.query(Act).one()
    assert act.evidence["method"] == "link+app_code"
    told = [(row["moment"], row["tries"], row["member"]) for row in act.evidence["factors"]]
    me = str(world.member_id)
    assert told == [("opening", 1, me), ("signing", 2, me)]


def test_a_code_that_logged_in_opens_nothing_and_the_other_way_round(
    world: World, app: pyotp.TOTP, clock: Clock
) -> None:
    step = int(clock.at.timestamp()) // 30
    world.change(Member, world.member_id, totp_last_step=step)
    client = world.client()
    visit = world.enter(client, 1)
    answer = enter(client, visit, app.at(clock.at))
    assert answer.status_code == 422
    assert "すでに使われています" in answer.text
    assert enter(client, visit, app.at(clock.on(seconds=30))).status_code == 303
    with world.database.reading() as session:
        assert session.get_one(Member, world.member_id).totp_last_step == step + 1


def test_two_windows_with_one_code_pass_once(world: World, app: pyotp.TOTP, clock: Clock) -> None:
    one, two = world.client(), world.client()
    first, second = world.enter(one, 1), world.enter(two, 1)
    code = app.at(clock.at)
    assert [enter(one, first, code).status_code, enter(two, second, code).status_code] == [303, 422]
    assert world.count(FactorProof) == 1


def test_wrong_codes_are_counted_over_visits_and_told(
    world: World, app: pyotp.TOTP, clock: Clock
) -> None:
    bad = wrong(app, clock)
    for left in range(TRIES - 1, 0, -1):
        client = world.client()
        answer = enter(client, world.enter(client, 1), bad)
        assert (answer.status_code, f"あと{left}回" in answer.text) == (422, True)
    client = world.client()
    visit = world.enter(client, 1)
    assert "15分間入力できません" in enter(client, visit, bad).text
    closed = enter(client, visit, app.at(clock.at))
    assert closed.status_code == 429
    assert int(closed.headers["Retry-After"]) > 0
    clock.on(minutes=16)
    client = world.client()
    visit = world.enter(client, 1)
    for _ in range(TRIES_A_DAY - TRIES):
        answer = enter(client, visit, wrong(app, clock))
    assert "明日まで" in answer.text
    assert enter(client, visit, app.at(clock.at)).status_code == 429


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "１２３ ４５\r\n6"])
def test_what_is_no_code_opens_nothing(world: World, app: pyotp.TOTP, typed: str) -> None:
    client = world.client()
    assert enter(client, world.enter(client, 1), typed).status_code == 422
    assert not world.count(FactorProof)


def test_a_member_without_an_app_is_led_to_his_account(
    world: World, app: pyotp.TOTP, clock: Clock
) -> None:
    world.change(Member, world.member_id, totp_sealed=None)
    client = world.client()
    visit = world.enter(client, 1)
    page = checked(client.get(f"/sign/{visit}/prove"))
    assert page.find("a", href="/account") is not None
    assert page.find("input", {"name": "app_code"}) is None
    assert enter(client, visit, app.at(clock.at)).status_code == 422
    assert not world.count(Attempt)


def test_an_app_of_a_member_of_another_address_opens_nothing(
    world: World, app: pyotp.TOTP, clock: Clock
) -> None:
    world.change(Participant, world.participants[0], app_code=True)
    client = world.client()
    visit = world.enter(client, 0)
    assert enter(client, visit, app.at(clock.at)).status_code == 422
    assert not world.count(FactorProof)


def test_who_has_no_app_any_more_still_fetches_what_he_signed_with_a_code_by_mail(
    world: World, app: pyotp.TOTP, clock: Clock
) -> None:
    token = world.token(1, LinkPurpose.DOWNLOAD)
    world.change(Member, world.member_id, totp_sealed=None)
    client = world.client()
    visit = str(client.post(f"/d/{token}").location).rstrip("/").rpartition("/")[2]
    page = checked(client.get(f"/sign/{visit}/prove"))
    assert page.find("form", action=f"/sign/{visit}/prove/mail") is not None
    client.post(f"/sign/{visit}/prove/mail", data={"moment": "opening"})
    data = {"mail_code": deliver(world)}
    assert client.post(f"/sign/{visit}/prove", data=data).status_code == 303
    assert client.get(f"/download/{visit}/").status_code == 200


def test_who_has_left_fetches_nothing_of_the_organisation_any_more(
    world: World, app: pyotp.TOTP
) -> None:
    token = world.token(1, LinkPurpose.DOWNLOAD)
    world.change(Member, world.member_id, active=False)
    assert world.client().post(f"/d/{token}").status_code == 404
