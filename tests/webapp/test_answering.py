"""The sender reads questions on the envelope's page and answers each once."""

from uuid import UUID, uuid4

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.questions import QuestionKind
from storage import questions
from storage.outbox import When
from storage.questions import Asking
from storage.tables import Envelope, Notice, Participant, Question
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from tests.webapp.test_steering import sent_and_asked


def asked(
    office: Office, text: str = "工期は?", kind: QuestionKind = QuestionKind.QUESTION
) -> UUID:
    """A question of the envelope's first person."""
    with office.database.transaction() as session:
        envelope = session.query(Envelope).order_by(Envelope.sent_at).first()
        assert envelope is not None
        assert envelope.sent_at is not None
        people = session.query(Participant).filter_by(envelope_id=envelope.id)
        person = people.order_by(Participant.position).first()
        assert person is not None
        asking = Asking(kind, text, uuid4().hex)
        when = When(envelope.sent_at, "localhost")
        return questions.ask(session, envelope, person, asking, when).id


def answer(browser: FlaskClient, path: str, question: object, text: str) -> int:
    data = {"question": str(question), "answer": text}
    return browser.post(f"{path}/answer", data=data).status_code


def test_the_page_shows_who_waits_for_an_answer_until_there_is_one(office: Office) -> None:
    path, browser = sent_and_asked(office)
    assert "質問" not in browser.get(path).text
    question = asked(office)
    page = checked(browser.get(path))
    assert "回答を待っている質問が1件あります" in page.text
    assert "工期は?" in page.text
    assert answer(browser, path, question, "年度末です。") == 303
    page = checked(browser.get(path))
    assert "待っている質問" not in page.text
    assert "年度末です。" in page.text
    assert not page.find("textarea", attrs={"name": "answer"})
    with office.database.reading() as session:
        assert session.query(Notice).filter_by(kind="answered").count() == 1


def test_a_live_page_hears_of_a_new_question(office: Office) -> None:
    path, browser = sent_and_asked(office)
    mark = str(BeautifulSoup(browser.get(path).text, "html5lib").select_one("#live")["hx-get"])  # type: ignore[index] # a running envelope's page has it
    assert browser.get(mark).status_code == 204
    asked(office)
    assert "回答を待っている質問" in browser.get(mark).text


def test_the_wrong_person_is_told_as_such(office: Office) -> None:
    path, browser = sent_and_asked(office)
    asked(office, "", QuestionKind.WRONG_PERSON)
    assert "心当たりがない" in checked(browser.get(path)).text


def test_what_cannot_be_kept_stays_beside_its_question(office: Office) -> None:
    path, browser = sent_and_asked(office)
    question = asked(office)
    said = browser.post(f"{path}/answer", data={"question": str(question), "answer": "あ" * 1001})
    assert said.status_code == 422
    assert "あ" * 1001 in checked(said).text
    assert answer(browser, path, question, " ") == 422
    with office.database.reading() as session:
        assert session.query(Question).one().answer is None


def test_a_second_answer_is_refused_and_shown(office: Office) -> None:
    path, browser = sent_and_asked(office)
    question = asked(office)
    answer(browser, path, question, "年度末です。")
    data = {"question": str(question), "answer": "来年度です。"}
    said = browser.post(f"{path}/answer", data=data)
    assert said.status_code == 422
    assert "来年度です。" in checked(said).text
    with office.database.reading() as session:
        assert session.query(Question).one().answer == "年度末です。"


def test_no_question_and_a_foreign_one_are_not_found(office: Office) -> None:
    path, browser = sent_and_asked(office)
    for question in ("", "x", uuid4()):
        assert answer(browser, path, question, "年度末です。") == 422
    question = asked(office)
    other = office.sent(browser)
    assert answer(browser, other, question, "年度末です。") == 422
    assert answer(office.browser("neighbour"), path, question, "年度末です。") == 404
    with office.database.reading() as session:
        assert session.query(Question).one().answer is None


def test_the_page_says_that_reminders_are_held_back(office: Office) -> None:
    path, browser = sent_and_asked(office)
    question = asked(office, "", QuestionKind.WRONG_PERSON)
    assert "リマインドを止めています" in checked(browser.get(path)).text
    answer(browser, path, question, "ご担当でお間違いありません。")
    assert "リマインドを止めています" not in browser.get(path).text
