"""What one person is asked to fill in, as his pages show it: texts, errors, what is left to do."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from domain.attachments import Accepts
from domain.field_kinds import WITH_RANGE
from domain.kinds import FieldKind
from domain.values import shown_text
from storage.attachments import FieldFile
from storage.entering import mark
from storage.field_rows import CalledIn, SlotField
from storage.filling import LOOK, Filling, filling_of
from storage.standing import Holder
from storage.tables import Field
from storage.vault import Vault
from webapp.language import language, say, words
from webapp.signer.field_words import (
    computation_of,
    condition_of,
    elsewhere_words,
    hints_of,
    keyboard_of,
    purpose_of,
)
from webapp.signer.looks import LookPart, look_part
from webapp.signer.words import field_noun
from webapp.titles import distinct_titles

FILE = "attach-"
"""What names of controls for files begin with; the field's id follows."""
_IMAGES = "image/jpeg,image/png"
ACCEPTED = {
    Accepts.ANY: f"application/pdf,{_IMAGES}",
    Accepts.PDF: "application/pdf",
    Accepts.IMAGE: _IMAGES,
}
"""Telephones hand over a JPEG of their own photographs where these are asked for."""


@dataclass(frozen=True)
class Input:
    """A field of the form. `document` and `page` count from 1; `value` is as typed."""

    row: SlotField
    document: int
    number: int
    """Among those of its kind."""
    value: str
    error: str
    missing: bool
    settled: str
    """The value that would be signed; empty while there is none."""
    hidden: bool = False
    """Not asked for, because of what another field says."""
    fixed: bool = False
    """Filled in for him; he cannot change it."""
    condition: str = ""
    """When it is asked for, in words; empty: always."""
    computation: str = ""
    """From what it is computed, in words; empty: he enters it."""
    depends_on: str = ""
    """The name of the field that its condition looks at, in whichever document that lies."""
    given: bool = False
    """Filled in by the sender from his address book, and not changed since."""
    file: FieldFile | None = None
    """What lies at a field that asks for a file."""
    elsewhere: str | None = None
    """What another page has written in it, where `value` is what this one was sent with instead."""

    @property
    def name(self) -> str:
        """Of the form's control."""
        return f"field-{self.row.field.id}"

    @property
    def anchor(self) -> str:
        """Id of the control that takes the focus."""
        return f"{self.name}-1" if self.kind is FieldKind.RADIO else self.name

    @property
    def kind(self) -> FieldKind:
        """Typed."""
        return self.row.kind

    @property
    def label(self) -> str:
        """As the sender wrote it."""
        return self.row.field.label

    @property
    def noun(self) -> str:
        """テキスト入力 1."""
        return f"{field_noun(self.kind)} {self.number}"

    @property
    def required(self) -> bool:
        """Whether he must give it a value now."""
        return self.obligatory and not self.hidden

    @property
    def obligatory(self) -> bool:
        """Whether he must give it a value whenever it is asked for."""
        return self.row.field.required and not self.computation

    @property
    def page(self) -> int:
        """Of the document."""
        return self.row.field.page + 1

    @property
    def done(self) -> bool:
        """Whether it has a value that can be signed."""
        return bool(self.settled)

    @property
    def state(self) -> str:
        """In a word."""
        if self.hidden:
            return say("対象外")
        if self.computation and not self.error:
            return say("自動計算")
        if self.file is not None:
            return self._file_state(self.file)
        if self.done:
            return say("入力済み")
        if self.error and not self.missing:
            return say("要修正")
        return say("未入力") if self.required else say("任意")

    def _file_state(self, file: FieldFile) -> str:
        if file.checking is not None:
            return say("確認中")
        if self.done:
            return say("添付済み")
        return say("未添付") if self.required else say("任意")

    @property
    def shown(self) -> str:
        """The value as people read it."""
        if not self.settled:
            return ""
        if self.kind is FieldKind.CHECKBOX:
            return say("チェックあり")
        return shown_text(self.kind, self.settled, language())

    @property
    def reading(self) -> str:
        """How it was understood, where that is not what was typed; what was computed."""
        if not self.is_read:
            return ""
        return self.shown if self.computation or self.shown != self.value.strip() else ""

    @property
    def is_read(self) -> bool:
        """Whether what stands in the file may be written otherwise than it was typed."""
        return self.kind in {*WITH_RANGE, FieldKind.DATE} or self.row.rules.pattern is not None

    @property
    def kept(self) -> str:
        """The value that is kept, as typed."""
        return self.value if self.elsewhere is None else self.elsewhere

    @property
    def is_typed(self) -> bool:
        """Whether the form has a control for its value."""
        return self.file is None and not self.computation and not self.fixed

    def disputed(self, sent: str) -> "Input":
        """As it is shown to whoever sent a value while another page wrote another."""
        return replace(
            self,
            value=sent,
            error=elsewhere_words(self.kind, self.value),
            missing=False,
            elsewhere=self.value,
        )

    @property
    def control(self) -> str:
        """The name of the control that takes its file."""
        return f"{FILE}{self.row.field.id}"

    @property
    def placed(self) -> bool:
        """Whether it has a place on a page."""
        return bool(self.row.field.rect)

    @property
    def accept(self) -> str:
        """Which files a browser offers."""
        return ACCEPTED[self.row.rules.accepts]

    @property
    def file_mark(self) -> str:
        """What a page has shown of its file: the same mark means that nothing has changed since."""
        file = self.file or FieldFile()
        rows = (file.ready, file.checking, file.refused)
        return "-".join(str(row.id)[:8] if row is not None else "0" for row in rows)

    @property
    def hints(self) -> tuple[str, ...]:
        """What stands under it."""
        own = (*filter(None, (self.condition, self.computation)), *hints_of(self.row))
        if not self.given or self.fixed:
            return own
        return (*own, say("差出人があらかじめ入力した内容です。違うときは直してください。"))

    @property
    def keyboard(self) -> str:
        """Which keys a telephone offers."""
        return keyboard_of(self.row)

    @property
    def purpose(self) -> str:
        """What the browser may fill in."""
        return purpose_of(self.row)


