"""Whether a workflow that bears the name of one of ours was started by us.

Temporal's port lets anybody who reaches it start a workflow under an id that we will need: of
another type, on a queue that nobody serves, or delayed by years. Our own start is known by its
input, which only a holder of the codec key can write.
"""

from datetime import timedelta

from temporalio.api.history.v1 import WorkflowExecutionStartedEventAttributes
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from domain.messages import Message, Untrusted
from domain.names import ENVELOPES_QUEUE
from domain.route import EnvelopeStart

RPC = timedelta(seconds=10)
SQUATTER = "not started by this service"
"""The reason that Temporal keeps of the termination."""


async def started_by_us(client: Client, workflow_id: str, kind: str, start: Message) -> bool:
    """Whether the newest run has our type, our queue, no delay, and `start` as its input.

    Raises RPCError while Temporal does not answer, or NOT_FOUND without such a workflow.
    """
    handle = client.get_workflow_handle(workflow_id)
    events = handle.fetch_history_events(page_size=1, rpc_timeout=RPC)
    first = (await anext(events)).workflow_execution_started_event_attributes
    if first.workflow_type.name != kind or first.task_queue.name != ENVELOPES_QUEUE:
        return False
    if first.first_workflow_task_backoff.ToTimedelta() or first.cron_schedule:
        return False
    return await _says(client, first, start)


async def _says(
    client: Client, first: WorkflowExecutionStartedEventAttributes, start: Message
) -> bool:
    payloads = first.input.payloads
    if len(payloads) != 1:
        return False
    try:
        [said] = await client.data_converter.decode(payloads, [type(start)])
    except ValueError:  # a ciphertext of ours, copied from another kind of message
        return False
    if isinstance(said, EnvelopeStart) and isinstance(start, EnvelopeStart):
        return said.envelope_id == start.envelope_id
    return not isinstance(said, Untrusted) and said == start


async def make_room(
    client: Client, taken: WorkflowAlreadyStartedError, kind: str, start: Message
) -> bool:
    """End a squatter under an id that we need; False when it is our own workflow."""
    if await started_by_us(client, taken.workflow_id, kind, start):
        return False
    handle = client.get_workflow_handle(taken.workflow_id)
    await handle.terminate(reason=SQUATTER, rpc_timeout=RPC)
    return True
