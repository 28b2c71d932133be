"""How long a mailed link to a new password works, and how many there are."""

from datetime import timedelta

RESET_LIFE = timedelta(minutes=30)
"""From the request, not from the mailing: whether a mail went out must show nowhere."""
RESET_PAUSE = timedelta(seconds=20)
"""A button that is pressed twice sends one mail."""
RESETS_AN_HOUR = 6
"""Mails to one address, whoever asks for them."""
RESETS_OF_A_NETWORK = 3
"""Of these, how many one network may ask for: a stranger does not spend all of the owner's."""
