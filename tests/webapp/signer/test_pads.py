"""Drawing on a phone what is read on a computer: one code, one drawing, and nothing more."""

import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from storage.pads import MAX_PADS, PAD_LASTS
from storage.tables import Envelope, LedgerEvent, Link, Pad, Stamp, Visit
from tests.webapp.signer.fields import Placed, clean, place
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import HOST, World

HTMX = {"HX-Request": "true"}
DRAWING = b"\x89PNG a drawing"


@pytest.fixture
def placed(world: World) -> Placed:
    return place(world)


def show(client: FlaskClient, visit: str, placed: Placed, **more: str) -> BeautifulSoup:
    """Press the button, with scripts; the choice of looks that comes back."""
    form = placed.form(action="pad", **more)
    return checked_part(client.post(f"/sign/{visit}/fields", data=form, headers=HTMX).text)


def checked_part(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def address(page: BeautifulSoup) -> str:
    """What the phone opens, as a path."""
    found = page.select_one("#pad-code .address")
    assert found is not None
    assert found.text.startswith(f"{HOST}/pad/")
    return found.text.removeprefix(HOST)


def poll(page: BeautifulSoup) -> str:
    found = page.select_one("#pad-code")
    assert found is not None
    return str(found["hx-get"])


def send(client: FlaskClient, path: str, data: bytes = DRAWING) -> int:
    picture = {"stamp": (io.BytesIO(data), "signature.png")} if data else {}
    return client.post(path, data=picture).status_code


def test_what_is_drawn_on_the_phone_is_shown_on_the_computer(world: World, placed: Placed) -> None:
    desk, phone = world.client(), world.client()
    visit = world.enter(desk)
    page = show(desk, visit, placed)
    picture = page.select_one("#pad-code img")
    assert picture is not None
    assert str(picture["src"]).startswith("data:image/svg+xml")
    assert desk.get(poll(page), headers=HTMX).status_code == 204
    shown = checked(phone.get(address(page)))
    assert "山田 太郎 様の署名を" in shown.text
    assert send(phone, address(page)) == 303
    assert "パソコンの画面に戻って" in phone.get("/pad-sent").text
    part = checked_part(desk.get(poll(page), headers=HTMX).text)
    assert part.select_one("#look-stamp[checked]") is not None
    assert "画像を確認しています" in part.text
    clean(world)
    read = checked(desk.get(f"/sign/{visit}/read"))
    assert read.select_one("#look-stamp[checked]") is not None
    assert read.select_one("#stamp-state img") is not None
    with world.database.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="signature:drawn").one()
        stamp = session.query(Stamp).one()
        pad = session.query(Pad).one()
    assert event.data["stamp"] == str(stamp.id)
    assert "agent" not in str(event.data)
    assert pad.agent.startswith("Werkzeug")
    assert event.actor == f"participant:{world.participants[0]}"


