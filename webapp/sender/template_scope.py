"""Templates by id, within what the member sees: any other does not exist."""

from uuid import UUID

from flask import abort, flash
from sqlalchemy.orm import Session

from domain.templates import may_change
from storage import templates
from storage.tables import Template, TemplateVersion
from webapp.language import say
from webapp.login import allows, member


def template_or_404(session: Session, template_id: UUID) -> Template:
    """The template, to read."""
    return templates.find(session, member(), template_id) or abort(404)


def version_or_404(session: Session, row: Template, number: int) -> TemplateVersion:
    """One of its versions."""
    return templates.version_of(session, row, number) or abort(404)


def changes(row: Template) -> bool:
    """Whether the member may make a new version of it."""
    entitled = may_change(templates.owned(row), templates.asking(member()))
    return allows("template.write") and entitled


def template_to_change(session: Session, template_id: UUID, seen: int) -> Template:
    """The template, locked. Raises TemplateChangedMeanwhile; answers 403 to whoever may not."""
    try:
        return templates.locked_for(session, member(), template_id, seen)
    except LookupError:
        abort(404)
    except templates.NotChangeable:
        abort(403)


def say_changed() -> None:
    """Somebody else was faster, and nothing was typed that could be lost."""
    flash(say("ほかの人がこのひな形を変更しました。今の内容を確かめてください。"), "warning")
