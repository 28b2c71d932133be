"""What the revisions after a signature changed, step by step.

Each revision is compared with the one before it, once, whatever the number of signatures: comparing
every revision with every signed one costs five seconds for twenty signatures, and a minute for
fifty. A change that is forbidden after a signature is forbidden in each step that follows it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    FormUpdate,
    FormUpdatingRule,
    ModificationLevel,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.rules.form_field_rules import is_field_visible
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.work.usages import limit_paths


class _TouchedOnly(FormUpdatingRule):
    """PyHanko reports an unchanged appearance stream as an update of its field, if the stream is
    older than the revision compared with (`_allow_in_place_appearance_update` asks for `==` where
    `<=` is meant); a locked field would then seem to be filled again by every later signature.
    """

    def __init__(self, rule: FormUpdatingRule) -> None:
        super().__init__(rule.field_rules, rule.ignored_acroform_keys)

    def apply(
        self, old: HistoricalResolver, new: HistoricalResolver
    ) -> Iterator[tuple[ModificationLevel, FormUpdate]]:
        """Updates of objects that the revision brings."""
        touched = new.explicit_refs_in_revision()
        for level, update in super().apply(old, new):
            if update.updated_ref in touched:
                yield level, update


_FORM_RULE = DEFAULT_DIFF_POLICY.form_rule
_TOUCHED_ONLY = _TouchedOnly(_FORM_RULE) if _FORM_RULE else None
_POLICY = StandardDiffPolicy(DEFAULT_DIFF_POLICY.global_rules, _TOUCHED_ONLY)
_STORE_ONLY = StandardDiffPolicy(
    DEFAULT_DIFF_POLICY.global_rules, None, ignore_orphaned_objects=False
)
"""No field, however invisible, and no object that nothing refers to: a timestamp whose field was
damaged would look like them."""


@dataclass(frozen=True)
class Step:
    """What one revision changed; `problem` is why it is not allowed, or empty."""

    number: int
    level: ModificationLevel
    fields: frozenset[str] = field(default_factory=frozenset)
    problem: str = ""


@dataclass(frozen=True)
class Changes:
    """All that came after one signature. `kind` is one of the words of signing.verify.Changed."""

    kind: str
    fields: tuple[str, ...]
    allowed: bool


class History:
    """The steps of a file, from its oldest signature on."""

    def __init__(self, reader: PdfFileReader, signatures: Sequence[EmbeddedPdfSignature]) -> None:
        self._reader = reader
        self._total = reader.xrefs.total_revisions
        self._timestamps = _timestamps(signatures)
        self._signature_fields = frozenset(
            str(name) for name, _, _ in enumerate_sig_fields(reader, with_name=None)
        )
        oldest = min((row.signed_revision for row in signatures), default=self._total)
        certified = [row for row in signatures if row.docmdp_level is not None]
        self._steps = {
            number: _step(reader, number, certified) for number in range(oldest + 1, self._total)
        }

    def after(self, signature: EmbeddedPdfSignature) -> Changes:
        """What the revisions after a signature's own brought."""
        steps = [row for row in self._steps.values() if row.number > signature.signed_revision]
        filled = frozenset[str]().union(*(row.fields for row in steps))
        texts = tuple(sorted(filled - self._signature_fields))
        level = max((row.level for row in steps), default=ModificationLevel.NONE)
        lock, permission = signature.fieldmdp, signature.docmdp_level
        allowed = (
            not any(row.problem for row in steps)
            and level < ModificationLevel.ANNOTATIONS
            and not (lock is not None and any(lock.is_locked(name) for name in filled))
            and not (permission is not None and level.value > permission.value)
        )
        if not allowed:
            return Changes("other", texts, allowed=False)
        return Changes(self._kind(steps, texts), texts, allowed=True)

    def only_store_after(self, signature: EmbeddedPdfSignature) -> bool:
        """Whether a security store follows, whole and alone: no timestamp, no object besides."""
        numbers = range(signature.signed_revision + 1, self._total)
        return bool(numbers) and all(
            _step(self._reader, number, (), _STORE_ONLY).level is ModificationLevel.LTA_UPDATES
            for number in numbers
        )

    def _kind(self, steps: Sequence[Step], texts: Sequence[str]) -> str:
        if all(row.level is ModificationLevel.NONE for row in steps):
            return "nothing"
        if all(self._is_archive(row) for row in steps):
            return "archive"
        return "fields" if texts else "signatures"

    def _is_archive(self, step: Step) -> bool:
        """Nothing, a security store, or an invisible document timestamp. Some writers repeat form
        resources with it, which the library counts as filling."""
        if step.level <= ModificationLevel.LTA_UPDATES:
            return True
        return step.fields <= self._timestamps.get(step.number, frozenset())


def _timestamps(signatures: Sequence[EmbeddedPdfSignature]) -> dict[int, frozenset[str]]:
    """Revisions that brought an invisible document timestamp, and its field."""
    return {
        row.signed_revision: frozenset({str(row.field_name)})
        for row in signatures
        if row.sig_object_type == "/DocTimeStamp" and not is_field_visible(row.sig_field)
    }


def _step(
    reader: PdfFileReader,
    number: int,
    certified: Sequence[EmbeddedPdfSignature],
    policy: StandardDiffPolicy = _POLICY,
) -> Step:
    if reader.xrefs.get_xref_data(number).hybrid is not None:
        # older readers would not see some of what it brings
        return Step(number, ModificationLevel.OTHER, problem="HybridReference")
    if _appearances_are_left_to_viewers(reader, number):
        return Step(number, ModificationLevel.OTHER, problem="NeedAppearances")
    permissions = [row.docmdp_level for row in certified if row.signed_revision < number]
    try:
        old, new = (reader.get_historical_resolver(row) for row in (number - 1, number))
        limit_paths(old, new)
        found = policy.apply(
            old,
            new,
            doc_mdp=permissions[0] if permissions else None,
        )
    except SuspiciousModification as suspicious:
        return Step(number, ModificationLevel.OTHER, problem=type(suspicious).__name__)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # the library gives up at odd forms with anything
        if reader.strict:
            raise
        return Step(number, ModificationLevel.OTHER, problem=type(error).__name__)
    names = frozenset(str(name) for name in found.changed_form_fields)
    return Step(number, found.modification_level, names)


def _appearances_are_left_to_viewers(reader: PdfFileReader, number: int) -> bool:
    """/NeedAppearances was set: what was seen when it was signed may be drawn anew. The library
    takes it for a harmless entry of the form."""
    before, after = (_asks_for_appearances(reader, row) for row in (number - 1, number))
    return after and not before


def _asks_for_appearances(reader: PdfFileReader, number: int) -> bool:
    root = reader.get_historical_resolver(number).root
    form = root["/AcroForm"] if "/AcroForm" in root else {}  # noqa: SIM401 - pyHanko's get() gives a reference
    return "/NeedAppearances" in form and bool(form["/NeedAppearances"])
