"""シングルサインオン: what an organisation's identity provider says of somebody, and what follows.

The provider speaks for the mail domains that belong to its organisation and for nobody else; what
it says makes no administrator unless a group was mapped to that role by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from domain.kinds import Role
from domain.refusals import Words

BEGUN_LIFE = timedelta(minutes=10)
"""From the button to the answer: a password and a second factor at the provider's."""
FRESH = timedelta(minutes=10)
"""How new a single sign-on must be to stand for the password of somebody who has none."""
SKEW = timedelta(seconds=60)
"""By which a provider's clock may differ."""
MAX_SUBJECT_CHARACTERS = 255
MAX_GROUPS = 500
DEFAULT_ROLES = (Role.VIEWER,)


class Protocol(StrEnum):
    """What the provider speaks. An organisation has one connection of each at most."""

    OIDC = "oidc"
    SAML = "saml"


class Mode(StrEnum):
    """How an organisation's members log in."""

    OFF = "off"
    OFFERED = "offered"
    DEMANDED = "demanded"
    """But for the administrators who are named for the day on which the provider fails."""


class Why(StrEnum):
    """Why a single sign-on led to no login. Stored in logs: never rename one."""

    NOT_BEGUN = "not_begun"
    UNREACHABLE = "unreachable"
    DENIED = "denied"
    UNTRUSTED = "untrusted"
    NO_MAIL = "no_mail"
    UNVERIFIED = "unverified"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    CLOSED = "closed"
    """A member who left, or an address that is a member's elsewhere: it is not said which."""


WHY_WORDS: dict[Why, Words] = {
    Why.NOT_BEGUN: Words(
        "このブラウザーで始めたログインではないか、時間がたちすぎています。最初からやり直してください。",
        "This login was not begun in this browser, or took too long. Please begin again.",
    ),
    Why.UNREACHABLE: Words(
        "認証サーバーから応答がありません。しばらくしてからやり直してください。続くときは、組織の管理者に連絡してください。",
        "The identity provider does not answer. Try again in a while; if this goes on, tell your "
        "administrator.",
    ),
    Why.DENIED: Words(
        "認証サーバーがログインを認めませんでした。組織の管理者に連絡してください。",
        "The identity provider did not let you in. Tell your administrator.",
    ),
    Why.UNTRUSTED: Words(
        "認証サーバーからの応答を確かめられませんでした。最初からやり直しても続くときは、組織の管理者に連絡してください。",
        "The identity provider's answer could not be verified. Begin again; if this goes on, tell "
        "your administrator.",
    ),
    Why.NO_MAIL: Words(
        "認証サーバーからメールアドレスが届きませんでした。組織の管理者に連絡してください。",
        "The identity provider did not tell your mail address. Tell your administrator.",
    ),
    Why.UNVERIFIED: Words(
        "認証サーバーが、メールアドレスを確認済みとしていません。組織の管理者に連絡してください。",
        "The identity provider does not call your mail address verified. Tell your administrator.",
    ),
    Why.FOREIGN: Words(
        "このメールアドレスのドメインは、この組織のものとして登録されていません。組織の管理者に連絡してください。",
        "The domain of this mail address is not registered as this organisation's. Tell your "
        "administrator.",
    ),
    Why.UNKNOWN: Words(
        "利用者として登録されていません。組織の管理者に、招待を依頼してください。",
        "You are not a member. Ask your administrator for an invitation.",
    ),
    Why.CLOSED: Words(
        "このアカウントでは利用できません。組織の管理者に連絡してください。",
        "This account cannot be used. Tell your administrator.",
    ),
}


class SsoRefused(Exception):
    """No login. `detail` is a code for logs and for the administrator who tries a connection; it
    holds nothing that anybody typed."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why = why
        self.detail = detail


@dataclass(frozen=True)
class Statement:
    """What a provider says of one person, verified."""

    issuer: str
    subject: str
    """Which of the provider's people; never reused there."""
    mail: str = ""
    mail_verified: bool | None = None
    """None: the provider does not say."""
    name: str = ""
    department: str = ""
    groups: tuple[str, ...] | None = ()
    """None: the provider does not say, which takes no roles away."""
    factors: tuple[str, ...] = ()
    """How the person was recognised: `acr` and `amr`, or the AuthnContext."""


@dataclass(frozen=True)
class Rules:
    """What a connection makes of statements; all that can be changed without trying it anew."""

    trusts_mail: bool = False
    """Addresses are the provider's to give: what it does not call verified counts as such."""
    makes_members: bool = True
    relinks: bool = False
    """While a provider is replaced: members without a password are found by their address."""
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Roles, by group. Without any, an administrator gives them."""
    factors: frozenset[str] = frozenset()
    """Which words of a statement count as the second factor of members who have none here."""


def domain_of(mail: str) -> str:
    """Of `taro@example.jp`, `example.jp`; empty where there is none."""
    return mail.rpartition("@")[2].strip().lower() if "@" in mail else ""


def check_mail(statement: Statement, rules: Rules, domains: frozenset[str]) -> None:
    """Whether the provider may speak for the address. Raises SsoRefused."""
    if not statement.mail or not domain_of(statement.mail):
        raise SsoRefused(Why.NO_MAIL)
    if statement.mail_verified is False:
        raise SsoRefused(Why.UNVERIFIED)
    if statement.mail_verified is None and not rules.trusts_mail:
        raise SsoRefused(Why.UNVERIFIED, "absent")
    if domain_of(statement.mail) not in domains:
        raise SsoRefused(Why.FOREIGN)


def roles_by_groups(groups: Sequence[str], rules: Rules) -> tuple[Role, ...]:
    """The roles of whoever is in these groups; whoever is in none of the mapped ones only reads."""
    given = {role for group in groups for role in rules.groups.get(group, ())}
    return tuple(role for role in Role if role.value in given) or DEFAULT_ROLES


def vouches_as_before(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether nobody can speak through the connection who could not before; both are its `link`.

    A certificate that is added speaks for everybody at once, also while the old one stands beside
    it; one that is taken away speaks for nobody more. An OIDC client counts as well, because some
    providers let whoever keeps a client decide what its tokens say.
    """
    same = all(before.get(name) == after.get(name) for name in ("issuer", "client_id", "entity_id"))
    return same and set(after.get("certificates", ())) <= set(before.get("certificates", ()))


def shows_second_factor(statement: Statement, rules: Rules) -> bool:
    """Whether the provider says that it asked for more than a password, in accepted words. It
    counts for members without an app of their own."""
    return not rules.factors.isdisjoint(statement.factors)
