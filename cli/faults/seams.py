"""Where the points lie: the seams through which a process has its effects.

Patched from outside, in processes that the harness started; production code has no hook.
"""

import os
import smtplib
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from cli.faults.points import Moment, Points

Error = Callable[[], Exception]
_NOT_THE_CALLER = ("contextlib.py", "seams.py")


def arm() -> None:
    """Patch what this process may do. Called once, before anything of it runs."""
    points = Points(Path(os.environ["FAULTS_FOLDER"]))
    process = os.environ["MUSUBI_PROCESS"]
    for seam in (_commits, _blobs, *_OF_PROCESS.get(process, ())):
        seam(points, process)


def _commits(points: Points, process: str) -> None:
    from sqlalchemy.exc import OperationalError

    from storage.database import Database

    original = Database.transaction

    def timed_out() -> Exception:
        return OperationalError("faults", None, sqlite3.OperationalError("faults"))

    @contextmanager
    def transaction(self: Database) -> Iterator[Any]:
        point = f"{process}:commit:{_caller()}"
        with original(self) as session:
            yield session
            points.reach(point, Moment.BEFORE, timed_out)
        points.reach(point, Moment.AFTER, timed_out)

    _put(Database, "transaction", transaction)


def _caller() -> str:
    """`<file>.<qualified name>` of the function that opened the transaction."""
    frame = sys._getframe(2)  # noqa: SLF001 - the documented way to look at callers
    while frame.f_back and frame.f_code.co_filename.endswith(_NOT_THE_CALLER):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}".replace("<", "")


def _blobs(points: Points, process: str) -> None:
    from storage.blobfiles import IncomingFile

    def no_space() -> Exception:
        return OSError(28, "No space left on device")

    _around(points, f"{process}:blob:keep", IncomingFile, "keep", no_space)


def _key(points: Points, process: str) -> None:
    """C_Sign of the signing key; the canary has a point of its own."""
    from runtime.pkcs11 import Token
    from runtime.pkcs11_errors import TokenFailed

    original = Token.sign

    def sign(self: Token, key_label: str, data: bytes, algorithm: str) -> bytes:
        point = f"{process}:sign:{key_label}"
        points.reach(point, Moment.BEFORE, lambda: TokenFailed("faults"))
        value = original(self, key_label, data, algorithm)
        points.reach(point, Moment.AFTER, lambda: TokenFailed("faults"))
        return value

    _put(Token, "sign", sign)


def _sessions(points: Points, process: str) -> None:
    """Around C_Sign itself, below what heals: a session that the module has closed (real: the next
    call answers CKR_SESSION_HANDLE_INVALID), and a device that fails."""
    from runtime import pkcs11

    device_error = _at_home("pkcs11.exceptions", "DeviceError")
    original = pkcs11._sign  # noqa: SLF001 - the one place where C_Sign is called

    def sign(session: Any, label: str, data: bytes, how: Any) -> bytes:  # noqa: ANN401 - whatever it wraps
        lost, failed = f"{process}:session:{label}", f"{process}:device:{label}"
        with suppress(_Closed):
            points.reach(lost, Moment.BEFORE, lambda: _close(session))
        points.reach(failed, Moment.BEFORE, device_error)
        value = original(session, label, data, how)
        with suppress(_Closed):
            points.reach(lost, Moment.AFTER, lambda: _close(session))
        points.reach(failed, Moment.AFTER, device_error)
        return value

    setattr(pkcs11, "_sign", sign)  # noqa: B010 - typed as a function, replaced by one


class _Closed(Exception):
    """The session is closed, and nobody has noticed yet."""


def _close(session: Any) -> Exception:  # noqa: ANN401 - a session of the library
    session.raw.close()
    return _Closed()


def _logins(points: Points, process: str) -> None:
    """Each is one C_Login that was answered: a wrong PIN may be tried once."""
    from runtime.pkcs11_errors import TokenFailed
    from runtime.pkcs11_pin import PinFile

    def failed() -> Exception:
        return TokenFailed("faults")

    _around(points, f"{process}:login:refused", PinFile, "refused", failed)
    _around(points, f"{process}:login:accepted", PinFile, "accepted", failed)


def _tokens(points: Points, process: str) -> None:
    from signing.timestamps import TimestampClient, TokenRejected

    def timed_out() -> Exception:
        return TokenRejected("timeout")

    _around(points, f"{process}:token:stamp", TimestampClient, "_stamp", timed_out)


def _mail(points: Points, process: str) -> None:
    from notices.postman import SmtpPostman

    def hung_up() -> Exception:
        return smtplib.SMTPServerDisconnected("faults")

    _around(points, f"{process}:mail:send", SmtpPostman, "_send", hung_up)


def _starts(points: Points, process: str) -> None:
    """Workflow starts and repeated acts, as the relay carries them to Temporal."""
    relay = _at_home("workers.relay", "Relay")
    _around_async(points, f"{process}:temporal:start", relay, "_start_workflow")
    _around_async(points, f"{process}:temporal:update", relay, "_submit")


def _updates(points: Points, process: str) -> None:
    gateway = _at_home("webapp.gateway", "Gateway")
    _around_async(points, f"{process}:temporal:update", gateway, "_submit")


_OF_PROCESS: dict[str, tuple[Callable[[Points, str], None], ...]] = {
    "web": (_updates, _logins),
    "envelopes": (_mail, _starts, _logins),
    "documents": (_logins,),
    "signing": (_key, _sessions, _tokens, _logins),
}


def _at_home(module: str, name: str) -> type:
    """A class of a room that this one may not import: inside its process it is at home."""
    found: type = getattr(import_module(module), name)
    return found


def _around(points: Points, point: str, owner: type, name: str, error: Error) -> None:
    original = getattr(owner, name)

    def reaching(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever it wraps
        points.reach(point, Moment.BEFORE, error)
        result = original(*args, **kwargs)
        points.reach(point, Moment.AFTER, error)
        return result

    _put(owner, name, reaching)


def _around_async(points: Points, point: str, owner: type, name: str) -> None:
    original = getattr(owner, name)

    def away() -> Exception:
        return RuntimeError("faults")

    async def reaching(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever it wraps
        points.reach(point, Moment.BEFORE, away)
        result = await original(*args, **kwargs)
        points.reach(point, Moment.AFTER, away)
        return result

    _put(owner, name, reaching)


def _put(owner: type, name: str, replacement: object) -> None:
    setattr(owner, name, replacement)
