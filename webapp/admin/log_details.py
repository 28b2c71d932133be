"""What an entry of the operation log says besides who, what and about what: in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.choices import chosen
from domain.contacts import CONTACT_WORDS
from domain.deal_words import VALUE_WORDS
from domain.events import Event
from domain.factors import FACTOR_WORDS, Factor
from domain.ids import read_id
from domain.kinds import ActKind
from domain.member_passkeys import LoginFactor
from domain.operations import Operation
from domain.permissions import PERMISSIONS
from domain.refusals import Words
from storage.tables import OperationEntry
from webapp.admin.log_settings import NOTHING, Names, setting_text
from webapp.admin.log_things import Things
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


_ASKED_FOR = {
    "envelope": Words("封筒", "Envelope"),
    "document": Words("文書", "Document"),
    "attachment": Words("添付ファイル", "Attached file"),
    "template": Words("ひな形", "Template"),
    "contact": Words("宛先", "Contact"),
    "member": Words("利用者", "Member"),
    "chain": Words("承認ルート", "Route"),
    "kind": Words("契約の種類", "Kind of contract"),
    "department": Words("部署", "Department"),
    "batch": Words("取込", "Import"),
    "run": Words("期間検証", "Verification"),
    "disclosure": Words("提出用ZIP", "ZIP for the tax office"),
    "official": Words("公印・角印", "Official seal"),
    "participant": Words("関係者", "Participant"),
}
_TIMES = Words("1時間に{}回目", "{} times within an hour")


def _in_vain(data: Mapping[str, Any]) -> str:
    """What was asked for, by its ids: no name, because it may be somebody else's."""
    known = _ASKED_FOR.get(str(data.get("asked_for")))
    times = words(_TIMES).format(data["times"]) if data.get("times", 1) != 1 else ""
    parts = (words(known) if known else "", str(data.get("ids", "")), times)
    return " ".join(part for part in parts if part)


def _verified(data: Mapping[str, Any]) -> str:
    return say("正常") if data.get("intact") else say("異常あり")


_SAID: dict[str, Callable[[Mapping[str, Any]], str]] = {
    Operation.ACCESS_REFUSED: lambda data: _missing(str(data.get("permission"))),
    Operation.ACCESS_IN_VAIN: _in_vain,
    Operation.LOG_GAP: _gap,
    Operation.LOG_VERIFIED: _verified,
    Event.MEMBER_LOGGED_IN: _login,
    Event.MEMBER_LOGIN_REFUSED: _login,
    Event.LINK_OPENED: _way,
    Event.DOWNLOAD_OPENED: _way,
    Event.ACT_ACCEPTED: _act,
    Event.ACT_REFUSED: _act,
    Event.FACTOR_PASSED: _factor,
    Event.FACTOR_REFUSED: _factor,
}


def detail_of(entry: OperationEntry, names: Names, things: Things) -> str:
    """What is said besides: empty where nothing is. `names` are members', `things` those of what
    entries are about."""
    if entry.tag == Event.ORGANISATION_CHANGED:
        return setting_text(entry.data, names)
    said = _SAID.get(entry.tag)
    return said(entry.data) if said is not None else _change(entry, things)


def _change(entry: OperationEntry, things: Things) -> str:
    data = entry.data
    before, after = data.get("before"), data.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return " / ".join(_moved(before, after, things, renamed=bool(data.get("renamed"))))
    if isinstance(data.get("lines"), int):  # what was taken out
        return say("%(count)s件", count=data["lines"])
    if entry.tag in _VERSIONED and "version" in data:
        return words(_VERSION).format(data["version"])
    if isinstance(data.get("fields"), str):  # whose values stand in a history of their own
        return say("、").join(_field(name) for name in data["fields"].split(",") if name)
    title = str(data.get("title", "")) if entry.tag in _TITLED else ""
    return role_text(data["roles"]) if isinstance(data.get("roles"), list) else title


_VERSIONED = frozenset({Event.CHAIN_SAVED, Event.KIND_SAVED, Event.TEMPLATE_SAVED})
_VERSION = Words("第{}版", "Version {}")
_RENAMED = Words("名前を変更", "Renamed")
_DEPARTMENT = Words("部署", "Department")


def _moved(
    before: Mapping[str, Any], after: Mapping[str, Any], things: Things, *, renamed: bool
) -> Iterator[str]:
    """Of members their roles and departments, of what was renamed its names."""
    if before.get("name") != after.get("name"):
        yield f"{before.get('name')} → {after.get('name')}"
    if before.get("roles") != after.get("roles"):
        yield " → ".join(role_text(list(one.get("roles") or [])) for one in (before, after))
    if before.get("department") != after.get("department"):
        keys = (read_id(one.get("department")) for one in (before, after))
        names = (things.get(key, NOTHING) if key else NOTHING for key in keys)
        yield f"{words(_DEPARTMENT)}{say('：')}{' → '.join(names)}"
    if renamed:
        yield words(_RENAMED)


def _field(name: str) -> str:
    """Of a contact, of 取引情報, or of an official seal."""
    known = CONTACT_WORDS.get(name) or VALUE_WORDS.get(name)
    return words(known) if known is not None else name
