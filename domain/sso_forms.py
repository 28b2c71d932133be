"""A connection for single sign-on as its form says it, and as it is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from domain.forms import FormCheck, FormProblems
from domain.kinds import Role
from domain.permissions import ROLE_WORDS
from domain.refusals import Words
from domain.sso import Rules

MAX_NAME_CHARACTERS = 40
MAX_URL_CHARACTERS = 500
MAX_LINES = 100
_CLAIM_CHARACTERS = 200
_SECRET_CHARACTERS = 500
CLAIMS = ("mail", "name", "department", "groups")
"""What is read of a statement, each by a name that the administrator may change."""
MAX_CERTIFICATES = 10
SAML_CLAIMS = {
    "mail": "email",
    "name": "displayName",
    "department": "department",
    "groups": "groups",
}
OIDC_CLAIMS = {"mail": "email", "name": "name", "department": "department", "groups": "groups"}
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")

_NO_NAME = Words("ボタンに表示する名前を入力してください。", "Enter the words of the button.")
_NO_URL = Words("https:// で始まるアドレスを入力してください。", "Enter an https:// address.")
_NO_ID = Words("クライアントIDを入力してください。", "Enter the client ID.")
_NO_ENTITY = Words("エンティティIDを入力してください。", "Enter the entity ID.")
_NO_CERTIFICATE = Words(
    "署名用の証明書をPEM形式（-----BEGIN CERTIFICATE-----）で入力してください。"
    "鍵はRSA 2048ビット以上か、楕円曲線256ビット以上のものに限ります。",
    "Enter the certificates for signing in PEM (-----BEGIN CERTIFICATE-----), with keys of RSA of "
    "2048 bits or more, or elliptic curves of 256 bits or more.",
)
_NO_CLAIM = Words("項目の名前を入力してください。", "Enter the name of the claim.")
_TOO_MANY = Words(f"{MAX_LINES}行までにしてください。", f"Use at most {MAX_LINES} lines.")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_BAD_SCOPE = Words(
    "スコープは、空白で区切った半角の英数字で入力してください。",
    "Scopes are ASCII words with blanks between them.",
)


@dataclass(frozen=True)
class TypedConnection:
    """The form as typed. `secret` empty: the one that is kept stays."""

    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """Per field of the protocol: `issuer`, `client_id`, `scopes`; `claim-mail` and so on."""
    secret: str = ""
    groups: str = ""
    factors: str = ""
    trusts_mail: bool = False
    makes_members: bool = False
    relinks: bool = False


@dataclass(frozen=True)
class CheckedConnection:
    """The same as it will be kept. `link` is what a change of which has to be tried anew."""

    name: str
    link: dict[str, Any]
    rules: dict[str, Any]
    secret: str = ""


def check_oidc(typed: TypedConnection, *, loopback: bool) -> CheckedConnection:
    """`loopback`: plain http to this machine is taken too. Raises FormProblems."""
    check = FormCheck()
    values = typed.values
    link: dict[str, Any] = {
        "issuer": _url(check, "issuer", values.get("issuer", ""), loopback=loopback),
        "client_id": check.line("client_id", values.get("client_id", ""), _NO_ID, 300),
        "scopes": _scopes(check, values.get("scopes", "")),
    }
    return _checked(check, typed, link, OIDC_CLAIMS)


def check_saml(typed: TypedConnection, certificates: Sequence[str] | None) -> CheckedConnection:
    """`certificates` are those of the form, read already; None: they are none. Raises
    FormProblems."""
    check = FormCheck()
    values = typed.values
    link: dict[str, Any] = {
        "entity_id": check.line("entity_id", values.get("entity_id", ""), _NO_ENTITY, 500),
        "sso_url": _url(check, "sso_url", values.get("sso_url", ""), loopback=False),
        "certificates": list(certificates or ()),
    }
    if not certificates or len(certificates) > MAX_CERTIFICATES:
        check.problems["certificates"] = _NO_CERTIFICATE
    return _checked(check, typed, link, SAML_CLAIMS)


def _checked(
    check: FormCheck, typed: TypedConnection, link: dict[str, Any], usual: Mapping[str, str]
) -> CheckedConnection:
    name = check.line("name", typed.name, _NO_NAME, MAX_NAME_CHARACTERS)
    link["claims"] = {
        claim: check.line(
            f"claim-{claim}",
            typed.values.get(f"claim-{claim}", usual[claim]),
            _NO_CLAIM if claim == "mail" else None,
            _CLAIM_CHARACTERS,
        )
        for claim in CLAIMS
    }
    secret = check.line("secret", typed.secret, None, _SECRET_CHARACTERS)
    rules = {
        "trusts_mail": typed.trusts_mail,
        "makes_members": typed.makes_members,
        "relinks": typed.relinks,
        "groups": _groups(check, typed.groups),
        "factors": _lines(check, "factors", typed.factors),
    }
    if check.problems:
        raise FormProblems(check.problems)
    return CheckedConnection(name, link, rules, secret)


def rules_of(kept: Mapping[str, Any]) -> Rules:
    """The rules of a row."""
    return Rules(
        trusts_mail=bool(kept.get("trusts_mail")),
        makes_members=bool(kept.get("makes_members")),
        relinks=bool(kept.get("relinks")),
        groups={group: tuple(roles) for group, roles in kept.get("groups", [])},
        factors=frozenset(kept.get("factors", [])),
    )


def groups_text(kept: Mapping[str, Any]) -> str:
    """The mapping as the form shows it."""
    return "\n".join(f"{group} = {', '.join(roles)}" for group, roles in kept.get("groups", []))


def _url(check: FormCheck, name: str, typed: str, *, loopback: bool) -> str:
    url = check.line(name, typed, _NO_URL, MAX_URL_CHARACTERS)
    if name not in check.problems and not is_provider_url(url, loopback=loopback):
        check.problems[name] = _NO_URL
    return url


def is_provider_url(url: str, *, loopback: bool = False) -> bool:
    """Whether it is an https address without login and fragment; `loopback`: or one of http to this
    machine, for tests."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not url.isascii() or not url.isprintable() or " " in url or not host or port == 0:
        return False
    if parts.username is not None or parts.password is not None or parts.fragment:
        return False
    local = loopback and parts.scheme == "http" and host in {"localhost", "127.0.0.1", "::1"}
    return parts.scheme == "https" or local