def test_without_scripts_the_code_stands_on_the_page(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    answer = client.post(f"/sign/{visit}/fields", data=placed.form(action="pad"))
    assert answer.location == f"/sign/{visit}/read?document=1#look"
    path = address(checked(client.get(answer.location)))
    assert address(checked(client.get(answer.location))) == path  # again after a reload
    assert send(world.client(), path) == 303


def test_a_drawing_is_taken_back_by_a_choice_only_and_the_page_shows_what_is_kept(
    world: World, placed: Placed
) -> None:
    desk = world.client()
    visit = world.enter(desk)
    desk.post(f"/sign/{visit}/fields", data=placed.other_form())
    page = show(desk, visit, placed)
    send(world.client(), address(page))
    clean(world)
    as_it_was = page.select_one("[name=look-shown]")
    assert as_it_was is not None
    form = placed.form(action="save", look="name") | {"look-shown": str(as_it_was["value"])}
    chosen = {"stamp": form, "name": form | {"look-shown": ""}}  # what a page sends with scripts
    for look, sent in chosen.items():
        desk.post(f"/sign/{visit}/fields", data=sent)
        part = checked_part(desk.get(poll(page), headers=HTMX).text)
        assert part.select_one(f"#look-{look}[checked]") is not None
        confirm = checked(desk.get(f"/sign/{visit}/confirm"))
        assert bool(confirm.select("img[src*=stamps]")) is (look == "stamp")


def test_one_code_takes_one_drawing(world: World, placed: Placed) -> None:
    desk, phone = world.client(), world.client()
    path = address(show(desk, world.enter(desk), placed))
    assert [send(phone, path), send(phone, path)] == [303, 410]
    assert phone.get(path).status_code == 410
    assert world.count(Stamp) == 1


def test_a_new_code_ends_the_one_before(world: World, placed: Placed) -> None:
    desk, phone = world.client(), world.client()
    visit = world.enter(desk)
    first, second = (show(desk, visit, placed) for _ in range(2))
    assert send(phone, address(first)) == 410
    assert send(phone, address(second)) == 303
    # The page that waits for the first shows what has become of the second.
    assert desk.get(poll(first), headers=HTMX).status_code == 200


def test_a_code_grows_old_with_its_visit(world: World, placed: Placed) -> None:
    desk, phone = world.client(), world.client()
    path = address(show(desk, world.enter(desk), placed))
    with world.database.transaction() as session:
        pad = session.query(Pad).one()
        pad.created_at -= PAD_LASTS + timedelta(seconds=1)
    assert (phone.get(path).status_code, send(phone, path)) == (410, 410)
    with world.database.transaction() as session:
        session.query(Pad).one().created_at += PAD_LASTS
        session.query(Visit).one().last_seen_at -= timedelta(hours=1)
    assert (phone.get(path).status_code, send(phone, path)) == (410, 410)
    assert world.count(Stamp) == 0


@pytest.mark.parametrize("how", ["replaced", "ended"])
def test_whoever_may_not_sign_gets_no_drawing(world: World, placed: Placed, how: str) -> None:
    desk, phone = world.client(), world.client()
    path = address(show(desk, world.enter(desk), placed))
    if how == "replaced":
        world.change(Link, world.links[0], generation=2)
    else:
        world.change(Envelope, world.envelope_id, state="withdrawn")
    assert (phone.get(path).status_code, send(phone, path)) == (410, 410)
    assert world.count(Stamp) == 0


def test_looking_at_the_pad_writes_nothing_and_nobody_else_s_screen_gets_it(
    world: World, placed: Placed
) -> None:
    desk, other = world.client(), world.client()
    page = show(desk, world.enter(desk), placed)
    for _ in range(3):
        world.client().get(address(page))
        world.client().head(address(page))
    with world.database.reading() as session:
        assert session.query(Pad).one().used_at is None
    theirs = world.enter(other, 1)
    send(world.client(), address(page))
    visit, pad = poll(page).split("?", 1)[0].split("/")[2], poll(page).split("?", 1)[0]
    assert other.get(pad, headers=HTMX).status_code != 200
    part = other.get(pad.replace(visit, theirs), headers=HTMX)
    assert "画像を確認しています" not in part.text


def test_nothing_drawn_is_said_and_the_code_stays_good(world: World, placed: Placed) -> None:
    desk, phone = world.client(), world.client()
    path = address(show(desk, world.enter(desk), placed))
    answer = phone.post(path, follow_redirects=True)
    assert "署名がまだ書かれていません" in answer.text
    assert send(phone, path) == 303


def test_a_token_that_nobody_made_is_the_same_page(world: World, placed: Placed) -> None:
    del placed
    client = world.client()
    answers = [client.get(f"/pad/{token}") for token in ("x" * 43, "x", "%3Cb%3E")]
    mains = [BeautifulSoup(answer.text, "html.parser").main for answer in answers]
    assert len(set(map(str, mains))) == 1
    assert send(client, f"/pad/{'x' * 43}") == 410


def test_more_codes_than_anybody_needs_are_refused_in_words(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    for _ in range(MAX_PADS):
        address(show(client, visit, placed))
    assert "回数の上限です" in show(client, visit, placed).text
    assert world.count(Pad) == MAX_PADS


def test_the_database_holds_no_token(world: World, placed: Placed) -> None:
    client = world.client()
    token = address(show(client, world.enter(client), placed)).rpartition("/")[2]
    with world.database.reading() as session:
        assert token not in str(session.query(Pad.token_sha256).all())
