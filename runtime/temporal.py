"""The Temporal client of every process: pydantic messages, encrypted payloads and failures."""

import dataclasses

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes

from runtime.codec import CautiousPayloadConverter, EncryptingCodec, read_keys
from runtime.settings import TemporalPart


def data_converter(codec: EncryptingCodec) -> DataConverter:
    """Without the failure converter an error's message would stand in clear in the history."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_converter_class=CautiousPayloadConverter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(settings: TemporalPart, *, lazy: bool = False) -> Client:
    """A client; `lazy` connects at the first call. Make it after fork, never before."""
    codec = EncryptingCodec(read_keys(settings.codec_key_file))
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=data_converter(codec),
        lazy=lazy,
    )
