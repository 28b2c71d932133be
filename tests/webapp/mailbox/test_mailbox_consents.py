"""あなたの文書: consents that hold are listed, and taken back on a page of their own."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from domain.consents import DEFAULT
from storage.tables import Consent, Envelope, Notice, Participant
from tests.webapp.mailbox.browsing import opened, shown
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_consent import ask, consent, hidden
from tests.webapp.signer.world import World


def agreed(world: World) -> str:
    """A lasting consent of the first person, and an envelope that is over. Returns the page that
    takes it back."""
    ask(world, DEFAULT)
    client = world.client()
    consent(client, world.enter(client))
    world.change(Envelope, world.envelope_id, state="done")
    with world.database.reading() as session:
        return f"/mailbox/consents/{session.query(Consent).one().id}/withdraw"


def kinds(world: World) -> list[str]:
    with world.database.reading() as session:
        return [row.kind for row in session.query(Consent).order_by(Consent.at)]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_is_listed_confirmed_and_taken_back(world: World, language: str) -> None:
    path = agreed(world)
    browser: FlaskClient = opened(world)
    browser.set_cookie("__Host-musubi-language", language, domain="localhost")
    listed = shown(browser)
    assert listed.find("a", href=path)
    assert {"ja": "第1版", "en": "Version 1"}[language] in listed.text
    data = hidden(browser, path)
    assert kinds(world) == ["given"]
    answer = browser.post(path, data=data)
    assert (answer.status_code, answer.location) == (303, "/mailbox/documents")
    assert browser.post(path, data=data).status_code == 303
    assert kinds(world) == ["given", "withdrawn"]
    page = shown(browser)
    assert {"ja": "承諾を撤回しました", "en": "withdrawn"}[language] in page.text
    assert not page.find("a", href=path)
    assert browser.get(path).status_code == 404
    with world.database.reading() as session:
        assert session.query(Notice).filter_by(kind="consent_withdrawn").count() == 1


def test_a_foreign_mailbox_finds_nothing(world: World) -> None:
    path = agreed(world)
    world.change(Participant, world.participants[1], mail="p1@example.jp")
    other = opened(world, "p1@example.jp")
    assert not shown(other).find("a", href=path)
    for browser in (other, world.client()):
        assert browser.get(path).status_code == 404
        assert browser.post(path, data={"nonce": uuid4().hex}).status_code == 404
    own = opened(world)
    assert own.post(path, data={}).status_code == 404
    checked(own.get(path))
    assert kinds(world) == ["given"]
