"""Who may call what: the clients of a deployment, from a TOML file.

::

    [[client]]
    name = "crm"
    token_sha256 = ["<hex digest>"]     # several while a token is being replaced
    certificate_names = ["crm.internal"] # common or alternative names, with mutual TLS
    methods = ["ScoreRelationship"]     # left out: all
    requests_per_second = 50.0          # left out: the setting; 0: no limit
    burst = 100                         # left out: one second's worth
    concurrent_calls = 16               # left out: no limit

Only digests of tokens are kept; `relhealth token` makes a token and its digest.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from relhealth.errors import ConfigurationError
from relhealth.models.toml_file import read_toml

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
HIGHEST_RATE: Final = 1_000_000
"""Calls per second, above which nothing is limited."""
_KEYS: Final = {
    "name": str,
    "token_sha256": list,
    "certificate_names": list,
    "methods": list,
    "requests_per_second": float,
    "burst": int,
    "concurrent_calls": int,
}


@dataclass(frozen=True, slots=True)
class Client:
    """Someone who may call.

    Attributes:
        digests: SHA-256 of its tokens.
        certificate_names: Names in its certificates.
        methods: What it may call; None: everything.
        requests_per_second: Over all workers; 0: no limit.
        burst: Calls that may come at once within the rate; at least 1.
        concurrent_calls: Over all workers; 0: no limit.
    """

    name: str
    digests: tuple[bytes, ...] = ()
    certificate_names: tuple[str, ...] = ()
    methods: frozenset[str] | None = None
    requests_per_second: float = 0.0
    burst: int = 1
    concurrent_calls: int = 0


@dataclass(frozen=True, slots=True)
class Clients:
    """All clients of a deployment."""

    entries: tuple[Client, ...]

    def by_token(self, token: str) -> Client | None:
        """The client whose token it is; takes equally long whichever it is, or none."""
        digest = hashlib.sha256(token.encode()).digest()
        found = None
        for client in self.entries:
            for known in client.digests:
                if hmac.compare_digest(digest, known):
                    found = client
        return found

    def by_certificate(self, names: tuple[str, ...]) -> Client | None:
        """The client that one of a verified certificate's names belongs to."""
        for client in self.entries:
            if any(name in client.certificate_names for name in names):
                return client
        return None


def load_clients(file: Path, known_methods: frozenset[str], default_rate: float) -> Clients:
    """The clients in a file.

    Args:
        file: TOML, as this module's docstring shows.
        known_methods: Names of methods that `methods` may list.
        default_rate: Calls per second of a client that does not say.

    Raises:
        ConfigurationError: The file cannot be used; the message names the client and key.
    """
    content = read_toml(file, lambda wrong: ConfigurationError(f"clients: {wrong}"))
    entries = content.pop("client", None)
    if content or not isinstance(entries, list) or not entries:
        raise ConfigurationError(f"clients: {file} must hold [[client]] tables and nothing else")
    clients = tuple(
        _client(entry, f"clients: client {index}", known_methods, default_rate)
        for index, entry in enumerate(entries)
    )
    names = [client.name for client in clients]
    if len(set(names)) != len(names):
        raise ConfigurationError("clients: two clients have the same name")
    for what, held in (
        ("token", [digest for client in clients for digest in client.digests]),
        ("certificate", [name for client in clients for name in client.certificate_names]),
    ):
        if len(set(held)) != len(held):
            raise ConfigurationError(f"clients: a {what} is given twice: whose calls are whose?")
    return Clients(clients)


def _client(
    entry: dict[str, Any], path: str, known_methods: frozenset[str], default_rate: float
) -> Client:
    for key, value in entry.items():
        _check_entry(key, value, path)
    if not entry.get("name"):
        raise ConfigurationError(f"{path}: name is required")
    digests = entry.get("token_sha256", [])
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise ConfigurationError(f"{path}: token_sha256 must list hex digests of 64 digits")
    methods = entry.get("methods")
    for method in methods or ():
        if method not in known_methods:
            raise ConfigurationError(f"{path}: methods names an unknown method")
    rate = float(entry.get("requests_per_second", default_rate))
    return Client(
        name=entry["name"],
        digests=tuple(bytes.fromhex(digest) for digest in digests),
        certificate_names=tuple(entry.get("certificate_names", ())),
        methods=None if methods is None else frozenset(methods),
        requests_per_second=rate,
        burst=entry.get("burst", max(1, int(rate))),
        concurrent_calls=entry.get("concurrent_calls", 0),
    )


def _check_entry(key: str, value: object, path: str) -> None:
    kind = _KEYS.get(key)
    if kind is None:
        raise ConfigurationError(f"{path}: {key} is not known")
    accepted = (int, float) if kind is float else kind
    sound = isinstance(value, accepted) and not isinstance(value, bool)
    if isinstance(value, list):
        sound = sound and all(isinstance(item, str) for item in value)
    if isinstance(value, int | float):
        sound = sound and (1 if key == "burst" else 0) <= value <= HIGHEST_RATE
    if not sound:
        raise ConfigurationError(f"{path}: {key} has the wrong type or range")
