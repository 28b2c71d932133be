"""Reads reports of loss that are prose: qmail's and those of others that write no fields for
machines, or lose them on the way. What comes here was written by anybody.

People and their vacation notes use the same words, so prose counts only from a mail system, and
only before the returned mail begins. When in doubt nothing is reported: a loss that goes unnoticed
costs a reminder, a wrong one costs the trust in all of them.
"""

import re
import unicodedata
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr

from domain.ports.bounces import ReportAction

_TEXT_CHARACTERS = 16 * 1024
_MAX_DEPTH, _MAX_PARTS = 4, 20
_SENDERS = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|post_?master|mail[-_.]?delivery[-_.]?(?:sub)?system)(?:@.*)?"
    r"|<>|"  # an empty sender is what the RFC asks of the envelope
    # au one net has no postmaster
    r"|no-?reply@(?:[a-z0-9-]+\.){0,4}(?:dion\.ne\.jp|auone-net\.jp)"
)
_SENDER_NAMES = re.compile(r"mail deliver[a-z]* (?:sub)?system|mailer-daemon|ndr administrator")
_ANSWERS = re.compile(
    r"auto(?:matic)?[ -]?repl(?:y|ied)|autoresp|out of (?:the )?office|vacation|自動応答|自動返信"
    r"|不在"
)
_ANSWER_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Apple-Action", "List-Id")
_COPY = re.compile(
    # Blanks of its own line only: a mail of empty lines would be read once from each of them.
    r"^[ \t\r\f\v\xa0\u3000>*=-]*+"
    r"(?:below this line is a copy|this is a copy of (?:the|your) message"
    r"|(?:the )?headers? of the original message|original message(?: headers| follows)?"
    r"|returned message|(?:the )?message headers follow|unsent message (?:below|follows)"
    r"|forwarded message|元のメッセージ|返信元)\b.*",
    re.IGNORECASE | re.MULTILINE,
)
_HELD = re.compile(
    r"(?:await|need|requir)\w* (?:your |sender )?(?:confirmation|verification|approval)"
    r"|confirm that you|verify that you are|prove that you|quarantin"
    r"|(?:been|being|is) held|will be held"
)
_HELD_JA = re.compile(r"隔離|保留し|認証を(?:行|完了)|承認待ち")
_DONE = re.compile(
    r"successfully (?:delivered|relayed)|was delivered|delivery report that you requested"
    r"|relayed to the following"
)
_LATER = re.compile(
    r"this is a warning (?:message )?only|has not yet been delivered|not been delivered yet"
    r"|could not send message for past|(?:has been|is|been) delayed|still being retried"
    r"|(?:will|shall) (?:be retried|continue|keep|retry)|delivery attempts will continue"
    r"|notification(?: \(delay\)|: (?:warning|delayed))|do not need to resend|action: delayed"
)
_LATER_JA = re.compile(r"遅延して|遅れて|再送信?を?(?:続け|試みます|試みており|行います)")
_FOR_GOOD = re.compile(
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)|failed permanently|permanent fatal"
    r"|giv(?:en|ing) up|retry time(?:out)? (?:not reached|exceeded)|i'm not going to try again"
)
_LOST = re.compile(
    r"(?:could|can)(?: ?not|n't) (?:be )?deliver|(?:was|were)(?: not|n't) (?:be )?(?:able to )?"
    r"deliver|unable to deliver|undeliver|not delivered|deliver\w* (?:has )?failed"
    r"|fail\w* to deliver|failed (?:to )?deliver|delivery (?:failure|error|status notification \("
    r"failure)|error delivering|(?:trouble|problems?) delivering"
    r"|did not reach|had (?:\w+ ){0,3}(?:fatal|delivery) errors|returned (?:to sender|mail)"
    r"|rejected by (?:a|the|your) (?:remote |mail |recipient)|mail system error|failure notice"
    r"|(?:user|recipient|mailbox|address(?:ee)?|domain|host) (?:\S+ )?(?:unknown|(?:was )?not found"
    r"|rejected|is full|does not exist|disabled)"
    r"|(?:unknown|invalid|no such) (?:user|recipient|mailbox|host|domain)|mail failed|was aborted"
    r"|exceeded the local limit|returned permanent errors|action: failed|failure reasons"
    r"|your mail sent on:"
)
_LOST_JA = re.compile(
    r"(?:送信|配信|配送|配達|お届け|送達)(?:が|は|を|に)?(?:することが)?"
    r"(?:でき(?:ません|なかった)|失敗|不能|不可)"
    r"|(?:宛先|あて先|受信者)(?:が|は)?(?:不明|見つかりません|存在しません)"
    r"|アドレスが?(?:見つかりません|存在しません)|不達|エラー・?(?:メール|メッセージ|テストメッセージ)"
)
_CODE = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\w)")
_REPLY = re.compile(r"(?<![\d.:])5[0-7]\d[ -]")
"""An SMTP answer that refuses for good."""


