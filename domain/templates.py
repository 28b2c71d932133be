"""Templates of envelopes (ひな形): their form, whom they are for, and who may change one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from domain.forms import FormCheck, FormProblems
from domain.kinds import Role
from domain.limits import MAX_NAME_CHARACTERS, MAX_REASON_CHARACTERS
from domain.refusals import Words

MAX_DESCRIPTION_CHARACTERS = 500
MAX_PLACE_CHARACTERS = 20


class Share(StrEnum):
    """Whom a template is for. Stored: never rename one."""

    MEMBER = "member"
    DEPARTMENT = "department"
    ORGANISATION = "organisation"


class TemplateEvent(StrEnum):
    """What a version came of. Stored: never rename one."""

    SAVED = "saved"
    CHANGED = "changed"
    DESCRIBED = "described"
    RETIRED = "retired"
    RESTORED = "restored"


SHARE_WORDS: dict[Share, Words] = {
    Share.MEMBER: Words("自分だけ", "Only me"),
    Share.DEPARTMENT: Words("自分の部署", "My department"),
    Share.ORGANISATION: Words("組織全体", "Whole organisation"),
}
SHARE_HINTS: dict[Share, Words] = {
    Share.MEMBER: Words("ほかの人には見えません。", "Nobody else sees it."),
    Share.DEPARTMENT: Words(
        "同じ部署の人が使い、変更できます。ほかの部署には見えません。",
        "People of your department use and change it. Other departments do not see it.",
    ),
    Share.ORGANISATION: Words(
        "組織の全員が使えます。変更できるのは、作った人、その人の部署の人、管理者です。",
        "Everybody uses it. Its maker, people of the maker's department, and administrators "
        "change it.",
    ),
}
TEMPLATE_EVENT_WORDS: dict[TemplateEvent, Words] = {
    TemplateEvent.SAVED: Words("作成", "Made"),
    TemplateEvent.CHANGED: Words("内容を変更", "Content changed"),
    TemplateEvent.DESCRIBED: Words(
        "名前・説明・共有範囲を変更", "Name, description or sharing changed"
    ),
    TemplateEvent.RETIRED: Words("使わない扱いに変更", "Retired"),
    TemplateEvent.RESTORED: Words("使う扱いに変更", "Restored"),
}

_NO_NAME = Words("ひな形の名前を入力してください。", "Enter a name for the template.")
_NO_REASON = Words(
    "変更の理由を入力してください。版の履歴に残ります。",
    "Say why it is changed; the versions keep it.",
)
_NO_DEPARTMENT = Words(
    "あなたは部署に所属していないため、部署では共有できません。",
    "You belong to no department, so that it cannot be shared with one.",
)
_NOT_OWN = Words(
    "自分だけのものにできるのは、ひな形を作った人だけです。",
    "Only the template's maker can keep it to himself.",
)
_NO_PLACE = Words(
    "送信時に入力する人には、枠の名前を付けてください。例：受注者",
    "Name the place of somebody who is entered on sending. Example: contractor",
)
_PLACE_TWICE = Words(
    "同じ名前の枠があります。別の名前にしてください。",
    "Another place has this name. Choose a different one.",
)
NO_HEIR = Words(
    "この部署で共有しているひな形の行き先を選んでください。",
    "Choose where the templates go that this department shares.",
)
_PLACE_SIGNS = Words(
    "枠の名前に「.」と「{」「}」は使えません。",
    "The name of a place cannot hold “.”, “{” or “}”.",
)


@dataclass(frozen=True)
class TypedTemplate:
    """The form as typed; `places` and `open` are about people, by their keys in the draft."""

    name: str = ""
    description: str = ""
    share: str = Share.MEMBER.value
    reason: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    """What somebody's place is called."""
    open: frozenset[str] = frozenset()
    """Who is left out: to be entered when an envelope is sent."""


@dataclass(frozen=True)
class CheckedTemplate:
    """The same as it will be kept."""

    name: str
    description: str
    share: Share
    reason: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    open: frozenset[str] = frozenset()


def check_template(
    typed: TypedTemplate, shares: Collection[Share], *, reason_needed: bool
) -> CheckedTemplate:
    """`shares` are those that may be chosen (`shares_for`).

    Raises FormProblems, by the name of the field; `place-<key>` for a place.
    """
    check = FormCheck()
    name = check.line("name", typed.name, _NO_NAME, MAX_NAME_CHARACTERS)
    description = check.text("description", typed.description, MAX_DESCRIPTION_CHARACTERS)
    share = check.choice("share", typed.share, Share)
    if share not in shares:
        no_department = share is Share.DEPARTMENT
        check.problems["share"] = _NO_DEPARTMENT if no_department else _NOT_OWN
    missing = _NO_REASON if reason_needed else None
    reason = check.line("reason", typed.reason, missing, MAX_REASON_CHARACTERS)
    places = _checked_places(check, typed)
    if check.problems:
        raise FormProblems(check.problems)
    return CheckedTemplate(name, description, share, reason, places, typed.open)


def _checked_places(check: FormCheck, typed: TypedTemplate) -> dict[str, str]:
    places: dict[str, str] = {}
    for key, text in typed.places.items():
        missing = _NO_PLACE if key in typed.open else None
        name = check.line(f"place-{key}", text, missing, MAX_PLACE_CHARACTERS)
        if not name:
            continue
        if set(name) & set(".．{}｛｝"):
            check.problems[f"place-{key}"] = _PLACE_SIGNS
        elif name in places.values():
            check.problems[f"place-{key}"] = _PLACE_TWICE
        places[key] = name
    return places


@dataclass(frozen=True)
class Owned:
    """Whose a template is."""

    owner_id: UUID
    department_id: UUID | None
    """Of its maker."""
    share: Share


@dataclass(frozen=True)
class Asking:
    """Who would see or change it: a member of the same organisation."""

    member_id: UUID
    department_id: UUID | None
    roles: Collection[str]


def sees(template: Owned, who: Asking) -> bool:
    """Whether it exists for somebody who may see templates at all."""
    if template.share is Share.ORGANISATION:
        return True
    if template.share is Share.MEMBER:
        return template.owner_id == who.member_id
    if template.department_id is None:  # it was removed
        return template.owner_id == who.member_id or Role.ADMIN.value in who.roles
    return _of_its_department(template, who)


def may_change(template: Owned, who: Asking) -> bool:
    """Whether he may make a new version of it."""
    if not sees(template, who):
        return False
    if template.share is not Share.ORGANISATION:
        return True
    is_admin = Role.ADMIN.value in who.roles
    return is_admin or template.owner_id == who.member_id or _of_its_department(template, who)


def shares_for(template: Owned | None, who: Asking) -> tuple[Share, ...]:
    """With whom he may share it; None: a new one. A department is the template's, or his own where
    it has none."""
    department = who.department_id if template is None else _home(template, who)
    own = template is None or template.owner_id == who.member_id
    return tuple(
        share
        for share in Share
        if (share is not Share.DEPARTMENT or department is not None)
        and (share is not Share.MEMBER or own)
    )


def _home(template: Owned, who: Asking) -> UUID | None:
    return template.department_id or who.department_id


def _of_its_department(template: Owned, who: Asking) -> bool:
    return template.department_id is not None and template.department_id == who.department_id
