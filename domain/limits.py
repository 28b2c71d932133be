"""Named numbers, each with its source. Settings may lower most of them, never raise them."""

from datetime import timedelta

KIB = 1024
MIB = 1024 * KIB

MAX_DOCUMENT_BYTES = 50 * MIB
"""One uploaded PDF; the figure that municipal users know from the services compared."""

MAX_ENVELOPE_DOCUMENTS = 100
MAX_ENVELOPE_BYTES = 200 * MIB

MAX_PARTICIPANTS = 50
MAX_HANDOVERS = 3
"""How often one slot may change its person: longer chains are a request that nobody wants."""
MAX_TITLE_CHARACTERS = 200
MAX_NAME_CHARACTERS = 100
MAX_MAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3
MAX_MESSAGE_CHARACTERS = 2000
MAX_REASON_CHARACTERS = 1000
MAX_NONCE_CHARACTERS = 64
MAX_FILE_NAME_CHARACTERS = 200

SEGMENT_BYTES = 64 * KIB
"""Plaintext bytes of one vault segment."""

DEADLINE_DAYS = 30
MAX_EXTENSION = timedelta(days=366)
"""How far one extension may move a deadline; a year too many is a typing error."""
DOWNLOAD_DAYS = 14
REMINDER_DAYS = (7, 14, 21, 28)
"""Days after the day on which this person was asked."""

ACT_ANSWER_SECONDS = 1.0
"""How long a page waits for the workflow's answer before it says 「受け付けました」."""

SIGNER_IDLE = timedelta(minutes=15)
"""Less than a member's: whoever reads says so by scrolling, and a new link is one mail away."""
SIGNER_ABSOLUTE = timedelta(hours=12)
MEMBER_IDLE = timedelta(minutes=30)
MEMBER_ABSOLUTE = timedelta(hours=12)

LOGIN_TRIES = 5
LOGIN_WINDOW = timedelta(minutes=15)
"""ASVS 5.0, 6.3.1: five tries per account in a quarter of an hour."""
CODES_A_DAY = 10
"""Wrong codes of a second factor within any 24 hours. Three codes of a million are right at any
moment: a whole day of guessing succeeds with a chance of 3 in 100,000."""

MIN_PASSWORD_CHARACTERS = 12
MAX_PASSWORD_CHARACTERS = 128

SIGNATURE_RESERVED_BYTES = 16384
"""Hex digits reserved for /Contents: CMS with one certificate chain and one RFC 3161 token."""

CHILD_MEMORY_BYTES = 1024 * MIB
CHILD_CPU_SECONDS = 40
"""What one hostile document may cost before its child is killed."""
MAX_PDF_OBJECTS = 150_000
"""Dictionaries in one PDF; more would make every later step of its life slow."""
MAX_STREAM_BYTES = 256 * MIB
"""What one compressed stream may expand to."""
COMPARE_SECONDS = 12.0
"""CPU time at intake for showing that the pages of a base look as uploaded."""
CHILD_WALL_SECONDS = 80
"""Longest time for one job, waiting for time-stamping authorities not counted."""
OWN_FILE_CPU_SECONDS = 300
OWN_FILE_WALL_SECONDS = 600
"""The same for files that have passed intake: signing and archiving must not break off."""
CHILD_START_SECONDS = 30
CHILD_JOBS = 500
CHILD_RESIDENT_BYTES = 512 * MIB
"""After so many jobs, or grown to this size, a child gives way to a fresh one."""
MAX_FRAME_PARTS = 256
MAX_FRAME_BYTES = 512 * MIB
"""Largest message between a child and its parent: a document, its images, certificates."""

