"""Two people who write in one draft: whoever comes second sees both forms and chooses."""

from itertools import product
from uuid import UUID

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from domain.drafts import TypedDraft, typed_draft
from storage.tables import Envelope
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form

PENS = {"clerk": "a" * 32, "admin": "b" * 32}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def path(office: Office) -> str:
    """A draft that both have opened."""
    path = office.draft(office.browser("clerk"))
    office.browser("clerk").post(f"{path}/draft", data=form(action="save"))
    return path


def stored(office: Office, path: str) -> TypedDraft:
    with office.database.reading() as session:
        return typed_draft(session.get_one(Envelope, UUID(path.rpartition("/")[2])).draft)


def page_of(browser: FlaskClient, path: str) -> dict[str, str]:
    """What the page's script would send, unchanged."""
    page = BeautifulSoup(browser.get(path).text, "html5lib")
    names = ("edition", "base", "people-0-key", "people-1-key")
    inputs = {name: page.find("input", {"name": name}) for name in names}
    return form(**{name: str(tag["value"]) for name, tag in inputs.items() if tag is not None})


def whole_page(browser: FlaskClient, path: str) -> dict[str, str]:
    """Everything that a browser sends of the page as it is."""
    page = BeautifulSoup(browser.get(path).text, "html5lib")
    found = {}
    for tag in page.select("#draft input[name]"):
        if tag.get("type") not in {"radio", "checkbox"} or tag.has_attr("checked"):
            found[str(tag["name"])] = str(tag.get("value", ""))
    for tag in page.select("#draft textarea"):
        found[str(tag["name"])] = tag.get_text().removeprefix("\n")
    for tag in page.select("#draft select"):
        chosen = tag.select_one("option[selected]") or tag.select_one("option")
        found[str(tag["name"])] = str(chosen["value"]) if chosen else ""
    return found


def save(
    office: Office, who: str, path: str, data: dict[str, str], action: str = "save"
) -> tuple[int, str]:
    """Status and text of what one of them is answered, in his own browser."""
    headers = HTMX if action == "autosave" else {}
    sent = data | {"action": action}
    answer = office.browser(who).post(f"{path}/draft", data=sent, headers=headers)
    return answer.status_code, answer.text


def answered_form(text: str) -> dict[str, str]:
    """The comparison's form as it is sent where nothing is touched."""
    page = BeautifulSoup(text, "html5lib")
    found = {}
    for tag in page.select("main form input, main form button"):
        if tag.get("type") != "radio" or tag.has_attr("checked"):
            found[str(tag["name"])] = str(tag["value"])
    return found


def both(office: Office, path: str) -> tuple[dict[str, str], str]:
    """The admin kept another message; the clerk then pressed the button with another title."""
    mine = page_of(office.browser("clerk"), path)
    theirs = page_of(office.browser("admin"), path)
    assert save(office, "admin", path, theirs | {"message": "先の人"})[0] == 303
    status, text = save(office, "clerk", path, mine | {"title": "後の人"})
    assert status == 409
    return answered_form(text), text


def test_whoever_comes_second_sees_both_and_nothing_is_kept(office: Office, path: str) -> None:
    again, text = both(office, path)
    kept = stored(office, path)
    assert (kept.message, kept.title) == ("先の人", form()["title"])
    page = BeautifulSoup(text, "html5lib")
    legends = [tag.get_text() for tag in page.select("main legend")]
    assert legends == ["封筒名", "メッセージ"]
    main = page.main
    assert isinstance(main, Tag)
    for words in ("佐藤 健", "先の人", "後の人", form()["message"], "まだ保存していません"):
        assert words in main.get_text()
    assert again["title"] == "後の人"
    assert (again["take-title"], again["take-message"]) == ("mine", "theirs")
    stale = again | {"edition": "1"}
    check_page(office.browser("clerk").post(f"{path}/draft", data=stale))


