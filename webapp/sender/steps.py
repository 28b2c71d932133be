"""The forms by which a sender steers an envelope, as they were typed and could not be taken."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Step(StrEnum):
    """Which form of the envelope's page."""

    WITHDRAW = "withdraw"
    RESUME = "resume"
    EXTEND = "extend"
    GATE = "gate"


@dataclass(frozen=True)
class TriedStep:
    """What was typed in one of them, and what is wrong, by field."""

    step: Step | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def text(self, step: str, name: str) -> str:
        """What stands in this form's field."""
        return self.typed.get(name, "") if self.step == step else ""

    def of(self, step: str) -> bool:
        """Whether it was this form."""
        return self.step == step


def fresh_nonce() -> str:
    """Makes one act of one form, however often it is sent."""
    return secrets.token_urlsafe(24)
