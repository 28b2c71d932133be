"""Everything that touches a PDF or a signature: intake, prepare, sign, timestamp, archive, verify.

Modules at this level run in the parent: they hold ports, keys and the network, and never parse a
PDF or an image. Modules in `signing/work/` run only in capped child processes without PIN and
network, and are the only ones that do.
"""

from runtime import der, encoding, names

der.install()
encoding.install()
names.install()
