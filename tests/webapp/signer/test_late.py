"""Coming late: documents after the window, by a mailed code where the organisation allows it."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from domain.factors import TRIES
from domain.kinds import LinkPurpose
from identity.links import token_sha256
from storage.tables import (
    Envelope,
    LedgerEvent,
    Link,
    Notice,
    OneTimeCode,
    Organisation,
    Participant,
    Slot,
)
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import LONG, MINTER, World

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CODE, WRONG = "12345678", "00000000"


@pytest.fixture
def closed(world: World) -> World:
    """A finished envelope whose window is over; the organisation hands over late."""
    end(world, allowed=True)
    return world


def end(world: World, *, allowed: bool) -> None:
    link, now = world.download_link(), datetime.now(UTC)
    until = now - timedelta(days=1)
    world.change(Envelope, world.envelope_id, download_until=until, download_closed_at=now)
    world.change(Link, link, revoked_at=now, revoked_why="closed")
    with world.database.transaction() as session:
        session.query(Organisation).one().late_downloads = allowed


def token(world: World) -> str:
    return world.token(0, LinkPurpose.DOWNLOAD)


def enter(world: World, client: FlaskClient) -> str:
    answer = client.post(f"/d/{token(world)}")
    assert answer.status_code == 303
    return str(answer.location).rstrip("/").rpartition("/")[2]


def deliver(world: World) -> None:
    """What the worker does with the newest code."""
    with world.database.transaction() as session:
        code = session.query(OneTimeCode).order_by(OneTimeCode.requested_at.desc()).first()
        assert code is not None
        code.code_hash, code.issued_at = HASHER.hash(CODE), datetime.now(UTC)


def proven(world: World, client: FlaskClient) -> str:
    visit = enter(world, client)
    client.post(f"/sign/{visit}/prove/mail", data={"moment": "opening"})
    deliver(world)
    assert client.post(f"/sign/{visit}/prove", data={"mail_code": CODE}).status_code == 303
    return visit


def test_the_page_of_a_closed_window_offers_a_code_where_it_is_allowed(closed: World) -> None:
    answer = closed.client().get(f"/d/{token(closed)}")
    assert answer.status_code == 410
    page = checked(answer)
    assert "p•••@example.jp" in page.text
    assert "p0@example.jp" not in page.text
    assert page.find("button", string="確認コードの画面に進む")
    assert "03-1234-5678" in page.text


def test_where_it_is_not_allowed_the_page_says_whom_to_ask(world: World) -> None:
    end(world, allowed=False)
    client = world.client()
    for answer in (client.get(f"/d/{token(world)}"), client.post(f"/d/{token(world)}")):
        assert answer.status_code == 410
        text = checked(answer).text
        assert "再送を依頼" in text
        assert "03-1234-5678" in text
        assert "確認コード" not in text


def test_a_mailed_code_opens_the_documents(closed: World) -> None:
    client = closed.client()
    visit = enter(closed, client)
    assert client.get(f"/download/{visit}/").location == f"/sign/{visit}/prove"
    assert "ダウンロード有効期間が過ぎている" in checked(client.get(f"/sign/{visit}/prove")).text
    visit = proven(closed, client)
    assert "有効期間" in checked(client.get(f"/download/{visit}/")).text
    file = client.get(f"/download/{visit}/documents/{closed.documents[0]}/file")
    assert file.data == LONG + b"\nsigned"
    with closed.database.reading() as session:
        events = session.query(LedgerEvent).order_by(LedgerEvent.sequence).all()
    tags = [event.tag for event in events]
    assert tags[-3:] == ["download:opened", "factor:passed", "document:downloaded"]
    assert events[-3].data["late"] is True


def test_nothing_is_handed_over_before_the_code_or_to_another_browser(closed: World) -> None:
    client = closed.client()
    visit = enter(closed, client)
    parts = ("", "all.zip", "evidence.json", f"documents/{closed.documents[0]}/file")
    for part in parts:
        assert client.get(f"/download/{visit}/{part}").status_code == 303
    proven(closed, client)
    second = enter(closed, closed.client())
    for part in parts:
        assert client.get(f"/download/{second}/{part}").status_code == 404


def test_wrong_codes_close_the_door(closed: World) -> None:
    client = closed.client()
    visit = enter(closed, client)
    client.post(f"/sign/{visit}/prove/mail", data={"moment": "opening"})
    deliver(closed)
    for _ in range(TRIES):
        answer = client.post(f"/sign/{visit}/prove", data={"mail_code": WRONG})
        assert answer.status_code == 422
    assert client.post(f"/sign/{visit}/prove", data={"mail_code": CODE}).status_code == 429


def test_taking_the_permission_back_closes_open_pages_at_once(closed: World) -> None:
    client = closed.client()
    visit = proven(closed, client)
    with closed.database.transaction() as session:
        session.query(Organisation).one().late_downloads = False
    assert client.get(f"/download/{visit}/all.zip").status_code == 410


def test_a_visit_that_outlives_the_window_is_asked_for_the_code(world: World) -> None:
    client = world.client()
    world.download_link()
    visit = enter(world, client)
    assert client.get(f"/download/{visit}/").status_code == 200
    end(world, allowed=True)
    assert client.get(f"/download/{visit}/").status_code == 303


def test_whoever_handed_over_gets_nothing_late(closed: World) -> None:
    closed.change(Participant, closed.participants[0], left_at=datetime.now(UTC))
    answer = closed.client().post(f"/d/{token(closed)}")
    assert answer.status_code == 410
    assert "確認コード" not in answer.text


def test_a_signer_s_own_visit_is_no_way_round_the_window(closed: World) -> None:
    """The done page of a visit that the request's link opened asks for no code."""
    closed.change(Envelope, closed.envelope_id, state="running")
    closed.change(Slot, closed.slots[0], state="asked", participant_id=None)
    client = closed.client()
    visit = closed.enter(client)
    closed.change(Envelope, closed.envelope_id, state="done")
    closed.change(Slot, closed.slots[0], state="done", participant_id=closed.participants[0])
    assert client.get(f"/download/{visit}/").status_code == 410
    assert client.get(f"/download/{visit}/all.zip").status_code == 410


