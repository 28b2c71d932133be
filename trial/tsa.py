"""Two time stamping authorities (RFC 3161): `openssl ts -reply` behind a thin handler.

OpenSSL writes ESSCertIDv2 with SHA-256 (RFC 5816) and the accuracy, as accredited TSAs do.
"""

import os
import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from runtime.files import write_durably
from trial.issue import TrustFolder, pem

NAMES = ("tsa1", "tsa2")
MAX_REQUEST_BYTES = 4096
_SECONDS = 10
POLICY = "2.25.219806673809814994223484292005113977109"
"""Our own, from the arc of UUIDs (ITU-T X.667: a55d39ba-cdbe-4ff0-b7dc-72d9d3bd5915). It promises
nothing: time stamps for trying Musubi out, by the clock of this machine (試験用)."""
_CONFIGURATION = """
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = $ENV::TSA_SERIAL
crypto_device = builtin
signer_cert = {certificate}
certs = {chain}
signer_key = {key}
signer_digest = sha256
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class StampFailed(Exception):
    """OpenSSL made no response; the cause is in the log, never in the answer."""


@dataclass(frozen=True)
class StampingAuthority:
    """One TSA of a trust folder."""

    name: str
    configuration: Path

    @classmethod
    def set_up(cls, folder: TrustFolder, name: str) -> "StampingAuthority":
        """Write the configuration file that openssl reads."""
        chain = folder.path / f"{name}-chain.pem"
        write_durably(chain, pem(folder.certificate("tsa-ca")))
        configuration = folder.path / f"{name}.cnf"
        text = _CONFIGURATION.format(
            certificate=folder.certificate_file(name).resolve(),
            chain=chain.resolve(),
            key=folder.key_file(name).resolve(),
            policy=POLICY,
        )
        write_durably(configuration, text.encode())
        return cls(name, configuration)

    def reply(self, query: bytes) -> bytes:
        """DER TimeStampResp to a DER TimeStampReq. Raises StampFailed."""
        with tempfile.TemporaryDirectory(prefix="musubi-tsa-") as scratch:
            # A random serial per request needs no lock and survives restarts; OpenSSL's own
            # serial file would be read and written by parallel processes.
            serial = Path(scratch, "serial")
            serial.write_text(f"{secrets.randbits(120):030X}\n", encoding="ascii")
            asked = Path(scratch, "query")
            asked.write_bytes(query)
            done = subprocess.run(  # noqa: S603 - fixed words; the query is a file
                [  # noqa: S607 - the system's openssl
                    "openssl",
                    "ts",
                    "-reply",
                    "-config",
                    str(self.configuration),
                    "-queryfile",
                    str(asked),
                ],
                env={**os.environ, "TSA_SERIAL": str(serial)},
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        if done.returncode != 0 or not done.stdout:
            raise StampFailed(done.stderr.decode(errors="replace"))
        return done.stdout
