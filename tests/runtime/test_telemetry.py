"""Logs hold one object a line, whatever is logged."""

import json
import subprocess
import sys

from tests.hostile import NAMES

SCRIPT = """
from runtime.settings import ProcessSettings
from runtime.telemetry import configure_logging, logger
from tests.hostile import NAMES
import logging

configure_logging(ProcessSettings(process="test"))
log = logger("x")
for name in NAMES:
    log.warning("event", value=name, name=name, path=["/l/", name])
    logging.getLogger("library").warning("says %s", name)
    try:
        raise ValueError(name)
    except ValueError as error:
        log.error("failed", exc_info=error)
"""


def test_no_name_ends_a_line_or_writes_one_of_its_own() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, check=True, timeout=120
    )
    written = ran.stderr
    assert written.isascii()
    assert not set(written.decode()) & set("\x1b\x7f\r\x00")
    lines = [json.loads(line) for line in written.decode().splitlines()]
    assert len(lines) == 3 * len(NAMES)
    for number, name in enumerate(NAMES):
        event, library, failure = lines[3 * number : 3 * number + 3]
        assert event["value"] == name
        assert event["name"] == "[removed]"
        assert library["event"] == f"says {name}"
        assert failure["exception"][0]["exc_value"] == name
