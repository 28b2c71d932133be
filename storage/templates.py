"""Templates as rows: each change is a version of its own; who may not see one finds none.

Nothing is lost in silence: a change that was begun before somebody else's is refused.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from domain.events import Event, canonical
from domain.kinds import Role
from domain.template_content import TemplateContent, content_of
from domain.template_search import searched
from domain.templates import (
    Asking,
    CheckedTemplate,
    Owned,
    Share,
    TemplateEvent,
    may_change,
    sees,
)
from storage import ledger
from storage.locks import locked
from storage.paging import Page, existing
from storage.tables import Department, Member, Template, TemplateVersion

VERSIONS_PAGE = 20
_EVENTS = {
    TemplateEvent.SAVED: Event.TEMPLATE_SAVED,
    TemplateEvent.CHANGED: Event.TEMPLATE_CHANGED,
    TemplateEvent.DESCRIBED: Event.TEMPLATE_CHANGED,
    TemplateEvent.RETIRED: Event.TEMPLATE_RETIRED,
    TemplateEvent.RESTORED: Event.TEMPLATE_RESTORED,
}


class TemplateChangedMeanwhile(Exception):
    """Somebody else made a version since the form was opened."""


class NotChangeable(Exception):
    """The member sees it, and may not change it."""


@dataclass(frozen=True)
class VersionLine:
    """A version and the name of whoever made it."""

    version: TemplateVersion
    who: str


def asking(member: Member) -> Asking:
    """The member as rules see him."""
    return Asking(member.id, member.department_id, member.roles)


def owned(row: Template) -> Owned:
    """The template as rules see it."""
    return Owned(row.owner_id, row.department_id, Share(row.share))


def visible(member: Member) -> ColumnElement[bool]:
    """`domain.templates.sees` as a condition, within the organisation."""
    shared = [
        Template.share == Share.ORGANISATION.value,
        and_(Template.share == Share.MEMBER.value, Template.owner_id == member.id),
    ]
    if member.department_id is not None:
        shared.append(
            and_(
                Template.share == Share.DEPARTMENT.value,
                Template.department_id == member.department_id,
            )
        )
    shared.append(_of_no_department(member))
    return and_(Template.organisation_id == member.organisation_id, or_(*shared))


def _of_no_department(member: Member) -> ColumnElement[bool]:
    """Its department was removed, by a program that asked nobody where its templates go."""
    known = select(Department.id).where(Department.organisation_id == member.organisation_id)
    gone = or_(Template.department_id.is_(None), Template.department_id.not_in(known))
    left = and_(Template.share == Share.DEPARTMENT.value, gone)
    if Role.ADMIN.value in member.roles:
        return left
    return and_(left, Template.owner_id == member.id)


def find(session: Session, member: Member, template_id: UUID) -> Template | None:
    """A template that the member sees; any other does not exist."""
    row = session.scalar(select(Template).where(Template.id == template_id, visible(member)))
    if row is not None and _is_left(session, row):
        set_committed_value(row, "department_id", None)  # as it is read; a change writes it
    return row


def _is_left(session: Session, row: Template) -> bool:
    """Whether nobody has its department any more."""
    key = row.department_id
    return key is not None and session.get(Department, key) is None


def version_of(session: Session, row: Template, number: int) -> TemplateVersion | None:
    """One of its versions."""
    return session.scalar(
        select(TemplateVersion).where(
            TemplateVersion.template_id == row.id, TemplateVersion.number == number
        )
    )


def newest_of(session: Session, row: Template) -> TemplateVersion:
    """Its newest version."""
    found = version_of(session, row, row.version)
    if found is None:
        raise LookupError(f"{row.id} {row.version}")
    return found


def history(session: Session, row: Template, number: int = 1) -> Page[VersionLine]:
    """A page of its versions, the newest first."""
    query = select(TemplateVersion).where(TemplateVersion.template_id == row.id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = existing(number, total, VERSIONS_PAGE)
    return Page(_lines(session, row, (number - 1) * VERSIONS_PAGE), total, number, VERSIONS_PAGE)


def since(session: Session, row: Template, number: int) -> Sequence[VersionLine]:
    """What was made after a version, the newest first; at most a page."""
    return [line for line in _lines(session, row, 0) if line.version.number > number]


def _lines(session: Session, row: Template, skipped: int) -> Sequence[VersionLine]:
    rows = session.execute(
        select(TemplateVersion, Member.name)
        .join(Member, Member.id == TemplateVersion.member_id)
        .where(TemplateVersion.template_id == row.id, Member.organisation_id == row.organisation_id)
        .order_by(TemplateVersion.number.desc())
        .offset(skipped)
        .limit(VERSIONS_PAGE)
    )
    return [VersionLine(version, name) for version, name in rows]


def begin(session: Session, member: Member, checked: CheckedTemplate, now: datetime) -> Template:
    """A template without any version yet: its files need it. The caller keeps its first one."""
    row = Template(
        organisation_id=member.organisation_id,
        owner_id=member.id,
        department_id=member.department_id,
        version=0,
        active=True,
        changed_by=member.id,
        changed_at=now,
    )
    _describe(row, checked)
    session.add(row)
    session.flush()
    return row


def keep_first(
    session: Session, row: Template, member: Member, content: TemplateContent, now: datetime
) -> None:
    """Version 1."""
    _keep(session, row, member, TemplateEvent.SAVED, content, "", now)


def locked_for(session: Session, member: Member, template_id: UUID, seen: int) -> Template:
    """The template, locked for a change that was begun when `seen` was its newest version.

    Raises LookupError for one that the member does not see, NotChangeable, and
    TemplateChangedMeanwhile.
    """
    row = locked(session, Template, template_id)
    hidden = row is None or row.organisation_id != member.organisation_id
    if row is not None and not hidden and _is_left(session, row):
        row.department_id = None
    if row is None or hidden or not sees(owned(row), asking(member)):
        raise LookupError(str(template_id))
    if not may_change(owned(row), asking(member)):
        raise NotChangeable(str(template_id))
    if row.version != seen:
        raise TemplateChangedMeanwhile
    return row


def change_content(  # noqa: PLR0913 - what of which, by whom, why and when
    session: Session,
    row: Template,
    member: Member,
    content: TemplateContent,
    reason: str,
    now: datetime,
) -> bool:
    """The next version of a locked template. False, and nothing kept, where nothing differs."""
    if content.as_json() == _content(session, row).as_json():
        return False
    _keep(session, row, member, TemplateEvent.CHANGED, content, reason, now)
    return True


def describe(
    session: Session, row: Template, member: Member, checked: CheckedTemplate, now: datetime
) -> bool:
    """Another name, description or sharing of a locked template. False where nothing differs."""
    if (row.name, row.description, row.share) == (
        checked.name, checked.description, checked.share.value,
    ):  # fmt: skip
        return False
    content = _content(session, row)
    _describe(row, checked)
    row.department_id = row.department_id or member.department_id
    _keep(session, row, member, TemplateEvent.DESCRIBED, content, checked.reason, now)
    return True


def keep_shared_anew(  # noqa: PLR0913 - which, by whom, with whom, why and when
    session: Session, row: Template, member: Member, share: Share, reason: str, now: datetime
) -> None:
    """A locked template is for others from now on, though its maker did not say so."""
    content = _content(session, row)
    row.share = share.value
    _keep(session, row, member, TemplateEvent.DESCRIBED, content, reason, now)


def switch(session: Session, row: Template, member: Member, now: datetime, *, active: bool) -> bool:
    """Take a locked template out of use, or into it again. False where it is so already. What was
    made from it stays as it is."""
    if row.active == active:
        return False
    content = _content(session, row)
    row.active = active
    kind = TemplateEvent.RESTORED if active else TemplateEvent.RETIRED
    _keep(session, row, member, kind, content, "", now)
    return True


def _content(session: Session, row: Template) -> TemplateContent:
    return content_of(newest_of(session, row).content)


def _describe(row: Template, checked: CheckedTemplate) -> None:
    row.name, row.description = checked.name, checked.description
    row.share = checked.share.value
    row.searched = searched(checked.name, checked.description)


def _keep(  # noqa: PLR0913 - the parts of one version
    session: Session,
    row: Template,
    member: Member,
    kind: TemplateEvent,
    content: TemplateContent,
    reason: str,
    now: datetime,
) -> None:
    row.version += 1
    row.changed_at, row.changed_by = now, member.id
    stored = content.as_json()
    session.add(
        TemplateVersion(
            template_id=row.id,
            number=row.version,
            kind=kind.value,
            member_id=member.id,
            at=now,
            reason=reason,
            share=row.share,
            name=row.name,
            description=row.description,
            active=row.active,
            content=stored,
        )
    )
    session.flush()
    ledger.append(
        session,
        _EVENTS[kind],
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={
            "template": row.id,
            "version": row.version,
            "share": row.share,
            "content": hashlib.sha256(canonical(stored)).hexdigest(),
        },
    )