THUMBNAIL_WIDTH = 320
PAGE_IMAGE_WIDTH = 1240
"""Pixels; the second is A4 at 150 dpi, readable on a phone at twice the width."""
PAGE_IMAGE_MAX_HEIGHT = 4 * 1754
"""Pixels; a longer page gets a narrower image."""
PAGE_IMAGES = 20
IMAGE_SECONDS = 10.0
"""Pages of one document that get an image at intake in every case, and the CPU time within which
further ones do: some eighty scanned pages, all pages of most contracts. What is left is drawn
afterwards, when the document can be used already, in batches of the same time."""
MOST_PAGE_IMAGES = 200
"""One frame (MAX_FRAME_PARTS) brings them all from the child."""
LATER_IMAGE_BATCHES = 30
ALL_PAGE_IMAGES = 1000
"""At most, of one document: a slow machine draws ten scanned pages in a batch, 300 in all; the
pictures of 1,000 take the vault some hundred megabytes."""
PAGE_CHARACTERS = 20_000
TEXT_CHARACTERS = 2_000_000
TEXT_SECONDS = 4.0
"""What intake keeps of a page's and of a document's words, and the CPU time it gives to them."""
FOUND_PLACES = 200
"""Places at most that one search in a document lists."""

TSA_SECONDS = 10.0
REVOCATION_SECONDS = 10
MAX_TSA_ANSWER_BYTES = MIB
TSA_REST_SECONDS = 60.0
"""A TSA that failed is asked last for this long."""

RSA_SIGNATURE_RESERVED_BYTES = 24576
"""Hex digits for chains of RSA certificates, whose CMS does not fit into the smaller figure."""

MAX_FIELDS = 500
"""Input fields of one envelope, over all its documents."""
MAX_TAKEN_PLACES = 5_000
"""Annotations of one document whose places are kept; a handbook's links are fewer."""
MAX_PROPOSALS = 500
PROPOSAL_SECONDS = 2.0
"""Places of one document that are offered as input fields, as many as an envelope can have, and the
CPU time at intake for finding each of the two sorts of them."""
MAX_LABEL_CHARACTERS = 60
MAX_GUIDE_CHARACTERS = 200
"""Of the help under a field: two lines on a telephone."""
MAX_TERMS = 20
"""Fields that one field is computed from."""
MAX_DIGITS = 15
"""Before the decimal point of a number: 999 trillion yen, all of which a box can show."""
MAX_DECIMALS = 6
MAX_OPTIONS = 20
MAX_OPTION_CHARACTERS = 60
MAX_VALUE_CHARACTERS = 2000
"""Of one field that the sender gave no limit of its own."""
MAX_ATTACHMENT_BYTES = 10 * MIB
"""One file that a signer attaches: a scan of several pages, or a telephone's photograph."""
MAX_ATTACHMENTS = 10
"""Attachment fields of one person in one envelope."""
MAX_ATTACHMENTS_BYTES = 200 * MIB
"""All attachments of one envelope, beside its documents: what one party gets in one ZIP."""
MAX_ATTACHMENT_UPLOADS = 60
"""Files that one person may send for one envelope, refused and replaced ones counted."""
MAX_ATTACHMENT_SIDE = 20_000
MAX_ATTACHMENT_PIXELS = 110_000_000
"""Of a picture as sent: a telephone's largest photograph has 108 million."""
ATTACHMENT_SIDE = 4_000
"""Pixels of the longer side that are kept: an A4 sheet at 340 dpi."""
MAX_STAMP_BYTES = 2 * MIB
"""One stamp image as uploaded; a photograph of a seal at full size is smaller."""
MAX_STAMP_SIDE = 8_000
"""Pixels of its longer side: a telephone's largest photograph. 2 MB may unfold to more."""
COMPARED_CHARACTERS = 60_000
"""Of changed pages, whose words one page of ours compares: a contract of 40 pages written anew. Of
what lies behind, it says only that it changed."""
COMPARED_STEPS = 4_000_000
"""That comparing the words of one page of ours may take in all: about half a second."""
COMPARED_STEPS_EACH = 1_500_000
"""Of these for one page: what is thick with a few words repeated leaves some for the others."""
COMPARED_PICTURES = 300
"""Pairs of pages of a corrected document whose pictures are compared; a pair takes a tenth of a
second, and whoever reads more of them compares the files themselves."""
PLACES_PER_PAGE = 30
"""Places at most that are marked on one page as looking different."""

MAIL_TRIED_FOR = timedelta(hours=48)
"""Greylisting asks for minutes, an outage for hours; RFC 5321, 4.5.4.1 gives up after days."""