def test_the_signing_link_of_a_finished_envelope_offers_the_documents_by_mail(
    world: World,
) -> None:
    world.download_link()
    client = world.client()
    answer = client.get(f"/l/{world.token()}")
    assert answer.status_code == 410
    page = checked(answer)
    assert "すべての手続きが完了しています" in page.text
    assert page.find("button", string="ダウンロードのリンクをメールで受け取る")
    for _ in range(2):
        client.post(f"/l/{world.token()}/fresh", data={"nonce": "n" * 32})
    with world.database.reading() as session:
        [notice] = session.query(Notice).filter_by(kind="download").all()
        [event] = session.query(LedgerEvent).filter_by(tag="link:asked").all()
    assert notice.participant_id == world.participants[0]
    assert event.actor == f"participant:{world.participants[0]}"


def test_after_the_window_the_signing_link_says_until_when_and_whom_to_ask(world: World) -> None:
    end(world, allowed=False)
    text = checked(world.client().get(f"/l/{world.token()}")).text
    assert "に終わりました" in text
    assert "03-1234-5678" in text
    assert "メールで受け取る" not in text
    world.client().post(f"/l/{world.token()}/fresh", data={"nonce": ""})
    assert world.count(Notice) == 0


def test_every_page_of_an_unknown_link_offers_the_same(world: World) -> None:
    """The completion mail's links too: whether a token ever was shows nowhere."""
    link = world.download_link()
    old = MINTER.token(link, 1)
    world.change(Link, link, generation=2, token_sha256=token_sha256(MINTER.token(link, 2)))
    client, pages = world.client(), set()
    for unknown in (old, "x" * 43):
        answer = client.get(f"/d/{unknown}")
        assert answer.status_code == 404
        assert f'action="/l/{unknown}/fresh"' in answer.text
        page = checked(answer)
        for hidden in page.find_all("input", type="hidden"):
            hidden["value"] = ""
        pages.add(str(page).replace(unknown, "TOKEN"))
    assert len(pages) == 1


def test_a_download_link_is_asked_for_three_times_an_hour(world: World) -> None:
    known = token(world)
    for _ in range(5):
        assert world.client().post(f"/l/{known}/fresh", data={"nonce": ""}).status_code == 200
    assert world.count(Notice) == 3
