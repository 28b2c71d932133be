"""How long a visit lasts: while somebody is there, and twelve hours at most."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from domain.limits import SIGNER_ABSOLUTE, SIGNER_IDLE
from storage.tables import Participant
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

HOUR = 60


def _is_open(client: FlaskClient, visit: str) -> bool:
    return client.get(f"/sign/{visit}/").status_code == 200


def test_a_visit_is_over_after_fifteen_idle_minutes_and_not_before(
    world: World, clock: Clock
) -> None:
    assert SIGNER_IDLE.total_seconds() == 15 * 60
    client = world.client()
    visit = world.enter(client)
    for _ in range(3):
        clock.pass_(minutes=15)
        assert _is_open(client, visit)
    clock.pass_(minutes=15, seconds=1)
    answer = client.get(f"/sign/{visit}/")
    assert answer.status_code == 404
    assert "15分間操作がなかった" in answer.text


def test_a_visit_is_over_after_twelve_hours_however_busy(world: World, clock: Clock) -> None:
    assert SIGNER_ABSOLUTE.total_seconds() == 12 * 3600
    client = world.client()
    visit = world.enter(client)
    for _ in range(12 * 6):
        clock.pass_(minutes=10)
        assert client.post(f"/sign/{visit}/stay").status_code == 200
    clock.pass_(seconds=1)
    assert not _is_open(client, visit)


def test_whoever_reads_on_is_there_and_a_page_that_asks_by_itself_is_not(
    world: World, clock: Clock
) -> None:
    client = world.client()
    visit = world.enter(client)
    for _ in range(3):
        clock.pass_(minutes=10)
        assert client.post(f"/sign/{visit}/stay").status_code == 200
    for _ in range(3):
        clock.pass_(minutes=5)
        client.get(f"/sign/{visit}/live")
    clock.pass_(seconds=1)
    assert client.post(f"/sign/{visit}/stay").status_code == 404


def test_a_second_link_in_a_browser_whose_visits_are_over_gets_a_new_cookie(
    world: World, clock: Clock
) -> None:
    client = world.client()
    world.enter(client)
    before = client.get_cookie("__Host-musubi-visit", domain="localhost")
    clock.pass_(minutes=16)
    world.enter(client)
    after = client.get_cookie("__Host-musubi-visit", domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value


SAVED, LOST = "入力した内容は保存されています", "ここに入力した内容は、送るまで保存されません"


@pytest.mark.parametrize(
    ("path", "words"),
    [("read", SAVED), ("", SAVED), ("question", LOST), ("not-mine", LOST)],
)
def test_the_warning_before_the_end_says_whether_what_is_typed_is_kept(
    world: World, path: str, words: str
) -> None:
    world.change(Participant, world.participants[0], handover="allowed")
    client = world.client()
    notice = checked(client.get(f"/sign/{world.enter(client)}/{path}")).find(id="ending")
    assert notice is not None
    assert words in str(notice["data-soon"])
    assert ("保存されています" in str(notice["data-over"])) is (words == SAVED)


KEEP_THEMSELVES = {"read.html", "text.html"}
"""What is typed is saved while it is typed, or is a search."""
KEPT_BEFORE = {"confirm.html"}
"""All that is typed here is a code of a few minutes; what was filled in before is kept."""
TYPED = re.compile(r"\{\{ *(text_area|text_field|factor_field)\(|<textarea|<input (?!type=.hidden)")


def test_every_page_on_which_somebody_types_says_whether_it_is_kept() -> None:
    pages = [
        file.name
        for file in Path("webapp/templates/signer").glob("*.html")
        if "signer/base.html" in (text := file.read_text())
        and TYPED.search(text)
        and "set unsaved =" not in text
    ]
    # The last ones are shown without a visit: nothing there runs out.
    assert set(pages) - {"over.html", "pad.html"} == KEEP_THEMSELVES | KEPT_BEFORE


def test_whom_somebody_named_too_late_is_given_back_to_be_copied(
    world: World, clock: Clock
) -> None:
    world.change(Participant, world.participants[0], handover="allowed")
    client = world.client()
    visit = world.enter(client)
    clock.pass_(minutes=16)
    form = {"new-name": "佐藤 花子", "new-mail": "hanako@yamada.example", "reason": "担当替え"}
    page = checked(client.post(f"/sign/{visit}/handover", data=form))
    typed = page.find(id="typed")
    assert typed is not None
    # The first line break is HTML's own: browsers leave it out of a text area.
    assert typed.get_text().removeprefix("\n").split("\n") == list(form.values())
