"""I9: no plaintext of a document, no token of a link and no PIN where none belongs."""

import base64
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy.orm import Session

from cli.faults.oracle import mails
from cli.faults.oracle.scene import Breach, Scene, documents_of, revisions_of
from cli.home import Home
from storage.vault import VaultError

SAMPLE_BYTES = 24
SAMPLES = 3
"""Of each uploaded file: enough of it to be found, wherever it may lie."""
_LINK = re.compile(rb"/(?:[ld]|invited|reset)/([A-Za-z0-9_-]{20,})")
_SAYS_PASSWORDS = frozenset({"selftest-demo.log"})
"""`musubi demo` prints its logins for the newcomer to read."""


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Every file of the home, byte by byte."""
    needles = {
        "a secret": (_secrets(scene.home), "secrets"),
        "a link's token": (_tokens(scene.home), "mails"),
        "a document's text": (_plaintext(scene, session), ""),
    }
    for path in scene.home.root.rglob("*"):
        if not path.is_file() or path.name in _SAYS_PASSWORDS:
            continue
        place = path.relative_to(scene.home.root).parts[0]
        if path.name.startswith("core"):
            yield Breach("I9", f"a core dump lies in {place}")
        content = _read(path)
        for what, (words, home) in needles.items():
            if place != home and any(word in content for word in words):
                yield Breach("I9", f"{what} stands in {path.relative_to(scene.home.root)}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # a running stack's files come and go
        return b""


def _secrets(home: Home) -> list[bytes]:
    files = [path for path in home.secrets.iterdir() if path.suffix in {".pin", ".key"}]
    words = [line for path in files for line in path.read_bytes().split()]
    if home.demo_logins.exists():
        logins = json.loads(home.demo_logins.read_text(encoding="utf-8"))
        words += [str(login["password"]).encode() for login in logins]
    return words


def _tokens(home: Home) -> list[bytes]:
    found = [mail for copies in mails.arrived(home).values() for mail in copies]
    return sorted({token for mail in found for token in _LINK.findall(_text(mail))})


def _text(mail: EmailMessage) -> bytes:
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join(str(part.get_content()) for part in parts).encode()


def _plaintext(scene: Scene, session: Session) -> list[bytes]:
    words: list[bytes] = []
    for envelope in (*scene.envelopes(session), *scene.imports(session)):
        for document in documents_of(session, envelope):
            for row in revisions_of(session, document)[:1]:
                try:
                    words += samples(scene.revision(session, row))
                except VaultError:  # I4 says so
                    continue
    return words


def samples(data: bytes) -> list[bytes]:
    """Pieces of a file from its middle, and how they look in base64 and in hexadecimal."""
    found = []
    for number in range(1, SAMPLES + 1):
        start = len(data) * number // (SAMPLES + 1)
        piece = data[start : start + SAMPLE_BYTES]
        if len(set(piece)) < SAMPLE_BYTES // 2:  # white space, or zeros: everywhere
            continue
        found += [piece, piece.hex().encode()]
        found += [base64.b64encode(piece[shift:])[:-4] for shift in range(3)]
    return found
