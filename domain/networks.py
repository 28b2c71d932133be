"""接続元の制限: from which networks the members of an organisation work, by role.

A list stands for a role, or for everybody. Whoever has several roles is let in where each of them
is; a role of which no list says anything is let in from everywhere.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from domain.forms import FormProblems
from domain.kinds import Role
from domain.refusals import Words

EVERYBODY = "everybody"
LISTS = (EVERYBODY, *(role.value for role in Role))
"""Names of the lists, and of the form's fields."""
MAX_LINES = 200
MAX_LINE_CHARACTERS = 150

Network = IPv4Network | IPv6Network

_TOO_MANY = Words(f"{MAX_LINES}行までにしてください。", f"Use at most {MAX_LINES} lines.")


def check_networks(typed: Mapping[str, str]) -> dict[str, list[str]]:
    """What is kept: per list its lines, each a network, a blank and whatever was written behind it.
    Lists without a line are left out. Raises FormProblems by the name of the list."""
    kept: dict[str, list[str]] = {}
    problems: dict[str, Words] = {}
    for name in LISTS:
        lines = [
            (number, line, _kept(line))
            for number, line in enumerate(typed.get(name, "").splitlines(), start=1)
            if line.strip()
        ]
        wrong = next(((number, line) for number, line, one in lines if one is None), None)
        if len(lines) > MAX_LINES:
            problems[name] = _TOO_MANY
        elif wrong is not None:
            problems[name] = _no_network(*wrong)
        elif lines:
            kept[name] = [one for _, _, one in lines if one is not None]
    if problems:
        raise FormProblems(problems)
    return kept


def lets_in(kept: Mapping[str, Sequence[str]] | None, roles: Iterable[str], address: str) -> bool:
    """Whether somebody of these roles works from this address. Without a rule that says something
    of him, from everywhere; an address that is none is in no network."""
    lists = kept or {}
    general = lists.get(EVERYBODY, ())
    for role in roles:
        lines = (*general, *lists.get(role, ()))
        if lines and not _contains(lines, address):
            return False
    return True


def lets_administrators_in(
    kept: Mapping[str, Sequence[str]] | None, given: Iterable[Sequence[str]], address: str
) -> bool:
    """Whether of the groups that make administrators one lets them in from here; `given` are the
    roles of each group. Where none makes any, nobody is kept out by it."""
    making = [roles for roles in given if Role.ADMIN.value in roles]
    return not making or any(lets_in(kept, roles, address) for roles in making)


def _contains(lines: Iterable[str], address: str) -> bool:
    found = _address(address)
    return found is not None and any(found in network for network in _networks(lines))


def _networks(lines: Iterable[str]) -> Iterator[Network]:
    return (network for line in lines if (network := _read(line)) is not None)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Of IPv6 with an address of IPv4 inside it, that one."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _kept(line: str) -> str | None:
    """The line as it is kept; None for one that is no network, or more than somebody reads. An
    address grows by the size of its network."""
    first, *note = line.split(maxsplit=1)
    network = _read(first)
    kept = " ".join([str(network), *note]).replace("\t", " ").strip()
    plain = unicodedata.normalize("NFKC", kept)
    if network is None or len(plain) > MAX_LINE_CHARACTERS or not plain.isprintable():
        return None
    return kept


def _read(line: str) -> Network | None:
    """The network at the beginning of a line; an address alone is a network of one. One of IPv4
    inside IPv6 is that one, as for addresses."""
    first = unicodedata.normalize("NFKC", line).split(maxsplit=1)[0]
    try:
        found = ip_network(first, strict=False)
    except ValueError:
        return None
    inside = getattr(found.network_address, "ipv4_mapped", None)
    return ip_network((inside, found.prefixlen - 96)) if inside is not None else found


def _no_network(number: int, line: str) -> Words:
    shown = line.strip()[:40]
    return Words(
        f"{number}行目「{shown}」は、ネットワークとして読み取れません。例：203.0.113.0/24、2001:db8::/32",
        f"Line {number}, “{shown}”, is no network. Examples: 203.0.113.0/24, 2001:db8::/32",
    )


def not_with_these_roles(address: str) -> Words:
    """Said to an administrator whose new roles would lock him out."""
    return Words(
        f"これらの役割のネットワーク制限に、今お使いの接続元（{address}）が含まれていません。保存するとこの画面も開けなくなるため、保存していません。",
        f"The networks that these roles are restricted to do not have the address that you use now "
        f"({address}). Nothing was kept: you would lock yourself out.",
    )


def not_with_group_roles(address: str) -> Words:
    """Said to an administrator whose rule would lock him out from his next login on."""
    return Words(
        f"今お使いの接続元（{address}）が含まれていません。管理者にするグループの役割では、次のシングルサインオンからこの画面も開けなくなるため、保存していません。",
        f"The address that you use now ({address}) is not in it. With the roles of the groups that "
        "make administrators you would lock yourself out from your next single sign-on on. Nothing "
        "was kept.",
    )


def not_from_here(address: str) -> Words:
    """Said to an administrator whose rule would lock him out."""
    return Words(
        f"今お使いの接続元（{address}）が含まれていません。保存するとこの画面も開けなくなるため、保存していません。",
        f"The address that you use now ({address}) is not in it. Nothing was kept: you would lock "
        "yourself out.",
    )
