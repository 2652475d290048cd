"""How a client speaks to a service; read and checked without gRPC, which takes long to import."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from relhealth.errors import ConfigurationError
from relhealth.pem import check_authorities, check_pair

_TOKEN: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a client speaks to a service.

    Attributes:
        certificate_authorities: PEM of the authorities that the service's certificate is checked
            against; None, without a certificate and key, means plain text.
        certificate: PEM chain of the client, for mutual TLS.
        key: PEM key of the client.
        token: Bearer token, as one word.
    """

    certificate_authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    token: str | None = None

    def check(self) -> None:
        """Refuses what gRPC would make nothing of, or would end the process over.

        Raises:
            ConfigurationError: A file cannot be used, or the token is none.
        """
        if self.certificate_authorities is not None:
            check_authorities(f"{self.certificate_authorities}", self.certificate_authorities)
        if self.certificate is not None and self.key is not None:
            check_pair(f"{self.certificate} and {self.key}", self.certificate, self.key)
        elif self.certificate is not None or self.key is not None:
            raise ConfigurationError("the client's certificate and key: give both or neither")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise ConfigurationError(
                "the token is empty, or holds what no header can, as a line's end"
            )
