"""Return paths: one per notice, made by nobody else."""

import re
from uuid import UUID, uuid4

import pytest

from notices.returns import ReturnPaths

KEY = b"k" * 32
PATHS = ReturnPaths("Bounces@Musubi.test", KEY, fallback="noreply@musubi.test")


def test_a_return_path_leads_back_to_its_notice_in_any_case() -> None:
    for notice_id in (UUID(int=0), UUID(int=2**128 - 1), *(uuid4() for _ in range(50))):
        path = PATHS.of_notice(notice_id)
        local, host = path.split("@")
        assert len(local) <= 64  # RFC 5321, 4.5.3.1.1
        assert re.fullmatch(r"bounces\+[a-z2-7]{26}-[a-z2-7]{24}", local)
        assert host == "musubi.test"
        assert PATHS.notice_of(path) == notice_id
        assert PATHS.notice_of(path.upper()) == notice_id


def test_who_knows_the_id_but_not_the_key_makes_no_return_path() -> None:
    notice_id = uuid4()
    forged = ReturnPaths("bounces@musubi.test", b"x" * 32).of_notice(notice_id)
    assert PATHS.notice_of(forged) is None
    mine, other = PATHS.of_notice(notice_id), PATHS.of_notice(uuid4())
    swapped = f"{mine.split('-')[0]}-{other.split('-')[1]}"
    assert PATHS.notice_of(swapped) is None


@pytest.mark.parametrize(
    "address",
    [
        "", "@", "bounces@musubi.test", "bounces+@musubi.test", "bounces+x-y@musubi.test",
        "bounces+" + "a" * 26 + "-" + "a" * 24 + "@musubi.test", "bounces+ä-é@musubi.test",
        "bounces+" + "9" * 26 + "-@musubi.test", "bounces+\x00@musubi.test", "山田@musubi.test",
        "bounces+" + "い" * 26 + "-" + "ろ" * 24 + "@musubi.test", "a" * 100_000,
    ],
)  # fmt: skip
def test_other_addresses_name_no_notice(address: str) -> None:
    assert PATHS.notice_of(address) is None


def test_a_path_is_good_for_its_own_name_and_host_only() -> None:
    path = PATHS.of_notice(uuid4())
    assert PATHS.notice_of(path.replace("bounces", "other")) is None
    assert PATHS.notice_of(path.replace("musubi.test", "evil.test")) is None
    assert PATHS.is_plain("BOUNCES@musubi.test")
    assert not PATHS.is_plain(path)


def test_one_id_has_one_spelling() -> None:
    path = PATHS.of_notice(UUID(int=0))
    assert PATHS.notice_of(path.replace("aaaa-", "aaab-")) is None


def test_without_a_bounce_address_mails_come_back_to_their_sender() -> None:
    paths = ReturnPaths("", KEY, fallback="noreply@musubi.test")
    assert paths.of_notice(uuid4()) == "noreply@musubi.test"
    assert paths.notice_of("noreply@musubi.test") is None
    assert not paths.is_plain("@")
    assert not paths.is_plain("")
