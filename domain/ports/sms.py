"""What the mailing activity asks of an SMS provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.ports.notices import PendingNotice


@dataclass(frozen=True)
class SmsMessage:
    """One SMS. `message_id` is the same in every repeat, so that a provider can tell it."""

    message_id: str
    number: str
    """E.164."""
    text: str


class SmsDelayed(Exception):
    """A passing failure, or one that the operator can mend: try again, after `pause` if the
    provider named one."""

    def __init__(self, words: str, pause: timedelta | None = None) -> None:
        super().__init__(words)
        self.pause = pause


class SmsRefused(Exception):
    """The provider will never send to this number: trying again does not help."""


class SmsComposer(Protocol):
    """Turns a notice of kind SMS_CODE into a text of one line."""

    def compose(self, notice: PendingNotice, code: str) -> str:
        """Organisation, envelope number, code and a warning; no address that a phone could open."""


class SmsSender(Protocol):
    """Hands an SMS to whoever carries it."""

    def send(self, message: SmsMessage) -> None:
        """Returns once it was taken over. Raises SmsDelayed or SmsRefused."""
