"""Invitations: the link is derived here, kept as a hash, and mailed."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import beating, bounded
from activities.notices import MAIL_DELAYED
from domain.messages import InvitationRef, NoticeOutcome
from domain.ports.desks import InvitationDesk
from domain.ports.notices import InvitationMint, MailComposer, MailDelayed, MailRefused, Postman


class InvitationActivities:
    """Effects on invitations."""

    def __init__(
        self, desk: InvitationDesk, mint: InvitationMint, composer: MailComposer, postman: Postman
    ) -> None:
        self._desk = desk
        self._mint = mint
        self._composer = composer
        self._postman = postman

    @activity.defn
    @bounded
    def send_invitation(self, invitation: InvitationRef) -> NoticeOutcome:
        """Mail what is due: a repeat sends the same link, and an invitation that was ordered again
        meanwhile gets its new one."""
        outcome = NoticeOutcome()
        with beating():
            while (notice := self._desk.due(invitation.invitation_id)) is not None:
                key, generation = notice.notice_id, notice.link_generation
                issued = self._mint.issue(key, generation)
                if not self._desk.issued(key, generation, issued.stored):
                    continue
                try:
                    self._postman.deliver(self._composer.compose(notice, issued.code), key)
                except MailRefused:
                    self._desk.sent(key, generation, accepted=False)
                    outcome = NoticeOutcome(failed=1)
                    continue
                except MailDelayed as delayed:
                    raise ApplicationError(
                        "an invitation is delayed", type=MAIL_DELAYED
                    ) from delayed
                self._desk.sent(key, generation, accepted=True)
                outcome = NoticeOutcome(sent=1)
        return outcome
