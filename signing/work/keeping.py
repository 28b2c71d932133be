"""Intake of a file that was concluded elsewhere: nobody signs it, and not a byte of it changes.

So what matters is less than for one that will be signed: it opens without a password, each page can
be shown, and nothing in it acts or shows other things to other readers. Signatures that it carries
are not judged: they are its own.
"""

import json

from domain.limits import MOST_PAGE_IMAGES
from domain.mends import Mend
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.work.inspection import drawable, opened_file, require_pdf
from signing.work.inspection_pages import can_be_drawn, page_images
from signing.work.inspection_texts import page_texts

_HARMFUL = frozenset(
    {
        Mend.JAVASCRIPT,
        Mend.LAUNCH,
        Mend.ACTIONS,
        Mend.MULTIMEDIA,
        Mend.EXTERNAL_STREAMS,
        Mend.PRINT_LAYERS,
        Mend.XFA,
    }
)
"""What acts, or makes two readers see two contracts. What is merely in the way of a signature
(restrictions, metadata, attached files) stays as it is."""


def keep(request: Frame) -> Frame:
    """Parts: the file. Answers as `inspection.inspect` does for a file without mends. Raises
    Refusal."""
    data = request.parts[0]
    require_pdf(data)
    opened = opened_file(data, kept=True)
    if opened.mends & _HARMFUL:
        raise Refusal(RefusalCode.KEPT_ACTIVE)
    shown = drawable(data, opened)
    if not can_be_drawn(shown):
        raise Refusal(RefusalCode.KEPT_UNDRAWABLE)
    pages = len(opened.sizes)
    images = page_images(shown, range(min(pages, MOST_PAGE_IMAGES)))
    fields = {
        "pages": pages,
        "sizes": opened.sizes,
        "signed": opened.signed,
        "mends": [],
        "taken": [],
    }
    words = (json.dumps(page_texts(shown, pages)).encode(), b"{}")  # nobody places fields on it
    return Frame("done", fields, (*words, *images))
