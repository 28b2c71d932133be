"""Entries of the operation log in words: who, what, about what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.choices import chosen
from domain.events import Event
from domain.ids import read_id
from domain.kinds import EnvelopeState, NoticeKind
from domain.mail_texts import TEXT_KINDS
from domain.member_passkeys import LoginFactor
from domain.operations import OPERATION_WORDS, Operation
from domain.permissions import PERMISSIONS
from domain.refusals import Words
from storage.tables import Document, Envelope, Member, OperationEntry, Template
from webapp.event_words import event_text
from webapp.language import say, words
from webapp.login import NETWORK
from webapp.sender.account import role_text

_AT_ONCE = 500
_TITLED = frozenset({Event.MANDATE_ENTERED, Event.MANDATE_ENDED})
"""Entries that say in which capacity somebody may sign."""


@dataclass(frozen=True)
class LogRow:
    """One line of the page and of the table for spreadsheets."""

    entry: OperationEntry
    who: str
    what: str
    about: str
    detail: str
    envelope_id: UUID | None

    @property
    def address(self) -> str:
        """Of the network from which it was done; empty where that is not kept."""
        return str(self.entry.data.get("address", ""))


def columns() -> list[str]:
    """What the columns are called."""
    return [say("日時"), say("操作した人"), say("操作の内容"), say("対象"), say("詳細")]


def people_of(session: Session, organisation_id: UUID) -> dict[UUID, str]:
    """Names of all members, also of those who left."""
    rows = session.execute(
        select(Member.id, Member.name)
        .where(Member.organisation_id == organisation_id)
        .order_by(Member.name, Member.mail)
    )
    return {row.id: row.name for row in rows}


def log_rows(
    session: Session, entries: Iterator[OperationEntry], names: Mapping[UUID, str]
) -> Iterator[LogRow]:
    """The entries in their order."""
    while some := list(islice(entries, _AT_ONCE)):
        envelopes = {key for entry in some if (key := _envelope_of(entry)) is not None}
        rows = session.scalars(select(Envelope).where(Envelope.id.in_(envelopes)))
        # An id that a form made up is nobody's: what belongs elsewhere is not named here.
        own = {row.id: row for row in rows if row.organisation_id == some[0].organisation_id}
        things = _documents(session, some, own) | _templates(session, some)
        for entry in some:
            yield _row(entry, names, own, things)


def _documents(
    session: Session, entries: list[OperationEntry], own: Mapping[UUID, Envelope]
) -> dict[UUID, str]:
    wanted = {key for entry in entries if (key := read_id(entry.data.get("document"))) is not None}
    rows = session.scalars(select(Document).where(Document.id.in_(wanted)))
    return {row.id: row.title for row in rows if row.envelope_id in own}


def _templates(session: Session, some: list[OperationEntry]) -> dict[UUID, str]:
    """Names of templates, whoever sees them: auditors read what was done with which."""
    wanted = {key for entry in some if (key := read_id(entry.data.get("template"))) is not None}
    rows = session.scalars(
        select(Template).where(
            Template.id.in_(wanted), Template.organisation_id == some[0].organisation_id
        )
    )
    return {row.id: row.name for row in rows}


def _row(
    entry: OperationEntry,
    names: Mapping[UUID, str],
    envelopes: Mapping[UUID, Envelope],
    things: Mapping[UUID, str],
) -> LogRow:
    envelope = envelopes.get(_envelope_of(entry) or UUID(int=0))
    parts = []
    if envelope is not None:
        parts.append(f"{envelope.number} {envelope.title}".strip())
    about = (read_id(entry.data.get(kind)) for kind in ("document", "template"))
    parts += [things[key] for key in about if key is not None and key in things]
    if (member := names.get(read_id(entry.data.get("member")) or UUID(int=0))) is not None:
        parts.append(member)
    return LogRow(
        entry=entry,
        who=_who(entry.actor, names),
        what=_what(entry.tag),
        about=" / ".join(parts),
        detail=_detail(entry),
        envelope_id=_page_of(envelope),
    )


def _page_of(envelope: Envelope | None) -> UUID | None:
    """A discarded draft has none any more."""
    there = envelope is not None and envelope.state != EnvelopeState.DISCARDED
    return envelope.id if envelope is not None and there else None


def _envelope_of(entry: OperationEntry) -> UUID | None:
    return entry.envelope_id or read_id(entry.data.get("envelope"))


def _who(actor: str, names: Mapping[UUID, str]) -> str:
    kind, _, key = actor.partition(":")
    if kind == "member":
        return names.get(read_id(key) or UUID(int=0), "―")
    return say("ログインしていない人") if kind == "visitor" else say("自動")


def _what(tag: str) -> str:
    return words(OPERATION_WORDS[Operation(tag)]) if tag in set(Operation) else event_text(tag)


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


def _detail(entry: OperationEntry) -> str:
    data = entry.data
    match entry.tag:
        case Operation.ACCESS_REFUSED:
            return _missing(str(data.get("permission")))
        case Operation.LOG_GAP:
            return say("%(count)s件", count=data.get("missed", 0))
        case Event.ORGANISATION_CHANGED:
            return _setting(data)
        case Event.MEMBER_LOGGED_IN | Event.MEMBER_LOGIN_REFUSED:
            return _login(data)
        case Operation.LOG_VERIFIED:
            return say("正常") if data.get("intact") else say("異常あり")
    return _change(entry)


def _change(entry: OperationEntry) -> str:
    data = entry.data
    before, after = data.get("before"), data.get("after")
    if isinstance(before, dict) and isinstance(after, dict) and "roles" in after:
        return f"{role_text(before.get('roles', []))} → {role_text(after['roles'])}"
    title = str(data.get("title", "")) if entry.tag in _TITLED else ""
    if isinstance(data.get("lines"), int):  # what was taken out
        return say("%(count)s件", count=data["lines"])
    return role_text(data["roles"]) if isinstance(data.get("roles"), list) else title
