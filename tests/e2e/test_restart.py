"""Stopping the stack in the middle and starting it again: it goes on where it was."""

import threading
import time
from pathlib import Path

from cli.selftest.command import Wishes, run
from cli.selftest.judge import VerifyCommand
from cli.selftest.result import Summary
from cli.selftest.stack import start


def test_an_envelope_survives_a_stop_and_a_second_start(tmp_path: Path) -> None:
    stack = start(tmp_path / "home")
    done: list[Summary] = []
    try:
        stack.wait_until_up()
        wishes = Wishes(
            files=(), each=False, signers=2, order="sequence", documents=2, jobs=1,
            seconds=300.0, out=tmp_path / "out",
        )  # fmt: skip
        verify = VerifyCommand(("--trust", str(stack.home.trust / "roots.pem")))
        target = stack.target()
        work = threading.Thread(target=lambda: done.append(run(target, wishes, verify)))
        work.start()
        time.sleep(4)
        assert work.is_alive(), "the envelope was done before the stop"
        assert stack.stop() == 0
        stack = start(tmp_path / "home")
        stack.wait_until_up()
        work.join()
    finally:
        stack.stop()
    assert done, "the selftest itself broke"
    assert done[0].passed, done[0].text()
