"""However slow workflows are, threads are left to answer people."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.service import RPCError, RPCStatusCode

from domain.messages import ActAnswer
from runtime.settings import TemporalPart
from webapp.gateway import WAITING_ACTS, Gateway

MANY = 5 * WAITING_ACTS
PATIENCE = 20.0


class Slow(Gateway):
    """Knows what workflows were told, and answers for them once `free` is set."""

    def __init__(self) -> None:
        super().__init__(TemporalPart(codec_key_file=Path("unused")))
        self.told: set[UUID] = set()
        self.free = threading.Event()
        self.away = False
        self.slow_to_connect = 0.0
        self.later: list[float] = []
        self.all_told = threading.Semaphore(0)

    async def _submit_after(self, seconds: float, envelope_id: UUID, act_id: UUID) -> None:
        self.later.append(seconds)
        await super()._submit_after(seconds and 0.01, envelope_id, act_id)

    async def _submit(self, envelope_id: UUID, act_id: UUID) -> ActAnswer | None:
        await asyncio.sleep(self.slow_to_connect)
        self.told.add(act_id)
        self.all_told.release()
        if self.away:
            raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")
        await asyncio.to_thread(self.free.wait, PATIENCE)
        return ActAnswer(accepted=True)


@pytest.fixture
def slow() -> Slow:
    return Slow()


def test_only_some_are_waited_for_and_all_are_told(slow: Slow) -> None:
    acts, answered = [uuid4() for _ in range(MANY)], threading.Semaphore(0)

    def press(act: UUID) -> ActAnswer | None:
        answer = slow.submit(uuid4(), act, PATIENCE)
        answered.release()
        return answer

    with ThreadPoolExecutor(MANY) as pool:
        answers = pool.map(press, acts)
        for _ in range(MANY - WAITING_ACTS):
            assert answered.acquire(timeout=PATIENCE), "somebody waits who need not"
        assert not answered.acquire(timeout=0.2), "nobody waits"
        slow.free.set()
        assert [answer is not None for answer in answers].count(True) == WAITING_ACTS
    for _ in acts:
        assert slow.all_told.acquire(timeout=PATIENCE)
    assert slow.told == set(acts)
    # A refusal reaches them by mail, which it does if it comes after the time for an answer.
    assert slow.later == [PATIENCE] * (MANY - WAITING_ACTS)


def test_a_place_is_free_again_after_each_answer_and_each_outage(slow: Slow) -> None:
    slow.free.set()
    assert all(slow.submit(uuid4(), uuid4(), PATIENCE) for _ in range(MANY))
    slow.away = True
    assert not any(slow.submit(uuid4(), uuid4(), PATIENCE) for _ in range(MANY))
    slow.away = False
    assert slow.submit(uuid4(), uuid4(), PATIENCE)


def test_who_has_waited_for_his_row_is_told_and_waits_no_more(slow: Slow) -> None:
    act = uuid4()
    assert slow.submit(uuid4(), act, 0.0) is None
    slow.free.set()
    assert slow.submit(uuid4(), uuid4(), PATIENCE)
    assert act in slow.told


def test_an_act_is_told_however_little_time_is_left_to_wait(slow: Slow) -> None:
    slow.slow_to_connect = 0.2
    assert slow.submit(uuid4(), uuid4(), 0.01) is None
    assert slow.all_told.acquire(timeout=PATIENCE)
