"""One sent envelope with everybody before the last button."""

from contextlib import ExitStack, closing
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from cli.faults.trial import STORY_SECONDS, Trial, plan
from cli.selftest.browser import Browser
from cli.selftest.pages import Form
from cli.selftest.patience import Patience
from cli.selftest.sender import Clerk
from cli.selftest.signer import ACT, Person, Signer
from domain.kinds import ActKind, RevisionKind
from storage.tables import Act, Document, Envelope, Revision


class Table:
    """Around one envelope, in parallel order."""

    def __init__(
        self, trial: Trial, windows: ExitStack, signers: int, deadline_at: datetime | None = None
    ) -> None:
        self.trial, self.windows = trial, windows
        self.patience = Patience(STORY_SECONDS)
        stage, planned = trial.stage, plan(trial.stage, signers)
        self.people = planned.people
        self.clerk = Clerk(stage.window.tab(self.patience))
        self.clerk.create()
        self.clerk.upload(planned.files, [])
        with stage.halted("envelopes"):
            self.clerk.send(planned.title, planned.people, "parallel")
            if deadline_at is not None:
                # Pages offer whole days. Nobody has read the row yet: the workflow starts later.
                stage.set_deadline(self.envelope_id, deadline_at)
        self.clerk.wait_until_running()
        self.signers = [self.signer(person) for person in planned.people]
        for signer in self.signers:
            signer.ready()

    @property
    def envelope_id(self) -> UUID:
        """As its page's address says."""
        return UUID(self.clerk.url.rstrip("/").rsplit("/", 1)[1])

    def signer(self, person: Person) -> Signer:
        """A person with a device of his own."""
        browser = Browser(self.trial.stage.home.base_url, self.patience)
        self.windows.enter_context(closing(browser))
        return Signer(person, browser, self.trial.stage.mailbox)

    def form(self, signer: Signer) -> Form:
        """What his last button sends."""
        return signer.confirmation.form(ACT)

    def state(self) -> str:
        """As the rows say."""
        with self.trial.stage.reading() as session:
            return session.get_one(Envelope, self.envelope_id).state

    def acts(self, kind: ActKind = ActKind.SIGN) -> list[Act]:
        """What people posted of this kind, oldest first."""
        with self.trial.stage.reading() as session:
            return list(
                session.scalars(
                    select(Act)
                    .where(Act.envelope_id == self.envelope_id, Act.kind == kind.value)
                    .order_by(Act.posted_at)
                )
            )

    def counts(self) -> tuple[int, int]:
        """Accepted signing acts and signed revisions of this envelope."""
        signed = (
            select(func.count())
            .select_from(Revision)
            .join(Document, Document.id == Revision.document_id)
            .where(
                Document.envelope_id == self.envelope_id,
                Revision.kind == RevisionKind.SIGNATURE.value,
            )
        )
        with self.trial.stage.reading() as session:
            found = session.scalar(signed) or 0
        return sum(act.accepted is True for act in self.acts()), found
