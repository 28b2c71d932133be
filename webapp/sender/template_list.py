"""The list of templates: conditions in the URL, one page at a time."""

from typing import Any

from flask import render_template, request, url_for

from domain.contact_search import STANDING_WORDS
from domain.operations import Operation
from domain.template_search import ALL, TemplateSearch
from domain.templates import SHARE_WORDS
from storage.template_list import template_page
from webapp.language import say
from webapp.login import member
from webapp.recording import records
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.words import choices
from webapp.state import state


@blueprint.get("/templates")
@may("template.read")
@records(Operation.TEMPLATES_SEARCHED, when="*")
def templates() -> str:
    """Every template that the member sees and the conditions find."""
    search = TemplateSearch.read(request.args)
    number = request.args.get("page", 1, type=int)
    with state().database.reading() as session:
        page = template_page(session, member(), search, number)
    return render_template(
        "sender/templates.html",
        page=page,
        search=search,
        standings=choices(STANDING_WORDS),
        shares=[(ALL, say("すべて")), *choices(SHARE_WORDS)],
        here=_here,
    )


def _here(**more: Any) -> str:  # noqa: ANN401 - for templates
    """Another page of the same conditions."""
    return url_for("sender.templates", **(TemplateSearch.read(request.args).as_query() | more))
