"""For the organisation's administrator: members, roles, chains, choices, signers' passkeys."""

from webapp.admin import (
    absences,
    chain_editor,
    consent,
    departments,
    inviting,
    log,
    members,
    passkeys,
    retiring,
    roles,
    views,
)
from webapp.admin.blueprint import blueprint

__all__ = [
    "absences",
    "blueprint",
    "chain_editor",
    "consent",
    "departments",
    "inviting",
    "log",
    "members",
    "passkeys",
    "retiring",
    "roles",
    "views",
]
