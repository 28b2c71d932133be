"""Carries real envelopes through a running stack, as people would: browser and mail, no back door.

`command` reads the options, `stack` finds or starts what is tested, `envelope` tells the story of
one envelope, `sender`, `signer` and `receiver` are its people, `browser` and `mailbox` their tools,
`report` what is left of it. Nothing here opens the database, the vault or Temporal.
"""

from cli.selftest.command import selftest

__all__ = ["selftest"]