def _scopes(check: FormCheck, typed: str) -> list[str]:
    words = typed.split()
    if len(typed) > _SECRET_CHARACTERS or not all(_SCOPE.fullmatch(word) for word in words):
        check.problems["scopes"] = _BAD_SCOPE
    return ["openid", *(word for word in dict.fromkeys(words) if word != "openid")]


def _lines(check: FormCheck, name: str, typed: str) -> list[str]:
    lines = [line.strip() for line in check.text(name, typed, 20_000).splitlines()]
    found = list(dict.fromkeys(line for line in lines if line))
    if len(found) > MAX_LINES:
        check.problems[name] = _TOO_MANY
    return found


def _groups(check: FormCheck, typed: str) -> list[tuple[str, list[str]]]:
    """A line is a group, `=` and roles. Names of groups may hold a `=` (those of LDAP do): the last
    one counts."""
    found: dict[str, list[str]] = {}
    for line in _lines(check, "groups", typed):
        group, _, right = line.rpartition("=")
        roles = [_role(word) for word in re.split(r"[,、]", right)]
        if not group.strip() or None in roles or not roles:
            check.problems.setdefault("groups", _no_mapping(line))
            continue
        found.setdefault(group.strip(), []).extend(role for role in roles if role)
    return [(group, sorted(set(roles))) for group, roles in found.items()]


def _role(word: str) -> str | None:
    """A role by its code or by its name in either language."""
    wanted = word.strip().casefold()
    for role in Role:
        both = ROLE_WORDS[role]
        if wanted in {role.value, both.ja.casefold(), both.en.casefold()}:
            return role.value
    return None


def _no_mapping(line: str) -> Words:
    shown = line[:60]
    return Words(
        f"「{shown}」を読み取れません。1行に「グループ名 = 役割」の形で入力してください。"
        "例：keiyaku-ka = 担当者, 承認者",
        f"“{shown}” cannot be read. One line is “group = roles”. Example: contracts = clerk, "
        "approver",
    )


def check_domain(typed: str) -> str:
    """A mail domain as it is kept. Raises FormProblems, by `domain`."""
    name = typed.strip().lower().removeprefix("@")
    if len(name) > 253 or _DOMAIN.fullmatch(name) is None:
        problem = Words("ドメインの形が正しくありません。例：city.example.jp", "This is no domain.")
        raise FormProblems({"domain": problem})
    return name
