"""What a table's cells have in common: on a phone they are cards, and each names its column.

A list has hundreds of them. As a macro they took a quarter of the time of its page.
"""

from functools import lru_cache

from flask import Flask
from markupsafe import Markup

_KEPT = 2048
"""Columns of all pages in both languages are some hundreds."""


@lru_cache(_KEPT, typed=True)  # typed: what is escaped already is not the same as plain text
def cell(column: str, css_class: str = "") -> Markup:
    """Attributes of a `td` in the column of this name."""
    marks = Markup('role="cell" data-column="{}"').format(column)
    return marks + Markup(' class="{}"').format(css_class) if css_class else marks


def init_cells(app: Flask) -> None:
    """`cell()` in templates."""
    app.jinja_env.globals.update(cell=cell)
