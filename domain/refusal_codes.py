"""The closed list of reasons for which the service says no.

Codes are stored and sent between rooms: never rename one. Their words are in domain.refusals.
"""

from enum import StrEnum


class RefusalCode(StrEnum):
    """Why an upload, a sending or an act was refused."""

    # An uploaded file
    NOT_A_PDF = "not_a_pdf"
    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    NO_PAGES = "no_pages"
    ACTIVE_CONTENT = "active_content"
    ALREADY_SIGNED = "already_signed"
    TOO_LARGE = "too_large"
    EMPTY_FILE = "empty_file"
    TOO_COSTLY = "too_costly"
    TOO_MANY_DOCUMENTS = "too_many_documents"
    ENVELOPE_TOO_LARGE = "envelope_too_large"
    UPLOAD_BROKEN_OFF = "upload_broken_off"
    MENDABLE = "mendable"
    REPAIR_CHANGES_PAGES = "repair_changes_pages"
    XFA_ONLY = "xfa_only"
    DUPLICATE_OBJECTS = "duplicate_objects"
    BOMB = "bomb"
    LOOP = "loop"
    TOO_DEEP = "too_deep"
    READER_CRASHED = "reader_crashed"
    PAGE_SIZE = "page_size"
    UNSIGNABLE = "unsignable"
    SIGNED_ACTIVE = "signed_active"
    SIGNED_DAMAGED = "signed_damaged"
    SIGNED_ENCRYPTED = "signed_encrypted"
    SIGNED_NO_CHANGES = "signed_no_changes"
    SIGNED_ALL_LOCKED = "signed_all_locked"
    USAGE_RIGHTS = "usage_rights"
    # A stamp image
    IMAGE_UNREADABLE = "image_unreadable"
    IMAGE_TOO_LARGE = "image_too_large"
    IMAGE_BLANK = "image_blank"
    # Sending
    NOT_PREPARABLE = "not_preparable"
    NO_DOCUMENTS = "no_documents"
    DOCUMENTS_NOT_READY = "documents_not_ready"
    NO_SIGNER = "no_signer"
    ALREADY_SENT = "already_sent"
    # An act
    UNKNOWN_ACT = "unknown_act"
    NOT_YOUR_SLOT = "not_your_slot"
    NOT_YOUR_TURN = "not_your_turn"
    ALREADY_ACTED = "already_acted"
    ENVELOPE_ENDED = "envelope_ended"
    AFTER_DEADLINE = "after_deadline"
    VERSION_REPLACED = "version_replaced"
    NOT_ALLOWED = "not_allowed"
    EVIDENCE_INCOMPLETE = "evidence_incomplete"
    NOT_ASKED_YET = "not_asked_yet"
    NO_LONGER_NEEDED = "no_longer_needed"
    SLOT_TAKEN = "slot_taken"
    GATE_NOT_WAITING = "gate_not_waiting"
    DEADLINE_NOT_LATER = "deadline_not_later"
    VALUES_INCOMPLETE = "values_incomplete"
    VALUES_CHANGED = "values_changed"
    FACTOR_MISSING = "factor_missing"
    # A sending back
    SENT_BACK_NOW = "sent_back_now"
    NOT_SENT_BACK = "not_sent_back"
    # A correction
    CORRECTION_UNDER_WAY = "correction_under_way"
    NOTHING_CORRECTED = "nothing_corrected"
    SAME_DOCUMENT = "same_document"
    FIELDS_DO_NOT_FIT = "fields_do_not_fit"
    EVERYBODY_ACTED = "everybody_acted"
    CORRECTION_FAILED = "correction_failed"
    # A hand-over
    HANDOVER_NOT_ALLOWED = "handover_not_allowed"
    HANDOVER_DEMANDED = "handover_demanded"
    HANDOVER_TOO_OFTEN = "handover_too_often"
    ALREADY_ON_ROUTE = "already_on_route"
    OTHER_SIDE = "other_side"
