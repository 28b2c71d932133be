"""One table says who may do what; these are its promises."""

import pytest

from domain.kinds import Language, Role
from domain.permissions import PERMISSIONS, ROLE_HINTS, ROLE_WORDS, allowed

READING = {"account.use", "task.use", "envelope.read", "document.read", "deal.read"}


def opened(role: Role) -> set[str]:
    return {name for name, item in PERMISSIONS.items() if role in item.roles}


def test_every_role_and_every_permission_has_words_of_its_own_in_both_languages() -> None:
    assert ROLE_WORDS.keys() == ROLE_HINTS.keys() == set(Role)
    texts = [*ROLE_WORDS.values(), *ROLE_HINTS.values(), *(p.words for p in PERMISSIONS.values())]
    for language in Language:
        said = [text.in_language(language) for text in texts]
        assert all(said)
        assert len(set(said)) == len(said)


def test_readers_change_nothing_and_operators_and_approvers_see_no_document() -> None:
    assert opened(Role.VIEWER) == READING
    assert opened(Role.AUDITOR) == READING | {
        "envelope.export",
        "deal.export",
        "deal.verify",
        "deal.disclose",
        "log.read",
        "log.export",
    }
    assert opened(Role.APPROVER) == {"account.use", "task.use"}
    assert opened(Role.OPERATOR) == {"account.use", "task.use", "operations.read"}


def test_only_administrators_manage_people_and_settings() -> None:
    for name in ("member.read", "member.write", "chain.write", "organisation.configure"):
        assert PERMISSIONS[name].roles == {Role.ADMIN}


@pytest.mark.parametrize(
    ("roles", "permission", "answer"),
    [
        ([], "account.use", False),
        (["clerk"], "envelope.send", True),
        (["viewer"], "envelope.send", False),
        (["viewer", "clerk"], "envelope.send", True),
        (["emperor"], "envelope.read", False),
        (["admin"], "nothing.known", False),
    ],
)
def test_what_nobody_gave_is_denied(roles: list[str], permission: str, answer: bool) -> None:
    assert allowed(roles, permission) is answer
