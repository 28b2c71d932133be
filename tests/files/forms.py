"""Documents that say where something is to be filled in: anchors, and a form of all kinds."""

from io import BytesIO

import pikepdf
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from tests.files.generate import A4, changed

_MINCHO = "HeiseiMin-W3"


def with_anchors(
    *lines: tuple[float, float, str], size: tuple[float, float] = A4, letters: float = 11
) -> bytes:
    """One page with these lines of Japanese; x and y are points from the bottom left."""
    pdfmetrics.registerFont(UnicodeCIDFont(_MINCHO))
    output = BytesIO()
    drawing = canvas.Canvas(output, pagesize=size, invariant=True)
    drawing.setFont(_MINCHO, letters)
    for x, y, words in lines:
        drawing.drawString(x, y, words)
    drawing.showPage()
    drawing.save()
    return output.getvalue()


def with_inputs() -> bytes:
    """A form with an empty input of each kind, and some that are nobody's to fill in."""
    output = BytesIO()
    drawing = canvas.Canvas(output, pagesize=A4, invariant=True)
    form, line = drawing.acroForm, {"width": 100, "height": 20, "borderWidth": 1}
    form.textfield(
        name="owner", tooltip="Owner's name", x=100, y=700, fieldFlags="required", **line
    )
    form.textfield(name="notes", x=100, y=600, width=200, height=60, fieldFlags="multiline")
    form.textfield(name="filled", value="x", x=350, y=700, **line)
    form.textfield(name="locked", x=350, y=650, fieldFlags="readOnly", **line)
    form.textfield(name="secret", x=350, y=600, fieldFlags="password", **line)
    form.checkbox(name="agree", x=100, y=550)
    form.checkbox(name="ticked", x=350, y=550, checked=True)
    form.radio(name="pay", value="monthly", x=100, y=500)
    form.radio(name="pay", value="yearly", x=160, y=500)
    form.choice(name="how", value="bank", options=["bank", "cash"], x=100, y=450, **line)
    drawing.drawString(100, 250, "{{sign:Contractor}}")
    drawing.showPage()
    drawing.save()
    return changed(output.getvalue(), _with_signature)


def without_looks() -> bytes:
    """The same form, whose widgets each viewer draws as it likes."""

    def strip(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm["/NeedAppearances"] = True
        for row in pdf.pages[0].obj.Annots:
            if row.get("/FT") == "/Tx":
                del row["/AP"]

    return changed(with_inputs(), strip)


def _with_signature(pdf: pikepdf.Pdf) -> None:
    """An empty choice, and an empty signature field."""
    page, form = pdf.pages[0].obj, pdf.Root.AcroForm
    for row in form.Fields:
        if row.get("/T") == "how":
            del row["/V"], row["/I"]
            row.AP.N.write(b"0.5 0.5 99 19 re s")
        if row.get("/T") == "owner":
            row["/MaxLen"] = 30
    signature = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Sig,
            T=pikepdf.String("contractor.sign"),
            Rect=pikepdf.Array([100, 350, 250, 400]),
            F=4,
        )
    )
    page.Annots.append(signature)
    form.Fields.append(signature)
