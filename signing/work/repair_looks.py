"""Forms whose look is left to viewers: fields without one, or a wish to have all drawn anew
(/NeedAppearances).

Signing takes that freedom away: what a viewer shows on the screen is drawn into the pages. Other
viewers may have shown something else, so it needs consent.
"""

from io import BytesIO

import pypdfium2
import pypdfium2.raw


def form_drawn(data: bytes) -> bytes:
    """The file with fields and notes drawn into its pages, as PDFium shows them on a screen.

    Raises pypdfium2.PdfiumError.
    """
    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()
        for number in range(len(document)):
            page = document[number]
            drawn = pypdfium2.raw.FPDFPage_Flatten(page, pypdfium2.raw.FLAT_NORMALDISPLAY)
            page.close()
            if drawn == pypdfium2.raw.FLATTEN_FAIL:
                raise pypdfium2.PdfiumError("flatten")
        output = BytesIO()
        document.save(output)
        return output.getvalue()
    finally:
        document.close()
