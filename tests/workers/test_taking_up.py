"""Envelopes that had ended, or were about to, when their workflow was lost: the rows say what is
left, and one workflow does it, once."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.closing import ClosingActivities
from activities.envelopes import EnvelopeActivities
from activities.history import HistoryActivities, RunHistory
from domain.kinds import ActKind, EnvelopeState, NoticeKind, SlotState
from domain.messages import Ending, NoticeOrder, NoticeOutcome, SignOrder, SignOutcome
from domain.names import (
    ENVELOPES_QUEUE,
    SIGNING_QUEUE,
    closing_workflow_id,
    envelope_workflow_id,
)
from storage.desks.closing import StoredClosingDesk
from storage.tables import Envelope, Notice, Stage
from tests.storage.world import Journey, World, build_world, carry_out, column, now, person
from tests.workflows.conftest import skipping
from workers.housekeeping import Housekeeping
from workers.queues import Step, rows_worker

__all__ = ["skipping"]


@dataclass
class Listing:
    """The time-skipping server, which lists nothing; what was started is remembered."""

    client: Client
    started: list[WorkflowHandle[Any, Any]] = field(default_factory=list)

    async def list_workflows(self, _query: str, **_: Any) -> AsyncIterator[Any]:
        nothing: tuple[Any, ...] = ()
        for found in nothing:
            yield found

    def get_workflow_handle(self, workflow_id: str) -> Any:
        return self.client.get_workflow_handle(workflow_id)

    async def start_workflow(self, *args: Any, **how: Any) -> None:
        self.started.append(await self.client.start_workflow(*args, **how))


@pytest.fixture
def world(ready_url: str, tmp_path: Path) -> Iterator[World]:
    built = build_world(ready_url, tmp_path)
    yield built
    built.database.close()


@asynccontextmanager
async def serving(client: Client, world: World) -> AsyncIterator[None]:
    """Real rows; signatures without a key, mails without a server."""

    @activity.defn(name="sign_act")
    def sign(order: SignOrder) -> SignOutcome:
        carry_out(world, order.envelope_id, order.act_id)
        return SignOutcome(documents=1)

    @activity.defn(name="send_notices")
    def send(order: NoticeOrder) -> NoticeOutcome:
        waiting = world.notices.enqueue(order)
        for notice in waiting:
            world.notices.sent(notice.notice_id)
        return NoticeOutcome(sent=len(waiting))

    states = EnvelopeActivities(world.envelopes)
    rows: list[Step] = [
        states.envelope_plan,
        states.project,
        states.end_envelope,
        states.close_download,
        states.hinder,
        ClosingActivities(StoredClosingDesk(world.database)).aftermath,
        HistoryActivities(
            world.envelopes, lambda name, _run: RunHistory(name.encode())
        ).keep_history,
    ]
    pool = ThreadPoolExecutor(4)
    async with AsyncExitStack() as stack:
        for worker in (
            rows_worker(client, rows),
            Worker(client, task_queue=ENVELOPES_QUEUE, activities=[send], activity_executor=pool),
            Worker(client, task_queue=SIGNING_QUEUE, activities=[sign], activity_executor=pool),
        ):
            await stack.enter_async_context(worker)
        yield


async def taken_up(skipping: WorkflowEnvironment, world: World) -> list[str]:
    """What two rounds of the watch start, each carried to its end."""
    listing = Listing(skipping.client)
    url = "https://sign.example.jp"
    keeper = Housekeeping(cast("Client", listing), world.database, world.vault, base_url=url)
    async with serving(skipping.client, world):
        for _ in range(2):
            known = len(listing.started)
            await keeper.watch()
            for handle in listing.started[known:]:
                await handle.result()
    return [handle.id for handle in listing.started]


def begun(world: World) -> Journey:
    journey = Journey.begin(world, person("a"), person("b"))
    for entry in world.relay.starts(10):
        world.relay.started(entry.item_id)
    return journey


def done(world: World) -> UUID:
    """Everybody has signed, and the end is in the rows."""
    journey = begun(world)
    journey.sign("a")
    if not journey.route.all_stages_met():
        journey.open()
    journey.sign("b")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    return journey.envelope_id


def told(world: World, envelope_id: UUID, kind: NoticeKind) -> list[str]:
    """States of the mails of a kind."""
    query = select(Notice.state).where(Notice.envelope_id == envelope_id, Notice.kind == kind.value)
    with world.reading() as session:
        return list(session.scalars(query))


async def test_a_withdrawal_that_was_answered_is_concluded(
    skipping: WorkflowEnvironment, world: World
) -> None:
    """With the signature that was accepted before it, its ending, its mails and its history."""
    journey = begun(world)
    envelope_id = journey.envelope_id
    journey.act("a", ActKind.SIGN)
    journey.decide(world.withdraw(envelope_id))
    assert column(world, Envelope, envelope_id, "state") == EnvelopeState.WITHDRAWN
    assert await taken_up(skipping, world) == [envelope_workflow_id(envelope_id)]
    assert world.slot(envelope_id, "a").state == SlotState.DONE
    tags = world.tags(envelope_id)
    assert tags.count("envelope:withdrawn") == tags.count("history:exported") == 1
    assert set(told(world, envelope_id, NoticeKind.WITHDRAWN)) == {"sent"}


async def test_a_withdrawal_before_anybody_was_asked_is_concluded(
    skipping: WorkflowEnvironment, world: World
) -> None:
    journey = begun(world)
    envelope_id = journey.envelope_id
    journey.decide(world.withdraw(envelope_id))
    with world.database.transaction() as session:
        for stage in session.query(Stage).filter_by(envelope_id=envelope_id):
            stage.opened_at = None
    assert await taken_up(skipping, world) == [envelope_workflow_id(envelope_id)]
    assert world.tags(envelope_id).count("envelope:withdrawn") == 1


@pytest.mark.parametrize("mailed", [False, True])
async def test_people_of_a_finished_envelope_are_told_once_and_its_downloads_close(
    skipping: WorkflowEnvironment, world: World, *, mailed: bool
) -> None:
    envelope_id = done(world)
    if mailed:
        order = NoticeOrder(envelope_id=envelope_id, kind=NoticeKind.COMPLETED, occasion="end")
        for notice in world.notices.enqueue(order):
            world.notices.sent(notice.notice_id)
    assert await taken_up(skipping, world) == [closing_workflow_id(envelope_id)]
    tags = world.tags(envelope_id)
    assert tags.count("download:closed") == tags.count("history:exported") == 1
    assert told(world, envelope_id, NoticeKind.COMPLETED) == ["sent"] * 3


def test_who_was_told_nothing_has_as_long_to_fetch_the_documents(world: World) -> None:
    envelope_id = done(world)
    late = now() + timedelta(hours=1)
    world.set(Envelope, envelope_id, download_until=late)
    left = StoredClosingDesk(world.database).aftermath(envelope_id)
    assert left.tell
    assert left.download_until is not None
    assert left.download_until > now() + timedelta(days=13)
    order = NoticeOrder(envelope_id=envelope_id, kind=NoticeKind.COMPLETED, occasion="end")
    world.notices.enqueue(order)
    world.set(Envelope, envelope_id, download_until=late)
    left = StoredClosingDesk(world.database).aftermath(envelope_id)
    assert left.tell  # they wait to be sent
    assert left.download_until == late


def test_nothing_is_left_of_what_runs_or_was_closed(world: World) -> None:
    desk = StoredClosingDesk(world.database)
    assert desk.aftermath(begun(world).envelope_id).state is None
    envelope_id = done(world)
    assert desk.aftermath(envelope_id).state is EnvelopeState.DONE
    world.envelopes.keep_history(envelope_id, b"{}")
    assert desk.aftermath(envelope_id).state is None
