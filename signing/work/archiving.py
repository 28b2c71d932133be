"""Building the archive revision: security store first, then the document timestamp over it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from asn1crypto import cms, crl, ocsp
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

from domain.ports.signatures import SignatureInvalid
from signing.frames import Channel, Frame, FrameBroken
from signing.work.certificates import certificates
from signing.work.reading import borne

_READABLE_NAME = "Archive timestamp"


class ParentTimeStamper(TimeStamper):
    """Asks the parent, which holds the network, for a token over a digest."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko gives it no types
        self._channel = channel

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """The token that the parent got and checked."""
        self._channel.send(Frame("timestamp", parts=(message_digest,)))
        answer = self._channel.receive()
        if answer.kind != "token" or len(answer.parts) != 1:
            raise FrameBroken
        return cms.ContentInfo.load(answer.parts[0])


def survey(request: Frame) -> Frame:
    """Parts: file; fields: `fields`, the names of our signatures. Answers the filled fields
    (`signatures`, `timestamps`), the newest genTime among our signatures, and as parts the
    certificates of signers and of the authorities that stamped them (`leaves` counts them), then
    what else the signatures hold. Of signatures that an upload brought along only the names.
    """
    return borne(request.parts[0], lambda reader: _surveyed(reader, request.fields["fields"]))


def _surveyed(reader: PdfFileReader, names: Sequence[str]) -> Frame:
    newest: datetime | None = None
    leaves: dict[bytes, None] = {}
    others: dict[bytes, None] = {}
    for signature in reader.embedded_regular_signatures:
        if str(signature.field_name) not in names:
            continue
        tokens = list(extract_tst_data_iter(signature.signer_info, signed=False))
        if not tokens:
            raise SignatureInvalid("signature_without_timestamp")
        newest = max([_gen_time(token) for token in tokens] + ([newest] if newest else []))
        for signed in (signature.signed_data, *tokens):
            found = extract_certificate_info(signed)
            leaves[found.signer_cert.dump()] = None
            others |= {row.dump(): None for row in found.other_certs}
    return Frame(
        "done",
        {
            "signatures": [str(row.field_name) for row in reader.embedded_regular_signatures],
            "timestamps": [str(row.field_name) for row in reader.embedded_timestamp_signatures],
            "newest": newest.isoformat() if newest else None,
            "leaves": len(leaves),
        },
        (*leaves, *others),
    )


def holdings(request: Frame) -> Frame:
    """Parts: file. Answers as parts the leaf certificates of signers and authorities, then what the
    security store holds: certificates, OCSP responses, CRLs. Fields: `since` has for each leaf the
    moment that its data must not be older than; `certificates` and `ocsps` count.
    """
    return borne(request.parts[0], _held)


def _held(reader: PdfFileReader) -> Frame:
    since = _demands(reader)
    store = DocumentSecurityStore.read_dss(reader)
    known = [row.dump() for row in store.load_certs()]
    ocsps = [row.get_object().read_data(DecodePurpose.OCSP_RESPONSE) for row in store.ocsps]
    crls = [row.get_object().read_data(DecodePurpose.CRL) for row in store.crls]
    return Frame(
        "done",
        {
            "since": [moment.isoformat() for moment in since.values()],
            "certificates": len(known),
            "ocsps": len(ocsps),
        },
        (*since, *known, *ocsps, *crls),
    )


def _demands(reader: PdfFileReader) -> dict[bytes, datetime]:
    """Leaf certificate to moment: for signers the newest signature timestamp; for an authority its
    newest token, but for the archive timestamp at the end, whose data come with the next one.

    An authority that made only that last token counts with it: nothing in the file is newer.
    """
    stamped = [
        (extract_certificate_info(token).signer_cert.dump(), _gen_time(token))
        for row in reader.embedded_regular_signatures
        for token in extract_tst_data_iter(row.signer_info, signed=False)
    ]
    if not stamped:
        raise SignatureInvalid("signature_without_timestamp")
    newest = max(at for _, at in stamped)
    archived = [
        (row.signer_cert.dump(), _gen_time(row.signed_data))
        for row in reader.embedded_timestamp_signatures
    ]
    if archived and archived[-1][0] in {holder for holder, _ in stamped + archived[:-1]}:
        archived.pop()
    since = {row.signer_cert.dump(): newest for row in reader.embedded_regular_signatures}
    for holder, at in stamped + archived:
        since[holder] = max(at, since.get(holder, at))
    return since


def _gen_time(token: cms.SignedData) -> datetime:
    at: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return at


def archive(request: Frame, channel: Channel) -> Frame:
    """Parts: base, certificates, OCSP responses, CRLs; fields count the last three and give
    `field_name` and `reserved`. Answers the tail of the archive revision.
    """
    return borne(request.parts[0], lambda reader: _archived(reader, request, channel))


def _archived(reader: PdfFileReader, request: Frame, channel: Channel) -> Frame:
    base, *data = request.parts
    first, second = int(request.fields["certificates"]), int(request.fields["ocsps"])
    writer = IncrementalPdfFileWriter.from_reader(reader)
    # in the same revision and before the timestamp, without VRI: what follows a timestamp is
    # not covered by it
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=certificates(data[:first]),
        ocsps=[ocsp.OCSPResponse.load(der) for der in data[first : first + second]],
        crls=[crl.CertificateList.load(der) for der in data[first + second :]],
    )
    output = BytesIO()
    stamper = PdfTimeStamper(
        ParentTimeStamper(channel),
        field_name=request.fields["field_name"],
        readable_field_name=_READABLE_NAME,
    )
    asyncio.run(
        stamper.async_timestamp_pdf(
            writer, "sha256", bytes_reserved=int(request.fields["reserved"]), output=output
        )
    )
    return Frame("done", parts=(bytes(output.getbuffer()[len(base) :]),))
