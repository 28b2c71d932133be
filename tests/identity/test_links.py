"""Mailed links: one token per link and generation, and nothing to steal from the database."""

import hashlib
from uuid import UUID

import pytest

from identity.links import LinkMinter, looks_like_token, token_sha256

KEY = bytes(range(32))
LINK = UUID("6f2a4f4e-5b0e-4d9e-9a52-0a4f8f1f9a11")


def test_a_reminder_carries_the_same_token_as_the_first_mail() -> None:
    assert LinkMinter(KEY).token(LINK, 1) == LinkMinter(KEY).token(LINK, 1)


def test_a_new_generation_another_link_or_another_key_gives_another_token() -> None:
    minter = LinkMinter(KEY)
    other = UUID(int=LINK.int + 1)
    tokens = {
        minter.token(LINK, 1),
        minter.token(LINK, 2),
        minter.token(other, 1),
        LinkMinter(KEY[::-1]).token(LINK, 1),
    }
    assert len(tokens) == 4


def test_a_token_is_256_bits_and_safe_in_a_url() -> None:
    token = LinkMinter(KEY).token(LINK, 1)
    assert looks_like_token(token)
    assert len(token) == 43
    assert token.isascii()


@pytest.mark.parametrize(
    "text", ["", "a" * 42, "a" * 44, "a" * 42 + "+", "a" * 42 + "\n", "あ" * 43]
)
def test_what_is_no_token_is_known_by_its_shape(text: str) -> None:
    assert not looks_like_token(text)


def test_the_database_holds_the_hash_of_the_whole_token() -> None:
    token = LinkMinter(KEY).token(LINK, 1)
    assert token_sha256(token) == hashlib.sha256(token.encode()).hexdigest()


def test_a_short_key_is_refused_when_the_process_starts() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LinkMinter(b"short")
