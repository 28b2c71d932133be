"""A file of ours against its evidence record (evidence.json): more than any signature can say.

A verifier can be deceived by a file; nobody deceives one who knows which bytes were stored, which
signatures were made, and by which acts. The record is a dictionary as storage.evidence writes it,
read from a file, so that nothing here needs a running service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.events import GENESIS, Event, event_hash
from domain.findings import FINDING_WORDS, Finding
from domain.refusals import Words
from signing import evidence_passkeys
from signing.consents import consents_hold
from signing.evidence_attachments import attachments_hold
from signing.imports import IMPORT, import_holds
from signing.verify import DocumentReport, SignatureReport

FORMAT = "musubi-evidence-1"
_BEFORE_US = frozenset({"upload", "repaired"})
"""Revisions that no version begins with: what the sender gave us."""


class EvidenceProblem(StrEnum):
    """How file and record contradict each other."""

    NOT_A_RECORD = "not_a_record"
    LEDGER_BROKEN = "ledger_broken"
    UNKNOWN_FILE = "unknown_file"
    CONTINUED = "continued"
    INTERMEDIATE = "intermediate"
    PREFIX_DIFFERS = "prefix_differs"
    SIGNATURES_DIFFER = "signatures_differ"
    ACT_MISSING = "act_missing"
    TEXT_DIFFERS = "text_differs"
    SUPERSEDED = "superseded"
    VERSIONS_DIFFER = "versions_differ"
    CONSENTS_DIFFER = "consents_differ"
    PASSKEY_UNPROVEN = "passkey_unproven"
    ATTACHMENTS_DIFFER = "attachments_differ"
    IMPORT_DIFFERS = "import_differs"


EVIDENCE_WORDS: dict[EvidenceProblem, Words] = {
    problem: FINDING_WORDS[Finding(problem.value)] for problem in EvidenceProblem
}


@dataclass(frozen=True)
class RecordedAct:
    """Who made a signature, how he was known, and when he did it, as the record says."""

    field: str
    name: str
    mail: str
    company: str
    method: str
    posted_at: datetime | None
    passkey: bool = False
    """Whether a passkey's signature over this act was verified."""


@dataclass(frozen=True)
class EvidenceReport:
    """What the record says of one file. `revision` counts from 0; -1 for an unknown file."""

    problems: tuple[EvidenceProblem, ...]
    envelope: str = ""
    title: str = ""
    revision: int = -1
    kind: str = ""
    acts: tuple[RecordedAct, ...] = ()
    version: int = 0
    """Which version (版) of the envelope's documents the file is; 0 for an unknown file."""

    @property
    def good(self) -> bool:
        """Whether file and record agree in everything."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        acts = [
            asdict(act) | {"posted_at": act.posted_at.isoformat() if act.posted_at else None}
            for act in self.acts
        ]
        problems = [
            {"code": problem.value, **EVIDENCE_WORDS[problem]._asdict()}
            for problem in self.problems
        ]
        return asdict(self) | {"good": self.good, "problems": problems, "acts": acts}


def check_evidence(
    data: bytes, report: DocumentReport, record: Mapping[str, Any]
) -> EvidenceReport:
    """Compare. Never raises for any record: one that cannot be read is a problem by itself."""
    try:
        if record["format"] != FORMAT:
            return EvidenceReport((EvidenceProblem.NOT_A_RECORD,))
        return _compare(data, report, record)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return EvidenceReport((EvidenceProblem.NOT_A_RECORD,))


def _compare(data: bytes, report: DocumentReport, record: Mapping[str, Any]) -> EvidenceReport:
    problems = [] if _ledger_holds(record) else [EvidenceProblem.LEDGER_BROKEN]
    if not _versions_hold(record):
        problems.append(EvidenceProblem.VERSIONS_DIFFER)
    if not consents_hold(record):
        problems.append(EvidenceProblem.CONSENTS_DIFFER)
    if not attachments_hold(record):
        problems.append(EvidenceProblem.ATTACHMENTS_DIFFER)
    if not import_holds(record):
        problems.append(EvidenceProblem.IMPORT_DIFFERS)
    number = str(record["envelope"]["number"])
    document, place = _find(data, report.sha256, record["documents"])
    if document is None:
        return EvidenceReport((*problems, EvidenceProblem.UNKNOWN_FILE), number)
    chain = _chain(document, place)
    if chain[-1]["sha256"] != report.sha256:
        problems.append(EvidenceProblem.CONTINUED)
    elif _is_superseded(place, record):
        problems.append(EvidenceProblem.SUPERSEDED)
    elif _is_intermediate(document, place):
        problems.append(EvidenceProblem.INTERMEDIATE)
    if any(sha256(data[: row["size"]]).hexdigest() != row["sha256"] for row in chain):
        problems.append(EvidenceProblem.PREFIX_DIFFERS)
    acts, doubts = _acts(chain, report, record)
    return EvidenceReport(
        tuple(dict.fromkeys(problems + doubts)),
        number,
        str(document["title"]),
        int(place["number"]),
        str(place["kind"]),
        acts,
        int(place["version"]),
    )


def _find(
    data: bytes, digest: str, documents: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
    """The document and its longest revision that the file is, or begins with."""
    found: tuple[Mapping[str, Any] | None, Mapping[str, Any]] = (None, {})
    longest = -1
    for document in documents:
        for row in document["revisions"]:
            size = int(row["size"])
            if row["kind"] in _BEFORE_US or not longest < size <= len(data):
                continue
            whole = digest if size == len(data) else sha256(data[:size]).hexdigest()
            if whole == row["sha256"]:
                found, longest = (document, row), size
    return found


def _chain(document: Mapping[str, Any], place: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The revisions of the same version up to a place, oldest first."""
    rows = [
        row
        for row in document["revisions"]
        if row["version"] == place["version"] and row["number"] <= place["number"]
    ]
    return sorted(rows, key=lambda row: int(row["number"]))


