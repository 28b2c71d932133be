"""Acts: what rows say of them, and what the route decided."""

from temporalio import activity

from activities.boundary import bounded
from domain.messages import ActDecision, ActFacts, ActRef, EnvelopeRef, Message
from domain.ports.desks import ActDesk


class ActQuestion(Message):
    """Which act, for which envelope's workflow."""

    envelope: EnvelopeRef
    act: ActRef
    known: int = 0
    """The number of the last answer that the asking workflow knows."""


class ActActivities:
    """Effects on acts."""

    def __init__(self, desk: ActDesk) -> None:
        self._desk = desk

    @activity.defn
    def anchor(self, act: ActRef) -> None:
        """Nothing at all: by the time it runs, the history holds whatever brought the act. A local
        activity says less: it runs before the server has heard of anything."""

    @activity.defn
    @bounded
    def act_facts(self, question: ActQuestion) -> ActFacts:
        """What the database knows of an act, and of answers that the workflow does not know."""
        return self._desk.facts(question.envelope.envelope_id, question.act.act_id, question.known)

    @activity.defn
    @bounded
    def record_decision(self, decision: ActDecision) -> None:
        """Answer the act and show the state after it."""
        self._desk.record(decision)

    @activity.defn
    @bounded
    def unanswered_acts(self, envelope: EnvelopeRef) -> list[ActRef]:
        """Acts that were posted but have no answer, oldest first."""
        return list(self._desk.unanswered(envelope.envelope_id))
