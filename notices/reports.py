"""Reads delivery status notifications (RFC 3464), and by their prose those that have no status
part. What comes here was written by anybody.

Vacation notes, read receipts and complaints come to the same address and are no reports, whatever
they say; the header Auto-Submitted does not tell them apart, since real reports carry it too
(RFC 3834, 2 and 5).
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from domain.ports.bounces import DeliveryReport, ReportAction
from notices.plain_reports import is_of_a_mail_system, read_prose

MAX_REPORT_BYTES = 1024 * 1024
"""What is taken from a server at all. Our mails have some 20 KiB; a report returns one of them."""

_READ_BYTES, _READ_LINES, _LINE_BYTES = 128 * 1024, 4000, 2000
"""What of it is parsed: what counts stands before the returned mail. The library's parser needs
seconds for a megabyte of empty lines."""
_MAX_PARTS = 20
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HEADER_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}
)
_BLANK = re.compile(r"\r?\n\s*\r?\n")
_FIELD = re.compile(r"^([A-Za-z-]{1,40})[ \t]{0,10}:[ \t]*(.*)$", re.MULTILINE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_MESSAGE_ID = re.compile(r"<[^<>\s@]{1,120}@[^<>\s@]{1,120}>")
_RETURNED_ID = re.compile(rb"^Message-ID:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_ACTIONS = {action.value: action for action in ReportAction} | {
    "relayed": ReportAction.DELIVERED,
    "expanded": ReportAction.DELIVERED,
    # not of the RFC, but written
    "expired": ReportAction.FAILED,
    "deferred": ReportAction.DELAYED,
}
_WORST_FIRST = (ReportAction.FAILED, ReportAction.DELAYED, ReportAction.DELIVERED)


def read_report(data: bytes) -> DeliveryReport | None:
    """What the mail reports; None if it is no readable report. Never raises."""
    try:
        return _report(BytesParser(policy=compat32).parsebytes(_beginning(data)))
    except Exception:  # noqa: BLE001 - the library's parser raises untyped errors on odd mails
        return None


def _beginning(data: bytes) -> bytes:
    lines = data[:_READ_BYTES].split(b"\n", _READ_LINES)[:_READ_LINES]
    return b"\n".join(line[:_LINE_BYTES] for line in lines)


def _report(mail: Message) -> DeliveryReport | None:
    standard = mail.get_content_type() == "multipart/report"
    kind = str(mail.get_param("report-type", "delivery-status")).lower()
    if standard and kind != "delivery-status":
        return None
    system = is_of_a_mail_system(mail)
    parts = list(_parts(mail))
    outcome = _told_by_fields(parts) if standard or system else None
    if outcome is None and system and not _has_fields(parts):
        outcome = read_prose(mail)
    if outcome is None:
        return None
    return DeliveryReport(*outcome, _returned_message_id(parts) or _quoted_message_id(mail))


def _told_by_fields(parts: list[Message]) -> tuple[ReportAction, str] | None:
    found = [
        outcome
        for part in parts
        if part.get_content_type() in _STATUS_TYPES
        for group in _groups(part)
        if (outcome := _outcome(group)) is not None
    ]
    return min(found, key=lambda outcome: _WORST_FIRST.index(outcome[0]), default=None)


def _has_fields(parts: list[Message]) -> bool:
    """Fields that report nothing to us are not overruled by the prose beside them."""
    return any(
        {"action", "status"} & group.keys()
        for part in parts
        if part.get_content_type() in _STATUS_TYPES
        for group in _groups(part)
    )


def _parts(mail: Message) -> Iterator[Message]:
    """The report's own parts: what a part encloses is somebody else's mail."""
    payload = mail.get_payload()
    for part in payload[:_MAX_PARTS] if isinstance(payload, list) else ():
        if isinstance(part, Message):
            yield part


def _groups(part: Message) -> Iterator[dict[str, str]]:
    """Groups of fields by their names in small letters: the first is about the report, each other
    about one recipient."""
    payload = part.get_payload()
    for group in payload if isinstance(payload, list) else ():
        if not isinstance(group, Message):
            continue
        yield {name.lower(): str(value) for name, value in group.items()}
        # The parser knows the groups of message/delivery-status only; in the international form
        # (RFC 6533) those after the first are text to it, and so is everything after a line that
        # is no field.
        text = group.get_payload()
        for block in _BLANK.split(text)[:_MAX_PARTS] if isinstance(text, str) and text else ():
            yield {name.lower(): value for name, value in _FIELD.findall(block)}


def _outcome(group: dict[str, str]) -> tuple[ReportAction, str] | None:
    """Action and status of one recipient. Action decides: a mail that was given up after days of
    trying has failed, with a status of 4."""
    found = _STATUS.search(group.get("status", ""))
    status = found[1] if found else ""
    said = group.get("action", "").split("(")[0].strip().lower()
    if said:
        action = _ACTIONS.get(said)
        return (action, status) if action else None
    # Action is demanded by the RFC; some servers leave it out.
    if status.startswith("5."):
        return ReportAction.FAILED, status
    return (ReportAction.DELAYED, status) if status.startswith("4.") else None


def _returned_message_id(parts: list[Message]) -> str | None:
    for part in parts:
        if part.get_content_type() not in _HEADER_TYPES:
            continue
        found = _MESSAGE_ID.search(_returned_header(part))
        if found:
            return found[0]
    return None


def _quoted_message_id(mail: Message) -> str | None:
    """Of a mail that stands below the prose, in a report without parts."""
    content = mail.get_payload(decode=True)
    if not isinstance(content, bytes):
        return None
    found = _RETURNED_ID.search(content)
    return found[1].decode() if found and _MESSAGE_ID.fullmatch(_ascii(found[1])) else None


def _ascii(data: bytes) -> str:
    return data.decode("ascii", "replace")


def _returned_header(part: Message) -> str:
    """Message-ID of the returned mail: parsed as a mail, or as text with only its headers."""
    payload = part.get_payload()
    if isinstance(payload, list):
        enclosed = payload[0] if payload else None
        return str(enclosed.get("Message-ID", "")) if isinstance(enclosed, Message) else ""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    found = _RETURNED_ID.search(content[: 64 * 1024])
    return _ascii(found[1]) if found else ""
