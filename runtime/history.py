"""A workflow's history as plain JSON: what the payload codec hid is readable again."""

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory

from runtime.codec import EncryptingCodec


def decoded_history(history: WorkflowHistory, codec: EncryptingCodec) -> bytes:
    """UTF-8 JSON `{"workflowId", "events": [...]}`, payloads decrypted in place."""
    document = {
        "workflowId": history.workflow_id,
        "events": [_decoded(MessageToDict(event), codec) for event in history.events],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _decoded(value: Any, codec: EncryptingCodec) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [_decoded(item, codec) for item in value]
    if not isinstance(value, dict):
        return value
    if _is_payload(value):
        return _readable(codec.decrypt(_payload(value)))
    return {key: _decoded(item, codec) for key, item in value.items()}


def _is_payload(value: dict[str, Any]) -> bool:
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and "encoding" in metadata and "key" in metadata


def _payload(value: dict[str, Any]) -> Payload:
    metadata = {name: base64.b64decode(item) for name, item in value["metadata"].items()}
    return Payload(metadata=metadata, data=base64.b64decode(value.get("data", "")))


def _readable(payload: Payload) -> Any:  # noqa: ANN401 - any JSON
    if payload.metadata.get("encoding") == b"json/plain":
        return json.loads(payload.data)
    return None if not payload.data else base64.b64encode(payload.data).decode()
