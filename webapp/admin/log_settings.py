"""Entries of the operation log about an organisation's settings: which, from what, to what.

Entries of older programs say less: how many lines a list had, or only that something changed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.choices import chosen
from domain.demands import DEMAND_WORDS, OWN_DEMAND_WORDS, Demand, OwnDemand
from domain.ids import read_id
from domain.kinds import NoticeKind, Role
from domain.mail_texts import TEXT_KINDS
from domain.networks import EVERYBODY
from domain.permissions import ROLE_WORDS
from domain.refusals import Words
from webapp.language import say, words
from webapp.sender.account import role_text

Names = Mapping[UUID, str]
NOTHING = "―"
_MANY = 10
"""Lines of lists: of longer ones only what came and went is said."""

_SETTINGS = {
    "contact": Words("組織名と連絡先", "Name and contact"),
    "late_downloads": Words("期間を過ぎたダウンロード", "Downloads after the window"),
    "totp": Words("利用者の2段階認証", "Second factor of members"),
    "mandates": Words("署名権限の確認", "Check of authority to sign"),
    "networks": Words("接続元の制限", "Allowed networks"),
    "retention": Words("保存期間と休業日", "Retention and days off"),
    "recipient_domains": Words("送信先の制限", "Allowed recipients"),
    "draft_defaults": Words("封筒の初期値", "What envelopes begin with"),
    "logo": Words("ロゴ", "Logo"),
    "consent": Words("電子契約の利用の承諾", "Consent to electronic contracts"),
    "sso": Words("シングルサインオン", "Single sign-on"),
}
_PARTS = {
    "name": Words("組織名", "Name"),
    "name_en": Words("組織名（英語）", "Name in English"),
    "contact_department": Words("お問い合わせの担当", "Contact department"),
    "contact_phone": Words("電話番号", "Phone"),
    "contact_mail": Words("お問い合わせのメールアドレス", "Contact address"),
    "years": Words("保存年数", "Years of retention"),
    "month": Words("会計年度の始まりの月", "First month of the fiscal year"),
    "closed": Words("組織の休業日", "Days off"),
    "allowed": Words("送信できるドメイン", "Domains that may be sent to"),
    "blocked": Words("送信しないドメイン", "Domains that are never sent to"),
    EVERYBODY: Words("すべての利用者", "All members"),
    **{role.value: ROLE_WORDS[role] for role in Role},
    "deadline_days": Words("期限（送信日からの日数）", "Deadline (days from sending)"),
    "reminder_days": Words("再送する日", "Days of reminders"),
    "demand": Words("相手方に求める方法", "Asked of the other side"),
    "own_demand": Words("自社に求める方法", "Asked of own people"),
    "mail_kinds": Words("確認コード（メール）を求める契約の種類", "Kinds with a code by mail"),
    "sms_kinds": Words("確認コード（SMS）を求める契約の種類", "Kinds with a code by SMS"),
    "code_kinds": Words("アクセスコードを求める契約の種類", "Kinds with an access code"),
    "passkey_kinds": Words("パスキーを求める契約の種類", "Kinds with a passkey"),
    "app_kinds": Words("認証アプリを求める契約の種類", "Kinds with the authenticator app"),
    "own_passkey_kinds": Words(
        "自社にパスキーを求める契約の種類", "Kinds with a passkey of own people"
    ),
    "button": Words("ボタンに表示する名前", "Words of the button"),
    "issuer": Words("発行者", "Issuer"),
    "client_id": Words("クライアントID", "Client ID"),
    "scopes": Words("スコープ", "Scopes"),
    "entity_id": Words("エンティティID", "Entity ID"),
    "sso_url": Words("ログイン画面のアドレス", "Address of the login page"),
    "certificates": Words("署名用の証明書（SHA-256）", "Signing certificates (SHA-256)"),
    "claims": Words("利用者の情報の項目", "Claims"),
    "trusts_mail": Words("アドレスを確認済みとして扱う", "Addresses count as verified"),
    "makes_members": Words("はじめての人を利用者にする", "Makes members"),
    "relinks": Words("結び付け直す", "Links anew"),
    "groups": Words("グループと役割の対応", "Roles by group"),
    "factors": Words("2段階認証と認める値", "What counts as a second factor"),
}
_YES_NO = {
    "late_downloads": (
        Words("ダウンロードできない", "No"),
        Words("確認コードを入力すればダウンロードできる", "With a code by mail"),
    ),
    "totp": (
        Words("利用者が自分で決める", "As members choose"),
        Words("すべての利用者に求める", "Demanded of all members"),
    ),
    "mandates": (
        Words("登録がなくても署名できる", "Nobody looks"),
        Words("署名するときに確認する", "Looked at when somebody signs"),
    ),
}
_PLAIN_YES_NO = (Words("しない", "No"), Words("する", "Yes"))
_MODES = {
    "off": Words("使わない（パスワードだけ）", "Off (passwords only)"),
    "offered": Words("使える", "Offered"),
    "demanded": Words("求める", "Demanded"),
}
_DONE = {
    "removed": Words("接続を削除", "Connection removed"),
    "tried": Words("ログインできることを確認", "Tried, and it worked"),
    "secret": Words("クライアントシークレットを変更", "Client secret changed"),
    "domain_entered": Words("ドメインを登録", "Domain entered"),
    "domain_struck": Words("ドメインを削除", "Domain removed"),
}
_CAME, _WENT = Words("追加", "Added"), Words("削除", "Removed")
_OLDER = {  # what entries of older programs name without saying more
    "link": Words("認証サーバー", "Provider"),
    "rules": Words("利用者の扱い", "What is made of statements"),
}


def setting_text(data: Mapping[str, Any], names: Names) -> str:
    """Of an entry's `data`; `names` are members'."""
    what = str(data.get("what"))
    if what == "mail_text":
        return _mail_text(data)
    if what not in _SETTINGS:
        return ""
    special = _SPECIAL.get(what)
    parts = special(data, names) if special is not None else _compared(what, data)
    return _said(words(_SETTINGS[what]), " / ".join(part for part in parts if part))


def _said(name: str, text: str) -> str:
    return f"{name}{say('：')}{text}" if text else name


def _mail_text(data: Mapping[str, Any]) -> str:
    """Which words of the mails; what they are, and were, stands on their page by the version."""
    part, version = str(data.get("part")), data.get("version")
    kind = chosen(NoticeKind, part, None)
    name = words(TEXT_KINDS[kind]) if kind in TEXT_KINDS else say("メールの差出人")
    return say("%(name)s（第%(version)s版）", name=name, version=version)


def _compared(what: str, data: Mapping[str, Any]) -> list[str]:
    """Every value that is another one now."""
    before, after = data.get("before"), data.get("after")
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        first, then = before or {}, after or {}
        keys = [key for key in {**first, **then} if first.get(key) != then.get(key)]
        return [_said(_part(key), _moved(key, first.get(key), then.get(key))) for key in keys]
    if before is not None or after is not None:
        return [_moved(what, before, after)]
    changed = data.get("changed")
    return [_part(str(name)) for name in changed] if isinstance(changed, list) else []


def _part(name: str) -> str:
    return words(_PARTS[name]) if name in _PARTS else name


def _moved(name: str, before: object, after: object) -> str:
    first, then = _lines(before), _lines(after)
    if len(first) + len(then) > _MANY:
        came = [line for line in then if line not in first]
        went = [line for line in first if line not in then]
        both = ((words(_CAME), came), (words(_WENT), went))
        return " ".join(_said(word, say("、").join(lines)) for word, lines in both if lines)
    return f"{_value(name, before)} → {_value(name, after)}"


def _lines(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return words(_YES_NO.get(name, _PLAIN_YES_NO)[value])
    if value is None or value in ("", [], {}):
        return NOTHING
    shown = _SHOWN.get(name)
    if shown is not None:
        return shown(value)
    if isinstance(value, int) and name in _LISTS:  # older entries count the lines
        return say("%(count)s件", count=value)
    return say("、").join(_lines(value)) if isinstance(value, list) else str(value)


_LISTS = frozenset({EVERYBODY, *(role.value for role in Role)})


def _demand(value: object) -> str:
    one = chosen(Demand, str(value), None)
    return words(DEMAND_WORDS[one]) if one is not None else str(value)


def _own_demand(value: object) -> str:
    one = chosen(OwnDemand, str(value), None)
    return words(OWN_DEMAND_WORDS[one]) if one is not None else str(value)


def _groups(value: object) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return say("、").join(f"{group} = {role_text(list(roles))}" for group, roles in value.items())


def _claims(value: object) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return say("、").join(f"{name} = {claim}" for name, claim in value.items())


_SHOWN: dict[str, Callable[[object], str]] = {
    "years": lambda value: say("%(years)s年", years=value),
    "month": lambda value: say("%(month)s月", month=value),
    "demand": _demand,
    "own_demand": _own_demand,
    "groups": _groups,
    "claims": _claims,
}


_THERE = (Words("なし", "None"), Words("あり", "One"))


def _logo(data: Mapping[str, Any], _: Names) -> list[str]:
    both = (words(_THERE[bool(data.get(one))]) for one in ("before", "after"))
    sha256 = data.get("sha256")
    return [" → ".join(both), f"SHA-256 {sha256}" if sha256 else ""]


_NOT_ASKED = Words("求めない", "Not asked")
_ASKED = Words("求める（第{}版）", "Asked (version {})")
_WRITTEN = Words("第{}版を作成", "Version {} written")


def _consent(data: Mapping[str, Any], _: Names) -> list[str]:
    return [" → ".join(_asked(data.get(one)) for one in ("before", "after")), _written(data)]


def _asked(version: object) -> str:
    if not isinstance(version, Mapping):
        return words(_NOT_ASKED)
    return words(_ASKED).format(version.get("version"))


def _written(data: Mapping[str, Any]) -> str:
    return words(_WRITTEN).format(data["written"]) if data.get("written") else ""


def _sso(data: Mapping[str, Any], names: Names) -> list[str]:
    """How members log in, or what a connection says. Its secret is named, never shown."""
    parts = [{"oidc": "OpenID Connect", "saml": "SAML 2.0"}.get(str(data.get("protocol")), "")]
    before, after = data.get("before"), data.get("after")
    if isinstance(after, str):
        parts.append(" → ".join(_mode(one) for one in (before, after)))
    if isinstance(after, Mapping):
        parts += _compared("sso", {"before": before, "after": after})
    if isinstance(data.get("exempt"), list):
        parts.append(_exempt(data["exempt"], names))
    changed = data.get("changed") if isinstance(data.get("changed"), list) else []
    parts += [words(_DONE[one]) for one in changed or () if one in _DONE]
    if not isinstance(after, Mapping):
        parts += [words(_OLDER[one]) for one in changed or () if one in _OLDER]
    parts.append(str(data.get("domain", "")))
    if data.get("unlinked"):
        parts.append(say("シングルサインオンの結び付けを解除：%(count)s人", count=data["unlinked"]))
    return parts


def _mode(value: object) -> str:
    return words(_MODES[str(value)]) if str(value) in _MODES else NOTHING


_EXEMPT = Words("パスワードでログインできる管理者", "Administrators with passwords")


def _exempt(keys: Sequence[object], names: Names) -> str:
    found = [names.get(read_id(str(key)) or UUID(int=0), NOTHING) for key in keys]
    return _said(words(_EXEMPT), say("、").join(found) or NOTHING)


_SPECIAL: dict[str, Callable[[Mapping[str, Any], Names], list[str]]] = {
    "logo": _logo,
    "consent": _consent,
    "sso": _sso,
}
