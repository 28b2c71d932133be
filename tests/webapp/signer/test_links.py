"""A mailed link: looked at by anybody, opened by a button, gone from every later address."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.kinds import LinkPurpose
from identity.links import token_sha256
from storage.tables import Act, Attempt, Envelope, LedgerEvent, Link, Slot, Visit
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import HOST, MINTER, World
from webapp.app import create_app
from webapp.signer.links import masked

PURPOSES = [(LinkPurpose.ACT, "l"), (LinkPurpose.DOWNLOAD, "d")]


@pytest.mark.parametrize(("purpose", "letter"), PURPOSES)
def test_looking_at_a_link_writes_nothing_however_often(
    world: World, purpose: LinkPurpose, letter: str
) -> None:
    token = world.token(0, purpose)
    tables = (Visit, LedgerEvent, Attempt, Act, Link)
    before = [world.count(table) for table in tables]
    client = world.client()
    for _ in range(3):
        assert client.get(f"/{letter}/{token}").status_code == 200
        assert client.head(f"/{letter}/{token}").status_code == 200
        assert client.get(f"/{letter}/{token}?utm=1").status_code == 200
    assert [world.count(table) for table in tables] == before
    assert world.client().post(f"/{letter}/{token}").status_code == 303


@pytest.mark.parametrize(("purpose", "letter"), PURPOSES)
def test_opening_a_link_makes_a_visit_and_leaves_the_token_behind(
    world: World, purpose: LinkPurpose, letter: str
) -> None:
    token = world.token(0, purpose)
    client = world.client()
    answer = client.post(f"/{letter}/{token}")
    assert answer.status_code == 303
    assert token not in answer.location
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-musubi-visit=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "Path=/", "SameSite"))
    assert world.count(Visit) == 1
    page = client.get(answer.location)
    assert page.status_code == 200
    assert token not in page.text
    tags = {LinkPurpose.ACT: "link:opened", LinkPurpose.DOWNLOAD: "download:opened"}
    with world.database.reading() as session:
        assert session.query(LedgerEvent).filter_by(tag=tags[purpose]).count() == 1


def test_no_page_of_a_visit_shows_the_token(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    for path in ("", "read", "read?document=2", "confirm", "decline"):
        assert world.token() not in client.get(f"/sign/{visit}/{path}").text


def test_unknown_replaced_and_foreign_tokens_get_one_and_the_same_page(world: World) -> None:
    client = world.client()
    old = world.token()
    world.change(Link, world.links[0], generation=2, token_sha256="0" * 64)
    revoked = world.token(1)
    world.change(Link, world.links[1], revoked_at=datetime.now(UTC), revoked_why="replaced")
    download = world.token(1, LinkPurpose.DOWNLOAD)
    world.change(Envelope, world.envelope_id, state="running")
    for slot in world.slots:
        world.change(Slot, slot, state="asked", participant_id=None)
    seen = set()
    for path in (f"l/{old}", f"l/{revoked}", f"l/{'x' * 43}", "l/x", f"l/{download}"):
        answer = client.get(f"/{path}")
        seen.add((answer.status_code, len(answer.data)))
        assert client.post(f"/{path}").status_code == 404
        assert "5050000111" not in answer.text
    assert {status for status, _ in seen} == {404}
    # The page's language form names the address that was asked; nothing else differs.
    texts = {client.get(f"/l/{token}").text.replace(token, "")[:900] for token in (old, "x" * 43)}
    assert len(texts) == 1
    assert world.count(Visit) == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "withdrawn"}, "取り下げられました"),
        ({"state": "expired"}, "期限を過ぎました"),
        ({"state": "declined"}, "終了しました"),
        ({"deadline_at": datetime(2020, 1, 1, tzinfo=UTC)}, "期限を過ぎました"),
    ],
)
def test_a_link_of_an_ended_envelope_says_why_and_opens_nothing(
    world: World, changes: dict[str, object], words: str
) -> None:
    world.change(Envelope, world.envelope_id, **changes)
    for answer in (
        world.client().get(f"/l/{world.token()}"),
        world.client().post(f"/l/{world.token()}"),
    ):
        assert answer.status_code == 410
        assert words in answer.text
        assert "03-1234-5678" in answer.text
    assert world.count(Visit) == 0


def test_a_person_whose_turn_has_not_come_is_told_to_wait(world: World) -> None:
    world.change(Slot, world.slots[0], state="waiting")
    assert "まだあなたの順番ではありません" in world.client().get(f"/l/{world.token()}").text


def test_a_person_who_is_no_longer_needed_is_told_so(world: World) -> None:
    world.change(Slot, world.slots[0], state="released")
    assert "対応は不要になりました" in world.client().get(f"/l/{world.token()}").text


def test_visits_of_one_browser_share_a_cookie_and_other_browsers_do_not(world: World) -> None:
    one, other = world.client(), world.client()
    first, second = world.enter(one, 0), world.enter(one, 1)
    world.enter(other, 0)
    assert one.get(f"/sign/{first}/").status_code == 200
    assert one.get(f"/sign/{second}/").status_code == 200
    with world.database.reading() as session:
        assert len({visit.cookie_sha256 for visit in session.query(Visit)}) == 2


def test_a_cookie_that_somebody_planted_is_not_taken_over(world: World) -> None:
    client = world.client()
    client.set_cookie("__Host-musubi-visit", "p" * 43, domain="localhost", secure=True)
    answer = client.post(f"/l/{world.token()}")
    assert "p" * 43 not in answer.headers["Set-Cookie"]


def _limit_links(world: World, limit: int) -> None:
    state = world.app.extensions["musubi"]
    changed = state.settings.model_copy(update={"link_tries_per_minute": limit})
    object.__setattr__(state, "settings", changed)


def test_one_network_may_try_only_so_many_links_a_minute(world: World) -> None:
    limit = 5
    _limit_links(world, limit)
    client = world.client()
    answers = [client.get(f"/l/{str(n) * 43}") for n in range(limit + 2)]
    assert [answer.status_code for answer in answers] == [404] * limit + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
    assert world.count(Attempt) == limit
    assert client.post(f"/d/{'x' * 43}").status_code == 429


def test_web_processes_count_links_together(world: World) -> None:
    _limit_links(world, 3)
    other = create_app(world.app.extensions["musubi"].settings, world.app.extensions["musubi"])
    statuses = [
        app.test_client().get(f"/l/{'x' * 43}", base_url=HOST).status_code
        for app in (world.app, other, world.app, other)
    ]
    assert statuses == [404, 404, 404, 429]


def test_a_link_that_works_opens_whoever_knocks_behind_the_same_address(world: World) -> None:
    _limit_links(world, 1)
    for _ in range(3):
        world.client().get(f"/l/{'x' * 43}")
    assert world.client().get(f"/l/{world.token()}").status_code == 200
    world.enter(world.client())
    assert world.count(Attempt) == 1


def test_an_address_is_shown_so_that_only_its_owner_knows_it() -> None:
    assert masked("taro.yamada@example.jp") == "t•••@example.jp"


def test_a_visit_that_was_idle_for_too_long_ends_and_keeps_what_was_typed(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    with world.database.transaction() as session:
        row = session.query(Visit).one()
        row.last_seen_at = row.last_seen_at - timedelta(minutes=31)
    answer = client.post(f"/sign/{visit}/decline", data={"reason": "金額が違います"})
    assert answer.status_code == 404
    assert "金額が違います" in answer.text
    assert "メール" in answer.text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("expired", "期限を過ぎました"),
        ("declined", "関係者のお一人が手続きをしないことを選んだため"),
        ("withdrawn", "この依頼は取り下げられました"),
    ],
)
def test_after_the_end_a_link_of_before_a_correction_promises_no_mail(
    world: World, state: str, words: str
) -> None:
    corrected(world)
    assert "文書が訂正されたため" in checked(world.client().get(f"/l/{world.token()}")).text
    world.change(Envelope, world.envelope_id, state=state, ended_at=datetime.now(UTC))
    world.change(Link, world.links[0], revoked_at=datetime.now(UTC), revoked_why=state)
    answer = world.client().get(f"/l/{world.token()}")
    assert answer.status_code == 410
    page = checked(answer)
    assert words in page.text
    assert "別のメール" not in page.text
    assert page.find("button", string="新しいリンクをメールで受け取る") is None


def test_after_the_end_a_page_of_before_a_correction_promises_no_mail(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    corrected(world)
    assert "別のメール" in client.get(f"/sign/{visit}/read").text
    world.change(Envelope, world.envelope_id, state="declined", ended_at=datetime.now(UTC))
    answer = client.post(f"/sign/{visit}/decline", data={"reason": "長い理由"})
    assert answer.status_code == 404
    assert "別のメール" not in answer.text
    assert "長い理由" in answer.text


def corrected(world: World) -> None:
    """A correction killed the mailed link, and a newer one was mailed."""
    link = world.links[0]
    world.change(
        Link,
        link,
        corrected_sha256=token_sha256(world.token()),
        generation=2,
        token_sha256=token_sha256(MINTER.token(link, 2)),
    )
