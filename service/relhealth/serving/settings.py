"""The server's settings, each with its meaning, default and range.

Where a setting comes from, the first that has it: a flag, an environment variable
(``RELHEALTH_`` and the name in capitals), the file named by ``--config`` or ``RELHEALTH_CONFIG``
(TOML, names as here), the default.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from relhealth.errors import ConfigurationError
from relhealth.models.toml_file import read_toml, toml_string
from relhealth.serving.clients import HIGHEST_RATE

ENVIRONMENT_PREFIX: Final = "RELHEALTH_"
_HIGHEST_PORT: Final = 65_535
# gRPC counts milliseconds and bytes in 32 bits, and messages a quarter over the limit are read.
_LONGEST_SECONDS: Final = 1_000_000
_LARGEST_MESSAGE: Final = 1024**3
_MOST_COUNTED: Final = 2**31 - 1
LogRequests = Literal["all", "failed", "none"]


def _setting(
    default: object, meaning: str, least: float | None = None, most: float = math.inf
) -> Any:  # noqa: ANN401
    return field(default=default, metadata={"meaning": meaning, "least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that ``relhealth serve`` can be told; `meaning` is each flag's help."""

    address: str = _setting("127.0.0.1:50051", "HOST:PORT to serve gRPC on; port 0 picks one")
    metrics_address: str = _setting("127.0.0.1:9464", "HOST:PORT of /metrics; empty: none")
    ui: bool = _setting(False, "serve a page on this machine alone that draws pasted histories")
    ui_port: int = _setting(8350, "the page's port on 127.0.0.1; 0 picks one", 0, _HIGHEST_PORT)
    workers: int = _setting(1, "worker processes, each with its own interpreter", 1, 512)
    threads: int = _setting(16, "threads of a worker; a stream holds one while it lasts", 2, 4_096)
    allow_insecure: bool = _setting(
        False, "permit plain text on an address that other machines can reach"
    )
    model: Path | None = _setting(None, "folder of an act detector instead of the shipped one")
    rubric: Path | None = _setting(None, "rubric file instead of the shipped one")
    tls_certificate: Path | None = _setting(None, "PEM chain of the server; reread when it changes")
    tls_key: Path | None = _setting(None, "PEM key of the server; reread when it changes")
    tls_client_ca: Path | None = _setting(
        None, "PEM of the authorities whose client certificates are demanded (mutual TLS)"
    )
    clients: Path | None = _setting(
        None, "TOML of the clients, their token digests, permissions and limits; reread on SIGHUP"
    )
    max_message_bytes: int = _setting(
        4 * 1024 * 1024, "largest request message", 1024, _LARGEST_MESSAGE
    )
    max_interactions: int = _setting(5_000, "interactions of a history", 1, _MOST_COUNTED)
    max_text_characters: int = _setting(100_000, "code points of a text", 1, _MOST_COUNTED)
    max_stream_messages: int = _setting(1_000_000, "requests of one stream", 1, _MOST_COUNTED)
    max_stream_idle_seconds: float = _setting(
        300.0,
        "how long a stream may wait for its client's next message, or for the client to take "
        "an answer; 0: no limit",
        0,
        _LONGEST_SECONDS,
    )
    max_mirror_interactions: int = _setting(
        5_000_000,
        "interactions of one brand's mirror, which keeps up to 40 bytes of each",
        1,
        _MOST_COUNTED,
    )
    max_history_seconds: float = _setting(
        60.0, "processor seconds that the work on one history may take; 0: no limit", 0
    )
    max_streams: int = _setting(8, "streams that a worker serves at once; below threads", 1)
    max_concurrent_requests: int = _setting(
        256,
        "calls that a worker accepts at once, those that wait for a thread included",
        1,
        100_000,
    )
    requests_per_second: float = _setting(
        0.0, "calls per second of each client, over all workers; 0: no limit", 0, HIGHEST_RATE
    )
    keepalive_seconds: float = _setting(
        60.0, "silence after which a connection is pinged", 1, _LONGEST_SECONDS
    )
    max_connection_idle_seconds: float = _setting(
        3_600.0, "silence after which a connection without calls is closed", 1, _LONGEST_SECONDS
    )
    max_connection_age_seconds: float = _setting(
        0.0,
        "age at which a connection takes no more calls, so that its client connects anew, perhaps "
        "to another worker; 0: no limit",
        0,
        _LONGEST_SECONDS,
    )
    drain_seconds: float = _setting(
        0.0,
        "how long, after SIGTERM, calls are still accepted while health says NOT_SERVING",
        0,
        _LONGEST_SECONDS,
    )
    grace_seconds: float = _setting(
        30.0, "how long calls in flight may take to finish", 0, _LONGEST_SECONDS
    )
    reflection: bool = _setting(True, "serve gRPC reflection")
    log_requests: LogRequests = _setting("failed", "which calls to log: all, failed or none")
    trace: bool = _setting(False, "send OpenTelemetry traces; wants the extra `otel`")
    ready_file: Path | None = _setting(
        None, "file that gets the address once every worker is ready"
    )


