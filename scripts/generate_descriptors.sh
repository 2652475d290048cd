#!/usr/bin/env bash
# Writes the contract and all that it imports as a descriptor set, as Envoy wants it, to the file
# given (default: deploy/envoy/relhealth.binpb).
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
scripts/generate_proto.sh "$scratch/code" "$scratch/image.binpb"
mv "$scratch/image.binpb" "${1:-deploy/envoy/relhealth.binpb}"
