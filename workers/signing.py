"""The signing worker: the only process with the signing PIN.

It signs for accepted acts that it has read from their rows itself, and sings its canary.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from temporalio.client import Client
from temporalio.worker import Worker

from activities.archiving import ArchivingActivities
from activities.consents import ConsentActivities, ConsentStamps
from activities.imports import ImportActivities
from activities.renewal import RenewalActivities
from activities.signing import SigningActivities
from activities.stamp_proofs import StampProofs
from domain.names import IMPORTS_QUEUE, SIGNING_QUEUE
from runtime.pkcs11 import Token, open_token
from runtime.pkcs11_errors import TokenError
from runtime.settings import SigningSettings
from runtime.telemetry import logger
from signing.archive import PoolArchiver
from signing.canary import Canary, CanarySilent
from signing.pool import ChildPool
from signing.signer import PoolSigner
from signing.stamp_proofs import TokenProver
from signing.timestamps import TimestampClient
from signing.trust import SigningIdentity, TrustMaterial
from storage.clock import SharedClock
from storage.database import Database, open_database
from storage.desks.archive import StoredArchiveDesk
from storage.desks.consents import StoredConsentDesk
from storage.desks.imports import StoredImportDesk
from storage.desks.signing import StoredSigningDesk
from storage.desks.stamp_proofs import StoredProofDesk
from storage.opening import open_vault
from storage.vault import Vault
from workers.clock import ClockGuard
from workers.process import DRAIN, Background, run_worker, thread_pool, write_mark

CANARY_SECONDS = 60.0
STEPS_PER_CHILD = 2
"""While one step waits for an authority, a disk or the clock, a child works for another."""

log = logger(__name__)


def main() -> None:
    """Run until SIGTERM."""
    settings = SigningSettings()
    pool = ChildPool(settings.children)
    token = open_token(settings.pkcs11_module, settings.signing_token, settings.signing_pin_file)
    database = open_database(settings.database_url)
    clock = ClockGuard(SharedClock(database).check)
    vault = open_vault(settings, database)
    trust = TrustMaterial.from_files(settings.trust_roots_file, settings.tsa_certificates_file)
    timestamps = TimestampClient(settings.tsa_urls, trust)
    proofs = StampProofs(StoredProofDesk(database), timestamps, TokenProver(trust))
    tools = _Tools(pool, token, trust, timestamps, proofs)
    signing, archiving, renewal, consents = _activities(settings, database, vault, tools)
    imports = ImportActivities(StoredImportDesk(database, vault), timestamps, tools.proofs)
    steps = STEPS_PER_CHILD * settings.children
    canary = Canary(
        token,
        settings.canary_key,
        settings.canary_certificate_file,
        settings.signature_algorithm,
    )

    def build(client: Client) -> tuple[Sequence[Worker], Sequence[Background]]:
        worker = Worker(
            client,
            task_queue=SIGNING_QUEUE,
            activities=[
                signing.sign_act,
                archiving.archive_documents,
                renewal.renew_archive,
                consents.stamp_consent,
            ],
            activity_executor=thread_pool("signing", steps),
            max_concurrent_activities=steps,
            graceful_shutdown_timeout=DRAIN,
            interceptors=[clock],
        )
        stamping = Worker(
            client,
            task_queue=IMPORTS_QUEUE,
            activities=[imports.stamp_import],
            activity_executor=thread_pool("imports", 1),
            max_concurrent_activities=1,
            graceful_shutdown_timeout=DRAIN,
            interceptors=[clock],
        )
        return [worker, stamping], (lambda: _sing(canary, settings),)

    try:
        run_worker(settings, build)
    finally:
        pool.close()


class _Tools(NamedTuple):
    """What activities of this process share."""

    pool: ChildPool
    token: Token
    trust: TrustMaterial
    timestamps: TimestampClient
    proofs: StampProofs


def _activities(
    settings: SigningSettings, database: Database, vault: Vault, tools: _Tools
) -> tuple[SigningActivities, ArchivingActivities, RenewalActivities, ConsentActivities]:
    pool, token, trust, timestamps, proofs = tools
    identity = SigningIdentity.from_file(
        settings.signing_key, settings.signature_algorithm, settings.signing_certificate_file
    )
    signer = PoolSigner(pool, token, identity, timestamps, trust, settings.service_name)
    archiver = PoolArchiver(pool, identity, timestamps, trust)
    archives = StoredArchiveDesk(database, vault)
    consents = ConsentStamps(StoredConsentDesk(database), timestamps)
    return (
        SigningActivities(StoredSigningDesk(database, vault), signer, consents),
        ArchivingActivities(archives, archiver, consents),
        RenewalActivities(archives, archiver),
        ConsentActivities(consents, proofs),
    )


async def _sing(canary: Canary, settings: SigningSettings) -> None:
    """A real signature every minute; `<process>.canary` is as old as the last good one."""
    while True:
        try:
            await asyncio.to_thread(canary.sing)
            write_mark(settings.run_dir / f"{settings.process}.canary")
        except (TokenError, CanarySilent) as error:
            log.error("canary_silent", error=type(error).__name__)  # noqa: TRY400 - no traceback
        await asyncio.sleep(CANARY_SECONDS)


if __name__ == "__main__":
    main()
