"""What an entry of the operation log says besides who, what and about what: in words."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.choices import chosen
from domain.events import Event
from domain.factors import FACTOR_WORDS, Factor
from domain.kinds import ActKind, NoticeKind
from domain.mail_texts import TEXT_KINDS
from domain.member_passkeys import LoginFactor
from domain.operations import Operation
from domain.permissions import PERMISSIONS
from domain.refusals import Words
from storage.tables import OperationEntry
from webapp.language import say, words
from webapp.login import NETWORK
from webapp.sender.account import role_text
from webapp.sender.words import ACT_WORDS

_TITLED = frozenset({Event.MANDATE_ENTERED, Event.MANDATE_ENDED})
"""Entries that say in which capacity somebody may sign."""


def _missing(permission: str) -> str:
    if permission == NETWORK:
        return say("許可されていない接続元")
    known = PERMISSIONS.get(permission)
    return words(known.words) if known else ""


def _setting(data: Mapping[str, Any]) -> str:
    """Which words of the organisation's mails were changed; what they are stands on their page. Of
    single sign-on, how many members show once more that the provider's accounts are theirs."""
    if data.get("unlinked"):
        return say("シングルサインオンの結び付けを解除：%(count)s人", count=data["unlinked"])
    if data.get("what") != "mail_text":
        return ""
    part, version = str(data.get("part")), data.get("version")
    kind = chosen(NoticeKind, part, None)
    name = words(TEXT_KINDS[kind]) if kind in TEXT_KINDS else say("メールの差出人")
    return say("%(name)s（第%(version)s版）", name=name, version=version)


_FACTORS = {
    LoginFactor.PASSKEY.value: Words("パスワードとパスキー", "Password and passkey"),
    LoginFactor.PASSKEY_ALONE.value: Words("パスキーだけ", "Passkey alone"),
    LoginFactor.RECOVERY.value: Words("リカバリーコード", "Recovery code"),
}
_REFUSED = {
    "password_closed": Words(
        "パスワードでのログインは止められています", "Passwords are not accepted"
    ),
    "passkey_closed": Words(
        "パスキーだけでのログインは止められています", "Logins by a passkey alone are closed"
    ),
    "passkey": Words("パスキーを確認できませんでした", "The passkey could not be confirmed"),
}


def _login(data: Mapping[str, object]) -> str:
    """Of refusals the codes, because an administrator looks them up, or tells them to whoever runs
    the provider."""
    method, why = str(data.get("method", "")), str(data.get("why", ""))
    if method.startswith("sso"):
        return say("シングルサインオン")
    known = _FACTORS.get(method) or _REFUSED.get(why)
    if known is not None:
        return words(known)
    if "protocol" not in data:
        return ""
    code = " ".join(str(data[name]) for name in ("why", "detail") if name in data)
    return say("シングルサインオン（%(code)s）", code=code)


def _way(data: Mapping[str, Any]) -> str:
    """How a member came to what he was asked for: whoever has his mail can follow a link."""
    if "login" in data:
        return say("対応待ちから")
    return say("あなたの文書から") if "mailbox" in data else say("メールのリンクから")


def _act(data: Mapping[str, Any]) -> str:
    kind = chosen(ActKind, str(data.get("kind")), None)
    return words(ACT_WORDS[kind]) if kind is not None else ""


def _factor(data: Mapping[str, Any]) -> str:
    factor = chosen(Factor, str(data.get("factor")), None)
    return words(FACTOR_WORDS[factor]) if factor is not None else ""


def _gap(data: Mapping[str, Any]) -> str:
    return say("%(count)s件", count=data.get("missed", 0))


def _verified(data: Mapping[str, Any]) -> str:
    return say("正常") if data.get("intact") else say("異常あり")


_SAID: dict[str, Callable[[Mapping[str, Any]], str]] = {
    Operation.ACCESS_REFUSED: lambda data: _missing(str(data.get("permission"))),
    Operation.LOG_GAP: _gap,
    Operation.LOG_VERIFIED: _verified,
    Event.ORGANISATION_CHANGED: _setting,
    Event.MEMBER_LOGGED_IN: _login,
    Event.MEMBER_LOGIN_REFUSED: _login,
    Event.LINK_OPENED: _way,
    Event.DOWNLOAD_OPENED: _way,
    Event.ACT_ACCEPTED: _act,
    Event.ACT_REFUSED: _act,
    Event.FACTOR_PASSED: _factor,
    Event.FACTOR_REFUSED: _factor,
}


def detail_of(entry: OperationEntry) -> str:
    """What is said besides: empty where nothing is."""
    said = _SAID.get(entry.tag)
    return said(entry.data) if said is not None else _change(entry)


def _change(entry: OperationEntry) -> str:
    data = entry.data
    before, after = data.get("before"), data.get("after")
    if isinstance(before, dict) and isinstance(after, dict) and "roles" in after:
        return f"{role_text(before.get('roles', []))} → {role_text(after['roles'])}"
    title = str(data.get("title", "")) if entry.tag in _TITLED else ""
    if isinstance(data.get("lines"), int):  # what was taken out
        return say("%(count)s件", count=data["lines"])
    return role_text(data["roles"]) if isinstance(data.get("roles"), list) else title