@dataclass(frozen=True)
class Asked:
    """Everything that the person fills in, in all documents."""

    inputs: tuple[Input, ...] = ()
    look: LookPart | None = None
    signatures: Mapping[UUID, Field] = field(default_factory=dict)
    """His signatures that show themselves, by document."""
    sha256: str = ""
    numbers: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def visible_on(self) -> frozenset[UUID]:
        """Documents in which his signature shows itself."""
        return frozenset(self.signatures)

    def signature_on(self, document: UUID) -> Field | None:
        """Where it shows itself in a document."""
        return self.signatures.get(document)

    def on(self, document: int) -> tuple[Input, ...]:
        """The inputs of one document."""
        return tuple(row for row in self.inputs if row.document == document)

    def marks(self, document: int, sent: Mapping[str, str] | None = None) -> str:
        """What a page shows in one document, for `entered_from`; `sent` are the values of its
        form, which are what it shows after it was kept."""
        return " ".join(
            f"{row.row.field.id}:{mark(row.kept if sent is None else sent.get(row.name, ''))}"
            for row in self.on(document)
            if row.is_typed
        )

    def disputed(self, sent: Mapping[str, str]) -> "Asked":
        """With the values of a form that were not kept, by field id, and why."""
        rows = ((row, sent.get(str(row.row.field.id))) for row in self.inputs)
        found = tuple(row if value is None else row.disputed(value) for row, value in rows)
        return replace(self, inputs=found)

    @property
    def files(self) -> bool:
        """Whether any file is asked for."""
        return any(row.file is not None for row in self.inputs)

    @property
    def no_files(self) -> str:
        """For htmx: everything of the form but the files."""
        return self.only_file("")

    def only_file(self, control: str) -> str:
        """For htmx: everything of the form, and of the files this one."""
        files = [row.control for row in self.inputs if row.file is not None]
        return "not " + ",".join(["stamp", *(name for name in files if name != control)])

    def errors(self, document: int, *, missing: bool) -> dict[str, str]:
        """What is wrong in one document, by the id of the control, each with its field's name."""
        found = {
            row.anchor: say("%(label)s：%(error)s", label=row.label, error=row.error)
            for row in self.on(document)
            if row.error and (missing or not row.missing)
        }
        amiss = self.look.amiss(missing=missing) if self.look is not None else ""
        if amiss and self.shows_look(document):
            found["look-name"] = amiss
        return found

    def shows_look(self, document: int) -> bool:
        """Whether the look is chosen beside this document."""
        return any(self.numbers.get(key) == document for key in self.visible_on)

    @property
    def first_wrong(self) -> int | None:
        """Number of the first document with something left to do; None when all is well."""
        wrong = [row.document for row in self.inputs if row.error]
        if self.look is not None and self.look.error:
            wrong += [self.numbers[key] for key in self.visible_on]
        return min(wrong, default=None)

    def changes(self, document: int, *, missing: bool) -> dict[str, Any]:
        """What a page's script shows anew after something was saved."""
        return {
            "errors": {
                row.name: row.error if missing or not row.missing else ""
                for row in self.on(document)
            }
            | ({LOOK: self.look.amiss(missing=missing)} if self.look is not None else {}),
            "signatures": sorted(str(self.numbers[key]) for key in self.visible_on),
            "items": {
                row.name: {
                    "done": row.done,
                    "state": row.state,
                    "hidden": row.hidden,
                    "reading": row.reading,
                }
                for row in self.inputs
            },
        }


