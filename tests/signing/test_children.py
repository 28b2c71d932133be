"""Children are confined, and their death is an answer."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from domain.refusals import Refusal, RefusalCode
from signing.confine import Isolation
from signing.intake import PoolInspector
from signing.pool import ChildDied, ChildPool, ChildTooCostly, Cost
from tests.files.generate import contract
from tests.files.hostile import HOSTILE


def _children(pool: ChildPool) -> list[int]:
    return [child.process.pid for child in pool._slots.queue]


def test_a_child_sees_neither_pin_nor_settings_nor_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUSUBI_SIGNING_PIN_FILE", "/secret/pin")
    monkeypatch.setenv("SOFTHSM2_CONF", "/secret/conf")
    with ChildPool(1) as pool:
        pool.confinement()
        environment = Path(f"/proc/{_children(pool)[0]}/environ").read_bytes()
    names = {row.partition(b"=")[0].decode() for row in environment.split(b"\0") if row}
    python = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    memory = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"}
    assert names <= {"PATH", "LANG", "LC_ALL", "TZ"} | python | memory


def test_a_child_has_no_network(pool: ChildPool) -> None:
    if pool.confinement().network is Isolation.NONE:
        pytest.skip("this machine allows no network namespace; health says so")
    devices = Path(f"/proc/{_children(pool)[-1]}/net/dev").read_text()
    assert [row.split(":")[0].strip() for row in devices.splitlines()[2:]] == ["lo"]
    routes = Path(f"/proc/{_children(pool)[-1]}/net/route").read_text()
    assert len(routes.splitlines()) <= 1


def test_the_kernel_hides_all_files_of_the_worker_from_a_child(
    pool: ChildPool, tmp_path: Path
) -> None:
    if not pool.confinement().files:
        pytest.skip("this kernel has no Landlock; health says so")
    secret = tmp_path / "signing.pin"
    secret.write_text("1234")
    program = (
        "import sys, os; from signing.confine import confine; confine(1 << 30)\n"
        "for path in sys.argv[1:]:\n"
        "    try: print('read', open(path).read(1))\n"
        "    except PermissionError: print('refused')\n"
        "try: os.kill(os.getppid(), 0)\n"
        "except PermissionError: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, secret, "/etc/passwd", f"/proc/{os.getpid()}/environ"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["refused"] * 4


def test_a_child_holds_no_file_descriptor_of_its_parent(pool: ChildPool, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w"):
        pool.confinement()
        pid = _children(pool)[-1]
        targets = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    assert not [target for target in targets if str(tmp_path) in target]


def test_a_child_may_not_write_files_or_dump_core(pool: ChildPool) -> None:
    pool.confinement()
    limits = Path(f"/proc/{_children(pool)[-1]}/limits").read_text()
    rows = {row[:26].strip(): row[26:].split() for row in limits.splitlines()}
    assert rows["Max file size"][:2] == ["0", "0"]
    assert rows["Max core file size"][:2] == ["0", "0"]
    assert rows["Max address space"][0] == str(1024 * 1024 * 1024)


def test_a_killed_child_is_a_typed_error_and_the_pool_recovers() -> None:
    with ChildPool(1) as pool:
        pool.confinement()
        victim = _children(pool)[0]
        killer = threading.Timer(0.15, os.kill, (victim, signal.SIGKILL))
        killer.start()
        with pytest.raises(ChildDied):
            pool.run("inspect", {}, (HOSTILE["form_bomb"][0](),))
        killer.join()
        assert pool.run("inspect", {}, (contract(),)).fields["pages"] == 1


def test_a_child_that_died_while_idle_is_replaced_unnoticed() -> None:
    with ChildPool(1) as pool:
        pool.confinement()
        os.kill(_children(pool)[0], signal.SIGKILL)
        time.sleep(0.1)
        assert pool.run("inspect", {}, (contract(),)).fields["pages"] == 1


def test_a_job_over_its_time_is_too_costly() -> None:
    with ChildPool(1, Cost(30, 0.3)) as pool:
        pool.confinement()
        with pytest.raises(ChildTooCostly):
            pool.run("inspect", {}, (HOSTILE["form_bomb"][0](),))
        with pytest.raises(Refusal) as refused:
            PoolInspector(pool).inspect(HOSTILE["form_bomb"][0]())
        assert refused.value.code is RefusalCode.TOO_COSTLY


def test_a_job_over_its_cpu_seconds_is_too_costly() -> None:
    with ChildPool(1, Cost(0, 60)) as pool, pytest.raises(ChildTooCostly):
        pool.run("inspect", {}, (HOSTILE["form_bomb"][0](),))


def test_an_interrupted_exchange_never_answers_the_next_job() -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(_: bytes) -> bytes:
        raise Interrupted

    with ChildPool(1) as pool:
        base = pool.run("prepare", {"fields": []}, (contract(),)).parts[0]
        fields = {"field_name": "A", "reserved": 16384, "certificates": 0, "ocsps": 0}
        with pytest.raises(Interrupted):
            pool.run("archive", fields, (base,), timestamp=interrupt)
        assert pool.run("inspect", {}, (contract(2),)).fields["pages"] == 2


def test_many_threads_share_few_children(pool: ChildPool) -> None:
    pages: list[int] = []

    def work(count: int) -> None:
        pages.append(pool.run("inspect", {}, (contract(count),)).fields["pages"])

    threads = [threading.Thread(target=work, args=(count,)) for count in (1, 2, 3, 1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(pages) == [1, 1, 2, 2, 3, 3]
