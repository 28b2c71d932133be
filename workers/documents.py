"""The documents worker: hostile PDFs, parsed in capped children without secrets or network."""

from collections.abc import Sequence

from temporalio.client import Client
from temporalio.worker import Worker

from activities.attachments import AttachmentActivities
from activities.intake import IntakeActivities
from activities.preparation import PreparationActivities
from activities.stamps import StampActivities
from domain.names import DOCUMENTS_QUEUE
from runtime.settings import DocumentsSettings
from signing.attachments import PoolChecker
from signing.intake import PoolInspector
from signing.pool import ChildPool
from signing.prepare import PoolPreparer
from signing.stamps import PoolCleaner
from storage.database import open_database
from storage.desks.attachments import StoredAttachmentDesk
from storage.desks.intake import StoredIntakeDesk
from storage.desks.preparation import StoredPreparationDesk
from storage.desks.stamps import StoredStampDesk
from storage.opening import open_vault
from workers.process import DRAIN, Background, run_worker, thread_pool


def main() -> None:
    """Run until SIGTERM."""
    settings = DocumentsSettings()
    pool = ChildPool(settings.children)
    database = open_database(settings.database_url)
    vault = open_vault(settings, database)
    intake = IntakeActivities(StoredIntakeDesk(database, vault), PoolInspector(pool))
    preparation = PreparationActivities(StoredPreparationDesk(database, vault), PoolPreparer(pool))
    stamps = StampActivities(StoredStampDesk(database, vault), PoolCleaner(pool))
    attached = AttachmentActivities(StoredAttachmentDesk(database, vault), PoolChecker(pool))

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
            ],
            activity_executor=thread_pool("documents", settings.children),
            max_concurrent_activities=settings.children,
            graceful_shutdown_timeout=DRAIN,
        )
        return [worker], ()

    try:
        run_worker(settings, build)
    finally:
        pool.close()


if __name__ == "__main__":
    main()
