"""Logged-in sessions of one token: one C_Login per process, one session per thread at a time.

A second PIN raises in python-pkcs11 and SoftHSM, so only the first session of a generation logs
in and stays open; all others inherit its state. A session whose call failed is never reused.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import pkcs11
from pkcs11 import Attribute, ObjectClass
from pkcs11 import exceptions as p11

from runtime.pkcs11_errors import KeyMissing, PinRefused, TokenError, TokenFailed, TokenMissing
from runtime.pkcs11_library import Library
from runtime.pkcs11_pin import PinFile

T = TypeVar("T")

MAX_IDLE_SESSIONS = 16
_REFUSED = (p11.PinIncorrect, p11.PinInvalid, p11.PinLenRange, p11.PinLocked, p11.PinExpired)
_UNFIT = (
    p11.ArgumentsBad,
    p11.DataInvalid,
    p11.DataLenRange,
    p11.KeySizeRange,
    p11.KeyTypeInconsistent,
    p11.MechanismInvalid,
    p11.MechanismParamInvalid,
    p11.PinLenRange,
    p11.WrappedKeyInvalid,
    p11.WrappedKeyLenRange,
    p11.EncryptedDataInvalid,
    p11.EncryptedDataLenRange,
)
"""The token is well; the request is not. Everything else may be a token that went away."""


@dataclass
class OpenSession:
    """A session and the key handles found in it."""

    raw: pkcs11.Session
    generation: int
    handles: dict[tuple[ObjectClass, str], pkcs11.Object] = field(default_factory=dict)

    def find(self, kind: ObjectClass, label: str) -> pkcs11.Object:
        """The one object of this kind and label. Raises KeyMissing."""
        known = self.handles.get((kind, label))
        if known is not None:
            return known
        # All at once: an iterator left open would keep the session busy.
        found = list(self.raw.get_objects({Attribute.CLASS: kind, Attribute.LABEL: label}))
        if len(found) != 1:
            message = f"{len(found)} objects of kind {kind.name} are labelled {label}"
            raise KeyMissing(message)
        self.handles[kind, label] = found[0]
        return found[0]

    def close(self) -> None:
        """Give the handle back to the module."""
        # One that died with its token has nothing left to close.
        with suppress(p11.PKCS11Error):
            self.raw.close()


class Sessions:
    """The sessions of one token in this process."""

    def __init__(self, library: Library, label: str, pin: PinFile) -> None:
        self._library = library
        self._label = label
        self._pin = pin
        self._login: OpenSession | None = None
        self._idle: list[OpenSession] = []

    def run(self, work: Callable[[OpenSession], T], *, writing: bool = False) -> T:
        """Call `work` with a session; after a failure heal the module and call it once more.

        Raises TokenError only.
        """
        seen = self._library.generation
        try:
            return self._attempt(work, writing=writing)
        except _UNFIT as error:
            raise _failure(error) from error
        except (p11.PKCS11Error, KeyMissing, TokenMissing):
            self._library.restart(seen)
        try:
            return self._attempt(work, writing=writing)
        except p11.PKCS11Error as error:
            raise _failure(error) from error

    def close(self) -> None:
        """Log out and close what is open."""
        with self._library.inside(), self._library.lock:
            self._discard_old(generation=-1)

    def _attempt(self, work: Callable[[OpenSession], T], *, writing: bool) -> T:
        with self._library.inside():
            session = self._take(writing=writing)
            try:
                result = work(session)
            except BaseException:
                session.close()
                raise
            self._give_back(session, writing=writing)
            return result

    def _take(self, *, writing: bool) -> OpenSession:
        generation = self._library.generation
        with self._library.lock:
            if self._login is None or self._login.generation != generation:
                self._discard_old(generation)
                self._login = self._log_in(generation)
            if self._idle and not writing:
                return self._idle.pop()
        return OpenSession(self._library.token(self._label).open(rw=writing), generation)

    def _give_back(self, session: OpenSession, *, writing: bool) -> None:
        with self._library.lock:
            if (
                not writing
                and session.generation == self._library.generation
                and len(self._idle) < MAX_IDLE_SESSIONS
            ):
                self._idle.append(session)
                return
        session.close()

    def _discard_old(self, generation: int) -> None:
        # Sessions of an earlier generation died with it; closing their numbers could close
        # somebody's new session.
        old = [*self._idle, *([self._login] if self._login else [])]
        self._idle, self._login = [], None
        for session in old:
            if generation < 0 and session.generation == self._library.generation:
                session.close()

    def _log_in(self, generation: int) -> OpenSession:
        token = self._library.token(self._label)
        pin = self._pin.read()
        try:
            raw = token.open(user_pin=pin)
        except p11.UserAlreadyLoggedIn:
            return OpenSession(token.open(), generation)
        except _REFUSED as error:
            raise self._pin.refused(pin) from error
        self._pin.accepted()
        return OpenSession(raw, generation)


def _failure(error: p11.PKCS11Error) -> TokenError:
    if isinstance(error, _REFUSED):
        return PinRefused(type(error).__name__)
    return TokenFailed(f"{type(error).__name__}: {error}")
