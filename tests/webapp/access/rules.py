"""What each route answers to whom: the law that the matrix is held against.

Written by hand, route by route, from who may do what; nothing here asks the application. A route
that no line speaks of fails the matrix.
"""

from dataclasses import dataclass
from enum import StrEnum


class Door(StrEnum):
    """Who a route is for."""

    PUBLIC = "public"
    """Anybody, and everybody gets the same."""
    ENTRY = "entry"
    """Anybody; whoever is logged in, or half so, is sent on."""
    LINK = "link"
    """Whoever holds the mailed link."""
    DOWNLOAD_LINK = "download link"
    """Whoever holds the link of the completion mail."""
    MEMBER = "member"
    """Every member, about himself."""
    OWN_ROW = "own row"
    """The one member whose row it is."""
    OWN_TABLE = "own table"
    """The one of the staff who sent it."""
    IMPORT = "import"
    """STAFF, about an import of their own organisation."""
    STAFF = "staff"
    """Clerks and administrators, about their own organisation."""
    READERS = "readers"
    """Whoever sees the organisation's sent envelopes: staff, viewers and auditors."""
    EXPORT = "export"
    """Staff and auditors."""
    ENVELOPE = "envelope"
    """Clerks and administrators of the organisation that sent the envelope under way."""
    READ = "read"
    """READERS, about the envelope under way."""
    EVIDENCE = "evidence"
    """EXPORT, about the envelope under way."""
    RUN = "verification"
    """EXPORT, about a verification or a ZIP of their own organisation."""
    DRAFT = "draft"
    """The same, about a draft."""
    ADMIN = "admin"
    LOG = "log"
    """Administrators and auditors, about their own organisation's operation log."""
    MEMBER_ROW = "member row"
    """Administrators, about a member, an invitation, a department, a mandate, an absence or a
    passkey of their own organisation."""
    CHAIN = "chain"
    """Administrators, about a chain of their own organisation."""
    CONTACT = "contact"
    """Clerks and administrators, about contacts of their own organisation."""
    TEMPLATE = "template"
    """Clerks and administrators, about a template that is for their whole organisation."""
    TEMPLATE_CHANGE = "change of a template"
    """Its maker and administrators, about the same template."""
    OPERATOR = "operator"
    VISIT = "visit"
    """The one browser that opened the link, while its person is asked."""
    MAILBOX = "mailbox"
    """Every browser that has shown a mailbox to be its person's, about that mailbox."""
    MAILBOX_ROW = "row of a mailbox"
    """The one whose list has this row."""
    DOWNLOAD = "download"
    """The one browser that opened a link of a finished envelope, while its window is open."""


@dataclass(frozen=True)
class Rule:
    """One route and method. `answer` is what an entitled caller gets, to a form that is empty;
    `ended` what he gets on his own visit once the envelope was withdrawn."""

    door: Door
    answer: int
    ended: int = 404
    evidence: bool = False
    """Whether looking leaves a trace: who saw or took a document is itself evidence."""


PUBLIC, ENTRY, LINK = Door.PUBLIC, Door.ENTRY, Door.LINK
READ, READERS = Door.READ, Door.READERS
STAFF, ENVELOPE, DRAFT, VISIT, DOWNLOAD = (
    Door.STAFF,
    Door.ENVELOPE,
    Door.DRAFT,
    Door.VISIT,
    Door.DOWNLOAD,
)
_ENVELOPE, _DOCUMENT = "/envelopes/<uuid:envelope_id>", "/documents/<uuid:document_id>"
_CHAIN = "/admin/chains/<uuid:chain_id>"
_CONTACT = "/contacts/<uuid:contact_id>"
_SEAL = "/admin/seals/<uuid:official_id>"
_RUN = "/deals/verifications/<uuid:run_id>"
_PACK = "/deals/disclosures/<uuid:disclosure_id>"
_IMPORT, _IMPORTED = "/deals/imports/<uuid:batch_id>", "/deals/imported/<uuid:envelope_id>"
_TEMPLATE = "/templates/<uuid:template_id>"
_SSO = "/login/sso/<uuid:organisation_id>"
_VISIT, _DOWNLOAD = "/sign/<uuid:visit>", "/download/<uuid:visit>"

RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/static/<path:filename>"): Rule(PUBLIC, 200),
    ("GET", "/healthz"): Rule(PUBLIC, 200),
    ("GET", "/readyz"): Rule(PUBLIC, 200),
    ("POST", "/language"): Rule(PUBLIC, 303),
    ("GET", "/check"): Rule(PUBLIC, 200),
    ("GET", "/help"): Rule(PUBLIC, 200),
    ("POST", "/check"): Rule(PUBLIC, 422),  # nothing is asked
    ("GET", "/mailbox"): Rule(ENTRY, 200),
    ("POST", "/mailbox"): Rule(PUBLIC, 422),  # no address
    # Who waits for no code is asked for the address first.
    ("GET", "/mailbox/code"): Rule(ENTRY, 303),
    ("POST", "/mailbox/code"): Rule(ENTRY, 303),
    ("GET", "/mailbox/documents"): Rule(Door.MAILBOX, 200),
    ("GET", "/mailbox/remaining"): Rule(Door.MAILBOX, 200),
    ("POST", "/mailbox/stay"): Rule(Door.MAILBOX, 200),
    ("GET", "/mailbox/consents/<uuid:consent>/withdraw"): Rule(Door.MAILBOX, 404),  # nobody's
    ("POST", "/mailbox/consents/<uuid:consent>/withdraw"): Rule(Door.MAILBOX, 404),
    ("POST", "/mailbox/end"): Rule(Door.MAILBOX, 303),
    ("POST", "/mailbox/documents/<uuid:participant>/link"): Rule(Door.MAILBOX_ROW, 303),
    ("POST", "/mailbox/documents/<uuid:participant>/files"): Rule(Door.MAILBOX_ROW, 303),
    ("GET", "/"): Rule(ENTRY, 303),
    ("GET", "/login"): Rule(ENTRY, 200),
    ("GET", "/login/again"): Rule(ENTRY, 303),
    ("GET", "/account/remaining"): Rule(ENTRY, 404),
    ("POST", "/account/stay"): Rule(Door.MEMBER, 200),
    ("POST", "/login"): Rule(ENTRY, 422),
    ("GET", "/login/code"): Rule(ENTRY, 303),
    ("POST", "/login/code"): Rule(ENTRY, 303),
    ("POST", "/login/code/passkey"): Rule(ENTRY, 303),
    ("POST", "/login/code/passkey/ask"): Rule(ENTRY, 303),
    ("POST", "/login/passkey"): Rule(ENTRY, 422),  # no authenticator answered
    ("POST", "/login/passkey/ask"): Rule(ENTRY, 200),
    ("POST", "/logout"): Rule(ENTRY, 303),
    ("GET", "/login/sso"): Rule(ENTRY, 200),
    ("POST", "/login/sso"): Rule(ENTRY, 422),  # nothing is typed
    # No connection is offered, and nobody comes back from one.
    ("GET", f"{_SSO}/oidc"): Rule(ENTRY, 403),
    ("GET", f"{_SSO}/oidc/callback"): Rule(PUBLIC, 403),
    ("GET", f"{_SSO}/saml"): Rule(ENTRY, 403),
    ("GET", f"{_SSO}/saml/metadata"): Rule(PUBLIC, 200),
    ("POST", f"{_SSO}/saml/acs"): Rule(PUBLIC, 403),
    ("GET", f"{_SSO}/saml/arrived"): Rule(PUBLIC, 403),
    ("GET", "/login/sso/confirm"): Rule(ENTRY, 303),
    ("POST", "/login/sso/confirm"): Rule(ENTRY, 303),
    ("POST", "/login/sso/confirm/passkey"): Rule(ENTRY, 303),
    ("GET", "/l/<token>"): Rule(LINK, 200, 410),
    ("POST", "/l/<token>"): Rule(LINK, 303, 410),
    ("POST", "/l/<token>/decide"): Rule(LINK, 303, 410),
    # Whatever the token is: the answer is in the mail.
    ("POST", "/l/<token>/fresh"): Rule(LINK, 200, 200),
    # A pad that nobody has opened.
    ("GET", "/pad/<token>"): Rule(PUBLIC, 410),
    ("POST", "/pad/<token>"): Rule(PUBLIC, 410),
    ("GET", "/pad-sent"): Rule(PUBLIC, 200),
    ("GET", "/d/<token>"): Rule(Door.DOWNLOAD_LINK, 200, 410),
    ("POST", "/d/<token>"): Rule(Door.DOWNLOAD_LINK, 303, 410),
    ("GET", "/account"): Rule(Door.MEMBER, 200),
    ("GET", "/waiting"): Rule(Door.MEMBER, 200),
    ("POST", "/waiting/<uuid:participant>/open"): Rule(Door.MEMBER, 404),  # nobody of a member's
    ("POST", "/waiting/several"): Rule(Door.MEMBER, 303),  # nothing was ticked
    ("GET", "/waiting/confirm"): Rule(Door.MEMBER, 303),
    ("POST", "/waiting/act"): Rule(Door.MEMBER, 303),
    ("POST", "/waiting/seal"): Rule(Door.MEMBER, 303),
    ("GET", "/waiting/<uuid:visit>/look"): Rule(Door.MEMBER, 286),
    ("GET", "/account/required"): Rule(Door.MEMBER, 303),  # nothing is demanded
    ("GET", "/account/recovery"): Rule(Door.MEMBER, 303),  # nobody has an app
    ("POST", "/account/recovery"): Rule(Door.MEMBER, 303),
    ("POST", "/account/sessions/end"): Rule(Door.MEMBER, 303),
    ("POST", "/account/sessions/<uuid:login_id>/end"): Rule(Door.OWN_ROW, 303),
    ("GET", "/account/code"): Rule(Door.MEMBER, 200),
    ("POST", "/account/code"): Rule(Door.MEMBER, 422),
    ("GET", "/account/passkeys/new"): Rule(Door.MEMBER, 200),
    ("POST", "/account/passkeys/ask"): Rule(Door.MEMBER, 409),  # no name, no password
    ("POST", "/account/passkeys"): Rule(Door.MEMBER, 422),
    ("GET", "/account/passkeys/<uuid:passkey_id>"): Rule(Door.OWN_ROW, 200),
    ("POST", "/account/passkeys/<uuid:passkey_id>"): Rule(Door.OWN_ROW, 422),  # no password
    ("GET", "/account/password"): Rule(Door.MEMBER, 200),
    ("POST", "/account/password"): Rule(Door.MEMBER, 422),
    ("POST", "/views"): Rule(Door.MEMBER, 400),  # of no list
    ("POST", "/views/<uuid:view_id>/remove"): Rule(Door.OWN_ROW, 303),
    ("GET", "/account/absence"): Rule(Door.MEMBER, 200),
    ("POST", "/account/absence"): Rule(Door.MEMBER, 422),
    ("POST", "/account/absence/<uuid:absence_id>/cancel"): Rule(Door.OWN_ROW, 303),
    ("GET", "/account/seal"): Rule(Door.MEMBER, 200),
    ("POST", "/account/seal"): Rule(Door.MEMBER, 422),
    ("POST", "/account/seal/remove"): Rule(Door.MEMBER, 303),
    ("POST", "/account/seal/<uuid:seal_id>/crop"): Rule(Door.OWN_ROW, 422),  # nothing cut off
    ("GET", "/account/seal/state"): Rule(Door.MEMBER, 200),
    ("GET", "/account/seal/<uuid:seal_id>.png"): Rule(Door.OWN_ROW, 200),
    ("GET", "/admin/absences"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/absences"): Rule(Door.ADMIN, 422),
    ("POST", "/admin/absences/<uuid:absence_id>/cancel"): Rule(Door.MEMBER_ROW, 303),
    ("GET", "/admin/mandates"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/mandates"): Rule(Door.ADMIN, 422),
    ("GET", "/admin/mandates/<uuid:mandate_id>/end"): Rule(Door.MEMBER_ROW, 200),
    ("POST", "/admin/mandates/<uuid:mandate_id>/end"): Rule(Door.MEMBER_ROW, 422),  # no reason
    ("GET", "/admin/chains"): Rule(Door.ADMIN, 200),
    ("GET", "/admin/chains/new"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/chains/new"): Rule(Door.ADMIN, 200),  # no button: the form again
    ("GET", _CHAIN): Rule(Door.CHAIN, 200),
    ("POST", _CHAIN): Rule(Door.CHAIN, 200),
    ("GET", f"{_CHAIN}/versions"): Rule(Door.CHAIN, 200),
    ("POST", f"{_CHAIN}/stop"): Rule(Door.CHAIN, 303),
    ("POST", f"{_CHAIN}/offer"): Rule(Door.CHAIN, 303),
    ("GET", "/admin/members"): Rule(Door.ADMIN, 200),
    ("GET", "/admin/members/invite"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/members/invite"): Rule(Door.ADMIN, 422),  # no address
    ("GET", "/admin/members/<uuid:member_id>"): Rule(Door.MEMBER_ROW, 200),
    ("POST", "/admin/members/<uuid:member_id>"): Rule(Door.MEMBER_ROW, 422),  # no name
    ("GET", "/admin/members/<uuid:member_id>/factors"): Rule(Door.MEMBER_ROW, 200),
    ("POST", "/admin/members/<uuid:member_id>/factors"): Rule(Door.MEMBER_ROW, 422),  # none
    ("GET", "/admin/members/<uuid:member_id>/retire"): Rule(Door.MEMBER_ROW, 200),
    # Nobody was chosen to follow.
    ("POST", "/admin/members/<uuid:member_id>/retire"): Rule(Door.MEMBER_ROW, 422),
    ("POST", "/admin/invitations/<uuid:invitation_id>/again"): Rule(Door.MEMBER_ROW, 303),
    ("POST", "/admin/invitations/<uuid:invitation_id>/revoke"): Rule(Door.MEMBER_ROW, 303),
    ("GET", "/admin/kinds"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/kinds"): Rule(Door.ADMIN, 422),  # no name
    ("GET", "/admin/kinds/<uuid:kind_id>"): Rule(Door.MEMBER_ROW, 200),
    ("POST", "/admin/kinds/<uuid:kind_id>"): Rule(Door.MEMBER_ROW, 303),  # nothing differs
    ("POST", "/admin/kinds/<uuid:kind_id>/retire"): Rule(Door.MEMBER_ROW, 303),
    ("GET", "/admin/seals"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/seals"): Rule(Door.ADMIN, 422),  # no name
    ("GET", _SEAL): Rule(Door.MEMBER_ROW, 200),
    ("POST", _SEAL): Rule(Door.MEMBER_ROW, 422),  # no name
    ("POST", f"{_SEAL}/crop"): Rule(Door.MEMBER_ROW, 422),  # nothing cut off
    ("POST", f"{_SEAL}/retire"): Rule(Door.MEMBER_ROW, 303),
    ("GET", f"{_SEAL}/state"): Rule(Door.MEMBER_ROW, 200),
    ("GET", f"{_SEAL}/picture.png"): Rule(Door.MEMBER_ROW, 200),
    ("GET", f"{_SEAL}/uses.csv"): Rule(Door.MEMBER_ROW, 200, evidence=True),
    ("GET", "/admin/departments"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/departments"): Rule(Door.ADMIN, 422),  # no code
    ("GET", "/admin/departments/<uuid:department_id>"): Rule(Door.MEMBER_ROW, 200),
    ("POST", "/admin/departments/<uuid:department_id>"): Rule(Door.MEMBER_ROW, 422),
    ("POST", "/admin/departments/<uuid:department_id>/remove"): Rule(Door.MEMBER_ROW, 303),
    # An invitation that nobody sent.
    ("GET", "/invited/<token>"): Rule(PUBLIC, 410),
    ("POST", "/invited/<token>"): Rule(PUBLIC, 410),
    # A link to a new password that nobody was sent.
    ("GET", "/reset/<token>"): Rule(PUBLIC, 410),
    ("POST", "/reset/<token>"): Rule(PUBLIC, 410),
    ("GET", "/login/forgotten"): Rule(PUBLIC, 200),
    ("POST", "/login/forgotten"): Rule(PUBLIC, 422),  # no address
    ("GET", "/login/forgotten/sent"): Rule(PUBLIC, 200),
    ("GET", "/admin/roles"): Rule(Door.ADMIN, 200),
    # Who looked at the log stands in the log.
    ("GET", "/admin/log"): Rule(Door.LOG, 200, evidence=True),
    ("GET", "/admin/log.csv"): Rule(Door.LOG, 200, evidence=True),
    ("POST", "/admin/log/verify"): Rule(Door.LOG, 200, evidence=True),
    ("GET", "/admin/policy"): Rule(Door.ADMIN, 200),
    ("GET", "/admin/passkeys"): Rule(Door.ADMIN, 200),
    ("GET", "/admin/passkeys/<uuid:passkey>"): Rule(Door.MEMBER_ROW, 200),
    ("POST", "/admin/passkeys/<uuid:passkey>"): Rule(Door.MEMBER_ROW, 303),
    ("POST", "/admin/policy"): Rule(Door.ADMIN, 303),  # a form without a choice changes nothing
    ("GET", "/admin/contact"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/contact"): Rule(Door.ADMIN, 422),  # nothing is typed
    ("GET", "/admin/networks"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/networks"): Rule(Door.ADMIN, 303),  # nothing is typed: nobody is restricted
    ("GET", "/admin/logo"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/logo"): Rule(Door.ADMIN, 422),  # nothing is sent
    ("POST", "/admin/logo/remove"): Rule(Door.ADMIN, 303),
    ("GET", "/admin/logo/state"): Rule(Door.ADMIN, 200),
    ("GET", "/logo/<uuid:logo_id>.png"): Rule(PUBLIC, 404),  # there is none
    ("GET", "/admin/addressees"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/addressees"): Rule(Door.ADMIN, 303),  # nothing is typed: to everybody
    ("GET", "/admin/mails"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/mails"): Rule(Door.ADMIN, 303),  # nothing is typed: as the service has it
    ("GET", "/admin/mails/<kind>"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/mails/<kind>"): Rule(Door.ADMIN, 303),
    ("POST", "/admin/mails/<kind>/html"): Rule(Door.ADMIN, 200),  # shown; nothing is kept
    ("GET", "/admin/sso"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/sso"): Rule(Door.ADMIN, 422),  # nothing is chosen
    ("GET", "/admin/sso/<protocol>"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/sso/<protocol>"): Rule(Door.ADMIN, 422),  # nothing is typed
    ("POST", "/admin/sso/<protocol>/remove"): Rule(Door.ADMIN, 303),  # there is none
    ("GET", "/admin/sso/<protocol>/try"): Rule(Door.ADMIN, 303),
    ("GET", "/admin/retention"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/retention"): Rule(Door.ADMIN, 422),  # nothing is typed
    ("GET", "/admin/draft-defaults"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/draft-defaults"): Rule(Door.ADMIN, 422),  # nothing is typed
    ("GET", "/admin/consent"): Rule(Door.ADMIN, 200),
    ("POST", "/admin/consent"): Rule(Door.ADMIN, 422),  # nothing is chosen
    ("GET", "/ops"): Rule(Door.OPERATOR, 200),
    ("GET", "/ops/live"): Rule(Door.OPERATOR, 200),
    ("GET", "/envelopes"): Rule(READERS, 200),
    ("POST", "/envelopes/new"): Rule(STAFF, 303),
    ("GET", _ENVELOPE): Rule(READ, 200, evidence=True),
    ("GET", f"{_ENVELOPE}/live"): Rule(READ, 200),
    ("GET", f"{_ENVELOPE}/evidence.json"): Rule(Door.EVIDENCE, 200, evidence=True),
    ("POST", f"{_ENVELOPE}/route"): Rule(ENVELOPE, 200),  # a picture; nothing is kept
    ("GET", f"{_ENVELOPE}/deal"): Rule(ENVELOPE, 200),
    ("POST", f"{_ENVELOPE}/deal"): Rule(ENVELOPE, 422),  # no reason
    ("POST", f"{_ENVELOPE}/own-fields"): Rule(ENVELOPE, 200),
    ("GET", "/deals"): Rule(READERS, 200),
    ("GET", "/deals/own-conditions"): Rule(READERS, 200),
    # Who took a list is itself evidence.
    ("GET", "/deals.csv"): Rule(Door.EXPORT, 200, evidence=True),
    ("GET", "/deals/changes"): Rule(READERS, 200),
    ("GET", "/deals/changes.csv"): Rule(Door.EXPORT, 200, evidence=True),
    ("GET", "/deals/terms"): Rule(READERS, 200),
    ("GET", "/deals/terms.csv"): Rule(Door.EXPORT, 200, evidence=True),
    ("GET", "/deals/deletions"): Rule(READERS, 200),
    ("GET", f"{_ENVELOPE}/deletion"): Rule(READ, 200, evidence=True),
    ("POST", f"{_ENVELOPE}/deletion"): Rule(ENVELOPE, 422),  # it has not ended
    ("POST", f"{_ENVELOPE}/deletion/confirm"): Rule(ENVELOPE, 303),  # nobody proposed it
    ("POST", f"{_ENVELOPE}/deletion/refuse"): Rule(ENVELOPE, 303),
    ("GET", "/deals/imports"): Rule(STAFF, 200),
    ("POST", "/deals/imports"): Rule(STAFF, 422),  # no file
    ("GET", _IMPORT): Rule(Door.IMPORT, 200),
    ("GET", f"{_IMPORT}/live"): Rule(Door.IMPORT, 204),  # nothing changed
    ("GET", f"{_IMPORT}/index.csv"): Rule(Door.IMPORT, 200),
    ("POST", f"{_IMPORT}/files"): Rule(Door.IMPORT, 303),
    ("POST", f"{_IMPORT}/take"): Rule(Door.IMPORT, 409),  # not what was shown
    ("POST", f"{_IMPORT}/drop"): Rule(Door.IMPORT, 303),
    ("GET", f"{_IMPORT}/files/<uuid:envelope_id>"): Rule(Door.IMPORT, 200),
    ("POST", f"{_IMPORT}/files/<uuid:envelope_id>"): Rule(Door.IMPORT, 422),  # no partner
    ("POST", f"{_IMPORT}/files/<uuid:envelope_id>/remove"): Rule(Door.IMPORT, 303),
    ("GET", _IMPORTED): Rule(READ, 200, evidence=True),
    ("GET", f"{_IMPORTED}/timestamp.tst"): Rule(READ, 200, evidence=True),
    ("POST", f"{_IMPORTED}/reason"): Rule(ENVELOPE, 422),  # none
    ("GET", "/deals/verifications"): Rule(Door.EXPORT, 200),
    ("POST", "/deals/verifications"): Rule(Door.EXPORT, 422),  # no period
    ("GET", _RUN): Rule(Door.RUN, 200, evidence=True),
    ("GET", f"{_RUN}/live"): Rule(Door.RUN, 200),
    ("GET", f"{_RUN}/report.csv"): Rule(Door.RUN, 404),  # it is not finished
    ("GET", f"{_RUN}/report.pdf"): Rule(Door.RUN, 404),
    # Without a text there is nothing to be looked at.
    ("GET", "/deals/output"): Rule(READERS, 303),
    ("POST", "/deals/output"): Rule(READERS, 303),
    ("GET", "/deals/output/live"): Rule(READERS, 404),
    ("GET", "/deals/disclosures"): Rule(Door.EXPORT, 200),
    ("POST", "/deals/disclosures"): Rule(Door.EXPORT, 303),  # of everything
    ("GET", _PACK): Rule(Door.RUN, 200),
    ("GET", f"{_PACK}/live"): Rule(Door.RUN, 200),
    ("GET", f"{_PACK}/file"): Rule(Door.RUN, 404),  # it is not made
    ("GET", f"{_ENVELOPE}/people/<person>/contacts"): Rule(DRAFT, 200),
    ("POST", f"{_ENVELOPE}/people/<person>/contacts"): Rule(DRAFT, 303),  # nobody is chosen
    ("GET", "/contacts"): Rule(STAFF, 200),
    ("GET", "/contacts.csv"): Rule(STAFF, 200, evidence=True),
    ("GET", "/contacts/template.csv"): Rule(STAFF, 200),
    ("GET", "/contacts/import"): Rule(STAFF, 200),
    ("POST", "/contacts/import"): Rule(STAFF, 422),  # no file
    ("GET", "/contacts/import/<uuid:import_id>"): Rule(Door.OWN_TABLE, 200),
    ("POST", "/contacts/import/<uuid:import_id>"): Rule(Door.OWN_TABLE, 303),  # not what was shown
    ("GET", "/contacts/twins"): Rule(STAFF, 200),
    ("GET", "/contacts/new"): Rule(STAFF, 200),
    ("POST", "/contacts/new"): Rule(STAFF, 422),  # no name
    ("GET", _CONTACT): Rule(Door.CONTACT, 200),
    ("POST", _CONTACT): Rule(Door.CONTACT, 422),
    # A form without the revision that it showed changes nothing.
    ("POST", f"{_CONTACT}/retire"): Rule(Door.CONTACT, 303),
    ("POST", f"{_CONTACT}/restore"): Rule(Door.CONTACT, 303),
    ("GET", f"{_CONTACT}/merge/<uuid:other_id>"): Rule(Door.CONTACT, 200),
    ("POST", f"{_CONTACT}/merge/<uuid:other_id>"): Rule(Door.CONTACT, 303),
    ("GET", "/templates"): Rule(STAFF, 200),
    ("GET", _TEMPLATE): Rule(Door.TEMPLATE, 200, evidence=True),
    ("GET", f"{_TEMPLATE}/versions/<int:version>"): Rule(Door.TEMPLATE, 200, evidence=True),
    ("GET", f"{_TEMPLATE}/files/<uuid:file_id>"): Rule(Door.TEMPLATE, 200, evidence=True),
    ("POST", f"{_TEMPLATE}/draft"): Rule(Door.TEMPLATE, 303),
    ("POST", _TEMPLATE): Rule(Door.TEMPLATE_CHANGE, 422),  # no name
    # A form without the version that it showed changes nothing.
    ("POST", f"{_TEMPLATE}/retire"): Rule(Door.TEMPLATE_CHANGE, 303),
    ("POST", f"{_TEMPLATE}/restore"): Rule(Door.TEMPLATE_CHANGE, 303),
    ("GET", f"{_ENVELOPE}/template"): Rule(DRAFT, 200),
    ("POST", f"{_ENVELOPE}/template"): Rule(DRAFT, 422),  # nothing is chosen
    ("GET", f"{_ENVELOPE}/documents"): Rule(READ, 200),
    ("GET", f"{_ENVELOPE}{_DOCUMENT}/file"): Rule(READ, 200, evidence=True),
    ("GET", f"{_ENVELOPE}{_DOCUMENT}/original"): Rule(READ, 200, evidence=True),
    ("GET", f"{_ENVELOPE}/attachments/<uuid:attachment_id>/file"): Rule(READ, 404),
    ("GET", f"{_ENVELOPE}{_DOCUMENT}/pages/<int:page>"): Rule(READ, 200, evidence=True),
    # A form without reason, slot or day changes nothing and is told on the page that follows.
    ("POST", f"{_ENVELOPE}/extend"): Rule(ENVELOPE, 422),
    ("POST", f"{_ENVELOPE}/remind"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/rerequest"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/gate"): Rule(ENVELOPE, 422),
    ("POST", f"{_ENVELOPE}/resume"): Rule(ENVELOPE, 422),
    ("POST", f"{_ENVELOPE}/withdraw"): Rule(ENVELOPE, 422),
    ("POST", f"{_ENVELOPE}/answer"): Rule(ENVELOPE, 422),
    ("POST", f"{_ENVELOPE}/completion"): Rule(ENVELOPE, 303),  # names no lost mail
    ("GET", f"{_ENVELOPE}/slots/<uuid:slot_id>/address"): Rule(ENVELOPE, 200),
    ("POST", f"{_ENVELOPE}/slots/<uuid:slot_id>/address"): Rule(ENVELOPE, 422),
    ("GET", f"{_ENVELOPE}/recipients/<uuid:recipient_id>/address"): Rule(ENVELOPE, 404),
    ("POST", f"{_ENVELOPE}/recipients/<uuid:recipient_id>/address"): Rule(ENVELOPE, 404),
    ("GET", f"{_ENVELOPE}/correction"): Rule(ENVELOPE, 200),
    ("GET", f"{_ENVELOPE}/correction/documents"): Rule(ENVELOPE, 200),
    # Without a corrected PDF there is nothing to confirm.
    ("GET", f"{_ENVELOPE}/correction/confirm"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/correction/confirm"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/correction/<uuid:document_id>"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/correction/<uuid:document_id>/fields-only"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/correction/<uuid:document_id>/remove"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/correction/<uuid:document_id>/repair"): Rule(ENVELOPE, 303),
    # Nor are there fields to look at.
    ("GET", f"{_ENVELOPE}/correction/<uuid:document_id>/fields"): Rule(ENVELOPE, 303),
    ("POST", f"{_ENVELOPE}/correction/<uuid:document_id>/fields"): Rule(ENVELOPE, 303),
    ("GET", f"{_ENVELOPE}/versions/<int:version>{_DOCUMENT}/file"): Rule(READ, 200, evidence=True),
    ("GET", f"{_ENVELOPE}/versions/<int:version>/changes"): Rule(READ, 404),  # none was corrected
    ("GET", f"{_ENVELOPE}/confirm"): Rule(DRAFT, 200),
    ("GET", f"{_ENVELOPE}/fields"): Rule(DRAFT, 200),
    ("POST", f"{_ENVELOPE}/fields"): Rule(DRAFT, 404),  # the form names no document
    ("POST", f"{_ENVELOPE}/documents"): Rule(DRAFT, 303),
    ("POST", f"{_ENVELOPE}{_DOCUMENT}/remove"): Rule(DRAFT, 303),
    ("POST", f"{_ENVELOPE}{_DOCUMENT}/repair"): Rule(DRAFT, 303),
    ("POST", f"{_ENVELOPE}/draft"): Rule(DRAFT, 303),
    ("POST", f"{_ENVELOPE}/send"): Rule(DRAFT, 303),
    ("GET", f"{_ENVELOPE}/preview"): Rule(DRAFT, 200),
    ("POST", f"{_ENVELOPE}/anew"): Rule(ENVELOPE, 303),  # it is under way
    ("POST", f"{_ENVELOPE}/follow-up"): Rule(ENVELOPE, 303),  # it is not concluded
    ("GET", f"{_ENVELOPE}/discard"): Rule(DRAFT, 200),
    ("POST", f"{_ENVELOPE}/discard"): Rule(DRAFT, 303),  # nothing was shown
    ("GET", f"{_VISIT}/"): Rule(VISIT, 200, 303),
    # Nothing is demanded besides the link: on to where it leads.
    ("GET", f"{_VISIT}/prove"): Rule(VISIT, 303, 303),
    ("POST", f"{_VISIT}/prove"): Rule(VISIT, 303, 303),
    ("POST", f"{_VISIT}/pause"): Rule(VISIT, 303, 303),
    ("GET", f"{_VISIT}/left"): Rule(VISIT, 303, 303),  # he has not left
    # Whoever cannot prove who he is may say that he is the wrong one; words are optional.
    ("GET", f"{_VISIT}/not-mine"): Rule(VISIT, 200, 200),
    ("POST", f"{_VISIT}/not-mine"): Rule(VISIT, 303, 200),
    ("GET", f"{_VISIT}/not-mine/told"): Rule(VISIT, 303, 303),  # nobody was told
    ("POST", f"{_VISIT}/prove/mail"): Rule(VISIT, 303, 303),
    ("POST", f"{_VISIT}/prove/sms"): Rule(VISIT, 303, 303),
    ("GET", f"{_VISIT}/passkey"): Rule(VISIT, 200, 303),
    ("POST", f"{_VISIT}/passkey"): Rule(VISIT, 422, 303),  # the form has no answer
    ("POST", f"{_VISIT}/passkey/code"): Rule(VISIT, 422, 303),  # no code was mailed
    ("POST", f"{_VISIT}/passkey/new"): Rule(VISIT, 409, 409),  # the mailbox is not shown
    ("POST", f"{_VISIT}/passkey/ask"): Rule(VISIT, 409, 409),  # none is asked for
    ("POST", f"{_VISIT}/passkey/act"): Rule(VISIT, 409, 409),  # the form says no version
    ("GET", f"{_VISIT}/read"): Rule(VISIT, 200, 303),
    ("GET", f"{_VISIT}/confirm"): Rule(VISIT, 200, 303),
    ("POST", f"{_VISIT}/act"): Rule(VISIT, 409, 409),  # the form says no version
    ("GET", f"{_VISIT}/decline"): Rule(VISIT, 200, 303),
    ("POST", f"{_VISIT}/decline"): Rule(VISIT, 422, 303),
    ("GET", f"{_VISIT}/done"): Rule(VISIT, 303, 200),
    ("GET", f"{_VISIT}/record"): Rule(VISIT, 303, 303),  # he has not acted
    ("GET", f"{_VISIT}/record.json"): Rule(VISIT, 404, 404),
    ("GET", f"{_VISIT}/live"): Rule(VISIT, 204, 286),
    ("GET", f"{_VISIT}/stamp"): Rule(VISIT, 286, 286),  # nothing is to be stamped
    ("GET", f"{_VISIT}/stamps/<uuid:stamp>.png"): Rule(VISIT, 404),
    ("POST", f"{_VISIT}/fresh"): Rule(VISIT, 303, 303),  # until a correction has closed it
    ("GET", f"{_VISIT}/pads/<uuid:pad>"): Rule(VISIT, 286, 286),
    ("POST", f"{_VISIT}/fields"): Rule(VISIT, 303, 303),
    # Nobody is asked for a file here; who sees one that was sent, tests of attaching say.
    ("GET", f"{_VISIT}/attached/<uuid:field>"): Rule(VISIT, 286, 286),
    ("GET", f"{_VISIT}/attachments/<uuid:attachment>/file"): Rule(VISIT, 404, 410),
    ("GET", f"{_VISIT}/attachments/<uuid:attachment>/picture"): Rule(VISIT, 404, 410),
    ("GET", f"{_VISIT}/handover"): Rule(VISIT, 200, 303),
    ("POST", f"{_VISIT}/handover"): Rule(VISIT, 422, 303),
    ("POST", f"{_VISIT}/handover/act"): Rule(VISIT, 422, 422),
    ("GET", f"{_VISIT}/sendback"): Rule(VISIT, 200, 303),
    ("POST", f"{_VISIT}/sendback"): Rule(VISIT, 422, 303),
    ("POST", f"{_VISIT}/sendback/act"): Rule(VISIT, 422, 422),
    ("GET", f"{_VISIT}/documents/<uuid:document>/file"): Rule(VISIT, 200, 410, evidence=True),
    ("GET", f"{_VISIT}/documents/<uuid:document>/pages/<int:page>"): Rule(
        VISIT, 200, 410, evidence=True
    ),
    ("GET", f"{_VISIT}/documents/<uuid:document>/before/<int:page>"): Rule(VISIT, 404, 410),
    ("GET", f"{_VISIT}/question"): Rule(VISIT, 200, 200),
    ("POST", f"{_VISIT}/question"): Rule(VISIT, 422, 303),  # nothing is asked
    # Nobody is asked for consent here: every page of it leads to where the way begins.
    ("GET", f"{_VISIT}/consent"): Rule(VISIT, 303, 303),
    ("POST", f"{_VISIT}/consent"): Rule(VISIT, 303, 303),
    ("GET", f"{_VISIT}/consent/refuse"): Rule(VISIT, 303, 303),
    ("GET", f"{_VISIT}/consent/withdraw"): Rule(VISIT, 303, 303),
    ("POST", f"{_VISIT}/consent/withdraw"): Rule(VISIT, 303, 303),
    ("GET", f"{_VISIT}/remaining"): Rule(VISIT, 200, 200),
    ("POST", f"{_VISIT}/stay"): Rule(VISIT, 200, 200),
    ("GET", f"{_VISIT}/documents/<uuid:document>/text"): Rule(VISIT, 200, 410, evidence=True),
    ("GET", f"{_VISIT}/documents/<uuid:document>/find"): Rule(VISIT, 200, 410),
    ("GET", f"{_VISIT}/documents/<uuid:document>/print"): Rule(VISIT, 200, 410, evidence=True),
    ("GET", f"{_DOWNLOAD}/"): Rule(DOWNLOAD, 200, 410),
    ("GET", f"{_DOWNLOAD}/all.zip"): Rule(DOWNLOAD, 200, 410, evidence=True),
    ("GET", f"{_DOWNLOAD}/evidence.json"): Rule(DOWNLOAD, 200, 410),
    ("GET", f"{_DOWNLOAD}/attachments/<uuid:attachment>/file"): Rule(DOWNLOAD, 404, 410),
    ("GET", f"{_DOWNLOAD}/documents/<uuid:document>/file"): Rule(DOWNLOAD, 200, 410, evidence=True),
}

STAFF_OF_CITY = ("clerk", "colleague", "admin")
READERS_OF_CITY = (*STAFF_OF_CITY, "viewer", "auditor")
EXPORTERS_OF_CITY = (*STAFF_OF_CITY, "auditor")
FOREIGNERS = ("neighbour", "outsider")
"""Of another organisation: one of its staff, and one who reads and approves there."""
MEMBERS = (*READERS_OF_CITY, "approver", "operator", *FOREIGNERS)
"""Everybody with a whole login; whoever else asks is no member, or no longer, or not yet."""
MAILBOXES = ("mailbox", "other mailbox")
"""Two that are open, of two people of the same envelopes."""
TO_LOGIN, REFUSED, UNKNOWN, GONE = 303, 403, 404, 410

_ENTITLED = {
    Door.MEMBER: MEMBERS,
    Door.STAFF: (*STAFF_OF_CITY, "neighbour"),
    Door.ENVELOPE: STAFF_OF_CITY,
    Door.DRAFT: STAFF_OF_CITY,
    Door.READERS: (*READERS_OF_CITY, *FOREIGNERS),
    Door.EXPORT: (*EXPORTERS_OF_CITY, *FOREIGNERS),
    Door.READ: READERS_OF_CITY,
    Door.EVIDENCE: EXPORTERS_OF_CITY,
    Door.RUN: EXPORTERS_OF_CITY,
    Door.ADMIN: ("admin", "neighbour"),
    Door.CHAIN: ("admin",),
    Door.CONTACT: STAFF_OF_CITY,
    Door.TEMPLATE: STAFF_OF_CITY,
    Door.TEMPLATE_CHANGE: ("clerk", "admin"),
    Door.MEMBER_ROW: ("admin",),
    Door.LOG: ("admin", "auditor", *FOREIGNERS),
    Door.OWN_ROW: ("colleague",),
    Door.OWN_TABLE: ("colleague",),
    Door.IMPORT: STAFF_OF_CITY,
    Door.OPERATOR: ("operator",),
    Door.VISIT: ("holder",),
    Door.DOWNLOAD: ("owner",),
    Door.MAILBOX: MAILBOXES,
    Door.MAILBOX_ROW: ("mailbox",),
}
FOREIGN = frozenset(
    {
        Door.ENVELOPE,
        Door.READ,
        Door.EVIDENCE,
        Door.RUN,
        Door.DRAFT,
        Door.CHAIN,
        Door.CONTACT,
        Door.TEMPLATE,
        Door.TEMPLATE_CHANGE,
        Door.MEMBER_ROW,
        Door.IMPORT,
    }
)
"""Doors to something of one organisation: for another's staff it does not exist."""
READ_ELSEWHERE = frozenset({Door.READ, Door.EVIDENCE, Door.RUN})
"""Those of them that a viewer and auditor of another organisation would pass at home."""
_COULD_BE_THEIRS = {Door.OWN_ROW: MEMBERS, Door.OWN_TABLE: (*STAFF_OF_CITY, "neighbour")}
"""Doors to something of one member: who may have the like is told that it does not exist."""
_SENT_ON = {
    "GET /login": MEMBERS,
    "GET /login/sso": MEMBERS,
    f"GET {_SSO}/oidc": MEMBERS,
    f"GET {_SSO}/saml": MEMBERS,
    "GET /mailbox": MAILBOXES,
}
"""Pages that are only for those without a login, or without an open mailbox."""
_ALREADY_THERE = {
    **{who: {"GET /login/again": 200, "GET /account/remaining": 200} for who in MEMBERS},
    "halfway": {
        "GET /login/code": 200,
        "POST /login/code": 422,
        "POST /login/code/passkey": 422,
        "POST /login/code/passkey/ask": 409,  # he has an app and no passkey
    },
    "asking mailbox": {"GET /mailbox/code": 200, "POST /mailbox/code": 422},
}


def entitled(rule: Rule, who: str) -> bool:
    """Whether the route is this caller's."""
    return rule.door in {Door.PUBLIC, Door.ENTRY} or who in _ENTITLED.get(rule.door, ())


def expected(method: str, route: str, rule: Rule, who: str) -> int:
    """The status that the law gives."""
    name = f"{method} {route}"
    if rule.door is Door.ENTRY:
        default = TO_LOGIN if who in _SENT_ON.get(name, ()) else rule.answer
        return _ALREADY_THERE.get(who, {}).get(name, default)
    if entitled(rule, who):
        return rule.answer
    if rule.door in {Door.VISIT, Door.DOWNLOAD, Door.MAILBOX, Door.MAILBOX_ROW}:
        return UNKNOWN  # whoever he is: it never says that there is such a visit, or such a row
    if who not in MEMBERS:
        return TO_LOGIN
    foreign = rule.door in {"neighbour": FOREIGN, "outsider": READ_ELSEWHERE}.get(who, ())
    return UNKNOWN if foreign or who in _COULD_BE_THEIRS.get(rule.door, ()) else REFUSED


TOKENS: dict[str, dict[str, tuple[int, int]]] = {
    "link": {
        "asked": (200, 303),
        "ended envelope": (GONE, GONE),
        "finished envelope": (GONE, GONE),
        "handed over": (GONE, GONE),
        "older generation": (UNKNOWN, UNKNOWN),
        "revoked": (UNKNOWN, UNKNOWN),
        "other purpose": (UNKNOWN, UNKNOWN),
        "unknown": (UNKNOWN, UNKNOWN),
        "misshapen": (UNKNOWN, UNKNOWN),
    },
    "download link": {
        "finished envelope": (200, 303),
        "closed window": (GONE, GONE),
        "handed over": (UNKNOWN, UNKNOWN),
        "other purpose": (UNKNOWN, UNKNOWN),
        "unknown": (UNKNOWN, UNKNOWN),
        "misshapen": (UNKNOWN, UNKNOWN),
    },
}
"""Status of GET and of POST on `/l/…` and `/d/…`, by what the token is."""
