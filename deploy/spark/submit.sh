#!/usr/bin/env bash
# Submits the scoring job. SPARK_MASTER says where (default: this machine, all cores); PYTHON is the
# interpreter with relhealth[spark], on the driver and on every executor.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
python="${PYTHON:-python3}"
export PYSPARK_PYTHON="$python" PYSPARK_DRIVER_PYTHON="$python"
submit="${SPARK_HOME:+$SPARK_HOME/bin/}spark-submit"
command -v "$submit" >/dev/null || submit="$(dirname "$(command -v "$python")")/spark-submit"
# Small Arrow batches bound a worker's memory: a row is a whole relationship.
exec "$submit" \
  --master "${SPARK_MASTER:-local[*]}" \
  --conf spark.sql.execution.arrow.maxRecordsPerBatch=500 \
  --conf spark.sql.session.timeZone=UTC \
  "$here/score_job.py" "$@"
