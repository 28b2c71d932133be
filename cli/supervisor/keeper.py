"""Keeps one program running: start, wait until it answers, watch, restart with growing pauses."""

import asyncio
import contextlib
from pathlib import Path

from cli.supervisor.board import Board, ProcessState
from cli.supervisor.child import Child
from cli.supervisor.logs import limit
from cli.supervisor.program import Program

PROBE_PAUSE = 0.25
WATCH_PAUSE = 3.0
SILENCE_SECONDS = 60.0
"""A process that exists but does not answer for so long is started anew."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""However often it is killed, a process is back before its steps are given out again."""
STEADY_SECONDS = 60.0
"""Whoever was up for so long may fail again without waiting long."""


class Keeper:
    """Keeps one program running until `stop`."""

    def __init__(self, program: Program, log: Path, board: Board) -> None:
        self.program = program
        self.was_up = asyncio.Event()
        self._log = log
        self._board = board
        self._child: Child | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, earlier: "list[Keeper]") -> None:
        """Begin, as soon as the `earlier` ones are up."""
        self._task = asyncio.create_task(self._keep(earlier), name=self.program.name)

    async def stop(self) -> None:
        """End the process and stop keeping it."""
        if self._task is not None:
            self._task.cancel()
            # What went wrong in the task is said by `failed`; here only its end counts.
            await asyncio.wait([self._task])
        if self._child is not None:
            await self._child.stop()
        self._board.change(self.program.name, ProcessState.STOPPED)

    def kill(self) -> None:
        """At once, for operators who press Ctrl-C twice."""
        if self._child is not None:
            self._child.kill()

    async def _keep(self, earlier: "list[Keeper]") -> None:
        for keeper in earlier:
            await keeper.was_up.wait()
        pause = FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            reason = await self._one_life()
            lived = asyncio.get_running_loop().time() - began
            pause = FIRST_PAUSE if lived > STEADY_SECONDS else pause
            self._board.entry(self.program.name).restarts += 1
            self._board.change(self.program.name, ProcessState.FAILING, reason=reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _one_life(self) -> str:
        """Start the program and stay with it to its end; return why it ended. Trouble of our own,
        such as a disk on which no log can be opened, ends this life and not the keeping."""
        try:
            child = self._child = await Child.start(self.program, self._log)
        except OSError as error:
            return f"cannot be started: {error.strerror}: {error.filename}"
        self._board.change(self.program.name, ProcessState.STARTING, pid=child.pid)
        end = asyncio.create_task(child.ended())
        watch = asyncio.create_task(self._watch(child))
        try:
            await asyncio.wait({end, watch}, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                return end.result()
            await child.stop()
            trouble = watch.exception()
            return f"cannot be watched: {trouble}" if trouble is not None else watch.result()
        finally:
            for task in (end, watch):
                task.cancel()
            await asyncio.gather(end, watch, return_exceptions=True)

    async def _watch(self, child: Child) -> str:
        """Return only when the process must be replaced, with the reason."""
        reason = await self._wait_until_it_answers(child)
        if reason:
            return reason
        self.was_up.set()
        self._board.change(self.program.name, ProcessState.UP, pid=child.pid)
        return await self._watch_until_it_is_silent(child)

    async def _wait_until_it_answers(self, child: Child) -> str | None:
        reason: str | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.program.start_seconds):
                # Polled: what another process does sets no event of ours.
                while reason := await self._not_up(child.pid):  # noqa: ASYNC110
                    await asyncio.sleep(PROBE_PAUSE)
                return None
        return f"did not come up in {self.program.start_seconds:.0f} s: {reason}"

    async def _not_up(self, pid: int) -> str | None:
        return await self.program.probe(pid) or await self._run_first()

    async def _run_first(self) -> str | None:
        if not self.program.first:
            return None
        with self._log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *self.program.first, stdout=output, stderr=output, env=self.program.environment
            )
            code = await process.wait()
        return f"`{' '.join(self.program.first)}` ended with code {code}" if code else None

    async def _watch_until_it_is_silent(self, child: Child) -> str:
        loop = asyncio.get_running_loop()
        answered_at = loop.time()
        while True:
            await asyncio.sleep(WATCH_PAUSE)
            limit(self._log)
            reason = await self.program.probe(child.pid)
            if reason is None:
                answered_at = loop.time()
                self._board.change(self.program.name, ProcessState.UP, pid=child.pid)
            elif loop.time() - answered_at > SILENCE_SECONDS:
                return f"{reason}, for {SILENCE_SECONDS:.0f} s"
            else:
                self._board.change(
                    self.program.name, ProcessState.FAILING, pid=child.pid, reason=reason
                )
