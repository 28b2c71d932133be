"""Orders are obeyed once, at their point and moment; nothing in a real home can arm them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.environment import PARTS, process_environment
from cli.faults.points import Moment, Points, What
from cli.faults.supervised import (
    INSIDE,
    INSTRUMENTED,
    clock_file,
    compiler,
    points_folder,
    programs,
    set_clock,
)
from cli.home import Home
from cli.supervisor.stack import stack

SLOW = 60.0
"""Seconds that a machine under load may take to answer."""


@pytest.fixture
def points(tmp_path: Path) -> Points:
    made = Points(tmp_path)
    made.create()
    return made


def test_an_order_is_obeyed_once_at_its_moment(points: Points) -> None:
    points.order("web:commit:x.y", Moment.AFTER, What.FAIL)
    points.reach("web:commit:x.y", Moment.BEFORE, RuntimeError)
    with pytest.raises(TimeoutError):
        points.reach("web:commit:x.y", Moment.AFTER, TimeoutError)
    points.reach("web:commit:x.y", Moment.AFTER, TimeoutError)
    assert [row.moment for row in points.reached_since(0)] == ["before", "after", "after"]
    assert points.withdraw() == []


def test_a_line_that_a_full_disk_tore_hides_no_other(points: Points) -> None:
    for point in ("web:one", "web:two", "web:three"):
        points.reach(point, Moment.BEFORE, RuntimeError)
    one, two, three = points.log.read_text(encoding="ascii").splitlines(keepends=True)
    points.log.write_text(one + two[:9] + two + three, encoding="ascii")
    assert [reached.point for reached in points.reached_since(0)] == ["web:one", "web:three"]


def test_an_order_for_a_point_that_nobody_reaches_is_taken_back(points: Points) -> None:
    points.order("web:commit:x.y", Moment.BEFORE, What.KILL, times=2)
    points.reach("web:commit:x.yz", Moment.BEFORE, RuntimeError)
    assert len(points.withdraw()) == 2


def test_an_order_for_a_whole_seam_lets_as_many_pass_as_it_says(points: Points) -> None:
    points.order("web:commit:*", Moment.AFTER, What.FAIL, passing=2)
    points.reach("web:commit:x.y", Moment.AFTER, TimeoutError)
    points.reach("signing:commit:x.y", Moment.AFTER, TimeoutError)
    points.reach("web:commit:a.b", Moment.AFTER, TimeoutError)
    with pytest.raises(TimeoutError):
        points.reach("web:commit:c.d", Moment.AFTER, TimeoutError)
    points.reach("web:commit:c.d", Moment.AFTER, TimeoutError)


def test_a_killed_process_has_no_time_to_tidy_up(points: Points) -> None:
    points.order("p", Moment.BEFORE, What.KILL)
    program = (
        "import pathlib, sys; from cli.faults.points import *\n"
        "try: Points(pathlib.Path(sys.argv[1])).reach('p', Moment.BEFORE, RuntimeError)\n"
        "finally: print('tidied up')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(points.log.parent)],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (-9, "")


@pytest.mark.parametrize("process", PARTS)
def test_no_setting_of_a_home_arms_a_process(
    tmp_path: Path, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(INSIDE))
    monkeypatch.setenv("FAULTS_FOLDER", str(tmp_path))
    home = Home(tmp_path / "home").with_free_ports()
    with home.config_file.open("a") as config:
        for part in ("all", process):
            config.write(f'[settings.{part}]\npythonpath = "{INSIDE}"\nfaults_folder = "x"\n')
            if process == "all":
                break
    environment = process_environment(Home(home.path), process)
    assert "PYTHONPATH" not in environment
    assert "FAULTS_FOLDER" not in environment


def test_only_the_harness_arms_our_own_processes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    armed = {row.name for row in programs(home) if "FAULTS_FOLDER" in row.environment}
    assert armed == INSTRUMENTED
    assert not any("FAULTS_FOLDER" in row.environment for row in stack(home))


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
def test_a_process_s_clock_is_set_while_it_runs_and_the_time_that_passes_is_not(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    points_folder(home).mkdir()
    [web] = [row for row in programs(home, clocks=True) if row.name == "web"]
    words = {name: web.environment[name] for name in ("LD_PRELOAD", "FAULTS_CLOCK")}
    program = (
        "import datetime, time\n"
        "while input(): print(time.time(), datetime.datetime.now().timestamp(), time.monotonic(), "
        "flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ | words, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        for ahead in (0, 3600, -86400, 0):
            set_clock(clock_file(home, "web"), ahead)
            child.stdin.write("?\n")
            child.stdin.flush()
            clock, moment, passed = map(float, child.stdout.readline().split())
            assert abs(clock - ahead - time.time()) < SLOW
            assert abs(moment - ahead - time.time()) < SLOW
            assert abs(passed - time.monotonic()) < SLOW
        child.stdin.write("\n")
        child.stdin.flush()


def test_no_process_of_a_real_home_has_a_clock_that_can_be_set(tmp_path: Path) -> None:
    for row in (*stack(Home(tmp_path)), *programs(Home(tmp_path))):
        assert not {"LD_PRELOAD", "FAULTS_CLOCK"} & row.environment.keys()


def test_a_process_without_the_harness_has_no_points() -> None:
    words = "import sys, storage.database; print('cli.faults.points' in sys.modules)"
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, check=True, text=True, env=clean
    )
    assert done.stdout.strip() == "False"
