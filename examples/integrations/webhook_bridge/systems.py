"""What differs between the two systems: signatures, customers of a payload, delivery."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from relhealth.crm.shape import Fields, group_at, groups_at, text_at

REPLAY_SECONDS = 300.0


@dataclass(frozen=True)
class Routed:
    """Whose a payload is.

    Attributes:
        customer_id: None where the payload does not say.
        thread_id: Conversation or ticket, by which the customer of an earlier payload is found.
        merged_id: A customer who is from now on the same as `customer_id`.
    """

    customer_id: str | None
    thread_id: str | None
    merged_id: str | None = None


class System(Protocol):
    """One system's side of the bridge."""

    name: str

    def is_genuine(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """Whether a request was signed with the secret."""
        ...

    def route(self, payload: Fields) -> Routed:
        """Whose a payload is."""
        ...

    def headers(self, token: str) -> dict[str, str]:
        """Headers of a request to the system's API."""
        ...


class Intercom:
    """https://developers.intercom.com/docs/webhooks: X-Hub-Signature, SHA-1 of the body."""

    name = "intercom"

    def is_genuine(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        expected = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
        return _equal(headers.get("X-Hub-Signature", ""), expected)

    def route(self, payload: Fields) -> Routed:
        item = group_at(payload, "data", "item")
        merged = text_at(item, "merged_contact", "id")
        if text_at(item, "type") != "conversation":
            contact = text_at(item, "contact", "id") or text_at(item, "id")
            return Routed(contact, None, merged)
        author = group_at(item, "source", "author")
        is_customer = text_at(author, "type") in ("user", "lead", "contact")
        contacts = groups_at(item, "contacts", "contacts")
        customer = (
            (text_at(author, "id") if is_customer else None)
            or (text_at(contacts[0], "id") if contacts else None)
            or text_at(item, "user", "id")
        )
        return Routed(customer, text_at(item, "id"))

    def headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "Intercom-Version": "2.11"}


class Zendesk:
    """https://developer.zendesk.com/documentation/webhooks/verifying/: time and body, SHA-256."""

    name = "zendesk"

    def is_genuine(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        stamp = headers.get("X-Zendesk-Webhook-Signature-Timestamp", "")
        digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
        given = headers.get("X-Zendesk-Webhook-Signature", "")
        return _equal(given, base64.b64encode(digest).decode()) and _is_fresh(stamp)

    def route(self, payload: Fields) -> Routed:
        detail = group_at(payload, "detail")
        return Routed(text_at(detail, "requester_id"), text_at(detail, "id"))

    def headers(self, token: str) -> dict[str, str]:
        """The token is ``address/token:key``, as Zendesk's basic authentication wants it."""
        return {"Authorization": "Basic " + base64.b64encode(token.encode()).decode()}


def _equal(given: str, expected: str) -> bool:
    """In a time that tells nothing; a header may hold any bytes."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _is_fresh(stamp: str) -> bool:
    """Whether a signed time is near: an old request, sent again, is refused."""
    try:
        signed = datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        return False
    return abs(time.time() - signed) <= REPLAY_SECONDS


SYSTEMS: dict[str, System] = {"intercom": Intercom(), "zendesk": Zendesk()}
