"""The file of clients: what it must not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from relhealth.errors import ConfigurationError
from relhealth.serving.clients import load_clients

DIGEST = "ab" * 32
OTHER = "cd" * 32


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", r"must hold \[\[client\]\]"),
        ('[[client]]\nname = "a"\ntoken = "x"\n', "client 0: token is not known"),
        ('[[client]]\nname = "a"\nmethods = ["Nope"]\n', "unknown method"),
        ('[[client]]\nname = "a"\nrequests_per_second = nan\n', "requests_per_second"),
        ('[[client]]\nname = "a"\nrequests_per_second = inf\n', "requests_per_second"),
        ('[[client]]\nname = "a"\nburst = 0\n', "burst"),
        ('[[client]]\nname = "a"\nconcurrent_calls = 1.5\n', "concurrent_calls"),
        ('[[client]]\nname = "a"\ntoken_sha256 = ["AB"]\n', "hex digests"),
        ('[[client]]\nname = "a"\n[[client]]\nname = "a"\n', "the same name"),
        (
            (
                f'[[client]]\nname = "a"\ntoken_sha256 = ["{DIGEST}"]\n'
                f'[[client]]\nname = "b"\ntoken_sha256 = ["{OTHER}", "{DIGEST}"]\n'
            ),
            "a token is given twice",
        ),
        (
            (
                '[[client]]\nname = "a"\ncertificate_names = ["x"]\n'
                '[[client]]\nname = "b"\ncertificate_names = ["x"]\n'
            ),
            "a certificate is given twice",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    content: str, complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=complaint):
        load_clients(file, frozenset({"ScoreRelationship"}), 0.0)