FIELDS: Final = dataclasses.fields(Settings)
CHOICES: Final = {"log_requests": get_args(LogRequests)}


def load_settings(
    flags: Mapping[str, object], environment: Mapping[str, str], file: Path | None = None
) -> Settings:
    """The settings from all their sources, checked.

    Args:
        flags: Values by name; None where a flag was not given.
        environment: The process's environment.
        file: TOML file; None looks at ``RELHEALTH_CONFIG``.

    Raises:
        ConfigurationError: A name is unknown, or a value cannot be used; the message names it.
    """
    if file is None and environment.get(f"{ENVIRONMENT_PREFIX}CONFIG"):
        file = Path(environment[f"{ENVIRONMENT_PREFIX}CONFIG"])
    values: dict[str, Any] = _from_file(file) if file is not None else {}
    values |= _from_environment(environment)
    values |= {
        item.name: _typed(item, flags[item.name], f"--{item.name.replace('_', '-')}")
        for item in FIELDS
        if flags.get(item.name) is not None
    }
    settings = Settings(**values)
    check_settings(settings)
    return settings


def _from_file(file: Path) -> dict[str, Any]:
    entries = read_toml(file, lambda wrong: ConfigurationError(f"config: {wrong}"))
    known = {item.name: item for item in FIELDS}
    for name in entries:
        if name not in known:
            raise ConfigurationError(f"{name} in {file} is no setting")
    return {
        name: _typed(known[name], value, f"{name} in {file}") for name, value in entries.items()
    }


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Values by name. An empty variable is none, unless the setting is text, which can be empty."""
    values: dict[str, Any] = {}
    for item in FIELDS:
        variable = f"{ENVIRONMENT_PREFIX}{item.name.upper()}"
        value = environment.get(variable)
        if value or (value is not None and item.type == "str"):
            values[item.name] = _typed(item, value, variable)
    return values


def _typed(item: dataclasses.Field[Any], value: object, source: str) -> object:
    """A value of the field's type, from a flag's or variable's text or from TOML."""
    kind = str(item.type)
    if kind == "bool":
        return _truth(value, source)
    if kind in ("int", "float"):
        return _number(kind, value, source)
    if not isinstance(value, str | Path):
        raise ConfigurationError(f"{source}: must be text")
    if kind.startswith("Path"):
        return Path(value) if str(value) else None
    return str(value)


def _number(kind: str, value: object, source: str) -> int | float:
    whole = kind == "int"
    number: int | float | None = None
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            number = int(value) if whole else float(value)
    elif isinstance(value, int if whole else (int, float)) and not isinstance(value, bool):
        number = value
    if number is None:
        raise ConfigurationError(f"{source}: must be a {'whole ' if whole else ''}number")
    return number


def _truth(value: object, source: str) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if not isinstance(value, str) or value.lower() not in words:
        raise ConfigurationError(f"{source}: must be true or false")
    return words[value.lower()]


def check_settings(settings: Settings) -> None:
    """Refuses what cannot be served with.

    Raises:
        ConfigurationError: The message names the setting.
    """
    for item in FIELDS:
        value, least = getattr(settings, item.name), item.metadata["least"]
        if least is not None and not value >= least:
            raise ConfigurationError(f"{item.name}: must be {least} or more")
        if least is not None and value > item.metadata["most"]:
            raise ConfigurationError(f"{item.name}: must be {item.metadata['most']} or less")
        if item.name in CHOICES and value not in CHOICES[item.name]:
            raise ConfigurationError(f"{item.name}: must be one of {', '.join(CHOICES[item.name])}")
    if settings.max_streams >= settings.threads:
        raise ConfigurationError("max_streams: must be below threads, or streams starve the rest")
    host, _ = split_address(settings.address, "address")
    if settings.metrics_address:
        split_address(settings.metrics_address, "metrics_address")
    _check_tls(settings, host)


def _check_tls(settings: Settings, host: str) -> None:
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise ConfigurationError("tls_certificate and tls_key: give both or neither")
    if settings.tls_certificate is None:
        if settings.tls_client_ca is not None:
            raise ConfigurationError("tls_client_ca: wants tls_certificate and tls_key")
        if not settings.allow_insecure and not is_loopback(host):
            raise ConfigurationError(
                "address: others can reach it, and there is no TLS; "
                "give tls_certificate and tls_key, or ask for it with allow_insecure"
            )


def split_address(address: str, name: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; an IPv6 host stands in brackets.

    Raises:
        ConfigurationError: It is no such thing; the message begins with `name`.
    """
    host, colon, port = address.rpartition(":")
    if (
        not colon
        or not host
        or not (port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT)
    ):
        raise ConfigurationError(f"{name}: must be HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def print_settings(settings: Settings) -> str:
    """The settings as a TOML file that gives them again; what is unset is a comment."""
    lines: list[str] = []
    for item in FIELDS:
        value = getattr(settings, item.name)
        lines.append(f"# {item.metadata['meaning']}")
        lines.append(f"# {item.name} =" if value is None else f"{item.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else toml_string(str(value))
