"""A kind of contract and its own fields, as an administrator types them.

Rows keep the ids that they have; a new row gets one when it is kept. A row that was kept before
cannot vanish and keeps its type: values of contracts refer to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.choices import chosen
from domain.deals import MAX_KIND_CHARACTERS
from domain.forms import CHOICE, MAX_TYPED_CHARACTERS, FormCheck, FormProblems, too_long
from domain.own_fields import (
    MAX_CHOICES,
    MAX_GUIDE_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_OWN_FIELDS,
    MAX_VALUE_CHARACTERS,
    OwnField,
    OwnKind,
    evened_text,
)
from domain.refusals import Words

_NO_NAME = Words("契約の種類の名前を入力してください。", "Enter the kind’s name.")
_NO_LABEL = Words("項目の名前を入力してください。", "Enter the field’s name.")
_TWICE = Words(
    "同じ名前の項目があります。別の名前にしてください。",
    "Another field has this name. Choose a different one.",
)
_NO_CHOICES = Words(
    "選択肢を2つ以上、1行に1つずつ入力してください。",
    "Enter at least two choices, one a line.",
)
_CHOICES = Words(
    f"選択肢は{MAX_CHOICES}個までです。同じものは1つにしてください。",
    f"At most {MAX_CHOICES} choices, each only once.",
)
_FIELDS = Words(
    f"項目は{MAX_OWN_FIELDS}個までです（使わない項目を含みます）。",
    f"At most {MAX_OWN_FIELDS} fields, those not in use included.",
)
ROW_NAMES = ("id", "kind", "ja", "en", "required", "guide_ja", "guide_en", "choices", "retired")


@dataclass(frozen=True)
class TypedOwnField:
    """One row of the form; `id` is empty until it is kept."""

    id: str = ""
    kind: str = OwnKind.TEXT.value
    ja: str = ""
    en: str = ""
    required: str = ""
    guide_ja: str = ""
    guide_en: str = ""
    choices: str = ""
    retired: str = ""

    @property
    def untouched(self) -> bool:
        """A new row that nobody wrote in is no field."""
        return not (self.id or self.ja.strip() or self.en.strip() or self.choices.strip())


def as_typed(field: OwnField) -> TypedOwnField:
    """For the form."""
    return TypedOwnField(
        id=field.id,
        kind=field.kind.value,
        ja=field.ja,
        en=field.en,
        required="yes" if field.required else "",
        guide_ja=field.guide_ja,
        guide_en=field.guide_en,
        choices="\n".join(field.choices),
        retired="yes" if field.retired else "",
    )


def typed_rows(form: Mapping[str, str]) -> tuple[TypedOwnField, ...]:
    """Rows `fields-0-ja` … in the order of their numbers."""
    numbers = sorted(
        int(parts[1])
        for name in form
        if len(parts := name.split("-")) == len(("fields", "0", "ja"))
        and parts[0] == "fields"
        and parts[1].isascii()
        and parts[1].isdigit()
        and len(parts[1]) <= len(str(MAX_OWN_FIELDS))
        and parts[2] == "ja"
    )
    return tuple(
        TypedOwnField(
            **{
                name: form.get(f"fields-{number}-{name}", "")[:MAX_TYPED_CHARACTERS]
                for name in ROW_NAMES
            }
        )
        for number in dict.fromkeys(numbers)
    )[: MAX_OWN_FIELDS + 1]


def rearranged_rows(
    rows: Sequence[TypedOwnField], do: str
) -> tuple[tuple[TypedOwnField, ...], int] | None:
    """After `add`, `up-2` or `down-2`, and the row to look at; None: no such button."""
    verb, _, number = do.partition("-")
    moved = list(rows)
    if verb == "add":
        return (*moved, TypedOwnField()), len(moved)
    if verb not in {"up", "down"} or not number.isascii() or not number.isdigit():
        return None
    index = int(number)
    other = index - 1 if verb == "up" else index + 1
    if index < len(moved) and 0 <= other < len(moved):
        moved[index], moved[other] = moved[other], moved[index]
        return tuple(moved), other
    return tuple(moved), 0


def check_names(ja: str, en: str) -> tuple[str, str]:
    """A kind's name in both languages. Raises FormProblems, by `name` and `name_en`."""
    check = FormCheck()
    names = (
        check.line("name", ja, _NO_NAME, MAX_KIND_CHARACTERS),
        check.line("name_en", en, None, MAX_KIND_CHARACTERS),
    )
    if check.problems:
        raise FormProblems(check.problems)
    return names


def check_definition(
    rows: Sequence[TypedOwnField], before: Sequence[OwnField], new_id: Callable[[], str]
) -> tuple[OwnField, ...]:
    """The fields of the next version. Raises FormProblems, by `fields-0-ja` and so on.

    Fields of `before` that the form does not bring along stay, retired.
    """
    check, known = FormCheck(), {field.id: field for field in before}
    found: list[OwnField] = []
    names: set[str] = set()
    for index, row in enumerate(rows):
        if row.untouched:
            continue
        field = _read(check, f"fields-{index}", row, known.get(row.id), new_id)
        name = evened_text(field.ja)
        if name in names and not field.retired:
            check.problems.setdefault(f"fields-{index}-ja", _TWICE)
        if not field.retired:
            names.add(name)
        found.append(field)
    here = {field.id for field in found}
    found += [replace(field, retired=True) for field in before if field.id not in here]
    if len(found) > MAX_OWN_FIELDS:
        check.problems["fields"] = _FIELDS
    if check.problems:
        raise FormProblems(check.problems)
    return tuple(found)


def _read(
    check: FormCheck,
    prefix: str,
    row: TypedOwnField,
    known: OwnField | None,
    new_id: Callable[[], str],
) -> OwnField:
    if row.kind not in set(OwnKind):
        check.problems[f"{prefix}-kind"] = CHOICE
    kind = known.kind if known else chosen(OwnKind, row.kind, OwnKind.TEXT)
    return OwnField(
        id=known.id if known else new_id(),
        kind=kind,
        ja=check.line(f"{prefix}-ja", row.ja, _NO_LABEL, MAX_LABEL_CHARACTERS),
        en=check.line(f"{prefix}-en", row.en, None, MAX_LABEL_CHARACTERS),
        required=bool(row.required),
        guide_ja=check.line(f"{prefix}-guide_ja", row.guide_ja, None, MAX_GUIDE_CHARACTERS),
        guide_en=check.line(f"{prefix}-guide_en", row.guide_en, None, MAX_GUIDE_CHARACTERS),
        choices=_choices(check, f"{prefix}-choices", row.choices) if kind is OwnKind.CHOICE else (),
        retired=bool(row.retired) and known is not None,
    )


def _choices(check: FormCheck, name: str, typed: str) -> tuple[str, ...]:
    found = tuple(line.strip() for line in typed.splitlines() if line.strip())
    if len(found) < len(("one", "other")):
        check.problems[name] = _NO_CHOICES
    elif len(found) > MAX_CHOICES or len(set(found)) < len(found):
        check.problems[name] = _CHOICES
    for line in found:
        check.line(name, line, None, MAX_VALUE_CHARACTERS)
        if len(line) > MAX_VALUE_CHARACTERS:
            check.problems[name] = too_long(MAX_VALUE_CHARACTERS, len(line))
    return found