def asked_of(session: Session, vault: Vault, holder: Holder, numbers: Mapping[UUID, int]) -> Asked:
    """For the holder's slot; `numbers` are the tabs of the documents, from 1."""
    if holder.slot is None:
        return Asked()
    filling = filling_of(
        session, vault, holder.envelope, holder.slot, holder.participant, language()
    )
    return Asked(
        inputs=_inputs(filling, numbers),
        look=look_part(filling, holder) if filling.visible else None,
        signatures={
            row.document.id: row.field
            for row in filling.fields
            if row.kind is FieldKind.SIGNATURE and row.field.rect
        },
        sha256=filling.sha256,
        numbers=numbers,
    )


def _inputs(filling: Filling, numbers: Mapping[UUID, int]) -> tuple[Input, ...]:
    counts: Counter[str] = Counter()
    found = []
    names = {(row.document.id, row.field.name): row for row in filling.inputs}
    documents = {row.document.id: row.document for row in filling.fields}
    titles = distinct_titles(sorted(documents.values(), key=lambda one: numbers.get(one.id, 1)))
    called = {where: CalledIn(where, names) for where in documents}
    for row in filling.inputs:
        others = called[row.document.id]
        key, noun = str(row.field.id), field_noun(row.kind)
        counts[noun] += 1
        problem = filling.checked.problems.get(key)
        found.append(
            Input(
                row=row,
                document=numbers.get(row.document.id, 1),
                number=counts[noun],
                value=filling.typed.values.get(key, ""),
                error=words(problem) if problem is not None else "",
                missing=key in filling.checked.missing,
                settled=filling.checked.values.get(key, ""),
                hidden=key in filling.checked.hidden,
                fixed=key in filling.fixed,
                given=key in filling.given,
                condition=condition_of(row, others, titles),
                computation=computation_of(row, others, titles),
                depends_on=_steered_by(row, others),
                file=filling.files.get(key),
            )
        )
    return tuple(found)


def _steered_by(row: SlotField, others: Mapping[str, SlotField]) -> str:
    condition = row.rules.condition
    source = others.get(condition.field) if condition else None
    return f"field-{source.field.id}" if source else ""
