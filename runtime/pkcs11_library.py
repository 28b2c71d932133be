"""A loaded PKCS#11 module: initialised once per process, restarted only while nobody is inside.

After a token went away (a reset network HSM, a restored token folder) every session and handle
is dead, and only C_Finalize + C_Initialize bring it back. That kills the sessions of all tokens
of the module, so it waits until no call is under way, and sessions know their generation.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
from pkcs11.constants import TokenFlag

from runtime.pkcs11_errors import TokenMissing
from runtime.pkcs11_module import Module


class Library:
    """One module. `inside()` shares it, `restart()` waits for everybody to leave."""

    def __init__(self, module: Path) -> None:
        self.module = module
        self.generation = 0
        self._reset_locks()
        self._loaded: Module | None = None
        self._process = os.getpid()

    def _reset_locks(self) -> None:
        self.lock = threading.RLock()
        self._door = threading.Condition(threading.Lock())
        self._inside = 0
        self._restarting = False

    def forked(self) -> None:
        """In a new child: locks may be held by threads that do not exist here."""
        self._reset_locks()
        self.generation += 1

    @contextmanager
    def inside(self) -> Iterator[Module]:
        """Hold the module open for one call."""
        with self._door:
            self._door.wait_for(lambda: not self._restarting)
            self._inside += 1
        try:
            yield self._module()
        finally:
            with self._door:
                self._inside -= 1
                self._door.notify_all()

    def restart(self, seen: int) -> None:
        """C_Finalize and C_Initialize, unless somebody did it since generation `seen`."""
        with self._door:
            if self.generation != seen or self._restarting:
                return
            self._restarting = True
            self._door.wait_for(lambda: self._inside == 0)
            try:
                self._initialise_again()
            finally:
                self.generation += 1
                self._restarting = False
                self._door.notify_all()

    def token(self, label: str) -> pkcs11.Token:
        """The token with this label; call it inside. Raises TokenMissing."""
        tokens = [
            t for t in list(self._module().functions.get_tokens(token_label=label)) if _is_ready(t)
        ]
        if len(tokens) != 1:
            found = "several tokens are" if tokens else "no token is"
            message = f"{self.module}: {found} labelled {label}"
            raise TokenMissing(message)
        return tokens[0]

    def _module(self) -> Module:
        with self.lock:
            if self._loaded is None:
                self._loaded = Module(self.module)
                self._loaded.initialize()
            elif self._process != os.getpid():
                self._initialise_again()
            self._process = os.getpid()
            return self._loaded

    def _initialise_again(self) -> None:
        if self._loaded is not None:
            self._loaded.finalize()
            self._loaded.initialize()


def _is_ready(token: pkcs11.Token) -> bool:
    return bool(token.flags & TokenFlag.TOKEN_INITIALIZED)


_libraries: dict[Path, Library] = {}
_registry = threading.Lock()


def library(module: Path) -> Library:
    """The process's one Library for a module file."""
    with _registry:
        return _libraries.setdefault(module.resolve(), Library(module.resolve()))


def _after_fork() -> None:
    global _registry  # noqa: PLW0603 - the parent's lock may be held for ever
    _registry = threading.Lock()
    for known in _libraries.values():
        known.forked()


os.register_at_fork(after_in_child=_after_fork)
