#!/usr/bin/env bash
# Fuzzes request bytes for some seconds (default 600), in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
UV_PROJECT_ENVIRONMENT=.venv-fuzz uv sync --locked --no-default-groups --group fuzz --quiet
mkdir -p out/fuzz
exec .venv-fuzz/bin/python scripts/fuzz_requests.py out/fuzz/corpus \
  "-max_total_time=${1:-600}" -max_len=8192 -timeout=30 -rss_limit_mb=4096 -artifact_prefix=out/fuzz/ -print_final_stats=1
