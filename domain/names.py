"""Names on the Temporal side. They bypass the payload codec: ids only, nothing personal."""

from uuid import UUID

ENVELOPES_QUEUE = "envelopes"
"""Workflows, ledger, mail. Rows and mails have threads of their own (workers/queues.py)."""
ANCHORS_QUEUE = "anchors"
"""What makes an act part of its workflow's history. Apart from mails, which may be many and wait
for a slow server: nobody's act shall wait behind them."""
CODES_QUEUE = "codes"
"""Mails and SMS that somebody waits for at a page: codes, links to a new password. Nobody's shall
wait behind a morning's reminders."""
DOCUMENTS_QUEUE = "documents"
"""Hostile PDFs."""
VERIFICATION_QUEUE = "verification"
"""Whole periods verified, which takes hours: nobody's upload shall wait behind them."""
PICTURES_QUEUE = "pictures"
"""Pages of long documents, drawn while the document is used already: no upload's check shall wait
behind them, nor they behind a verification."""
IMPORTS_QUEUE = "imports"
"""Time-stamps of contracts from elsewhere, which come by the hundred: nobody's signature shall wait
behind them."""
SIGNING_QUEUE = "signing"
"""Holds the signing PIN."""

SUBMIT_ACT = "submit_act"
"""Update of EnvelopeWorkflow: carries an act's id, answers with an ActAnswer."""


def envelope_workflow_id(envelope_id: UUID) -> str:
    """Workflow id of an envelope's whole life."""
    return f"envelope-{envelope_id}"


def closing_workflow_id(envelope_id: UUID) -> str:
    """Workflow id of what follows an envelope's end where its own workflow is gone."""
    return f"closing-{envelope_id}"


def archive_workflow_id(document_id: UUID) -> str:
    """Workflow id of the wait for fresher archive data of one completed document."""
    return f"archive-{document_id}"


def intake_workflow_id(document_id: UUID) -> str:
    """Workflow id of the check of one uploaded document."""
    return f"intake-{document_id}"


def repair_workflow_id(document_id: UUID) -> str:
    """Workflow id of the second check, which makes the repaired copy that the sender agreed to."""
    return f"repair-{document_id}"


def attachment_workflow_id(attachment_id: UUID) -> str:
    """Workflow id of the check of one file that a signer attached."""
    return f"attachment-{attachment_id}"


def stamp_workflow_id(stamp_id: UUID) -> str:
    """Workflow id of the cleaning of one uploaded stamp image."""
    return f"stamp-{stamp_id}"


def code_workflow_id(code_id: UUID) -> str:
    """Workflow id of the mailing of one one-time code."""
    return f"code-{code_id}"


def mailbox_workflow_id(code_id: UUID) -> str:
    """Workflow id of the mailing of one code for あなたの文書."""
    return f"mailbox-{code_id}"


def invitation_workflow_id(invitation_id: UUID) -> str:
    """Workflow id of the mailing of one invitation."""
    return f"invitation-{invitation_id}"


def factor_reset_workflow_id(reset_id: UUID) -> str:
    """Workflow id of the mail about one reset of a member's second factor."""
    return f"factor-reset-{reset_id}"


def password_reset_workflow_id(reset_id: UUID) -> str:
    """Workflow id of the mailing of one link to a new password."""
    return f"password-reset-{reset_id}"


def consent_workflow_id(consent_id: UUID) -> str:
    """Workflow id of the time-stamping of one consent."""
    return f"consent-{consent_id}"


def verification_workflow_id(run_id: UUID) -> str:
    """Workflow id of one verification of a period."""
    return f"verification-{run_id}"


def disclosure_workflow_id(disclosure_id: UUID) -> str:
    """Workflow id of the making of one ZIP for the tax office."""
    return f"disclosure-{disclosure_id}"


def deletion_workflow_id(deletion_id: UUID) -> str:
    """Workflow id of the removal of what two people have deleted."""
    return f"deletion-{deletion_id}"


def import_workflow_id(envelope_id: UUID) -> str:
    """Workflow id of the time-stamping of one imported contract."""
    return f"import-{envelope_id}"
