"""Which template and version an envelope came from."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage import templates
from storage.tables import Envelope, Template
from webapp.login import member


@dataclass(frozen=True)
class TemplateUsed:
    """`row` is None for whoever does not see the template: then its name is not said either."""

    row: Template | None
    version: int

    @property
    def newer(self) -> int | None:
        """The newest version, where it is another one."""
        return self.row.version if self.row and self.row.version != self.version else None


def template_used(session: Session, envelope: Envelope) -> TemplateUsed | None:
    """None for an envelope that was made by hand."""
    if envelope.template_id is None or envelope.template_version is None:
        return None
    row = templates.find(session, member(), envelope.template_id)
    return TemplateUsed(row, envelope.template_version)
