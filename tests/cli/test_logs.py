"""Why a process ended, in one line that helps."""

from pathlib import Path

import pytest

from cli.supervisor import logs

TRACEBACK = """\
starting
Traceback (most recent call last):
  File "app.py", line 1, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
[ERROR] Worker failed to boot.
"""


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        ('{"event": "refused", "error": "PinRefused"}\n', "refused: PinRefused"),
        ('{"event": "crash", "exception": [{"exc_type": "OSError"}]}\n', "crash: OSError"),
        (TRACEBACK, "ModuleNotFoundError: No module named 'nothing'"),
        ("x" * 1000, "x" * 200),
    ],
)
def test_last_words_name_the_cause(tmp_path: Path, written: str, words: str) -> None:
    log = tmp_path / "a.log"
    log.write_text(written)
    assert logs.last_words(log) == words


def test_words_of_an_earlier_life_do_not_count(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("the PIN was refused\n")
    assert logs.last_words(log, since=log.stat().st_size) == ""


def test_a_full_log_is_moved_aside_while_its_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 10)
    log = tmp_path / "a.log"
    with log.open("a") as process:
        process.write("a long first line\n")
        process.flush()
        logs.limit(log)
        process.write("second\n")
    assert log.read_text() == "second\n"
    assert (tmp_path / "a.log.1").read_text() == "a long first line\n"