@pytest.mark.parametrize("taken", list(product(("mine", "theirs"), repeat=2)))
def test_each_part_is_kept_as_it_was_chosen(
    office: Office, path: str, taken: tuple[str, str]
) -> None:
    again, _ = both(office, path)
    choice = {"take-title": taken[0], "take-message": taken[1]}
    status, _ = save(office, "clerk", path, again | choice, again["action"])
    assert status == 303
    kept = stored(office, path)
    assert kept.title == {"mine": "後の人", "theirs": form()["title"]}[taken[0]]
    assert kept.message == {"mine": form()["message"], "theirs": "先の人"}[taken[1]]
    assert [person.name for person in kept.people] == ["山田 太郎", "鈴木 一郎"]


def test_who_changed_the_same_part_keeps_his_own_unless_he_chooses(
    office: Office, path: str
) -> None:
    mine = page_of(office.browser("clerk"), path)
    theirs = page_of(office.browser("admin"), path)
    save(office, "admin", path, theirs | {"title": "先", "deadline_days": "9"})
    again = answered_form(save(office, "clerk", path, mine | {"title": "後"})[1])
    assert (again["take-title"], again["take-deadline_days"]) == ("mine", "theirs")
    save(office, "clerk", path, again)
    assert (stored(office, path).title, stored(office, path).deadline_days) == ("後", "9")


def test_what_a_browser_sends_of_an_untouched_part_counts_as_untouched(
    office: Office, path: str
) -> None:
    mine = whole_page(office.browser("clerk"), path)
    theirs = whole_page(office.browser("admin"), path)
    changed = {"people-1-company": "財政課", "message": "改行\nあり", "purpose": "contract"}
    save(office, "admin", path, theirs | changed)
    mine.pop("files", None)
    again = answered_form(save(office, "clerk", path, mine | {"title": "後"})[1])
    taken = {name: side for name, side in again.items() if name.startswith("take-")}
    assert taken == {
        "take-title": "mine",
        "take-message": "theirs",
        "take-people": "theirs",
        "take-purpose": "theirs",
    }


def test_people_are_taken_over_with_their_rows(office: Office, path: str) -> None:
    mine = page_of(office.browser("clerk"), path)
    theirs = page_of(office.browser("admin"), path)
    save(office, "admin", path, theirs | {"people-0-name": "山田 次郎"}, "add")
    status, text = save(office, "clerk", path, mine | {"people-1-name": "鈴木 二郎"}, "down-0")
    assert status == 409
    again = answered_form(text)
    assert again["action"] == "save"
    save(office, "clerk", path, again | {"take-people": "theirs"})
    assert [person.name for person in stored(office, path).people] == ["山田 次郎", "鈴木 一郎", ""]


def test_whoever_is_overtaken_again_is_asked_again(office: Office, path: str) -> None:
    again, _ = both(office, path)
    newer = page_of(office.browser("admin"), path)
    save(office, "admin", path, newer | {"amount": "5"})
    status, text = save(office, "clerk", path, again, again["action"])
    assert status == 409
    assert "取引金額" in text
    assert stored(office, path).amount == "5"


def test_a_form_that_saves_itself_says_that_it_was_not_kept(office: Office, path: str) -> None:
    mine = page_of(office.browser("clerk"), path) | {"pen": PENS["clerk"], "turn": "1"}
    theirs = page_of(office.browser("admin"), path) | {"pen": PENS["admin"], "turn": "1"}
    assert "data-edition" in save(office, "admin", path, theirs | {"title": "先"}, "autosave")[1]
    _, text = save(office, "clerk", path, mine | {"title": "後", "turn": "2"}, "autosave")
    assert "佐藤 健がこの下書きを変更した" in text
    assert "data-edition" not in text
    assert stored(office, path).title == "先"
    check_page(office.browser("clerk").get(path))


