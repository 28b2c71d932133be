"""What can go wrong with a token. Each error tells an operator what to do about it."""


class TokenError(Exception):
    """Base of everything that runtime.pkcs11 raises."""


class PinFileUnusable(TokenError):
    """The PIN file is missing, empty, or readable by others: nothing was tried."""


class PinRefused(TokenError):
    """The token refused the PIN, now or earlier. Nobody tries again until the PIN file changes:
    a real HSM locks itself after a few wrong PINs."""


class TokenMissing(TokenError):
    """No token bears this label, or it went away and did not come back."""


class KeyMissing(TokenError):
    """The token holds no key with this label and of this kind."""


class KeyUnfit(TokenError):
    """The key cannot do what was asked: another algorithm, curve or length."""


class WrappedKeyInvalid(TokenError):
    """The wrapped key was altered, or wrapped by another key."""


class TokenFailed(TokenError):
    """The module reported a failure that none of the other errors names."""
