"""From where members work: lines as they are typed, and whom they let in."""

import pytest

from domain.forms import FormProblems
from domain.kinds import Role
from domain.networks import check_networks, lets_in

OFFICE, BRANCH, ELSEWHERE = "203.0.113.9", "2001:db8:1::7", "198.51.100.1"
ADMIN, CLERK, APPROVER = (role.value for role in (Role.ADMIN, Role.CLERK, Role.APPROVER))


def test_nothing_typed_lets_everybody_in_from_everywhere() -> None:
    assert check_networks({"everybody": " \n\n", "nobody": "x"}) == {}
    assert lets_in(None, [CLERK], ELSEWHERE)
    assert lets_in({}, [], "")


def test_lines_are_kept_with_their_notes_whatever_their_width() -> None:
    typed = "２０３．０．１１３．９／２４　本庁舎\r\n\r\n2001:DB8:1::/48  支所 (北)\n198.51.100.1"
    assert check_networks({"everybody": typed}) == {
        "everybody": ["203.0.113.0/24 本庁舎", "2001:db8:1::/48 支所 (北)", "198.51.100.1/32"]
    }


def test_no_list_locks_its_role_out_for_a_line_that_grew_when_it_was_kept() -> None:
    full = f"{OFFICE} {'n' * 140}"
    with pytest.raises(FormProblems):
        check_networks({"clerk": full})
    assert lets_in({"clerk": [full.replace(" ", "/32 ")]}, [CLERK], OFFICE)


def test_a_tab_is_a_blank() -> None:
    kept = check_networks({"clerk": "\t203.0.113.0/24\t本庁舎\t北\t"})
    assert kept == {"clerk": ["203.0.113.0/24 本庁舎 北"]}


@pytest.mark.parametrize(
    "line", ["everywhere", "203.0.113.0/33", "203.0.113", "::/129", "10.0.0.0/8\x07", "1" * 200]
)
def test_what_is_no_network_is_said_with_its_line(line: str) -> None:
    with pytest.raises(FormProblems) as found:
        check_networks({"clerk": f"203.0.113.0/24\n\n{line}"})
    assert found.value.problems["clerk"].ja.startswith("3行目")


def test_there_are_no_more_lines_than_somebody_reads() -> None:
    with pytest.raises(FormProblems):
        check_networks({"admin": "203.0.113.0/24\n" * 201})


def test_a_list_for_everybody_holds_for_every_role() -> None:
    kept = check_networks({"everybody": "203.0.113.0/24\n2001:db8:1::/48"})
    for role in Role:
        assert lets_in(kept, [role.value], OFFICE)
        assert lets_in(kept, [role.value], BRANCH)
        assert not lets_in(kept, [role.value], ELSEWHERE)
        assert not lets_in(kept, [role.value], "unix")


def test_a_role_s_own_list_is_added_for_it_alone_and_a_list_of_roles_leaves_others_free() -> None:
    both = check_networks({"everybody": "203.0.113.0/24", "approver": "198.51.100.0/24"})
    assert lets_in(both, [APPROVER], ELSEWHERE)
    assert not lets_in(both, [CLERK], ELSEWHERE)
    only = check_networks({"admin": "203.0.113.0/24"})
    assert lets_in(only, [CLERK], ELSEWHERE)
    assert not lets_in(only, [ADMIN], ELSEWHERE)


def test_who_has_several_roles_meets_each_of_them() -> None:
    kept = check_networks({"admin": "203.0.113.0/24", "approver": "198.51.100.0/24"})
    assert not lets_in(kept, [ADMIN, APPROVER], OFFICE)
    assert lets_in(kept, [ADMIN, CLERK], OFFICE)


def test_an_address_of_ipv4_inside_ipv6_is_that_address() -> None:
    kept = check_networks({"everybody": "203.0.113.0/24"})
    assert lets_in(kept, [CLERK], f"::ffff:{OFFICE}")
    assert not lets_in(kept, [CLERK], f"::ffff:{ELSEWHERE}")
    assert check_networks({"everybody": "::ffff:203.0.113.0/120 本庁舎\n::FFFF:203.0.113.9"}) == {
        "everybody": ["203.0.113.0/24 本庁舎", "203.0.113.9/32"]
    }