def test_one_page_never_overtakes_itself(office: Office, path: str) -> None:
    """It may send the next form before it has read the answer to the last one."""
    mine = page_of(office.browser("clerk"), path) | {"pen": PENS["clerk"]}
    for turn in ("1", "2", "3"):
        _, text = save(office, "clerk", path, mine | {"title": turn, "turn": turn}, "autosave")
        assert "data-edition" in text
    assert save(office, "clerk", path, mine | {"title": "4", "turn": "4"})[0] == 303
    assert stored(office, path).title == "4"


def test_who_saves_the_same_overtakes_nobody(office: Office, path: str) -> None:
    mine = page_of(office.browser("clerk"), path)
    save(office, "admin", path, page_of(office.browser("admin"), path))
    assert save(office, "clerk", path, mine | {"title": "後"})[0] == 303


def test_another_window_of_ones_own_is_named(office: Office, path: str) -> None:
    first, second = (page_of(office.browser("clerk"), path) for _ in range(2))
    save(office, "clerk", path, first | {"title": "一つ目"})
    status, text = save(office, "clerk", path, second | {"title": "二つ目"})
    assert status == 409
    assert "別の画面のあなた" in text


@pytest.mark.parametrize("where", ["documents", "documents/{0}/remove", "documents/{0}/repair"])
def test_buttons_of_the_list_of_documents_lose_nothing_either(
    office: Office, path: str, where: str
) -> None:
    mine = page_of(office.browser("clerk"), path)
    save(office, "admin", path, page_of(office.browser("admin"), path) | {"title": "先"})
    url = f"{path}/{where.format(UUID(int=1))}"
    answer = office.browser("clerk").post(url, data=mine | {"title": "後"})
    assert answer.status_code == 409
    assert answered_form(answer.text)["title"] == "後"
    assert stored(office, path).title == "先"


def test_a_code_that_was_typed_is_asked_for_again_and_never_lost_in_silence(
    office: Office, path: str
) -> None:
    mine = page_of(office.browser("clerk"), path)
    theirs = page_of(office.browser("admin"), path)
    save(office, "admin", path, theirs | {"people-0-company": "別の会社"})
    code = {"people-0-withcode": "1", "people-0-code": "ひみつの合言葉"}
    status, text = save(office, "clerk", path, mine | code)
    assert status == 409
    assert "ひみつの合言葉" not in text
    again = answered_form(text)
    assert again["take-people"] == "mine"
    status, text = save(office, "clerk", path, again)
    assert status == 422
    assert "アクセスコードを入力してください" in text


def test_a_code_that_somebody_else_took_away_is_missed(office: Office, path: str) -> None:
    code = {"people-0-withcode": "1", "people-0-code": "ひみつの合言葉"}
    save(office, "clerk", path, page_of(office.browser("clerk"), path) | code)
    keeps = {"people-0-withcode": "1", "people-0-hadcode": "1"}
    mine = page_of(office.browser("clerk"), path) | keeps
    theirs = page_of(office.browser("admin"), path) | {"people-0-hadcode": "1"}
    save(office, "admin", path, theirs)
    assert stored(office, path).people[0].code == ""
    again = answered_form(save(office, "clerk", path, mine | {"title": "後"})[1])
    status, text = save(office, "clerk", path, again | {"take-people": "mine"})
    assert status == 422
    assert "アクセスコードを入力してください" in text


def test_people_and_their_order_are_proposed_together(office: Office, path: str) -> None:
    """A stage of one form's people may be none of the other form's order."""
    mine = page_of(office.browser("clerk"), path)
    theirs = page_of(office.browser("admin"), path)
    save(office, "admin", path, theirs | {"order": "parallel"})
    again = answered_form(save(office, "clerk", path, mine | {"people-0-name": "山田 二郎"})[1])
    assert (again["take-people"], again["take-order"]) == ("mine", "mine")


@pytest.mark.parametrize("edition", ["", "x", "-1", "99999999999999999999"])
def test_an_edition_that_no_page_has_breaks_nothing(
    office: Office, path: str, edition: str
) -> None:
    status, _ = save(office, "clerk", path, form(edition=edition))
    assert status in {303, 409}
