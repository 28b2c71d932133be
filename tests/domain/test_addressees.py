"""送信先の制限: which addresses a list of domains lets through."""

import pytest

from domain.addressees import check_domains, may_go_to, refused
from domain.forms import FormProblems


def rule(allowed: str = "", blocked: str = "") -> dict[str, list[str]]:
    return check_domains({"allowed": allowed, "blocked": blocked})


def test_without_a_list_everybody_may_be_asked() -> None:
    assert may_go_to(None, "a@anywhere.example")
    assert may_go_to(rule(), "a@anywhere.example")


@pytest.mark.parametrize(
    ("line", "mail", "allowed"),
    [
        ("example.jp", "a@example.jp", True),
        ("@Example.JP.", "a@EXAMPLE.jp", True),
        ("ｅｘａｍｐｌｅ．ｊｐ", "a@example.jp", True),
        ("example.jp", "a@news.example.jp", False),
        ("*.example.jp", "a@news.example.jp", True),
        ("*.example.jp", "a@example.jp", True),
        ("example.jp", "a@notexample.jp", False),
        ("*.example.jp", "a@notexample.jp", False),
        ("example.jp", "a@example.jp.evil.example", False),
        ("*.lg.jp", "a@keiyaku.city.musubi.lg.jp", True),
        ("日本語.jp", "a@xn--wgv71a119e.jp", True),
    ],
)
def test_a_domain_is_that_domain(line: str, mail: str, allowed: bool) -> None:
    assert may_go_to(rule(line), mail) is allowed
    assert may_go_to(rule(blocked=line), mail) is not allowed


def test_what_is_excluded_stays_so_and_the_message_says_what_is_allowed() -> None:
    both = rule(
        "*.example.jp\nb.example\nc.example\nd.example\ne.example\nf.example", "x.example.jp"
    )
    assert not may_go_to(both, "a@x.example.jp")
    assert "x.example.jp を送信しない" in refused(both, "a@x.example.jp").ja
    said = refused(both, "a@other.example")
    assert "a@other.example" in said.ja
    assert "*.example.jp、b.example" in said.ja
    assert "ほか1件" in said.ja
    assert "1 more" in said.en


@pytest.mark.parametrize(
    "line", ["jp", "*.jp", "*", "a@example.jp", "exa mple.jp", "-a.jp", "203.0.113.1", "a..jp",
             "\u202eexample.jp", "x" * 300 + ".jp"],
)  # fmt: skip
def test_what_is_no_domain_is_said_with_its_line(line: str) -> None:
    with pytest.raises(FormProblems) as found:
        rule(f"example.jp\n{line}")
    assert found.value.problems["allowed"].ja.startswith("2行目")
