"""What a thief of the disk reads: nothing of documents, and nothing personal where none belongs.

Every file of a stack's home is searched, byte by byte, for words that were given to the service.
"""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from cli.selftest.signer import Person
from cli.selftest.stack import Stack
from tests.e2e.forgery import Contract, contract

OWN_WORDS = "selftest-demo.log"
PERSONAL = {"database", "mails"}
"""Where names, addresses and titles may stand."""


@dataclass
class Canaries:
    """Words by where they may stand."""

    secret: dict[str, bytes] = field(default_factory=dict)
    """In secrets/ only."""
    mailed: dict[str, bytes] = field(default_factory=dict)
    """In mails only."""
    personal: dict[str, bytes] = field(default_factory=dict)
    nowhere: dict[str, bytes] = field(default_factory=dict)


def word() -> str:
    return f"Qz{secrets.token_hex(9)}"


def document(folder: Path, text: str) -> Path:
    """A PDF whose text stands in it uncompressed: a copy in clear would be found."""
    path = folder / f"{word()}.pdf"
    canvas = Canvas(str(path), pageCompression=0)
    canvas.drawString(72, 700, text)
    canvas.save()
    assert text.encode() in path.read_bytes()
    return path


@pytest.fixture(scope="module")
def canaries(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    """One envelope completed and one declined, full of words to look for."""
    folder = tmp_path_factory.mktemp("traces")
    found = Canaries()
    for ending in ("completed", "declined"):
        (folder / ending).mkdir()
        with contract(stack, folder / ending, signers=2) as deal:
            _tell(deal, folder / ending, found, ending)
    _secrets(stack, found)
    return found


def _tell(deal: Contract, folder: Path, found: Canaries, ending: str) -> None:
    text, title, company, reason = (word() for _ in range(4))
    names = [word() for _ in deal.people]
    deal.people = [
        Person(f"山田 {name}", f"{name.lower()}@selftest.example", f"株式会社{company}")
        for name in names
    ]
    deal.engage()
    deal.title, deal.reason = f"契約 {title}", f"理由 {reason}"
    file = document(folder, text)
    deal.draft(file)
    deal.send()
    if ending == "declined":
        deal.decline()
        deal.mailbox_of_end()
        found.personal |= {f"{ending} reason": reason.encode()}
    else:
        deal.judge(deal.complete())
    found.nowhere |= {f"{ending} text": text.encode()}
    for number, cookie in enumerate(deal.cookies()):
        found.nowhere |= {f"{ending} cookie {number}": cookie.encode()}
    found.personal |= {
        f"{ending} title": title.encode(),
        f"{ending} company": company.encode(),
        f"{ending} file": file.stem.encode(),
    }
    for number, (name, person) in enumerate(zip(names, deal.people, strict=True)):
        found.personal |= {f"{ending} name {number}": name.encode()}
        found.personal |= {f"{ending} mail {number}": person.mail.encode()}
        for mail in deal.mailbox.all_for(person.mail):
            for kind in ("/l/", "/d/"):
                link = mail.link(kind)
                if link:
                    token = link.rsplit("/", 1)[1].encode()
                    found.mailed[f"{ending} {kind} {number}"] = token


def _secrets(stack: Stack, found: Canaries) -> None:
    for path in stack.home.secrets.iterdir():
        if path.suffix in {".pin", ".key"}:
            for line in path.read_bytes().split():
                found.secret[path.name] = line
    for login in json.loads(stack.home.demo_logins.read_text()):
        found.secret[f"password of {login['role']}"] = str(login["password"]).encode()


def place(home: Path, path: Path) -> str:
    """The kind of file."""
    first = path.relative_to(home).parts[0]
    if first.startswith("musubi.db"):
        return "database"
    return "temporal" if first.startswith("temporal.db") else first


def sightings(home: Path, words: dict[str, bytes]) -> dict[str, set[str]]:
    """Name of each word: places that hold it, in any usual spelling."""
    patterns = {name: re.compile(_spellings(value), re.IGNORECASE) for name, value in words.items()}
    seen: dict[str, set[str]] = {name: set() for name in words}
    for path in _files(home):
        content = readable(home, path)
        for name, pattern in patterns.items():
            if pattern.search(content):
                seen[name].add(place(home, path))
    return seen


def _spellings(value: bytes) -> bytes:
    text = value.decode()
    forms = {value, text.encode("utf-16-be"), text.encode("utf-16-le"), value.hex().encode()}
    return b"|".join(re.escape(form) for form in forms)


def _files(home: Path) -> Iterator[Path]:
    """All but the words of `musubi demo`, which prints the passwords for the newcomer to read."""
    return (path for path in home.rglob("*") if path.is_file() and path.name != OWN_WORDS)


def readable(home: Path, path: Path) -> bytes:
    """A file's bytes; of a mail also what its encodings hide."""
    content = path.read_bytes()
    if place(home, path) != "mails":
        return content
    mail = message_from_bytes(content, policy=default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return content + "\n".join([*mail.values(), *parts]).encode()


def test_the_search_finds_what_is_there(stack: Stack, canaries: Canaries) -> None:
    words = {"title": canaries.personal["completed title"], "queue": b"EnvelopeWorkflow"}
    seen = sightings(stack.home.root, words)
    assert seen["title"] >= PERSONAL
    assert "temporal" in seen["queue"]
    assert {place(stack.home.root, path) for path in _files(stack.home.root)} >= {
        "database", "temporal", "logs", "blobs", "run", "secrets", "mails", "tokens",
    }  # fmt: skip


def test_texts_of_documents_and_cookies_are_nowhere(stack: Stack, canaries: Canaries) -> None:
    assert len(canaries.nowhere) >= 4
    seen = sightings(stack.home.root, canaries.nowhere)
    assert {name: places for name, places in seen.items() if places} == {}


def test_tokens_of_links_are_in_mails_only(stack: Stack, canaries: Canaries) -> None:
    assert len(canaries.mailed) == 6
    seen = sightings(stack.home.root, canaries.mailed)
    assert {name: places for name, places in seen.items() if places != {"mails"}} == {}


def test_pins_keys_and_passwords_are_among_the_secrets_only(
    stack: Stack, canaries: Canaries
) -> None:
    assert {"signing.pin", "vault.pin", "codec.key", "link.key", "web.key"} <= set(canaries.secret)
    seen = sightings(stack.home.root, canaries.secret)
    assert {name: places for name, places in seen.items() if places != {"secrets"}} == {}


def test_names_addresses_titles_and_reasons_are_in_rows_and_mails_only(
    stack: Stack, canaries: Canaries
) -> None:
    seen = sightings(stack.home.root, canaries.personal)
    assert {name: places - PERSONAL for name, places in seen.items() if places - PERSONAL} == {}
    assert all("database" in places for places in seen.values())
