"""What a browser does on the pages of あなたの文書."""

from datetime import UTC, datetime
from typing import Any

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storage.database import Database
from storage.tables import (
    MailboxCode,
)
from tests.storage.mailboxes import HASHER
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

CODE, WRONG = "123456", "000000"
MAIL, NOBODY = "p0@example.jp", "xy@example.jp"


def ask(client: FlaskClient, mail: str = MAIL) -> TestResponse:
    return client.post("/mailbox", data={"mail": mail})


def deliver(database: Database, code: str = CODE) -> None:
    """What the worker does with the newest request of a known address."""
    with database.transaction() as session:
        row = session.query(MailboxCode).order_by(MailboxCode.requested_at.desc()).first()
        assert row is not None
        row.code_hash, row.sent_at = HASHER.hash(code), datetime.now(UTC)


def enter(client: FlaskClient, code: str = CODE) -> TestResponse:
    return client.post("/mailbox/code", data={"code": code})


def opened(world: World, mail: str = MAIL) -> FlaskClient:
    """A browser that has shown the mailbox to be its person's."""
    client = world.client()
    assert ask(client, mail).status_code == 303
    deliver(world.database)
    answer = enter(client)
    assert (answer.status_code, answer.location) == (303, "/mailbox/documents")
    return client


def shown(client: FlaskClient, **query: Any) -> BeautifulSoup:
    answer = client.get("/mailbox/documents", query_string=query)
    assert answer.status_code == 200
    return checked(answer)


def button(page: BeautifulSoup, text: str) -> str:
    """Where the form of this button goes."""
    found = page.find("button", string=text)
    assert found is not None, text
    form = found.find_parent("form")
    assert form is not None
    return str(form["action"])
