"""Asking the sender, and saying that the mail reached the wrong person."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.forms import FormProblems
from domain.questions import MAX_CHARACTERS, QuestionKind, check_question
from storage.tables import Act, Notice, Participant, Question, Visit
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.client()


def form(client: FlaskClient, path: str) -> dict[str, str]:
    page = checked(client.get(path))
    found = page.find("form", action=path.partition("?")[0])
    assert found is not None
    return {str(row["name"]): str(row["value"]) for row in found.find_all("input")}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_the_way_is_in_order(
    world: World, client: FlaskClient, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    path = f"/sign/{world.enter(client)}/question"
    data = form(client, path) | {"question": "工期は?"}
    assert client.post(path, data=data | {"question": " "}).status_code == 422
    assert client.post(path, data=data).status_code == 303
    page = checked(client.get(path))
    assert "工期は?" in page.text
    checked(client.get(f"{path}?kind=wrong_person"))


def test_a_question_is_kept_once_and_goes_to_the_sender(world: World, client: FlaskClient) -> None:
    path = f"/sign/{world.enter(client)}/question"
    data = form(client, path) | {"question": "工期は?\r\n教えてください。"}
    for _ in range(3):
        client.post(path, data=data)
    with world.database.reading() as session:
        question = session.query(Question).one()
        notice = session.query(Notice).filter_by(kind="question").one()
    assert (question.kind, question.text) == ("question", "工期は?\n教えてください。")
    assert (notice.member_id, notice.state) == (world.member_id, "queued")
    assert world.count(Act) == 0
    stepped_back = client.post(path, data=data | {"question": "代金の支払日は?"})
    assert stepped_back.status_code == 303
    assert "代金の支払日は?" in client.get(path).text


def test_the_wrong_person_needs_no_words(world: World, client: FlaskClient) -> None:
    path = f"/sign/{world.enter(client)}/question"
    data = form(client, f"{path}?kind=wrong_person")
    assert client.post(path, data=data | {"question": ""}).status_code == 303
    with world.database.reading() as session:
        assert session.query(Question).one().kind == "wrong_person"
    assert "何もなさらなくて結構です" in client.get(path).text
    again = client.post(path, data=data | {"nonce": "n", "question": "総務課へ"})
    assert again.status_code == 422
    assert "すでに伝わっています" in checked(again).text
    assert world.count(Question) == 1


@pytest.mark.parametrize("text", ["", " \n", "あ" * (MAX_CHARACTERS + 1), "a\x07b"])
def test_what_cannot_be_kept_is_said_and_stays_in_the_form(
    world: World, client: FlaskClient, text: str
) -> None:
    path = f"/sign/{world.enter(client)}/question"
    answer = client.post(path, data=form(client, path) | {"question": text})
    assert answer.status_code == 422
    if text.isprintable() and text.strip():
        assert text in answer.text
    assert world.count(Question) == 0


def test_a_question_may_be_as_long_as_the_page_says() -> None:
    assert check_question(QuestionKind.QUESTION, "あ" * MAX_CHARACTERS)
    with pytest.raises(FormProblems):
        check_question(QuestionKind.WRONG_PERSON, "あ" * (MAX_CHARACTERS + 1))


def test_another_person_of_the_envelope_sees_none_of_it(world: World, client: FlaskClient) -> None:
    path = f"/sign/{world.enter(client)}/question"
    client.post(path, data=form(client, path) | {"question": "内密の質問"})
    other = world.client()
    visit = f"/sign/{world.enter(other, 1)}"
    assert "内密の質問" not in "".join(
        other.get(visit + page).text for page in ("/", "/read", "/question")
    )


def test_what_was_typed_survives_the_end_of_the_visit(world: World, client: FlaskClient) -> None:

    visit = world.enter(client)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    world.change(Visit, UUID(visit), last_seen_at=long_ago)
    answer = client.post(f"/sign/{visit}/question", data={"question": "長い質問"})
    assert answer.status_code == 404
    assert "長い質問" in answer.text
