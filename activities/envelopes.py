"""The projection of an envelope's state into the database."""

from temporalio import activity

from activities.boundary import bounded
from domain.messages import (
    Ending,
    EnvelopePlan,
    EnvelopeRef,
    HindranceChange,
    LinkRenewal,
    PreparationOutcome,
    Snapshot,
    StageOpening,
)
from domain.ports.desks import EnvelopeDesk
from domain.refusals import RefusalCode


class EnvelopeActivities:
    """Effects on envelopes."""

    def __init__(self, desk: EnvelopeDesk) -> None:
        self._desk = desk

    @activity.defn
    @bounded
    def envelope_plan(self, envelope: EnvelopeRef) -> EnvelopePlan:
        """The route as it was sent."""
        return self._desk.plan(envelope.envelope_id)

    @activity.defn
    @bounded
    def open_stage(self, opening: StageOpening) -> None:
        """The slots of a stage are asked."""
        self._desk.open_stage(opening)

    @activity.defn
    @bounded
    def project(self, snapshot: Snapshot) -> None:
        """Show the workflow's state."""
        self._desk.project(snapshot)

    @activity.defn
    @bounded
    def hinder(self, change: HindranceChange) -> None:
        """Begin or end waiting for something besides people."""
        self._desk.hinder(change)

    @activity.defn
    @bounded
    def end_envelope(self, ending: Ending) -> None:
        """The envelope has ended."""
        self._desk.end(ending)

    @activity.defn
    @bounded
    def return_to_draft(self, envelope: EnvelopeRef, outcome: PreparationOutcome) -> None:
        """Preparation failed: give the envelope back to its sender."""
        self._desk.return_to_draft(
            envelope.envelope_id,
            outcome.refusal or RefusalCode.NOT_PREPARABLE,
            outcome.document_id,
        )

    @activity.defn
    @bounded
    def renew_links(self, renewal: LinkRenewal) -> None:
        """New links for people who are asked anew."""
        self._desk.renew_links(renewal)

    @activity.defn
    @bounded
    def close_download(self, envelope: EnvelopeRef) -> None:
        """The download window is over."""
        self._desk.close_download(envelope.envelope_id)
