"""The fields of a version to come (訂正後の版), over all its documents.

A document whose fields were placed anew on its correction has those; every other one keeps the
fields of before. Their rules may name each other, so they are judged together.

In forms a field of before has a key of eight digits: its document's number in the version, then its
own. It keeps it on whatever page it is shown, so that rules of other documents go on naming it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.field_kinds import millimetres
from domain.field_rules import rules_of
from domain.fields import Beside, DraftField, check_fields
from domain.forms import FormProblems
from domain.kinds import DocumentState, FieldKind
from domain.refusals import Words
from domain.rule_check import between, typed_rules
from domain.rule_words import needed_elsewhere
from domain.typed_fields import TypedField, typed_field
from storage.field_rows import CalledIn, FieldName
from storage.letters import FontLettering
from storage.placing import placed_on
from storage.tables import Document, Envelope, Field
from storage.versions import documents_of_version

_ALONE = "0000"
"""What keys began with when rules named fields of their own document only."""


@dataclass(frozen=True)
class Coming:
    """Documents of the current version with their corrections, and all their fields."""

    documents: Sequence[Document]
    replacements: Mapping[UUID, Document]
    """Uploaded corrections, by the ids of what they correct."""
    fields: Mapping[UUID, Sequence[Field]]
    """Of the current version, by document."""
    keys: Mapping[FieldName, str]
    shown: UUID | None = None
    """A correction whose fields are judged even if they are those of before."""

    def number(self, document: Document) -> str:
        """Of a document of the current version, as keys begin."""
        return f"{self.documents.index(document) + 1:04d}"

    def placed_anew(self, document: Document) -> Document | None:
        """Its correction, if fields were placed on that, or are looked at there."""
        found = self.replacements.get(document.id)
        anew = found is not None and (found.placed is not None or found.id == self.shown)
        return found if anew else None

    def rows(self, document: Document) -> tuple[TypedField, ...]:
        """The fields of its correction, or else its own, as a form shows them."""
        replacement = self.placed_anew(document)
        if replacement is not None and replacement.placed is not None:
            rows = [typed_field(row) for row in replacement.placed if isinstance(row, Mapping)]
            # Some may come from an upload that this one took the place of.
            here = [replace(row, document=str(replacement.id)) for row in rows]
            return tuple(_numbered(row, self.number(document)) for row in here)
        return self._taken_over(document)

    def moved(self, document: Document) -> bool:
        """Whether fields were placed on its correction otherwise than they are on itself."""
        before = {row.key: _meant(row) for row in self._taken_over(document)}
        return {row.key: _meant(row) for row in self.rows(document)} != before

    def _taken_over(self, document: Document) -> tuple[TypedField, ...]:
        target = self.replacements.get(document.id, document)
        called = CalledIn(document.id, self.keys)
        return tuple(
            _typed(row, target, self.keys[document.id, row.name], called)
            for row in self.fields.get(document.id, ())
            if row.rect or row.kind != FieldKind.SIGNATURE
        )

    def kept(self) -> tuple[DraftField, ...]:
        """Fields of documents where they stay as they were, which nobody needs to check again."""
        return tuple(
            _kept(row, self.keys[row.document_id, row.name], called)
            for document in self.documents
            if self.placed_anew(document) is None
            for called in [CalledIn(document.id, self.keys)]
            for row in self.fields.get(document.id, ())
        )


def _meant(row: TypedField) -> dict[str, object]:
    """What a row says, however a browser sent it: its line ends, blanks around words."""
    return {
        name: [line.strip() for line in value.split("\n") if line.strip()]
        if isinstance(value, str)
        else value
        for name, value in row.as_json().items()
    }


def coming(session: Session, envelope: Envelope, shown: UUID | None = None) -> Coming:
    """As far as it is known now."""
    documents = documents_of_version(session, envelope.id, envelope.version)
    uploaded = session.scalars(
        select(Document)
        .where(
            Document.envelope_id == envelope.id,
            Document.removed_at.is_(None),
            Document.from_version == envelope.version + 1,
        )
        .order_by(Document.created_at)
    )
    fields: dict[UUID, list[Field]] = {}
    for row in session.scalars(
        select(Field)
        .where(
            Field.document_id.in_([document.id for document in documents]),
            Field.version == envelope.version,
        )
        .order_by(Field.name)
    ):
        fields.setdefault(row.document_id, []).append(row)
    keys = {
        (document.id, row.name): f"{number:04d}{row.name.removeprefix('FIELD_').rjust(4, '0')}"
        for number, document in enumerate(documents, 1)
        for row in fields.get(document.id, ())
    }
    replacements = {row.replaces_id: row for row in uploaded if row.replaces_id is not None}
    return Coming(documents, replacements, fields, keys, shown)


def _numbered(row: TypedField, number: str) -> TypedField:
    """A row that was kept when keys did not tell documents apart."""

    def named(key: str) -> str:
        return number + key[len(_ALONE) :] if key.startswith(_ALONE) else key

    terms = " ".join(map(named, row.terms.split()))
    return replace(row, key=named(row.key), shown_if=named(row.shown_if), terms=terms)


def alone(placed: Sequence[DraftField], number: str) -> dict[str, str]:
    """The keys of before documents were told apart, by those of now."""
    return {
        row.key: _ALONE + row.key[len(number) :] for row in placed if row.key.startswith(number)
    }


def _typed(row: Field, target: Document, key: str, called: Mapping[str, str]) -> TypedField:
    """A file that is asked for without a place has no lengths either."""
    x, y, width, height = map(millimetres, row.rect) if row.rect else ("", "", "", "")
    return TypedField(
        key=key,
        document=str(target.id),
        person=str(row.slot_id),
        kind=row.kind,
        page=str(row.page + 1),
        x=x,
        y=y,
        width=width,
        height=height,
        label=row.label,
        required=row.required,
        options="\n".join(row.options),
        max_characters=str(row.max_characters or ""),
        **typed_rules(rules_of(row.rules).renamed(called)),
    )


def _kept(row: Field, key: str, called: Mapping[str, str]) -> DraftField:
    return DraftField(
        key=key,
        document=row.document_id,
        person=str(row.slot_id),
        kind=FieldKind(row.kind),
        page=row.page,
        rect=(row.rect[0], row.rect[1], row.rect[2], row.rect[3]) if row.rect else None,
        label=row.label,
        required=row.required,
        options=tuple(row.options),
        max_characters=row.max_characters,
        rules=rules_of(row.rules).renamed(called),
    )


# -- judging -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """What was placed anew, checked together with everything that stays."""

    placed: Sequence[DraftField]
    """Nothing while anything is wrong."""
    problems: Mapping[str, Words]
    """By `field-<key>-<part>` and `fields`."""
    needed: Mapping[UUID, Words]
    """What another document misses on a correction, by the correction's id."""
    keys: Mapping[UUID, frozenset[str]]
    """Of the rows of each correction with fields of its own, by the correction's id."""

    def on(self, replacement: Document) -> tuple[DraftField, ...]:
        """The fields of one correction. Raises FormProblems."""
        if self.problems or self.needed:
            elsewhere = {f"field-{key}-rules": words for key, words in self.needed.items()}
            raise FormProblems(self.problems_on(replacement) or {**elsewhere, **self.problems})
        return tuple(row for row in self.placed if row.document == replacement.id)

    def problems_on(self, replacement: Document) -> dict[str, Words]:
        """Those that are mended there."""
        own = self.keys.get(replacement.id, frozenset())
        found = {
            name: words
            for name, words in self.problems.items()
            if name == "fields" or name.split("-")[1] in own
        }
        if replacement.id in self.needed:
            found.setdefault("fields", self.needed[replacement.id])
        return found


