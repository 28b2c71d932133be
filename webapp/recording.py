"""Looks, searches and refusals for the operation log, written once the answer is made.

Before it is sent: nothing leaves that was not written first. A log that cannot be written loses no
page: the process counts what it missed, says so in its own log, and writes the gap into the chain
as soon as it can, where auditors and operators see it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from domain.events import Json, utc_text
from domain.operations import Operation
from runtime.telemetry import logger
from storage import operations
from storage.tables import Member
from webapp.errors import wants_fragment
from webapp.login import logged_in, now
from webapp.security import PERMISSIONS, permission_of, view_of_request
from webapp.state import state

View = TypeVar("View", bound=Callable[..., object])
ANY = "*"
SHOWN = frozenset({200, 206})
NOT_FOUND = 404
_SUBJECTS = (
    "document_id",
    "attachment_id",
    "template_id",
    "file_id",
    "run_id",
    "disclosure_id",
    "version",
    "page",
)

log = logger("webapp.recording")


def records(operation: Operation, *, when: str = "") -> Callable[[View], View]:
    """Who opens the view stands in the operation log. `when` names the part of the query without
    which it is no search; `*` is any part."""

    def mark(view: View) -> View:
        view.records = (operation, when)  # type: ignore[attr-defined]  # marks live on the function
        return view

    return mark


def note_taken(query: Mapping[str, object], lines: int) -> None:
    """What the entry of this answer says besides: a table of so many lines was made by these
    conditions. Each is an entry of its own, however soon it follows upon another."""
    g.taken = {"lines": lines, "fields": [*sorted(query)], "query": query_hash(query)}


def query_hash(query: Mapping[str, object]) -> str:
    """SHA-256 of conditions. What somebody looks for is a name more often than not, and the ledger
    and the log forget nothing."""
    said = json.dumps(query, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def init_recording(app: Flask) -> None:
    """After every answer that a member gets."""
    app.after_request(_record)


def _record(response: Response) -> Response:
    found = None if g.get("login_unknown") else logged_in()
    if found is None or request.endpoint is None:
        return response
    refused = g.get("refused_permission")
    operation: Operation | None = None
    data: dict[str, Json] = {}
    if refused is not None:
        operation, data = Operation.ACCESS_REFUSED, {"permission": str(refused)}
    elif response.status_code == NOT_FOUND:
        operation, data = _tried(found.member)
    elif request.method == "GET" and response.status_code in SHOWN:
        operation, data = _looked()
    if operation is None:
        return response
    taken = g.get("taken", {})
    if taken or state().recent.is_new(str(found.login.id), operation, _likeness(data)):
        _write(found.member, operation, data | taken)
    return response


def _likeness(data: dict[str, Json]) -> str:
    """What makes two looks one. A list that follows what is typed is one search, not one a key."""
    return str({**data, "query": ""} if wants_fragment() else data)


def _tried(member: Member) -> tuple[Operation | None, dict[str, Json]]:
    """Ids that lead to nothing that he may see: of elsewhere, of nothing, or kept from him, which
    no entry tells apart. Of many within an hour the first, tenth, hundredth ... are entries: the
    chain is not for whoever tries ids to fill."""
    ids = {name: one for name, one in (request.view_args or {}).items() if isinstance(one, UUID)}
    permission = permission_of(current_app, str(request.endpoint))
    if not ids or permission not in PERMISSIONS:
        return None, {}
    kind = [*ids][-1].removesuffix("_id")
    times = state().recent.tries(str(member.id), kind)
    if not _is_step(times):
        return None, {}
    asked = "/".join(str(one) for one in ids.values())
    return Operation.ACCESS_IN_VAIN, {"asked_for": kind, "ids": asked, "times": times}


def _is_step(times: int) -> bool:
    return str(times).rstrip("0") == "1"


def _looked() -> tuple[Operation | None, dict[str, Json]]:
    operation, when = getattr(view_of_request(), "records", (None, ""))
    if operation is None:
        return None, {}
    arguments = request.view_args or {}
    data: dict[str, Json] = {
        name.removesuffix("_id"): str(arguments[name]) for name in _SUBJECTS if name in arguments
    }
    if data.pop("page", None) and "document" not in data:
        return None, {}
    if "envelope_id" in arguments:
        data["envelope"] = str(arguments["envelope_id"])
    if when:
        asked = {name: values for name, values in request.args.lists() if any(values)}
        if not (
            set(asked) - {"page", "sort", "order", "state", "shown"}
            if when == ANY
            else when in asked
        ):
            return None, {}
        data |= {"fields": [*sorted(asked)], "query": query_hash(asked)}
    return operation, data


def _write(member: Member, operation: Operation, data: dict[str, Json]) -> None:
    organisation, moment = member.organisation_id, now()
    missed = state().recent.take_missed(organisation)
    try:
        with state().database.transaction() as session:
            if missed is not None:
                _write_gap(session, member, missed)
            operations.append(
                session,
                organisation,
                operation.value,
                at=moment,
                actor=f"member:{member.id}",
                data=data | {"address": request.remote_addr or ""},
            )
    except SQLAlchemyError as error:
        if missed is not None:
            state().recent.give_back(organisation, missed)
        count = state().recent.miss(organisation, moment)
        log.warning(
            "operation_not_noted",
            operation=operation.value,
            missed=count,
            error=type(error).__name__,
        )


def _write_gap(session: Session, member: Member, missed: tuple[int, datetime]) -> None:
    count, since = missed
    operations.append(
        session,
        member.organisation_id,
        Operation.LOG_GAP.value,
        at=now(),
        actor="system",
        data={"missed": count, "since": utc_text(since)},
    )
