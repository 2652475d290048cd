"""Settings: where they come from, in which order, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from relhealth.errors import ConfigurationError
from relhealth.serving.settings import FIELDS, Settings, load_settings, print_settings


def test_flags_go_before_the_environment_before_the_file_before_defaults(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("workers = 2\nthreads = 12\nmax_streams = 3\n")
    environment = {"RELHEALTH_WORKERS": "3", "RELHEALTH_THREADS": "13"}
    settings = load_settings({"workers": "4", "threads": None}, environment, file)
    assert (settings.workers, settings.threads, settings.max_streams) == (4, 13, 3)
    assert settings.grace_seconds == Settings().grace_seconds


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("workers = 5\n")
    assert load_settings({}, {"RELHEALTH_CONFIG": str(file)}).workers == 5


def test_an_empty_variable_says_something_only_where_text_can_be_empty(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('metrics_address = "127.0.0.1:1"\nworkers = 5\nmodel = "folder"\n')
    empty = {f"RELHEALTH_{name}": "" for name in ("METRICS_ADDRESS", "WORKERS", "MODEL")}
    settings = load_settings({}, empty, file)
    assert settings.metrics_address == ""
    assert (settings.workers, settings.model) == (5, Path("folder"))


def test_what_is_printed_gives_the_same_settings(tmp_path: Path) -> None:
    settings = load_settings(
        {"workers": "4", "model": 'a "folder"\\x', "trace": True, "requests_per_second": "2.5"},
        {"RELHEALTH_LOG_REQUESTS": "none", "RELHEALTH_REFLECTION": "false"},
    )
    file = tmp_path / "printed.toml"
    file.write_text(print_settings(settings))
    assert load_settings({}, {}, file) == settings


def test_every_setting_says_what_it_means() -> None:
    assert all(item.metadata["meaning"] for item in FIELDS)


@pytest.mark.parametrize(
    ("flags", "environment", "content", "named"),
    [
        ({"workers": "0"}, {}, "", "workers"),
        ({"workers": "many"}, {}, "", "--workers"),
        ({"workers": "100000"}, {}, "", "workers: must be 512 or less"),
        ({"threads": "100000"}, {}, "", "threads: must be 4096 or less"),
        ({"max_message_bytes": "9999999999"}, {}, "", "max_message_bytes: must be 1073741824"),
        ({"max_concurrent_requests": "9999999999"}, {}, "", "max_concurrent_requests: must be"),
        ({"max_interactions": "9999999999"}, {}, "", "max_interactions: must be"),
        ({"keepalive_seconds": "inf"}, {}, "", "keepalive_seconds: must be 1000000 or less"),
        ({"max_connection_idle_seconds": "1e7"}, {}, "", "max_connection_idle_seconds"),
        ({"max_stream_idle_seconds": "-1"}, {}, "", "max_stream_idle_seconds: must be 0 or more"),
        ({"max_connection_age_seconds": "1e7"}, {}, "", "max_connection_age_seconds"),
        ({"drain_seconds": "inf"}, {}, "", "drain_seconds: must be 1000000 or less"),
        ({"requests_per_second": "inf"}, {}, "", "requests_per_second: must be 1000000 or less"),
        ({"ui_port": "65536"}, {}, "", "ui_port: must be 65535 or less"),
        ({}, {"RELHEALTH_WORKERS": "1.5"}, "", "RELHEALTH_WORKERS"),
        ({}, {"RELHEALTH_ALLOW_INSECURE": "perhaps"}, "", "RELHEALTH_ALLOW_INSECURE"),
        ({}, {}, "wrokers = 2", "wrokers"),
        ({}, {}, "workers = true", "workers"),
        ({}, {}, "address = 5", "address"),
        ({}, {}, "workers = ", "config"),
        ({"grace_seconds": "nan"}, {}, "", "grace_seconds"),
        ({"log_requests": "some"}, {}, "", "log_requests"),
        ({"max_streams": "16"}, {}, "", "max_streams"),
        ({"address": "localhost"}, {}, "", "address"),
        ({"address": "localhost:70000"}, {}, "", "address"),
        ({"address": "0.0.0.0:50051"}, {}, "", "allow_insecure"),
        ({"address": "example.org:50051"}, {}, "", "allow_insecure"),
        ({"metrics_address": "9464"}, {}, "", "metrics_address"),
        ({"tls_certificate": "c.pem"}, {}, "", "tls_key"),
        ({"tls_client_ca": "c.pem"}, {}, "", "tls_client_ca"),
    ],
)
def test_bad_settings_are_refused_by_name(
    tmp_path: Path, flags: dict[str, str], environment: dict[str, str], content: str, named: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=named):
        load_settings(flags, environment, file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="config"):
        load_settings({}, {}, tmp_path / "nowhere.toml")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.8.9.1:1"])
def test_plain_text_is_fine_where_nobody_else_can_listen(address: str) -> None:
    assert load_settings({"address": address}, {}).address == address


def test_plain_text_for_others_has_to_be_asked_for() -> None:
    flags = {"address": "0.0.0.0:50051", "allow_insecure": True}
    assert load_settings(flags, {}).allow_insecure
