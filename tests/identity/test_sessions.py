"""Login tokens and how long they hold."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.limits import MEMBER_ABSOLUTE, MEMBER_IDLE
from identity.sessions import is_live, new_token, token_sha256

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_tokens_have_256_bits_and_are_new_each_time() -> None:
    assert len({new_token() for _ in range(50)}) == 50
    assert len(new_token()) == 43


def test_the_stored_hash_does_not_tell_the_token() -> None:
    token = new_token()
    assert len(token_sha256(token)) == 64
    assert token not in token_sha256(token)


@pytest.mark.parametrize(
    ("age", "idle", "live"),
    [
        (SECOND, SECOND, True),
        (MEMBER_ABSOLUTE, MEMBER_IDLE, True),
        (MEMBER_ABSOLUTE, MEMBER_IDLE + SECOND, False),
        (MEMBER_ABSOLUTE + SECOND, SECOND, False),
    ],
)
def test_a_login_ends_when_idle_or_old(age: timedelta, idle: timedelta, live: bool) -> None:
    assert is_live(NOW - age, NOW - idle, NOW) is live
