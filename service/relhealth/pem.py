"""PEM files looked at before gRPC gets them, which ends the process over some that do not fit."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from relhealth.errors import ConfigurationError

# Or OpenSSL would ask whoever sits at the terminal for the password of a key that has one.
_NO_PASSWORD: Final = ""


def check_pair(names: str, certificate: Path, key: Path) -> None:
    """Refuses a certificate and key that cannot be used.

    Raises:
        ConfigurationError: A file cannot be read, the key has a password, or the two do not match;
            the message begins with `names`.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _NO_PASSWORD)
    except OSError as error:
        reason = None if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(
            f"{names}: {reason or 'do not match, or have a password'}"
        ) from error


def check_authorities(name: str, file: Path) -> None:
    """Refuses authorities that nothing can be checked against.

    Raises:
        ConfigurationError: The file cannot be read or holds no certificate; the message begins
            with `name`.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:
        reason = None if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(f"{name}: {reason or 'is no PEM certificate'}") from error
