"""パスキー: registered after a code by mail, used to open and for each act."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.factors import TRIES
from domain.kinds import LinkPurpose
from domain.passkeys import EVIDENCE
from storage.tables import (
    Act,
    LedgerEvent,
    OneTimeCode,
    Participant,
    Passkey,
    PasskeyChallenge,
)
from tests.authenticator import Authenticator
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CODE = "12345678"


@pytest.fixture
def keyed(world: World) -> World:
    """The first signer is asked for a passkey."""
    world.change(Participant, world.participants[0], passkey=True)
    return world


def mail_code(world: World, client: FlaskClient, visit: str, moment: str = "registering") -> None:
    client.post(f"/sign/{visit}/prove/mail", data={"moment": moment})
    with world.database.reading() as session:
        code = session.query(OneTimeCode).order_by(OneTimeCode.requested_at.desc()).first()
    assert code is not None
    world.change(OneTimeCode, code.id, code_hash=HASHER.hash(CODE), issued_at=datetime.now(UTC))


def pass_code(world: World, client: FlaskClient, visit: str) -> None:
    mail_code(world, client, visit)
    answer = client.post(f"/sign/{visit}/passkey/code", data={"mail_code": CODE})
    assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/passkey")


def options(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found: dict[str, Any] = json.loads(answer.text)
    return found


def register(client: FlaskClient, visit: str, device: Authenticator) -> TestResponse:
    asked = options(client.post(f"/sign/{visit}/passkey/new"))
    return client.post(f"/sign/{visit}/passkey", data={"passkey": device.create(asked)})


def registered(world: World, client: FlaskClient, device: Authenticator) -> str:
    """A visit that registered its passkey and is open."""
    visit = world.enter(client)
    pass_code(world, client, visit)
    assert register(client, visit, device).status_code == 303
    return visit


def open_with(client: FlaskClient, visit: str, device: Authenticator) -> TestResponse:
    asked = options(client.post(f"/sign/{visit}/passkey/ask"))
    return client.post(f"/sign/{visit}/prove", data={"passkey": device.get(asked)})


def act_form(client: FlaskClient, visit: str) -> dict[str, str]:
    page = BeautifulSoup(client.get(f"/sign/{visit}/confirm").text, "html.parser")
    form = page.find("form", action=f"/sign/{visit}/act")
    assert form is not None
    return {
        str(i["name"]): str(i.get("value", "")) for i in form.find_all("input") if i.get("name")
    }


def answered(client: FlaskClient, visit: str, form: dict[str, str], device: Authenticator) -> str:
    return device.get(options(client.post(f"/sign/{visit}/passkey/act", data=form)))


def sign(
    client: FlaskClient, visit: str, device: Authenticator, **changes: str
) -> tuple[TestResponse, dict[str, str]]:
    form = act_form(client, visit)
    form |= {"passkey": answered(client, visit, form, device)} | changes
    return client.post(f"/sign/{visit}/act", data=form), form


def acts(world: World) -> list[Act]:
    with world.database.reading() as session:
        return session.query(Act).all()


def tags(world: World) -> list[str]:
    with world.database.reading() as session:
        rows = session.query(LedgerEvent).order_by(LedgerEvent.sequence)
        return [row.tag for row in rows if row.tag.startswith(("factor:", "passkey:"))]


def test_a_first_visit_registers_and_then_signs(keyed: World) -> None:
    client, device = keyed.client(), Authenticator()
    visit = keyed.enter(client)
    assert client.get(f"/sign/{visit}/read").location == f"/sign/{visit}/prove"
    assert client.get(f"/sign/{visit}/prove").location == f"/sign/{visit}/passkey"
    page = checked(client.get(f"/sign/{visit}/passkey"))
    assert "はじめての方は、ここで登録します" in page.get_text()
    assert page.find("button", string="確認コードを送る") is not None
    assert page.find("button", string="パスキーを登録する") is None
    pass_code(keyed, client, visit)
    page = checked(client.get(f"/sign/{visit}/passkey"))
    assert page.find("button", string="パスキーを登録する") is not None
    assert "JavaScriptを有効に" in page.get_text()
    answer = register(client, visit, device)
    assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/prove")
    assert client.get(f"/sign/{visit}/prove").location == f"/sign/{visit}/"
    assert "パスキーを登録しました" in client.get(f"/sign/{visit}/").text
    assert "指紋" not in checked(client.get(f"/sign/{visit}/confirm")).get_text()
    signed, form = sign(client, visit, device)
    assert signed.location == f"/sign/{visit}/done"
    [act] = acts(keyed)
    assert act.evidence["method"] == "link+passkey"
    assert act.evidence[EVIDENCE]["rp_id"] == "localhost"
    assert tags(keyed) == ["factor:passed", "passkey:registered", "factor:passed", "factor:passed"]
    assert client.post(f"/sign/{visit}/act", data=form).location == f"/sign/{visit}/done"
    assert len(acts(keyed)) == 1


def test_a_later_visit_opens_with_the_passkey(keyed: World) -> None:
    device, client = Authenticator(), keyed.client()
    registered(keyed, keyed.client(), device)
    visit = keyed.enter(client)
    page = checked(client.get(f"/sign/{visit}/prove"))
    assert page.find("button", string="パスキーで確認する") is not None
    assert "別の端末" in page.get_text()
    assert open_with(client, visit, device).status_code == 303
    assert client.get(f"/sign/{visit}/read").status_code == 200
    # asked again it says that nothing is asked
    assert client.post(f"/sign/{visit}/passkey/ask").status_code == 409


def test_a_code_that_was_not_asked_for_or_is_wrong_registers_nothing(keyed: World) -> None:
    client = keyed.client()
    visit = keyed.enter(client)
    assert client.post(f"/sign/{visit}/passkey/code", data={"mail_code": CODE}).status_code == 422
    assert client.post(f"/sign/{visit}/passkey/new").status_code == 409
    mail_code(keyed, client, visit)
    wrong = client.post(f"/sign/{visit}/passkey/code", data={"mail_code": "00000000"})
    assert wrong.status_code == 422
    assert "確認コードが違います" in checked(wrong).get_text()
    assert client.post(f"/sign/{visit}/passkey/new").status_code == 409
    forged = client.post(f"/sign/{visit}/passkey", data={"passkey": "{}"})
    assert forged.status_code == 422
    assert not keyed.count(Passkey)


def test_a_code_for_registering_opens_no_visit_that_asks_for_a_code(world: World) -> None:
    world.change(Participant, world.participants[0], passkey=True, mail_code=True)
    client = world.client()
    visit = world.enter(client)
    assert client.get(f"/sign/{visit}/passkey").location == f"/sign/{visit}/prove"
    mail_code(world, client, visit, "opening")
    assert client.post(f"/sign/{visit}/prove", data={"mail_code": CODE}).status_code == 303
    # the same code shows the mailbox for the passkey, too
    assert client.get(f"/sign/{visit}/prove").location == f"/sign/{visit}/passkey"
    assert register(client, visit, Authenticator()).status_code == 303
    assert client.get(f"/sign/{visit}/read").status_code == 200


@pytest.mark.parametrize(
    "lie", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"flags": 1}]
)
def test_another_site_and_a_person_who_was_not_verified_open_nothing(
    keyed: World, lie: dict[str, Any]
) -> None:
    device, client = Authenticator(), keyed.client()
    registered(keyed, keyed.client(), device)
    visit = keyed.enter(client)
    for name, value in lie.items():
        setattr(device, name, value)
    answer = open_with(client, visit, device)
    assert answer.status_code == 422
    assert "パスキーを確認できませんでした。あと4回" in checked(answer).get_text()
    assert tags(keyed)[-1] == "factor:refused"


def test_a_replayed_answer_opens_nothing(keyed: World) -> None:
    device = Authenticator()
    registered(keyed, keyed.client(), device)
    client, other = keyed.client(), keyed.client()
    visit, second = keyed.enter(client), keyed.enter(other)
    answer = device.get(options(client.post(f"/sign/{visit}/passkey/ask")))
    options(other.post(f"/sign/{second}/passkey/ask"))
    assert other.post(f"/sign/{second}/prove", data={"passkey": answer}).status_code == 422
    assert client.post(f"/sign/{visit}/prove", data={"passkey": answer}).status_code == 303
    third = keyed.enter(client)
    assert client.post(f"/sign/{third}/prove", data={"passkey": answer}).status_code == 422


def test_an_answer_to_an_old_challenge_opens_nothing(keyed: World) -> None:
    device, client = Authenticator(), keyed.client()
    registered(keyed, keyed.client(), device)
    visit = keyed.enter(client)
    answer = device.get(options(client.post(f"/sign/{visit}/passkey/ask")))
    with keyed.database.transaction() as session:
        for row in session.query(PasskeyChallenge):
            row.asked_at = row.asked_at - timedelta(minutes=5, seconds=1)
    assert client.post(f"/sign/{visit}/prove", data={"passkey": answer}).status_code == 422


def test_after_failures_in_a_row_the_door_closes_and_says_so(keyed: World) -> None:
    device, client = Authenticator(), keyed.client()
    registered(keyed, keyed.client(), device)
    visit = keyed.enter(client)
    stranger = Authenticator(credential_id=device.credential_id)
    for _ in range(TRIES):
        answer = open_with(client, visit, stranger)
    assert answer.status_code == 422
    assert "15分間使えません" in checked(answer).get_text()
    closed = client.post(f"/sign/{visit}/passkey/ask")
    assert closed.status_code == 429
    assert "15分ほど待って" in json.loads(closed.text)["sentence"]
    assert int(closed.headers["Retry-After"]) > 0
    assert tags(keyed)[-TRIES:] == ["factor:refused"] * TRIES


def test_opening_is_not_signing(keyed: World) -> None:
    client, device = keyed.client(), Authenticator()
    visit = registered(keyed, client, device)
    form = act_form(client, visit)
    answer = client.post(f"/sign/{visit}/act", data=form)
    assert answer.status_code == 422
    assert "パスキーで確認していません" in checked(answer).get_text()
    assert not acts(keyed)


def test_an_answer_for_another_act_or_by_another_authenticator_is_refused(keyed: World) -> None:
    client, device = keyed.client(), Authenticator()
    visit = registered(keyed, client, device)
    first, second = act_form(client, visit), act_form(client, visit)
    answer = answered(client, visit, first, device)
    wrong = client.post(f"/sign/{visit}/act", data=second | {"passkey": answer})
    assert wrong.status_code in {409, 422}
    stranger = Authenticator(credential_id=device.credential_id)
    refused, _ = sign(client, visit, stranger)
    assert refused.status_code == 422
    assert not acts(keyed)


def test_other_values_than_those_that_were_answered_for_are_refused(keyed: World) -> None:
    client, device = keyed.client(), Authenticator()
    visit = registered(keyed, client, device)
    form = act_form(client, visit)
    stale = client.post(f"/sign/{visit}/passkey/act", data=form | {"filled": "0" * 64})
    assert stale.status_code == 409
    other = client.post(f"/sign/{visit}/passkey/act", data=form | {"version": "0" * 64})
    assert other.status_code == 409
    assert json.loads(other.text)["sentence"]
    changed, _ = sign(client, visit, device, filled="0" * 64)
    assert changed.status_code == 409
    assert not acts(keyed)


def test_a_passkey_that_was_removed_meanwhile_can_be_registered_anew(keyed: World) -> None:
    client, device = keyed.client(), Authenticator()
    visit = registered(keyed, client, device)
    with keyed.database.transaction() as session:
        session.query(Passkey).one().removed_at = datetime.now(UTC)
    page = checked(client.get(f"/sign/{visit}/confirm"))
    assert "パスキーが登録されていません" in page.get_text()
    form = act_form(client, visit)
    assert client.post(f"/sign/{visit}/passkey/act", data=form).status_code == 409
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 422
    assert register(client, visit, Authenticator()).status_code == 303


def test_nobody_is_asked_but_anybody_may_register_and_use_one(world: World) -> None:
    client, device = world.client(), Authenticator()
    visit = world.enter(client)
    guide = checked(client.get(f"/sign/{visit}/"))
    assert guide.find("a", href=f"/sign/{visit}/passkey") is not None
    page = checked(client.get(f"/sign/{visit}/passkey"))
    assert "登録しておくと" in page.get_text()
    pass_code(world, client, visit)
    assert register(client, visit, device).status_code == 303
    assert client.get(f"/sign/{visit}/prove").location == f"/sign/{visit}/"
    again = checked(client.get(f"/sign/{visit}/passkey"))
    assert "登録済みです" in again.get_text()
    confirm = checked(client.get(f"/sign/{visit}/confirm"))
    assert "登録済みのパスキーで確認する" in confirm.get_text()
    signed, _ = sign(client, visit, device)
    assert signed.location == f"/sign/{visit}/done"
    [act] = acts(world)
    assert act.evidence["method"] == "link+passkey"


def test_a_passkey_takes_the_place_of_a_code_by_mail(world: World) -> None:
    device = Authenticator()
    registered(world, world.client(), device)
    world.change(Participant, world.participants[0], mail_code=True)
    client = world.client()
    visit = world.enter(client)
    page = checked(client.get(f"/sign/{visit}/prove"))
    assert page.find("button", string="パスキーで確認する") is not None
    assert page.find("button", string="確認コードを送る") is not None
    assert open_with(client, visit, device).status_code == 303
    assert "確認コードの代わり" in checked(client.get(f"/sign/{visit}/confirm")).get_text()
    signed, _ = sign(client, visit, device)
    assert signed.location == f"/sign/{visit}/done"


def test_another_persons_passkey_is_no_passkey_here(keyed: World) -> None:
    keyed.change(Participant, keyed.participants[1], passkey=True)
    device, client = Authenticator(), keyed.client()
    registered(keyed, keyed.client(), device)
    visit = keyed.enter(client, person=1)
    assert client.get(f"/sign/{visit}/prove").location == f"/sign/{visit}/passkey"
    assert client.post(f"/sign/{visit}/passkey/ask").status_code == 409


def test_a_further_passkey_needs_one_that_is_there(keyed: World) -> None:
    device, client = Authenticator(), keyed.client()
    registered(keyed, keyed.client(), device)
    visit = keyed.enter(client)
    assert client.get(f"/sign/{visit}/passkey").location == f"/sign/{visit}/prove"
    assert client.post(f"/sign/{visit}/passkey/new").status_code == 409
    client.post(f"/sign/{visit}/prove/mail", data={"moment": "registering"})
    with keyed.database.reading() as session:
        assert not session.query(OneTimeCode).filter_by(visit_id=UUID(visit)).count()
    assert open_with(client, visit, device).status_code == 303
    guide = checked(client.get(f"/sign/{visit}/"))
    assert "別の端末のパスキーを追加する" in guide.get_text()
    assert register(client, visit, Authenticator()).status_code == 303
    assert keyed.count(Passkey) == 2


def test_a_download_asks_whoever_has_a_passkey_and_mails_a_code_to_whoever_has_none(
    keyed: World,
) -> None:
    client = keyed.client()
    token = keyed.token(purpose=LinkPurpose.DOWNLOAD)
    visit = str(client.post(f"/d/{token}").location).rstrip("/").rpartition("/")[2]
    page = checked(client.get(f"/sign/{visit}/prove"))
    assert page.find("button", string="確認コードを送る") is not None
    mail_code(keyed, client, visit, "opening")
    assert client.post(f"/sign/{visit}/prove", data={"mail_code": CODE}).status_code == 303
    assert client.get(f"/sign/{visit}/prove").location == f"/download/{visit}/"
