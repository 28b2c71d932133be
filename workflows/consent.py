"""The time-stamping of one consent, or of its withdrawal.

Both hold from their POST; nobody waits for this. It goes on until an authority has answered.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.consents import ConsentActivities
    from domain.messages import ConsentOutcome, ConsentRef, Untrusted
    from workflows import options, steps


@workflow.defn
class ConsentWorkflow:
    """Ask for a token, however long an outage lasts."""

    @workflow.run
    async def run(self, consent: ConsentRef | Untrusted | None = None) -> ConsentOutcome:
        """Whether there was anything to do."""
        consent = steps.ours(consent, ConsentRef)
        return await steps.without_end(
            ConsentActivities.stamp_consent, consent, options.PATIENT_SIGN
        )
