"""What an organisation decides for all its envelopes: changed by an administrator, and noted."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.events import Event
from domain.organisations import Contact
from domain.working_days import YEAR_END
from storage import ledger
from storage.import_limits import count_all_anew
from storage.locks import locked
from storage.tables import Member, Organisation


def allow_late_downloads(session: Session, member: Member, now: datetime, *, allowed: bool) -> bool:
    """Whether participants fetch finished documents after the window. The ledger keeps who
    changed it, from what and to what. False where nothing changes."""
    organisation = _locked(session, member.organisation_id)
    before = organisation.late_downloads
    if before == allowed:
        return False
    organisation.late_downloads = allowed
    note_change(session, member, now, "late_downloads", before=before, after=allowed)
    return True


def demand_totp(session: Session, member: Member, now: datetime, *, demanded: bool) -> bool:
    """Whether every member needs an authenticator app. False where nothing changes."""
    organisation = _locked(session, member.organisation_id)
    before = organisation.totp_since is not None
    if before == demanded:
        return False
    organisation.totp_since = now if demanded else None
    note_change(session, member, now, "totp", before=before, after=demanded)
    return True


def demand_mandates(session: Session, member: Member, now: datetime, *, demanded: bool) -> bool:
    """Whether signing for the organisation takes an authority to sign (署名権限を確認する). False
    where nothing changes."""
    organisation = _locked(session, member.organisation_id)
    before = organisation.mandates_since is not None
    if before == demanded:
        return False
    organisation.mandates_since = now if demanded else None
    note_change(session, member, now, "mandates", before=before, after=demanded)
    return True


def set_contact(session: Session, member: Member, contact: Contact, now: datetime) -> bool:
    """What the organisation is called, and whom its mails name as contact. False where nothing
    changes. The ledger keeps which of it changed, the organisation's own log from what to what."""
    organisation = _locked(session, member.organisation_id)
    wanted = {
        "name": contact.name,
        "name_en": contact.name_en,
        "contact_department": contact.department,
        "contact_phone": contact.phone,
        "contact_mail": contact.mail,
    }
    known = {name: getattr(organisation, name) for name in wanted}
    changed = [name for name, value in wanted.items() if known[name] != value]
    for name in changed:
        setattr(organisation, name, wanted[name])
    if changed:
        kept = {
            "before": {name: known[name] for name in changed},
            "after": {name: wanted[name] for name in changed},
        }
        note_change(session, member, now, "contact", kept, changed=changed)
    return bool(changed)


def restrict_networks(
    session: Session, member: Member, networks: dict[str, list[str]], now: datetime
) -> bool:
    """From where members work. False where nothing changes. The ledger keeps both lists' sizes,
    not their lines, which say where people sit; the organisation's own log has them."""
    organisation = _locked(session, member.organisation_id)
    before = organisation.networks or {}
    if before == networks:
        return False
    organisation.networks = networks or None
    sizes = {"before": _sizes(before), "after": _sizes(networks)}
    note_change(session, member, now, "networks", {"before": before, "after": networks}, **sizes)
    return True


def keep_for(  # noqa: PLR0913 - the values of one setting
    session: Session,
    member: Member,
    years: int,
    month: int,
    closed: list[str],
    now: datetime,
) -> bool:
    """For how long what has ended is kept, and on which days nobody works. False where nothing
    changes."""
    organisation = _locked(session, member.organisation_id)
    days = YEAR_END if organisation.closed_days is None else organisation.closed_days
    before = {
        "years": organisation.retention_years,
        "month": organisation.fiscal_month,
        "closed": sorted(map(str, days)),
    }
    after = {"years": years, "month": month, "closed": sorted(closed)}
    if before == after:
        return False
    organisation.retention_years, organisation.fiscal_month = years, month
    organisation.closed_days = closed
    if before["closed"] != after["closed"]:
        session.flush()
        count_all_anew(session, organisation.id)
    note_change(session, member, now, "retention", before=before, after=after)
    return True


def restrict_addressees(
    session: Session, member: Member, domains: dict[str, list[str]], now: datetime
) -> bool:
    """To which domains envelopes may go from now on. False where nothing changes. The ledger keeps
    both lists: they name companies, not people."""
    organisation = _locked(session, member.organisation_id)
    before = organisation.recipient_domains or {}
    if before == domains:
        return False
    organisation.recipient_domains = domains or None
    note_change(session, member, now, "recipient_domains", before=before, after=domains)
    return True


def lift_networks(session: Session, organisation: Organisation, now: datetime) -> None:
    """Members work from everywhere again: by whoever runs the machine, for an organisation that
    has locked itself out."""
    before = organisation.networks or {}
    organisation.networks = None
    data: dict[str, object] = {"what": "networks", "before": _sizes(before), "after": {}}
    _note(session, organisation.id, "system", now, data, {"before": before})


def _sizes(networks: dict[str, list[str]]) -> dict[str, int]:
    return {name: len(lines) for name, lines in networks.items()}


def note_change(
    session: Session,
    member: Member,
    now: datetime,
    what: str,
    kept: Mapping[str, object] | None = None,
    **said: object,
) -> None:
    """A setting of the member's organisation is another now; what it was and is, in codes. `kept`
    is what only the organisation's own log says of it, in the place of `said`."""
    _note(session, member.organisation_id, f"member:{member.id}", now, {"what": what, **said}, kept)


def _note(  # noqa: PLR0913 - the parts of one entry
    session: Session,
    organisation_id: UUID,
    actor: str,
    now: datetime,
    data: dict[str, object],
    kept: Mapping[str, object] | None = None,
) -> None:
    session.flush()
    ledger.append(
        session,
        Event.ORGANISATION_CHANGED,
        at=now,
        actor=actor,
        organisation_id=organisation_id,
        data=data,
        log_data=kept,
    )


def _locked(session: Session, organisation_id: UUID) -> Organisation:
    found = locked(session, Organisation, organisation_id)
    if found is None:
        raise LookupError(str(organisation_id))
    return found
