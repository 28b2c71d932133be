"""あなたの文書 is opened: one answer for every address, and a code for one browser."""

from datetime import timedelta

import pytest

from domain.mailbox import CODE_DIGITS, TRIES_OF_A_CODE, TRIES_OF_A_NETWORK
from storage.tables import (
    LedgerEvent,
    MailboxCode,
    MailboxVisit,
)
from tests.webapp.mailbox.browsing import CODE, MAIL, NOBODY, WRONG, ask, deliver, enter, opened
from tests.webapp.signer.pages import checked, without_csrf
from tests.webapp.signer.world import World
from webapp.mailbox.visiting import COOKIE

# -- asking ------------------------------------------------------------------------------------


def test_a_known_and_an_unknown_address_get_the_same_answers_all_the_way(world: World) -> None:
    told: list[list[tuple[int, str]]] = []
    for number, mail in enumerate((MAIL, NOBODY)):
        client = world.client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.9"
        answers = [client.get("/mailbox"), ask(client, mail), client.get("/mailbox/code")]
        answers += [enter(client, WRONG), enter(client, ""), ask(client, mail)]
        answers += [client.get("/mailbox/code")]
        answers += [enter(client, WRONG) for _ in range(TRIES_OF_A_CODE + 1)]
        answers += [client.get("/mailbox/documents")]
        for answer in answers:
            if answer.status_code != 303:
                checked(answer)
        texts = [without_csrf(answer.text).replace(mail, "MAIL") for answer in answers]
        statuses = [answer.status_code for answer in answers]
        told.append(list(zip(statuses, texts, strict=True)))
    assert told[0] == told[1]
    assert [status for status, _ in told[0]][:5] == [200, 303, 200, 422, 422]


def test_the_web_itself_never_asks_whether_an_address_is_anybodys(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until a code was right: then there is a visit."""

    def asked(*_: object) -> bool:
        pytest.fail("somebody looked")

    monkeypatch.setattr("storage.mailbox_list.is_known", asked)
    monkeypatch.setattr("storage.mailbox_list._of", asked)
    client = world.client()
    ask(client)
    enter(client, WRONG)
    assert client.get("/mailbox/code").status_code == 200


def test_a_code_costs_the_same_work_where_none_was_mailed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def verify(stored: str, _: str) -> bool:
        compared.append(stored)
        return True

    monkeypatch.setattr("identity.codes.verify_code", verify)
    client = world.client()
    ask(client, NOBODY)
    enter(client, WRONG)
    assert world.count(MailboxVisit) == 0, "never right"
    [stored] = compared
    assert stored.startswith("$argon2id$v=19$m=65536,t=3")


@pytest.mark.parametrize("typed", ["", "p0", "p0@example", "p0@@example.jp", "x" * 300 + "@a.jp"])
def test_what_is_no_address_is_told_and_kept(world: World, typed: str) -> None:
    client = world.client()
    answer = ask(client, typed)
    assert answer.status_code == 422
    [field] = checked(answer).select("#mail")
    assert field["value"] == typed
    assert world.count(MailboxCode) == 0


def test_the_address_is_read_however_it_is_typed(world: World) -> None:
    ask(world.client(), "  Ｐ0@Example.JP ")
    with world.database.reading() as session:
        assert session.query(MailboxCode).one().mail == MAIL


def test_the_fourth_code_of_an_hour_is_refused_to_one_network_and_not_to_another(
    world: World,
) -> None:
    statuses = [ask(world.client()).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    elsewhere = world.client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    assert ask(elsewhere).status_code == 303
    refused = ask(world.client(), MAIL)
    assert "上限に達しました" in checked(refused).text
    assert int(refused.headers["Retry-After"]) > 3000


def test_a_network_that_tries_one_address_after_another_is_told_to_wait(world: World) -> None:
    statuses = [ask(world.client(), f"n{n}@example.jp").status_code for n in range(11)]
    assert statuses == [303] * 10 + [429]


def test_looking_writes_nothing(world: World) -> None:
    client = world.client()
    for path in ("/mailbox", "/mailbox/code", "/mailbox/documents"):
        client.get(path)
    assert world.count(MailboxCode) == world.count(MailboxVisit) == world.count(LedgerEvent) == 0
    ask(client)
    deliver(world.database)
    client.get(f"/mailbox/code?code={CODE}")
    assert world.count(MailboxVisit) == 0


# -- entering ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [CODE, "123 456", "１２３４５６", " 123-456 "])
def test_the_code_is_read_however_it_is_typed(world: World, typed: str) -> None:
    client = world.client()
    ask(client)
    deliver(world.database)
    assert enter(client, typed).status_code == 303


def test_a_right_code_gives_another_token_and_works_once(world: World) -> None:
    client = world.client()
    ask(client)
    before = client.get_cookie(COOKIE, domain="localhost")
    deliver(world.database)
    enter(client)
    after = client.get_cookie(COOKIE, domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    with world.database.reading() as session:
        visit = session.query(MailboxVisit).one()
        assert after.value not in (visit.cookie_sha256, visit.mail)
    again = world.client()
    again.set_cookie(COOKIE, before.value, domain="localhost", secure=True)
    assert enter(again).location == "/mailbox"
    assert again.get("/mailbox/documents").status_code == 404


def test_another_browser_cannot_enter_it(world: World) -> None:
    ask(world.client())
    deliver(world.database)
    other = world.client()
    assert enter(other).location == "/mailbox"
    ask(other, NOBODY)
    assert enter(other).status_code == 422
    assert world.count(MailboxVisit) == 0


def test_five_wrong_codes_end_it(world: World) -> None:
    client = world.client()
    ask(client)
    deliver(world.database)
    texts = [checked(enter(client, WRONG)).text for _ in range(TRIES_OF_A_CODE)]
    assert "あと4回" in texts[0]
    assert "もう使えません" in texts[-1]
    assert enter(client).status_code == 422
    assert world.count(MailboxVisit) == 0
    with world.database.reading() as session:
        tags = [event.tag for event in session.query(LedgerEvent)]
    assert tags == ["mailbox:refused"] * TRIES_OF_A_CODE


def test_a_network_that_guesses_at_one_address_after_another_is_stopped_for_the_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.tries.TRIES_OF_A_NETWORK", 6)
    statuses = []
    for number in range(3):
        client = world.client()
        ask(client, f"n{number}@example.jp")
        statuses += [enter(client, WRONG).status_code for _ in range(3)]
    assert statuses == [422] * 6 + [429] * 3
    elsewhere = world.client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    ask(elsewhere)
    deliver(world.database)
    assert enter(elsewhere).status_code == 303


def test_right_codes_of_one_network_are_not_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.tries.TRIES_OF_A_NETWORK", 2)
    for _ in range(3):
        opened(world)


def test_a_hundred_wrong_tries_of_a_network_are_less_than_one_in_ten_thousand() -> None:
    assert TRIES_OF_A_NETWORK * 10**-CODE_DIGITS <= 1e-4


def test_an_old_code_opens_nothing(world: World) -> None:
    client = world.client()
    ask(client)
    deliver(world.database)
    with world.database.transaction() as session:
        session.query(MailboxCode).one().requested_at -= timedelta(minutes=11)
    answer = enter(client)
    assert answer.status_code == 422
    assert "有効な確認コードがありません" in checked(answer).text
