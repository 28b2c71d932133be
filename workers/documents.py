"""The documents worker: hostile PDFs, parsed in capped children without secrets or network."""

from collections.abc import Sequence

from temporalio.client import Client
from temporalio.worker import Worker

from activities.attachments import AttachmentActivities
from activities.comparing import ComparisonActivities
from activities.deletions import DeletionActivities
from activities.disclosure import DisclosureActivities
from activities.intake import IntakeActivities
from activities.preparation import PreparationActivities
from activities.stamps import StampActivities
from activities.verification import VerificationActivities
from domain.names import DOCUMENTS_QUEUE, PICTURES_QUEUE, VERIFICATION_QUEUE
from runtime.settings import DocumentsSettings
from signing.attachments import PoolChecker
from signing.comparing import PoolComparer
from signing.intake import PoolInspector
from signing.periods import PoolJudge
from signing.pool import ChildPool
from signing.prepare import PoolPreparer
from signing.reports import PdfReport
from signing.stamps import PoolCleaner
from signing.trust import TrustMaterial
from storage.database import Database, open_database
from storage.desks.attachments import StoredAttachmentDesk
from storage.desks.comparison import StoredComparisonDesk
from storage.desks.deletions import StoredDeletionDesk
from storage.desks.disclosure import StoredDisclosureDesk
from storage.desks.intake import StoredIntakeDesk
from storage.desks.preparation import StoredPreparationDesk
from storage.desks.stamps import StoredStampDesk
from storage.desks.verification import StoredVerificationDesk
from storage.opening import open_vault
from storage.register_lists import ListDecider
from storage.text_index import TextIndexer
from storage.vault import Vault
from workers.process import DRAIN, Background, run_worker, thread_pool
from workers.texts import decide_lists, index_texts


def main() -> None:
    """Run until SIGTERM."""
    settings = DocumentsSettings()
    pool = ChildPool(settings.children)
    # One child of its own: whole periods take hours, and an upload's check waits for nobody. Long
    # documents are drawn by the same child between two files of a period.
    patient = ChildPool(1)
    database = open_database(settings.database_url)
    vault = open_vault(settings, database)
    desk = StoredIntakeDesk(database, vault)
    intake = IntakeActivities(desk, PoolInspector(pool))
    drawing = IntakeActivities(desk, PoolInspector(patient))
    comparing = ComparisonActivities(StoredComparisonDesk(database, vault), PoolComparer(patient))
    preparation = PreparationActivities(StoredPreparationDesk(database, vault), PoolPreparer(pool))
    stamps = StampActivities(StoredStampDesk(database, vault), PoolCleaner(pool))
    attached = AttachmentActivities(StoredAttachmentDesk(database, vault), PoolChecker(pool))
    deletions = DeletionActivities(StoredDeletionDesk(database, vault))
    packing = DisclosureActivities(StoredDisclosureDesk(database, vault))
    verification = _verification(settings, database, vault, patient)

    def build(client: Client) -> tuple[Sequence[Worker], Sequence[Background]]:
        worker = Worker(
            client,
            task_queue=DOCUMENTS_QUEUE,
            activities=[
                intake.inspect_document,
                intake.give_up_document,
                preparation.prepare_version,
                stamps.clean_stamp,
                stamps.give_up_stamp,
                attached.check_attachment,
                attached.give_up_attachment,
                deletions.erase_bytes,
            ],
            activity_executor=thread_pool("documents", settings.children),
            max_concurrent_activities=settings.children,
            graceful_shutdown_timeout=DRAIN,
        )
        later = Worker(
            client,
            task_queue=VERIFICATION_QUEUE,
            activities=[
                verification.plan_verification,
                verification.verify_documents,
                verification.finish_verification,
                packing.plan_disclosure,
                packing.pack_disclosure,
            ],
            activity_executor=thread_pool("verification", 1),
            max_concurrent_activities=1,
            graceful_shutdown_timeout=DRAIN,
        )
        pictures = Worker(
            client,
            task_queue=PICTURES_QUEUE,
            activities=[drawing.draw_pages, comparing.compare_pages],
            activity_executor=thread_pool("pictures", 1),
            max_concurrent_activities=1,
            graceful_shutdown_timeout=DRAIN,
        )
        return [worker, later, pictures], [
            lambda: index_texts(TextIndexer(database, vault)),
            lambda: decide_lists(ListDecider(database, vault)),
        ]

    try:
        run_worker(settings, build)
    finally:
        pool.close()
        patient.close()


def _verification(
    settings: DocumentsSettings, database: Database, vault: Vault, pool: ChildPool
) -> VerificationActivities:
    trust = TrustMaterial.from_files(settings.trust_roots_file, settings.tsa_certificates_file)
    desk = StoredVerificationDesk(database, vault)
    return VerificationActivities(desk, PoolJudge(pool, trust), PdfReport())


if __name__ == "__main__":
    main()
