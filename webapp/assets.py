"""Static files: addressed by content, so that browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app

STYLES = (
    "vendor/design-tokens/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/buttons.css",
    "css/forms.css",
    "css/notices.css",
    "css/tags.css",
    "css/tables.css",
    "css/cards.css",
)
"""Every page has these; a blueprint adds its own in `{% block styles %}`."""


@cache
def _version(folder: str, path: str) -> str:
    file = Path(folder) / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "absent"


def asset(path: str) -> str:
    """URL of a file under static/, changing with its content."""
    folder = current_app.static_folder or ""
    return f"{current_app.static_url_path}/{path}?v={_version(folder, path)}"


def init_assets(app: Flask) -> None:
    """`asset()` and the list of styles in templates."""
    app.jinja_env.globals.update(asset=asset, styles=STYLES)
