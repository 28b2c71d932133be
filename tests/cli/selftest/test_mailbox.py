"""How the selftest finds its mails among everybody's."""

from typing import Any

import httpx
import pytest

from cli.selftest import mailbox as room
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience, SelftestFailed


def entry(to: str, path: str) -> dict[str, Any]:
    return {
        "to": [{"address": to}],
        "subject": "署名依頼",
        "text": f"文書を確認する:\nhttp://localhost:1{path}\n",
        "headers": {"message-id": f"<{path}>"},
    }


class Catcher:
    """The catcher's API: all mails in the order of arrival, from `skip` on."""

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = []
        self.down = False
        self.skips: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down")
        self.skips.append(int(request.url.params["skip"]))
        return httpx.Response(200, json=self.mails[self.skips[-1] :])


@pytest.fixture
def catcher() -> Catcher:
    return Catcher()


@pytest.fixture
def box(catcher: Catcher, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    monkeypatch.setattr(room, "FRESH_SECONDS", -1.0)
    box = Mailbox("http://localhost:1")
    box._client = httpx.Client(
        base_url="http://localhost:1", transport=httpx.MockTransport(catcher)
    )
    return box


def test_a_mail_is_found_by_its_address_and_the_kind_of_its_link(
    catcher: Catcher, box: Mailbox
) -> None:
    catcher.mails = [entry("b@x.example", "/l/other"), entry("A@x.example", "/l/mine")]
    assert box.wait_for("a@x.example", "/l/", Patience(1))[1] == "http://localhost:1/l/mine"
    with pytest.raises(SelftestFailed, match="completion mail to a"):
        box.wait_for("a@x.example", "/d/", Patience(0.4))


def test_later_looks_ask_for_new_mails_only(catcher: Catcher, box: Mailbox) -> None:
    catcher.mails = [entry("a@x.example", "/l/1")]
    box.all_for("a@x.example")
    catcher.mails.append(entry("a@x.example", "/d/2"))
    assert len(box.all_for("a@x.example")) == 2
    assert catcher.skips == [0, 1]


def test_a_catcher_that_restarts_is_read_anew_and_nothing_is_forgotten_meanwhile(
    catcher: Catcher, box: Mailbox
) -> None:
    catcher.mails = [entry("a@x.example", "/l/1"), entry("b@x.example", "/l/2")]
    box.all_for("a@x.example")
    catcher.down = True
    assert len(box.all_for("a@x.example")) == 1
    catcher.down = False
    catcher.mails.reverse()
    assert len(box.all_for("a@x.example")) == len(box.all_for("b@x.example")) == 1
    assert catcher.skips == [0, 0, 2]
