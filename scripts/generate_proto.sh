#!/usr/bin/env bash
# Writes the code generated from proto/ to a source root (default: service/), and the descriptor
# image that buf checks to the file given as a second argument.
# The generator lives in an environment of its own, since it pins an older protobuf.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-service}
image=${2:-}
source=relhealth/v1/relationship_health.proto
environment=.venv-proto
export PATH="$PWD/$environment/bin:$PWD/.venv/bin:$PATH"
UV_PROJECT_ENVIRONMENT=$environment VIRTUAL_ENV='' uv sync --locked --only-group proto --quiet
site=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
protoc() { "$environment/bin/python" -m grpc_tools.protoc --proto_path=proto --proto_path="$site" "$@" "$source"; }

mkdir -p "$target"
protoc --python_out="$target" --grpc_python_out="$target" --mypy_out="$target" --mypy_grpc_out="$target"
if [ -n "$image" ]; then
  protoc --include_imports --include_source_info --descriptor_set_out="$image"
fi
