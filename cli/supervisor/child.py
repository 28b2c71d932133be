"""One operating-system process, from start to its end."""

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from cli.supervisor.logs import last_words, limit
from cli.supervisor.program import Program

WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""The kernel kills the process when its supervisor dies, even by kill -9 (prctl(2),
PR_SET_PDEATHSIG); util-linux's setpriv asks for it, since Python's preexec_fn is unsafe once there
are threads."""


@dataclass(frozen=True)
class Child:
    """A started process; its output goes to `log`, from byte `log_start` on."""

    program: Program
    process: asyncio.subprocess.Process
    log: Path
    log_start: int

    @classmethod
    async def start(cls, program: Program, log: Path) -> "Child":
        """Start a program in a session of its own, so that Ctrl-C reaches the supervisor only."""
        limit(log)
        with log.open("ab") as output:
            log_start = output.tell()
            process = await asyncio.create_subprocess_exec(
                *WITH_US,
                *("nice", "-n", str(program.niceness)),
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=program.folder,
                env=program.environment,
                start_new_session=True,
            )
        return cls(program, process, log, log_start)

    @property
    def pid(self) -> int:
        """Id of the process; also of its group."""
        return self.process.pid

    async def ended(self) -> str:
        """Wait for the end; say how it ended, with the last words of the log."""
        code = await self.process.wait()
        self.kill()
        how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        # Who is killed has no time for last words: the log's last line would mislead.
        words = "" if code == -signal.SIGKILL else last_words(self.log, self.log_start)
        return f"{words} ({how})" if words else how

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL for it and everything it started."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(self.program.grace_seconds):
                await self.process.wait()
        except TimeoutError:
            self.kill()
            await self.process.wait()
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole group: children of a child must not outlive it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
