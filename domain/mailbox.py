"""あなたの文書: what everything that one mail address was part of is called, and how its holder
shows that the mailbox is his.

No account and no password: six digits that a mail brings, for one browser. What the list shows is
what this address was told by mail before, and nothing of it opens a document without the factors
that its sender demands.
"""

from datetime import timedelta
from enum import StrEnum

from domain.refusals import Words

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
"""From the request, not from the mailing: whether a mail went out must show nowhere."""
CODE_PAUSE = timedelta(seconds=20)
"""A button that is pressed twice sends one mail."""
CODES_AN_HOUR = 6
"""Mails to one address, whoever asks for them."""
CODES_OF_A_NETWORK = 3
"""Of these, how many one network may ask for: a stranger does not spend all of the owner's."""
TRIES_OF_A_CODE = 5
TRIES_A_DAY = 50
"""Of one address, from everywhere, within any 24 hours and whatever was right in between: six
digits are guessed with a chance of 5 in 100,000 a day."""
TRIES_OF_A_NETWORK = 100
"""Wrong codes of one network a day, at whatever addresses: with these it hits one mailbox of a
town with a chance of 1 in 10,000."""
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
FORGOTTEN_AFTER = timedelta(days=1)
"""How long the row of a request stays, whose address may be nobody's."""


def digits_from(digest: bytes) -> str:
    """`123456` from the bytes of a keyed hash."""
    return f"{int.from_bytes(digest, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


class Show(StrEnum):
    """What the list is narrowed to; stands in the URL."""

    ALL = "all"
    OPEN = "open"
    FINISHED = "finished"


SHOW_WORDS = {
    Show.ALL: Words("すべて", "All"),
    Show.OPEN: Words("手続き中", "In progress"),
    Show.FINISHED: Words("終了", "Finished"),
}


class Status(StrEnum):
    """Where an envelope stands, as one of its people sees it."""

    YOURS = "yours"
    """He is asked now."""
    OTHERS = "others"
    """Others act, before him or after him."""
    WORKING = "working"
    """His act is being carried out, or the finished documents are made."""
    SENT_BACK = "sent_back"
    CORRECTING = "correcting"
    RELEASED = "released"
    """Others met the rule: he is no longer needed."""
    HANDED_OVER = "handed_over"
    """He named somebody else, who alone sees how it goes on."""
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


STATUS_WORDS = {
    Status.YOURS: Words("あなたの手続き待ち", "Waiting for you"),
    Status.OTHERS: Words("ほかの方の手続き待ち", "Waiting for others"),
    Status.WORKING: Words("処理中", "Being processed"),
    Status.SENT_BACK: Words("差し戻し中", "Sent back"),
    Status.CORRECTING: Words("文書の訂正中", "Being corrected"),
    Status.RELEASED: Words("対応は不要になりました", "No longer needs you"),
    Status.HANDED_OVER: Words("引き継ぎ済み", "Handed over"),
    Status.DONE: Words("完了", "Completed"),
    Status.DECLINED: Words("辞退により終了", "Declined"),
    Status.WITHDRAWN: Words("取り下げ", "Withdrawn"),
    Status.EXPIRED: Words("期限切れ", "Expired"),
}


class Files(StrEnum):
    """Whether the finished documents are handed over."""

    NONE = "none"
    """There are none, or none for him."""
    OPEN = "open"
    LATE = "late"
    """The window is over; the organisation hands over by one more code."""
    OVER = "over"
