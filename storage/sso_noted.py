"""What the operation log keeps of a connection for single sign-on, so that a change says from what
to what. Never a secret; of certificates their SHA-256.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

_CERTIFICATES = "certificates"


def said(name: str, link: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """Of a connection, flat; keys are those of domain.sso_forms, `button` is its name."""
    found = {"button": name, **link, **rules}
    if isinstance(found.get(_CERTIFICATES), list):
        found[_CERTIFICATES] = [_sha256(str(one)) for one in found[_CERTIFICATES]]
    return found


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Both, as far as they differ; nothing where they do not."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    both = (before, after)
    first, then = ({name: one[name] for name in names if name in one} for one in both)
    return {"before": first, "after": then} if names else {}


def _sha256(text: str) -> str:
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()
