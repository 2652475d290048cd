#!/usr/bin/env bash
# Generated code is up to date; the proto is clean, and breaks nobody who uses the released one.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
scripts/generate_proto.sh "$scratch/code" "$scratch/image.binpb"
for file in "$scratch"/code/relhealth/v1/*; do
  diff -u "service/relhealth/v1/$(basename "$file")" "$file" ||
    { echo "service/relhealth/v1 is not what proto/ says: run 'make proto'" >&2; exit 1; }
done
scripts/generate_descriptors.sh "$scratch/envoy.binpb"
cmp "$scratch/envoy.binpb" deploy/envoy/relhealth.binpb ||
  { echo "deploy/envoy/relhealth.binpb is not what proto/ says: run scripts/generate_descriptors.sh" >&2; exit 1; }
.venv/bin/buf lint "$scratch/image.binpb" --config proto/buf.yaml
.venv/bin/buf breaking "$scratch/image.binpb" --against proto/released.binpb --config proto/buf.yaml
