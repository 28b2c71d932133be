"""The last resort of a repair: the pages alone, in a new file."""

import pikepdf

_KEPT_OF_A_PAGE = (
    "/Type",
    "/MediaBox",
    "/CropBox",
    "/Rotate",
    "/UserUnit",
    "/Contents",
    "/Resources",
    "/Annots",
    "/Group",
)
"""What decides how a page looks."""


def pages_only(pdf: pikepdf.Pdf) -> pikepdf.Pdf:
    """A new file with the looks of each page and the layers, and nothing else."""
    rebuilt = pikepdf.new()
    for page in pdf.pages:
        for key in list(page.obj.keys()):
            if key not in _KEPT_OF_A_PAGE:
                del page.obj[key]
        _loosen_annotations(page)
    rebuilt.pages.extend(pdf.pages)
    layers = pdf.Root.get("/OCProperties")
    if isinstance(layers, pikepdf.Dictionary):
        rebuilt.Root["/OCProperties"] = rebuilt.copy_foreign(
            layers if layers.is_indirect else pdf.make_indirect(layers)
        )
    return rebuilt


def _loosen_annotations(page: pikepdf.Page) -> None:
    """Annotations without links to pages, replies and fields, which would drag the rest along."""
    found = page.obj.get("/Annots")
    if not isinstance(found, pikepdf.Array):
        return
    for item in found:
        if isinstance(item, pikepdf.Dictionary):
            for key in ("/P", "/Parent", "/Popup", "/IRT", "/Dest", "/A", "/StructParent"):
                if key in item:
                    del item[key]
