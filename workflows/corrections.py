"""How an accepted correction is carried out: a new version under the same route.

Helpers of the envelope's workflow, which decides when: every signature that was accepted before the
correction is made by then. The route object stays the same one, so that a decision which waits for
its facts meanwhile is made on what holds afterwards.
"""

from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.corrections import CorrectionActivities
    from activities.preparation import PreparationActivities
    from domain.messages import CorrectionHalt, CorrectionOrder, EnvelopeRef, PreparationOutcome
    from domain.refusals import RefusalCode
    from domain.route import Route
    from domain.route_versions import halt_version, start_version, version_is_ready
    from workflows import options, steps


async def carry_out(envelope: EnvelopeRef, route: Route, act_id: UUID) -> bool:
    """Rows and documents of version n+1; False when they could not be prepared and everything
    stands still."""
    order = CorrectionOrder(envelope_id=envelope.envelope_id, act_id=act_id)
    plan = await steps.rows(CorrectionActivities.begin_version, order)
    start_version(route, plan)
    # Envelopes that were under way kept the old version's deadline of a stage, and may have ended
    # by it: their history says so.
    if route.stage_deadline_at is not None and workflow.patched("stage-deadline-of-its-version"):
        route.stage_deadline_at = None
    outcome = await steps.patiently(
        envelope,
        PreparationActivities.prepare_version,
        envelope,
        options.PREPARE,
        options.PATIENT_PREPARE,
    )
    if outcome.refusal is not None:
        await halt(route, outcome)
        return False
    version_is_ready(route)
    return True


async def halt(route: Route, outcome: PreparationOutcome) -> None:
    """Nobody is asked; the sender corrects again or withdraws."""
    halt_version(route)
    await steps.rows(
        CorrectionActivities.halt_version,
        CorrectionHalt(
            snapshot=route.snapshot(),
            refusal=outcome.refusal or RefusalCode.NOT_PREPARABLE,
            document_id=outcome.document_id,
        ),
    )
