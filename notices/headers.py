"""Headers that carry words of people, written by ourselves.

email.message is left to parse, but not to fold them: Python 3.11 decodes what looks like an
encoded word inside a name and writes the line break that it decodes to; and it drops the quotes of
a long quoted name, after which `x@evil.example, y` is a second recipient. So every name that is
more than plain words becomes encoded words (RFC 2047), which hold nothing but letters and digits.
"""

import base64
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

POLICY = SMTP.clone(refold_source="none")
"""Lines that `write_text` and `write_address` made stay as they are."""

_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_PLAIN_CHARACTERS = 60
_WORD_BYTES = 36
"""48 characters of base64 and 12 around them: with the longest header name a line of 70, where 78
are advised (RFC 5322, 2.1.1) and an encoded word may have 75 (RFC 2047, 2)."""


def write_text(mail: EmailMessage, name: str, text: str) -> None:
    """A header of free text, such as Subject. `text` is one line."""
    mail.set_raw(name, _phrase(text))


def write_address(mail: EmailMessage, name: str, address: Address) -> None:
    """A header with exactly one address."""
    phrase = _phrase(address.display_name)
    folded = "\r\n " if "=?" in phrase else " "
    mail.set_raw(name, f"{phrase}{folded}<{address.addr_spec}>" if phrase else address.addr_spec)


def _phrase(text: str) -> str:
    if not text or (len(text) <= _PLAIN_CHARACTERS and _PLAIN.fullmatch(text)):
        return text
    return "\r\n ".join(
        f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in _chunks(text)
    )


def _chunks(text: str) -> list[bytes]:
    """Pieces of UTF-8 with whole characters each (RFC 2047, 5)."""
    chunks = [b""]
    for character in text:
        coded = character.encode()
        if len(chunks[-1]) + len(coded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += coded
    return chunks
