"""Passkeys of members' logins (ログイン用のパスキー): how many, their names, what they prove.

A passkey is used with its holder verified (finger, face or PIN), so that it is two factors by
itself: the device, and what opens it. It is asked for after the password where somebody begins
with that, and opens a login alone where he begins with it.
"""

from enum import StrEnum

from domain.forms import FormCheck, FormProblems
from domain.refusals import Words

MAX_MEMBER_PASSKEYS = 10
"""Of one member: telephones, computers and a key or two in a drawer."""
MAX_PASSKEY_NAME_CHARACTERS = 50
_NO_NAME = Words(
    "どの端末のパスキーかわかる名前を入力してください。",
    "Enter a name that tells which device it is.",
)


class LoginFactor(StrEnum):
    """What completed a login, in its row and in the evidence of acts. Stored: never rename one."""

    TOTP = "totp"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    """After the password, or after single sign-on."""
    PASSKEY_ALONE = "passkey-alone"
    """Without a password."""


class FactorChange(StrEnum):
    """What a member is told of by mail. Stored: never rename one."""

    RESET = "reset"
    """Somebody else took away his second factor."""
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word
    """Somebody who reads his mails has chosen a new password."""


class Purpose(StrEnum):
    """What a challenge is asked for. One of another purpose answers nothing."""

    REGISTER = "register"
    LOGIN = "login"
    SECOND = "second"
    LINK = "link"
    """A first single sign-on of somebody who has a login."""


def check_passkey_name(typed: str) -> str:
    """The name as it is kept. Raises FormProblems, by `name`."""
    check = FormCheck()
    name = check.line("name", typed, _NO_NAME, MAX_PASSKEY_NAME_CHARACTERS)
    if check.problems:
        raise FormProblems(check.problems)
    return name
