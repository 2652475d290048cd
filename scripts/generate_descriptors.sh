#!/usr/bin/env bash
# Writes the contract and all that it imports as a descriptor set, as Envoy wants it, to the file
# given (default: deploy/envoy/relhealth.binpb). The details of errors are in it, too: Envoy can
# only write as JSON what it finds described.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=.venv-proto
UV_PROJECT_ENVIRONMENT=$environment VIRTUAL_ENV='' PATH="$PWD/.venv/bin:$PATH" uv sync --locked --only-group proto --quiet
site=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$environment/bin/python" -m grpc_tools.protoc --proto_path=proto --proto_path="$site" \
  --include_imports --descriptor_set_out="${1:-deploy/envoy/relhealth.binpb}" \
  relhealth/v1/relationship_health.proto google/rpc/error_details.proto