def _is_superseded(place: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """A later version is the one that counts; records of before versions name none."""
    return int(place["version"]) < int(record["envelope"].get("version", place["version"]))


def _versions_hold(record: Mapping[str, Any]) -> bool:
    """Corrections, ledger and documents tell the same: each version follows the one before by an
    accepted act, and what was read of each replaced document is its recorded base."""
    said = record.get("corrections", [])
    noted = [
        row["data"] for row in record["ledger"] if row["tag"] == Event.ENVELOPE_CORRECTED.value
    ]
    if len(said) != len(noted):
        return False
    acts = {row["id"]: row for row in record["acts"]}
    bases = {
        (document["id"], row["version"]): row["sha256"]
        for document in record["documents"]
        for row in document["revisions"]
        if row["kind"] == "version"
    }
    return all(_follows(row, data, acts, bases) for row, data in zip(said, noted, strict=True))


def _follows(
    row: Mapping[str, Any],
    noted: Mapping[str, Any],
    acts: Mapping[str, Any],
    bases: Mapping[tuple[str, int], str],
) -> bool:
    act = acts.get(row["act"])
    if act is None or act["kind"] != "correct" or act["accepted"] is not True:
        return False
    if any(row[name] != noted[name] for name in ("act", "from_version", "version", "documents")):
        return False
    # A version that could not be prepared has no base; what it was made from is named instead.
    read = [(bases.get((part["document"], row["from_version"])), part) for part in row["documents"]]
    return all(base in {None, part["sha256"]} for base, part in read)


def _is_intermediate(document: Mapping[str, Any], place: Mapping[str, Any]) -> bool:
    """Another version or revision followed. A later archive revision renews a finished file, and
    takes nothing from the one before it."""
    later = [
        row
        for row in document["revisions"]
        if (row["version"], row["number"]) > (place["version"], place["number"])
    ]
    return bool(later) and (
        place["kind"] != "archive" or any(row["kind"] != "archive" for row in later)
    )


def _acts(
    chain: Sequence[Mapping[str, Any]], report: DocumentReport, record: Mapping[str, Any]
) -> tuple[tuple[RecordedAct, ...], list[EvidenceProblem]]:
    """Each signature's act, and what is wrong with number, fields, acts and texts."""
    if IMPORT in record:
        return (), []  # nobody signed it here
    # signatures that the file bore before it came to us are not ours to account for
    ours = [row for row in report.signatures if row.covered > int(chain[0]["size"])]
    if [_seen(row) for row in ours] != [_expected(row, _fields(record)) for row in chain[1:]]:
        return (), [EvidenceProblem.SIGNATURES_DIFFER]
    acts, problems = [], []
    people = {row["id"]: row for row in record["participants"]}
    posted = {row["id"]: row for row in record["acts"]}
    for row, signature in zip(chain[1:], ours, strict=True):
        if row["kind"] != "signature":
            continue
        act = posted.get(row["act"])
        person = people.get(act["participant"]) if act else None
        if act is None or person is None or act["kind"] != "sign" or act["accepted"] is not True:
            problems.append(EvidenceProblem.ACT_MISSING)
            continue
        used = evidence_passkeys.was_used(act)
        proven = used and evidence_passkeys.is_proven(act, record)
        acts.append(_recorded(signature, act, person, passkey=proven))
        if used and not proven:
            problems.append(EvidenceProblem.PASSKEY_UNPROVEN)
        if not _names(signature, person):
            problems.append(EvidenceProblem.TEXT_DIFFERS)
    return tuple(acts), problems


def _seen(row: SignatureReport) -> tuple[str, str, int]:
    return row.kind, row.field if row.kind == "signature" else "", row.covered


def _expected(row: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[str, str, int]:
    if row["kind"] == "archive":
        return "timestamp", "", int(row["size"])
    return "signature", fields.get(str(row["sha256"]), ""), int(row["size"])


def _recorded(
    signature: SignatureReport, act: Mapping[str, Any], person: Mapping[str, Any], *, passkey: bool
) -> RecordedAct:
    return RecordedAct(
        signature.field,
        str(person["name"]),
        str(person["mail"]),
        str(person["company"]),
        str(act["evidence"].get("method", "")),
        datetime.fromisoformat(act["posted_at"]),
        passkey,
    )


def _names(signature: SignatureReport, person: Mapping[str, Any]) -> bool:
    """Whether /Reason begins with the person of the act (domain.evidence.signature_reason)."""
    return signature.reason.startswith(f"{person['name']}様 {person['mail']} ")


def _fields(record: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of a signed revision to the field that it filled, as the ledger noted it."""
    return {
        str(row["data"]["sha256"]): str(row["data"]["field"])
        for row in record["ledger"]
        if row["tag"] == Event.SIGNATURE_STAMPED.value
    }


def _ledger_holds(record: Mapping[str, Any]) -> bool:
    previous = GENESIS
    for position, row in enumerate(record["ledger"], start=1):
        digest = event_hash(
            previous=previous,
            sequence=position,
            tag=row["tag"],
            at=datetime.fromisoformat(row["at"]),
            envelope_id=UUID(row["envelope"]),
            actor=row["actor"],
            data=row["data"],
        )
        if (row["previous"], row["sequence"], row["hash"]) != (previous, position, digest):
            return False
        previous = digest
    return True