def judge(known: Coming, signers: Mapping[str, str]) -> Judged:
    """Check every placing. `signers` are names by slot ids."""
    anew = {
        replacement.id: (replacement, known.rows(document))
        for document in known.documents
        if (replacement := known.placed_anew(document)) is not None
    }
    here = [one for one in anew.values() if one[0].state == DocumentState.READY]
    waiting = [row.key for one in anew.values() if one not in here for row in one[1]]
    kept, letters = known.kept(), FontLettering()
    problems: dict[str, Words] = {}
    placed: tuple[DraftField, ...] = ()
    broken: frozenset[str] = frozenset()
    try:
        placed = check_fields(
            [row for _, rows in here for row in rows],
            {replacement.id: placed_on(replacement) for replacement, _ in here},
            signers,
            letters,
            Beside(kept, waiting),
        )
    except FormProblems as found:
        keys_of = {name: name.split("-")[1] for name in found.problems if name != "fields"}
        broken = frozenset(keys_of.values()) & {row.key for row in kept}
        problems = {
            name: words for name, words in found.problems.items() if keys_of.get(name) not in broken
        }
    keys = {key: frozenset(row.key for row in rows) for key, (_, rows) in anew.items()}
    broken |= _broken(kept, placed, keys, waiting)
    return Judged(placed, problems, _needed(known, kept, keys, broken), keys)


def _broken(
    kept: Sequence[DraftField],
    placed: Sequence[DraftField],
    keys: Mapping[UUID, frozenset[str]],
    waiting: Sequence[str],
) -> frozenset[str]:
    """Keys of rows whose rules name what is not there."""
    every = [*(row.key for row in kept), *waiting, *(key for rows in keys.values() for key in rows)]
    wrong = between(every, [*placed, *kept], FontLettering())
    return frozenset(name.split("-")[1] for name in wrong)


def _needed(
    known: Coming,
    kept: Sequence[DraftField],
    keys: Mapping[UUID, frozenset[str]],
    broken: Collection[str],
) -> dict[UUID, Words]:
    """Fields that stay, and of whose rules a correction makes nonsense: said where the correction
    has what they name, else at every one."""
    titles = {document.id: document.title for document in known.documents}
    lost = {row.key: needed_elsewhere(titles[row.document], row.label) for row in kept}
    left = {key: words for key, words in lost.items() if key in broken}
    found: dict[UUID, Words] = {}
    for document in known.documents:
        replacement = known.placed_anew(document)
        if replacement is None:
            continue
        number = known.number(document)
        here = keys[replacement.id]
        for row in kept:
            named = any(name in here or name.startswith(number) for name in row.rules.names)
            if row.key in broken and named:
                found.setdefault(replacement.id, lost[row.key])
                left.pop(row.key, None)
    for words in left.values():
        for replacement_id in keys:
            found.setdefault(replacement_id, words)
    return found
