"""What a form carried, for the page that says why it was not taken: it is sent again by a button.

Nothing is kept on the server. Secrets are not repeated, and files cannot be.
"""

from dataclasses import dataclass

from flask import g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from domain.limits import MAX_ENVELOPE_BYTES
from webapp import form_owner, security
from webapp.form_owner import TOKEN

SECRETS = frozenset(
    {
        "password",
        "wanted",
        "again",
        "code",
        "access_code",
        "mail_code",
        "recovery",
        "sms_code",
        "app_code",
        "passkey",
        "secret",
    }
)
"""Typed data that no page shows again."""


@dataclass(frozen=True)
class Kept:
    """A form of one of our own pages as it came, without secrets and files."""

    path: str
    fields: list[tuple[str, str]]
    token: str
    """Of the page that it comes from. It says who typed, so that it stays with what was typed."""
    files: bool
    """Files were chosen, which have to be chosen again."""
    secrets: bool
    """Something was left out that has to be typed again."""

    @property
    def words(self) -> list[str]:
        """What a person wrote himself, to be read and copied: not ids, numbers and choices."""
        found = [value.strip() for _, value in self.fields]
        return list(dict.fromkeys(value for value in found if _is_written(value)))

    def has(self, name: str) -> bool:
        """Whether the form carried such a field."""
        return any(name == one for one, _ in self.fields)


def _is_written(value: str) -> bool:
    return bool(value) and (not value.isascii() or " " in value or "\n" in value)


def is_own() -> bool:
    """Whether a page of ours sends this form: its browser says so. Of others nothing is shown."""
    return request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "same-origin"


def kept() -> Kept | None:
    """The form of this request; None where it is not one of our own pages', or nobody read it."""
    found = _posted() if is_own() else None
    if found is None:
        return None
    typed = [(name, value) for name, value in found.items(multi=True) if name != TOKEN]
    return Kept(
        request.full_path.rstrip("?"),
        [(name, value) for name, value in typed if not _is_secret(name)],
        found.get(TOKEN, ""),
        _lost_files(),
        any(value for name, value in typed if _is_secret(name)),
    )


def _is_secret(name: str) -> bool:
    """Also of one person of several: `people-0-code`. An administrator's only code is a
    department's, which everybody reads."""
    last = name.rpartition("-")[2]
    return last in SECRETS and not (last == "code" and request.blueprint == "admin")


def kept_words() -> Kept | None:
    """The form where somebody has written something in it: a button alone is pressed again."""
    found = kept()
    return found if found and found.words else None


def kept_without_files() -> Kept | None:
    """The form beside files that were too large: they are read to their end, and nothing of them is
    kept anywhere. A form that is too large without files stays unread, and a stranger's files do:
    whoever is none was let in by the view's guard, or was logged in here a moment ago."""
    known = "file_streams" in g or form_owner.owner_of_session()
    if known and is_own() and request.mimetype == "multipart/form-data":
        g.pop("file_streams", None)
        request.max_content_length = MAX_ENVELOPE_BYTES
    return kept()


def _posted() -> MultiDict[str, str] | None:
    """The form's values; None of a body that nobody would read, an upload before its view say."""
    try:
        return request.form
    except HTTPException:
        return None


def _lost_files() -> bool:
    """Whether files were chosen. An empty choice arrives as a file without a name."""
    try:
        return any(file.filename for file in request.files.values())
    except HTTPException:
        return False


def let_long_forms_be_read() -> None:
    """A list that a member typed is kept too: whose browser was his a moment ago, its session says.
    Other strangers' long forms stay unread."""
    if form_owner.owner_of_session():
        security.let_long_form()
