"""The child process: `python -m signing.child`, started by a ChildPool and by nobody else.

It answers one job at a time on the socket that is its standard input. Each answer is typed:
`done`, `refused` (a reason code), `invalid` (what was made does not verify), `too_costly`, or
`failed` (the class of an unforeseen error and where it arose, never its message: messages may
quote the document).
"""

import os
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from domain.limits import CHILD_MEMORY_BYTES
from signing.confine import confine, grant_cpu
from signing.frames import Channel, Frame, FrameBroken


def main() -> None:
    """Confine, say hello, work until the parent closes."""
    confinement = confine(CHILD_MEMORY_BYTES)
    channel = Channel(socket.socket(fileno=os.dup(0)))
    from runtime.memory import settle
    from signing.work.jobs import perform  # the parsers load only after confinement

    settle()
    channel.send(Frame("hello", asdict(confinement)))
    while True:
        try:
            request = channel.receive()
        except FrameBroken:
            return
        grant_cpu(int(request.fields.get("cpu_seconds", 1)))
        answer = _answer(perform, request, channel)
        channel.send(answer)
        if answer.kind == "too_costly":
            return


def _answer(perform: Callable[[Frame, Channel], Frame], request: Frame, channel: Channel) -> Frame:
    from domain.ports.signatures import SignatureInvalid
    from domain.refusals import Refusal

    try:
        return perform(request, channel)
    except Refusal as refusal:
        return Frame("refused", {"code": refusal.code.value, "mends": refusal.mends})
    except SignatureInvalid as invalid:
        return Frame("invalid", {"code": str(invalid)})
    except (MemoryError, RecursionError):
        return Frame("too_costly")
    except FrameBroken:
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - pyHanko and pikepdf raise anything on odd files
        return Frame("failed", {"error": type(error).__name__, "at": _places(error.__traceback__)})


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-4:]
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]


if __name__ == "__main__":
    main()
