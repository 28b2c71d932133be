"""Trust for trying Musubi out (試験用): a CA with OCSP and CRL, and two time stamping authorities.

Imported by `cli` and tests only. Nothing here is fit to sign a real contract: its keys lie in
plain files, and nobody vouches for it.
"""

from runtime.der import install

install()
