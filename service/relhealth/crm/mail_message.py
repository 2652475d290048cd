"""One e-mail's bytes to the fields that an import reads."""

from __future__ import annotations

import email.errors
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Final, cast

from relhealth.crm.shape import Json

_MESSAGE_ID: Final = re.compile(r"<[^<>\s]+>")
_AUTOMATIC_HEADERS: Final = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")
_AUTOMATIC_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply"})
_PLAIN_CHARSETS: Final = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "unknown-8bit", "x-unknown"}
)
_MEANT: Final = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "gb2312": "gb18030",
}
_FLOWED: Final = re.compile(r"(?m)(?<!^--) \n(?!>)")


class MailError(ValueError):
    """An e-mail that cannot be read."""


def fields_of(content: bytes) -> dict[str, Json]:
    """Headers and body of one message.

    Raises:
        MailError: It cannot be read.
    """
    # The library raises these for headers and encodings that it cannot take apart.
    try:
        message = BytesParser(policy=policy.default).parsebytes(content.removeprefix(BOM_UTF8))
        return {**_headers(message), **_flags(message), **_body(message)}
    except (ValueError, LookupError, AttributeError, TypeError, email.errors.MessageError) as error:
        raise MailError("the message cannot be read") from error


def _header(message: EmailMessage, name: str) -> str | None:
    value = message.get(name)
    return None if value is None else str(value)


def _as_written(message: EmailMessage, name: str) -> str | None:
    """A header untouched: the library writes -0000 into a date that has no offset."""
    written = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return next(written, None)


def _ids(message: EmailMessage, name: str) -> list[str]:
    return _MESSAGE_ID.findall(_header(message, name) or "")


def _all(message: EmailMessage, name: str) -> list[Json]:
    return [str(value) for value in message.get_all(name, [])]


def _headers(message: EmailMessage) -> dict[str, Json]:
    own, answered = _ids(message, "Message-ID"), _ids(message, "In-Reply-To")
    labels = (_header(message, "X-Gmail-Labels") or "").split(",")
    return {
        "message_id": own[0] if own else None,
        "in_reply_to": answered[0] if answered else None,
        "references": list[Json](_ids(message, "References")),
        "from": _all(message, "From"),
        "to": _all(message, "To"),
        "cc": _all(message, "Cc"),
        "bcc": _all(message, "Bcc"),
        "reply_to": _all(message, "Reply-To"),
        "delivered_to": _all(message, "Delivered-To"),
        "date": _as_written(message, "Date"),
        "subject": _header(message, "Subject"),
        "labels": [label.strip() for label in labels if label.strip()],
    }


def _flags(message: EmailMessage) -> dict[str, Json]:
    submitted = (_header(message, "Auto-Submitted") or "no").strip().lower()
    precedence = (_header(message, "Precedence") or "").strip().lower()
    spam = _header(message, "X-Spam-Flag") or _header(message, "X-Spam-Status") or ""
    is_report = message.get_content_type() == "multipart/report"
    return {
        "automatic": submitted != "no"
        or precedence in _AUTOMATIC_PRECEDENCE
        or any(name in message for name in _AUTOMATIC_HEADERS),
        "list": "List-Unsubscribe" in message,
        "spam": spam.strip().lower().startswith("yes"),
        "is_report": is_report,
        "failed_ids": list[Json](_failed_ids(message)) if is_report else [],
    }


def _failed_ids(message: EmailMessage) -> list[str]:
    """Ids of the messages that a report says were not delivered; a delay is no failure."""
    failed = False
    ids: list[str] = []
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            # Each recipient's fields are a part of their own.
            failed |= any(
                str(group.get("Action", "")).strip().lower() == "failed" for group in part.walk()
            )
        elif kind == "text/rfc822-headers":
            ids += _ids_in_text(part)
        elif kind == "message/rfc822":
            for inner in part.iter_parts():
                ids += _ids(cast("EmailMessage", inner), "Message-ID")
    return ids if failed else []


def _ids_in_text(part: EmailMessage) -> list[str]:
    headers = BytesParser(policy=policy.default).parsebytes(_payload(part), headersonly=True)
    return _ids(headers, "Message-ID")


def _body(message: EmailMessage) -> dict[str, Json]:
    for kind in ("plain", "html"):
        part = message.get_body(preferencelist=(kind,))
        if part is None:
            continue
        texts = [_decoded(each) for each in _continued(message, cast("EmailMessage", part))]
        text = "\n".join(texts)
        if text.strip():
            return {"text" if kind == "plain" else "html": text}
    return {}


def _continued(message: EmailMessage, part: EmailMessage) -> Iterator[EmailMessage]:
    """A body and what goes on with it after an image in the text, which splits it in parts."""
    yield part
    waiting: list[EmailMessage] = [message]
    while waiting:
        outer = waiting.pop()
        inner = list(cast("Iterator[EmailMessage]", outer.iter_parts())) if _is_mixed(outer) else []
        for index, one in enumerate(inner):
            if one is part:
                yield from (p for p in inner[index + 1 :] if _goes_on(p, part))
                return
        waiting.extend(inner)


def _is_mixed(part: EmailMessage) -> bool:
    return part.get_content_maintype() == "multipart" and part.is_multipart()


def _goes_on(part: EmailMessage, body: EmailMessage) -> bool:
    same = part.get_content_type() == body.get_content_type()
    return same and not part.is_attachment() and part.get_filename() is None


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text_of(content: bytes, charset: str | None) -> str:
    """The text of bytes; what is no UTF-8, and named as nothing more, is what Windows wrote.

    Programs say Latin-1 and mean Windows' own table, as browsers know: it has quotation marks and
    a euro sign where Latin-1 has nothing to read.
    """
    if charset is None or charset in _PLAIN_CHARSETS:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("cp1252", "replace")
    try:
        return content.decode(_MEANT.get(charset, charset), "replace")
    except LookupError:
        return _text_of(content, None)


def _decoded(part: EmailMessage) -> str:
    content = _payload(part)
    text = _text_of(content, part.get_content_charset())
    text = text.replace("\r\n", "\n")
    flowed = part.get_param("format", "") == "flowed"
    return _FLOWED.sub(" ", text) if flowed else text
