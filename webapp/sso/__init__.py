"""シングルサインオン: to an organisation's identity provider and back with a login.

Only what comes back to the browser that left, for the connection that it left by, is looked at.
"""

# Views attach themselves to the blueprint.
from webapp.sso import choosing, confirming, oidc, saml  # noqa: F401  # isort: skip
from webapp.sso.blueprint import blueprint

__all__ = ["blueprint"]
