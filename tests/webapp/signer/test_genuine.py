"""このメールは本物ですか: two things that the mail says, and one answer."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storage.tables import Attempt, LedgerEvent
from tests.webapp.signer.pages import without_csrf
from tests.webapp.signer.world import World

NUMBER, MAIL = "5050000111", "p0@example.jp"


def word_of(world: World, person: int = 0) -> str:
    """As the mail says it."""
    words = world.app.extensions["musubi"].check_words
    return str(words.word(world.participants[person], f"p{person}@example.jp"))


def ask(client: FlaskClient, number: str, word: str) -> TestResponse:
    return client.post("/check", data={"number": number, "word": word})


def test_number_and_word_name_the_organisation_and_nothing_else(world: World) -> None:
    for person in (0, 1):
        answer = ask(world.client(), NUMBER, word_of(world, person))
        assert answer.status_code == 200
        assert "結市が送ったメールです" in answer.text
        assert "http://localhost:8080/" in answer.text
        for secret in ("業務委託契約", "山田", "鈴木", "機密保持", MAIL):
            assert secret not in answer.text


def test_the_page_speaks_the_readers_language(world: World) -> None:
    client = world.client()
    headers = {"Accept-Language": "en"}
    assert "Is this mail genuine?" in client.get("/check", headers=headers).text
    data = {"number": NUMBER, "word": word_of(world)}
    answer = client.post("/check", data=data, headers=headers)
    assert "This mail was sent by Musubi City" in answer.text


def test_full_width_and_small_letters_are_read(world: World) -> None:
    word = word_of(world).lower().replace("-", " ")
    assert "結市が送ったメールです" in ask(world.client(), "５０５０　０００１１１", word).text


def test_a_wrong_word_and_a_wrong_number_get_the_same_page(world: World) -> None:
    client, word = world.client(), word_of(world)
    wrong = "2222-3333"
    pages = [
        ask(client, NUMBER, wrong),
        ask(client, "1234567890", wrong),
        ask(client, "1234567890", word),
    ]
    texts = {
        without_csrf(page.text)
        .replace(NUMBER, "N" * 10)
        .replace("1234567890", "N" * 10)
        .replace(word, wrong)
        for page in pages
    }
    assert {page.status_code for page in pages} == {200}
    assert len(texts) == 1
    assert "確認できませんでした" in texts.pop()


def test_a_wrong_word_and_a_wrong_number_are_the_same_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = world.app.extensions["musubi"].check_words
    counts: list[int] = []
    real = words.word

    def counted(*who: object) -> str:
        counts[-1] += 1
        return str(real(*who))

    monkeypatch.setattr(words, "word", counted)
    for number in (NUMBER, "1234567890", "not a number"):
        counts.append(0)
        ask(world.client(), number, "2222-3333")
    assert len(set(counts)) == 1


def test_words_of_one_envelope_do_not_confirm_another_number(world: World) -> None:
    assert "確認できませんでした" in ask(world.client(), "5050000112", word_of(world)).text


def test_empty_fields_are_named_and_nothing_is_counted(world: World) -> None:
    answer = ask(world.client(), "", " ")
    assert answer.status_code == 422
    assert "封筒番号を入力してください。" in answer.text
    assert "確認のことばを入力してください。" in answer.text
    assert world.count(Attempt) == 0


def test_asking_writes_no_ledger_event(world: World) -> None:
    before = world.count(LedgerEvent)
    ask(world.client(), NUMBER, word_of(world))
    ask(world.client(), NUMBER, "2222-3333")
    assert world.count(LedgerEvent) == before


def test_a_network_may_ask_ten_times_a_minute_and_right_words_do_not_count(world: World) -> None:
    client, word = world.client(), word_of(world)
    for _ in range(10):
        assert ask(client, NUMBER, word).status_code == 200
    statuses = [ask(client, NUMBER, "2222-3333").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_many_networks_together_try_a_number_only_so_often(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.tries.CHECKS_OF_A_NUMBER", 12)
    statuses = [
        world.client()
        .post(
            "/check",
            data={"number": number, "word": "2222-3333"},
            environ_base={"REMOTE_ADDR": f"192.0.{n}.7"},
        )
        .status_code
        for n, number in enumerate([NUMBER] * 13 + ["1234567890"])
    ]
    assert statuses == [200] * 12 + [429, 200]


def test_the_landing_page_leads_there(world: World) -> None:
    assert 'href="/check"' in world.client().get(f"/l/{world.token()}").text


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "'; --", "あ" * 5000, "9" * 5000])
def test_odd_input_is_not_confirmed(world: World, odd: str) -> None:
    sent = odd.encode("utf-8", "surrogatepass").decode("latin-1")
    answer = world.client().post("/check", data={"number": sent, "word": sent})
    assert answer.status_code == 200
    assert "確認できませんでした" in answer.text
