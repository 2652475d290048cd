"""Server certificates that are reread when their files change, handshake by handshake."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import grpc

from relhealth.errors import ConfigurationError
from relhealth.pem import check_authorities, check_pair
from relhealth.serving.logs import log
from relhealth.serving.metrics import Meter
from relhealth.serving.settings import Settings

# The library takes None as "no change", which its stubs do not tell.
_Fetch = Callable[[], grpc.ServerCertificateConfiguration]


class Certificates:
    """The files of a server's TLS, and the credentials made of them."""

    def __init__(self, settings: Settings, meter: Meter) -> None:
        if settings.tls_certificate is None or settings.tls_key is None:
            raise ConfigurationError("tls_certificate and tls_key: are not set")
        self._certificate = settings.tls_certificate
        self._key = settings.tls_key
        self._client_ca = settings.tls_client_ca
        self._meter = meter
        self._lock = threading.Lock()
        self._seen = self._changed_at()

    def credentials(self) -> grpc.ServerCredentials:
        """Credentials that follow the files.

        Raises:
            ConfigurationError: A file cannot be read, or key and certificate do not match.
        """
        return grpc.dynamic_ssl_server_credentials(
            self._load(),
            cast("_Fetch", self._reload),
            require_client_authentication=self._client_ca is not None,
        )

    def _files(self) -> tuple[Path, ...]:
        optional = () if self._client_ca is None else (self._client_ca,)
        return (self._certificate, self._key, *optional)

    def _changed_at(self) -> tuple[int, ...] | None:
        try:
            return tuple(file.stat().st_mtime_ns for file in self._files())
        except OSError:
            return None

    def _load(self) -> grpc.ServerCertificateConfiguration:
        check_certificates(self._certificate, self._key, self._client_ca)
        pair = (self._key.read_bytes(), self._certificate.read_bytes())
        authorities = None if self._client_ca is None else self._client_ca.read_bytes()
        return grpc.ssl_server_certificate_configuration([pair], authorities)

    def _reload(self) -> grpc.ServerCertificateConfiguration | None:
        """New certificates where the files changed and are sound; otherwise the old ones stay."""
        with self._lock:
            now = self._changed_at()
            if now is None or now == self._seen:
                return None
            self._seen = now
            try:
                loaded = self._load()
            except (ConfigurationError, OSError) as error:
                self._meter.add("relhealth_reloads_total", "certificates", "failure")
                log("error", "reload failed", what="certificates", reason=str(error))
                return None
            self._meter.add("relhealth_reloads_total", "certificates", "success")
            log("info", "reloaded", what="certificates")
            return loaded


def check_certificates(certificate: Path, key: Path, client_ca: Path | None) -> None:
    """Refuses files that cannot be served with.

    Raises:
        ConfigurationError: A file cannot be read, or key and certificate do not match.
    """
    check_pair("tls_certificate and tls_key", certificate, key)
    if client_ca is not None:
        check_authorities("tls_client_ca", client_ca)
