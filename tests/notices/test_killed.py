"""A process killed between "the server took it" and "our row says so": the repeat is recognised."""

import signal
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from domain.kinds import NoticeKind
from domain.messages import NoticeOrder
from tests.notices.builders import text_of
from tests.notices.mail_server import Script, serving
from tests.storage.world import Journey, build_world, person

ROOT = Path(__file__).parents[2]
SENDING = """
import os, signal, sys
from activities.notices import NoticeActivities
from domain.messages import NoticeOrder
from identity.checkwords import CheckWords
from identity.links import LinkMinter
from notices.composer import TemplateComposer
from notices.postman import SmtpPostman
from notices.returns import ReturnPaths
from storage.database import open_database
from storage.desks.notices import StoredNoticeDesk

url, port, order, dies = sys.argv[1:]
base = "https://sign.example.jp"
desk = StoredNoticeDesk(open_database(url), base, trial=True)
if dies == "dies":
    desk.sent = lambda notice_id: os.kill(os.getpid(), signal.SIGKILL)
paths = ReturnPaths("bounces@musubi.test", b"k" * 32)
mail = NoticeActivities(
    desk,
    LinkMinter(b"k" * 32),
    TemplateComposer(
        base_url=base,
        service_name="Musubi",
        mail_from="noreply@musubi.test",
        checks=CheckWords(b"c" * 32),
    ),
    SmtpPostman(host="127.0.0.1", port=int(port), returns=paths),
)
for notice in desk.enqueue(NoticeOrder.model_validate_json(order)):
    mail.send(notice)
"""


@pytest.mark.local_sockets
def test_the_repeat_after_a_kill_has_the_same_id_link_and_return_path_and_is_the_last(
    ready_url: str, tmp_path: Path
) -> None:
    world = build_world(ready_url, tmp_path)
    journey = Journey.begin(world, person("a"))
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REQUEST,
        occasion="stage:1",
        participant_ids=(world.participant(journey.envelope_id, "a").id,),
    )
    script = Script()
    with serving(script) as port:
        codes = [run(ready_url, port, order, how) for how in ("dies", "lives", "lives")]
    world.database.close()
    assert codes == [-signal.SIGKILL, 0, 0]
    first, repeat = (message_from_bytes(wire, policy=default) for wire in script.accepted)
    assert first["Message-ID"] == repeat["Message-ID"]
    assert link_in(first) == link_in(repeat)
    assert script.senders[0] == script.senders[1]
    assert script.senders[0].startswith("bounces+")


def run(url: str, port: int, order: NoticeOrder, how: str) -> int:
    command = [sys.executable, "-c", SENDING, url, str(port), order.model_dump_json(), how]
    return subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode


def link_in(mail: EmailMessage) -> str:
    [line] = [line for line in text_of(mail).splitlines() if "/l/" in line]
    return line
