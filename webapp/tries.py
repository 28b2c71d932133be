"""How often somebody may try: passwords, codes, mailed links.

Three buckets for one password: the account from this network, this network, and the account from
anywhere. A stranger closes the first two for himself; only many networks together close the third,
and none of the three is asked where a browser is known.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from domain.limits import CODES_A_DAY, LOGIN_TRIES, LOGIN_WINDOW
from domain.mailbox import TRIES_OF_A_NETWORK
from identity.networks import network_of
from storage import tries
from storage.tries import Limit
from webapp.devices import known_device
from webapp.errors import TooManyTries
from webapp.login import now
from webapp.state import state

NETWORK_FACTOR = 10
"""Tries of a network, as a multiple of those of an account: offices share an address."""
ACCOUNT_FACTOR = 4
"""Tries on an account from everywhere, where no browser of its member's takes part."""
CHECKS_OF_A_NUMBER = 100
"""Wrong words for one envelope number in a day."""
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """A try that is still to be judged."""

    own: str | None
    """The bucket of whoever tries, which a success empties."""
    rows: tuple[UUID, ...]

    def succeeded(self, session: Session) -> None:
        """It was the right person: his earlier slips do not count, and this was none."""
        tries.give_back(session, self.rows)
        if self.own is not None:
            tries.forget(session, self.own)


def count_password(account: str) -> Counted:
    """One password for an account. Raises TooManyTries."""
    device = known_device(account)
    if device is not None:
        own = _bucket("login", account, device)
        return _count(own, {own: _slow()})
    network = network_of(request.remote_addr or "")
    own = _bucket("login", account, network)
    limits = {
        own: _slow(),
        _bucket("login-network", network): _window(NETWORK_FACTOR),
        _bucket("login-account", account): _slow(ACCOUNT_FACTOR),
    }
    return _count(own, limits)


def forgive_passwords(session: Session, account: str) -> None:
    """Its owner has chosen a new password: what he and others tried with the old one keeps him out
    no longer. The tries of this network, and those of codes, stay counted."""
    for who in (network_of(request.remote_addr or ""), known_device(account)):
        if who is not None:
            tries.forget(session, _bucket("login", account, who))
    tries.forget(session, _bucket("login-account", account))


def count_code(account: str, member: UUID) -> Counted:
    """One code of a second factor. Raises TooManyTries.

    A right code forgives none of the wrong ones: whoever guesses shares the bucket of unknown
    browsers with the member, whose own entry must not give him ten tries more. No profile of
    limits changes these figures.
    """
    bucket = _bucket("code", str(member), known_device(account) or "")
    return _count(None, {bucket: Limit(LOGIN_TRIES, LOGIN_WINDOW, most=CODES_A_DAY)})


def count_own_password(member: UUID) -> Counted:
    """The password again, inside a login. Raises TooManyTries."""
    own = _bucket("own-password", str(member))
    return _count(own, {own: _slow()})


def count_upload(member: UUID) -> None:
    """One request with files. Raises TooManyTries."""
    own = f"upload:{member}"
    _count(own, {own: Limit(state().settings.uploads_per_minute, _MINUTE, memory=_MINUTE)})


def count_unknown_link() -> None:
    """A link that opened nothing. Raises TooManyTries.

    Whoever holds a link that works is neither counted nor refused: behind one address of a mobile
    network stand thousands. First a look, then a row: a machine that knocks on writes nothing.
    """
    bucket = _bucket("link-network", network_of(request.remote_addr or ""))
    limit = Limit(state().settings.link_tries_per_minute, _MINUTE, memory=_MINUTE)
    with state().database.reading() as session:
        wait = tries.wait_of(session, bucket, limit, now())
    if wait is not None:
        raise TooManyTries(wait)
    _count(bucket, {bucket: limit})


def count_refused_answer() -> None:
    """A provider's answer that let nobody in. Raises TooManyTries.

    Whoever begins gets a cookie, and could then post answers without end, each a line of a log that
    forgets nothing. Answers that let somebody in are not counted.
    """
    bucket = _bucket("sso-network", network_of(request.remote_addr or ""))
    _count(None, {bucket: _window(NETWORK_FACTOR)})


def count_refused_passkey() -> None:
    """An answer of an authenticator that let nobody in. Raises TooManyTries.

    Nobody guesses a signature, so that this closes the way to no account: it keeps a machine from
    filling the log. Answers that let somebody in are not counted.
    """
    bucket = _bucket("passkey-network", network_of(request.remote_addr or ""))
    _count(None, {bucket: _window(NETWORK_FACTOR)})


def count_check(number: str) -> Counted:
    """One question whether a mail is ours. Raises TooManyTries.

    By network, and by number from everywhere: many networks together find no word either.
    """
    own = _bucket("check-network", network_of(request.remote_addr or ""))
    limits = {
        own: Limit(state().settings.check_tries_per_minute, _MINUTE, memory=_MINUTE),
        _bucket("check-number", number): Limit(CHECKS_OF_A_NUMBER, _DAY),
    }
    return _count(own, limits)


def count_mailbox() -> None:
    """One address typed for あなたの文書, known or not. Raises TooManyTries."""
    bucket = _bucket("mailbox-network", network_of(request.remote_addr or ""))
    limit = Limit(state().settings.mailbox_tries_per_minute, _MINUTE, memory=_MINUTE)
    _count(None, {bucket: limit})


def count_mailbox_try() -> Counted:
    """One code typed for あなたの文書. Raises TooManyTries.

    Beside the tries of the code and of its address: a network that guesses at many addresses has
    few tries in all. A right code is none of them, and no profile of limits changes this figure.
    """
    bucket = _bucket("mailbox-code-network", network_of(request.remote_addr or ""))
    return _count(None, {bucket: Limit(TRIES_OF_A_NETWORK, _DAY, most=TRIES_OF_A_NETWORK)})


def _slow(factor: int = 1) -> Limit:
    """Waits that double from row to row."""
    settings = state().settings
    return Limit(settings.login_tries * factor, timedelta(seconds=settings.login_window_seconds))


def _window(factor: int) -> Limit:
    """A plain window: those who share a network share no guilt."""
    settings = state().settings
    wait = timedelta(seconds=settings.login_window_seconds)
    return Limit(settings.login_tries * factor, wait, memory=wait)


def _count(own: str | None, limits: Mapping[str, Limit]) -> Counted:
    with state().database.transaction() as session:
        tried = tries.count(session, limits, now())
    if tried.wait is not None:
        raise TooManyTries(tried.wait)
    return Counted(own, tried.counted)


def _bucket(kind: str, *who: str) -> str:
    """Never clear text of what was tried."""
    return f"{kind}:{hashlib.sha256(json.dumps(who).encode()).hexdigest()}"
