"""The C functions that python-pkcs11 calls wrongly or not at all.

It calls C_Initialize(NULL), which promises that only one thread ever uses the module (PKCS#11 2.40,
5.4): SoftHSM then switches its locks off, and two threads corrupt its memory. C_InitToken it does
not have. So both are called here, and python-pkcs11 is given a module that is initialised.
"""

import ctypes
from pathlib import Path
from typing import Any

from pkcs11._pkcs11 import lib as LoadedModule  # noqa: N812 - a class with a C name

from runtime.pkcs11_errors import TokenFailed

__all__ = ["LoadedModule", "Module"]

_OS_LOCKING_OK = 0x2
_ALREADY_INITIALIZED = 0x191
_LABEL_BYTES = 32


class _InitializeArguments(ctypes.Structure):
    _fields_ = (
        ("create_mutex", ctypes.c_void_p),
        ("destroy_mutex", ctypes.c_void_p),
        ("lock_mutex", ctypes.c_void_p),
        ("unlock_mutex", ctypes.c_void_p),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


class Module:
    """A shared library that speaks PKCS#11. Raises TokenFailed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._c = ctypes.CDLL(str(path))
            # Without __init__, which would call C_Initialize(NULL).
            make: Any = LoadedModule.__new__
            self.functions: LoadedModule = make(LoadedModule, str(path))
        except (OSError, RuntimeError) as error:
            message = f"{path}: the module does not load ({type(error).__name__}: {error})"
            raise TokenFailed(message) from error

    def initialize(self) -> None:
        """C_Initialize for many threads."""
        arguments = _InitializeArguments(flags=_OS_LOCKING_OK)
        answer = self._c.C_Initialize(ctypes.byref(arguments))
        if answer not in {0, _ALREADY_INITIALIZED}:
            raise self._failed("C_Initialize", answer)

    def finalize(self) -> None:
        """C_Finalize. A module that forgot itself, as after a fork, may refuse: no matter."""
        self._c.C_Finalize(None)

    def init_token(self, slot: int, label: str, so_pin: str) -> None:
        """C_InitToken: the slot's token, with its security officer's PIN."""
        pin, name = so_pin.encode(), label.encode().ljust(_LABEL_BYTES)
        answer = self._c.C_InitToken(ctypes.c_ulong(slot), pin, ctypes.c_ulong(len(pin)), name)
        if answer:
            raise self._failed("C_InitToken", answer)

    def _failed(self, function: str, answer: int) -> TokenFailed:
        return TokenFailed(f"{self.path}: {function} answered 0x{answer:x}")