def is_of_a_mail_system(mail: Message) -> bool:
    """Whether the sender says that he is one, and the mail is nobody's automatic answer."""
    if any(name in mail for name in _ANSWER_HEADERS):
        return False
    subject = _plain(str(mail.get("Subject", "")))
    if _ANSWERS.search(subject) or "auto_reply" in str(mail.get("Precedence", "")).lower():
        return False
    if "X-Failed-Recipients" in mail:
        return True
    name, address = parseaddr(str(mail.get("From", "")))
    said = address.strip().lower()
    return "From" in mail and bool(_SENDERS.fullmatch(said) or _SENDER_NAMES.search(_plain(name)))


def read_prose(mail: Message) -> tuple[ReportAction, str] | None:
    """Action and status (empty if no code can be read) of a mail system's mail; None when its
    words say neither that a mail was lost nor that it is delayed."""
    text = text_of(mail)
    said = _plain(str(mail.get("Subject", "")) + "\n" + text)
    squeezed = said.replace(" ", "")
    if _HELD.search(said) or _HELD_JA.search(squeezed) or _DONE.search(said):
        return None
    for_good = bool(_FOR_GOOD.search(said))
    if not for_good and (_LATER.search(said) or _LATER_JA.search(squeezed)):
        return ReportAction.DELAYED, _code(text, "4")
    words = _LOST.search(said) or _LOST_JA.search(squeezed)
    if for_good or words or _REPLY.search(text):
        return ReportAction.FAILED, _code(text, "5") or _code(text, "4")
    return None


def text_of(mail: Message) -> str:
    """What the mail itself says, without what it returns or encloses."""
    text = ""
    for part in _leaves(mail):
        if len(text) >= _TEXT_CHARACTERS:
            break
        kind = part.get_content_type()
        if kind == "text/plain" or (kind == "text/html" and not text):
            content = _decoded(part)
            text += "\n" + (_without_tags(content) if kind == "text/html" else content)
    text = text[:_TEXT_CHARACTERS]
    copy = _COPY.search(text)
    return text[: copy.start()] if copy else text


def _leaves(mail: Message, depth: int = 0) -> Iterator[Message]:
    payload = mail.get_payload()
    if not isinstance(payload, list):
        yield mail
    elif mail.get_content_maintype() == "multipart" and depth < _MAX_DEPTH:
        for part in payload[:_MAX_PARTS]:
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)


def _decoded(part: Message) -> str:
    """By the charset that is named, or by one that fits: old systems of carriers name a wrong one
    or none."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    content = content[:_TEXT_CHARACTERS]
    named = str(part.get_content_charset() or "ascii")
    first = ("iso-2022-jp",) if b"\x1b$" in content else ()
    for charset in (*first, named, "utf-8", "euc_jp", "cp932"):
        try:
            return content.decode(charset)
        except (UnicodeError, LookupError):
            continue
    return content.decode("latin-1")


def _without_tags(html: str) -> str:
    return re.sub(r"<(?:style|script)\b[^>]{0,200}>[^<]{0,20000}|<[^>]{0,2000}>", " ", html)


def _plain(text: str) -> str:
    """In small letters and one line: systems wrap where they like, carriers use wide letters."""
    folded = unicodedata.normalize("NFKC", text[: 2 * _TEXT_CHARACTERS]).casefold()
    return " ".join(folded.replace("\u2019", "'").split())


def _code(text: str, kind: str) -> str:
    return next((found for found in _CODE.findall(text) if found.startswith(kind)), "")
