"""The oracle is silent about a good home, and speaks when something is planted in a copy of it."""

import os
import secrets
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from cli.faults.oracle.judge import breaches_of
from cli.faults.oracle.traces import samples
from cli.home import Home
from cli.selftest.stack import Stack
from tests.faults.conftest import E2E_SECONDS, Copy

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(E2E_SECONDS)]

AN_HOUR_AND_MORE = 4000
LONG_AGO = "2026-01-01 00:00:00.000000"

Plant = Callable[[Home], None]


def sql(home: Home, *statements: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Straight into the copy, past every guard."""
    rows: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(home.root / "musubi.db", isolation_level=None)) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            rows = connection.execute(statement, values).fetchall()
    return rows


def blob_files(home: Home) -> list[Path]:
    return sorted(home.blobs.rglob("*.blob"), key=lambda path: path.stat().st_size)


def blob_of(home: Home, kind: str) -> Path:
    """The file of the newest revision of a kind."""
    [(found,)] = sql(
        home,
        "SELECT blob_id FROM revisions WHERE kind = ? ORDER BY number DESC LIMIT 1",
        values=(kind,),
    )
    blob = str(found)
    return home.blobs / blob[:2] / f"{uuid.UUID(blob)}.blob"


def lose_a_blob(home: Home) -> None:
    blob_of(home, "signature").unlink()


def leave_an_orphan(home: Home) -> None:
    orphan = home.blobs / "00" / f"{uuid.UUID(int=7)}.blob"
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(secrets.token_bytes(100))
    old = orphan.stat().st_mtime - AN_HOUR_AND_MORE
    os.utime(orphan, (old, old))


def alter_a_blob(home: Home) -> None:
    file = blob_of(home, "signature")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def repeat_a_header(home: Home) -> None:
    first, second, *_ = blob_files(home)
    second.write_bytes(first.read_bytes()[:30] + second.read_bytes()[30:])


def double_a_signature(home: Home) -> None:
    sql(
        home,
        "INSERT INTO revisions (id, document_id, version, number, kind, blob_id, sha256, size, "
        "act_id, created_at) SELECT lower(hex(randomblob(16))), document_id, version, 99, kind, "
        "blob_id, sha256, size, act_id, created_at FROM revisions WHERE kind = 'signature' LIMIT 1",
    )


def lose_an_intent(home: Home) -> None:
    sql(home, "DELETE FROM signature_intents WHERE id = (SELECT min(id) FROM signature_intents)")


def refuse_a_signed_act(home: Home) -> None:
    sql(home, "UPDATE acts SET accepted = 0 WHERE id = (SELECT min(id) FROM acts)")


def lose_a_signature(home: Home) -> None:
    sql(
        home,
        "DELETE FROM signature_intents WHERE act_id = (SELECT min(id) FROM acts)",
        "DELETE FROM revisions WHERE act_id = (SELECT min(id) FROM acts)",
    )


def lose_a_signature_of_a_replaced_version(home: Home) -> None:
    lose_a_signature(home)
    sql(home, "UPDATE envelopes SET version = 2, state = 'running'")
    sql(home, "UPDATE documents SET until_version = 1")


def lose_the_archive(home: Home) -> None:
    sql(home, "DELETE FROM revisions WHERE kind = 'archive'")


def alter_the_ledger(home: Home) -> None:
    sql(home, "UPDATE ledger_events SET actor = 'visitor' WHERE sequence = 9")


def cut_the_ledger(home: Home) -> None:
    sql(
        home, "DELETE FROM ledger_events WHERE sequence = (SELECT max(sequence) FROM ledger_events)"
    )


def forget_an_event(home: Home) -> None:
    sql(home, "UPDATE ledger_events SET tag = 'act:refused' WHERE tag = 'act:accepted'")


def leave_an_act_unanswered(home: Home) -> None:
    sql(
        home,
        "UPDATE acts SET answered_at = NULL, accepted = NULL, posted_at = ? "
        "WHERE id = (SELECT min(id) FROM acts)",
        values=(LONG_AGO,),
    )


def carry_an_envelope_by_nobody(home: Home) -> None:
    sql(
        home,
        "INSERT INTO envelopes (id, organisation_id, number, title, message, state, version, "
        "created_by, draft, reminder_days, created_at, changed_at, projected_sequence) SELECT "
        "lower(hex(randomblob(16))), organisation_id, '0000000001', title, message, 'running', "
        "version, created_by, draft, reminder_days, created_at, changed_at, 1 FROM envelopes "
        "LIMIT 1",
    )


def lose_a_mail(home: Home) -> None:
    next(home.mails.rglob("*.eml")).unlink()


def reword_a_mail(home: Home) -> None:
    file = next(home.mails.rglob("*.eml"))
    mail = message_from_bytes(file.read_bytes(), policy=default)
    mail.replace_header("Subject", "something else")
    file.with_name("twin.eml").write_bytes(mail.as_bytes())


def tell_the_end_twice(home: Home) -> None:
    sql(
        home,
        "INSERT INTO notices (id, once, envelope_id, participant_id, member_id, kind, occasion, "
        "language, message_id, state, attempts, queued_at) SELECT lower(hex(randomblob(16))), "
        "once || '2', envelope_id, participant_id, member_id, kind, occasion, language, "
        "message_id || '2', 'queued', 0, queued_at FROM notices WHERE kind = 'completed' LIMIT 1",
    )


def log_a_pin(home: Home) -> None:
    pin = (home.secrets / "signing.pin").read_bytes()
    (home.logs / "signing.log").write_bytes(b"login with " + pin)


def log_a_link(home: Home) -> None:
    link = next(
        word
        for path in home.mails.rglob("*.eml")
        for part in message_from_bytes(path.read_bytes(), policy=default).walk()
        if part.get_content_type() == "text/plain"
        for word in part.get_content().split()
        if "/l/" in word
    )
    (home.logs / "web.log").write_text(f"GET {link}\n")


PLANTED: dict[str, tuple[Plant, str]] = {
    "a lost blob": (lose_a_blob, "I10"),
    "an orphan": (leave_an_orphan, "I10"),
    "an altered blob": (alter_a_blob, "I4"),
    "a repeated key and nonce": (repeat_a_header, "I11"),
    "a doubled signature": (double_a_signature, "I1"),
    "a lost intent": (lose_an_intent, "I2"),
    "a signature without an accepted act": (refuse_a_signed_act, "I2"),
    "a lost signature": (lose_a_signature, "I1"),
    "a lost signature of a replaced version": (lose_a_signature_of_a_replaced_version, "I1"),
    "a lost archive timestamp": (lose_the_archive, "I5"),
    "an unfinished document": (lose_the_archive, "I3"),
    "an altered ledger": (alter_the_ledger, "I6"),
    "a cut ledger": (cut_the_ledger, "I6"),
    "a step without its event": (forget_an_event, "I6"),
    "an act without an answer": (leave_an_act_unanswered, "I7"),
    "an envelope that nobody carries": (carry_an_envelope_by_nobody, "I7"),
    "a lost mail": (lose_a_mail, "I8"),
    "a mail in two wordings": (reword_a_mail, "I8"),
    "two ends": (tell_the_end_twice, "I8"),
    "a PIN in a log": (log_a_pin, "I9"),
    "a link in a log": (log_a_link, "I9"),
}


def test_nothing_is_broken_in_a_home_whose_envelope_went_all_the_way(finished: Stack) -> None:
    assert breaches_of(finished.home) == []


TOGETHER = (
    ("a lost blob", "a repeated key and nonce", "a lost intent", "a lost archive timestamp",
     "an envelope that nobody carries", "a lost mail", "a PIN in a log"),
    ("an orphan", "an altered blob", "an altered ledger", "a mail in two wordings",
     "a link in a log"),
    ("a cut ledger", "two ends", "a doubled signature"),
    ("an unfinished document",),
    ("a signature without an accepted act",),
    ("a lost signature",),
    ("a lost signature of a replaced version",),
    ("a step without its event",),
    ("an act without an answer",),
)  # fmt: skip
"""What is planted in one copy: none of them breaks, by itself, the invariant that another one is
there for."""


def test_everything_is_planted_somewhere() -> None:
    assert sorted(name for names in TOGETHER for name in names) == sorted(PLANTED)
    for names in TOGETHER:
        assert len({PLANTED[name][1] for name in names}) == len(names)


@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: names[0])
def test_the_oracle_finds(copied: Copy, names: tuple[str, ...]) -> None:
    home = copied()
    for name in names:
        PLANTED[name][0](home)
    found = breaches_of(home)
    wanted = {PLANTED[name][1] for name in names}
    assert wanted <= {breach.invariant for breach in found}, found


def test_pieces_of_a_document_are_looked_for_as_they_are_in_base64_and_in_hexadecimal() -> None:
    data = bytes(range(256)) * 4
    found = samples(data)
    piece = found[0]
    assert piece in data
    assert piece.hex().encode() in found
    assert len(found) == 15
