# A small image without compilers: the service, locked and hashed, run by nobody in particular.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS builder
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev python3 python3-dev python3-pip python3-venv \
 && python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet "uv==0.13.*"
WORKDIR /src
COPY pyproject.toml uv.lock hatch_build.py README.md LICENSE ./
ENV UV_PROJECT_ENVIRONMENT=/opt/relhealth UV_PYTHON=/usr/bin/python3 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
# The locked dependencies alone: they change less often than the code.
RUN /opt/uv/bin/uv sync --locked --no-default-groups --no-install-project
COPY service service
COPY models models
RUN RELHEALTH_REQUIRE_COMPILED=1 /opt/uv/bin/uv build --wheel --quiet --out-dir /tmp/wheel \
 && /opt/uv/bin/uv pip install --quiet --no-deps --python /opt/relhealth /tmp/wheel/*.whl

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin relhealth
COPY --from=builder /opt/relhealth /opt/relhealth
ENV PATH=/opt/relhealth/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RELHEALTH_ADDRESS=0.0.0.0:50051 \
    RELHEALTH_METRICS_ADDRESS=0.0.0.0:9464 \
    RELHEALTH_ALLOW_INSECURE=true
USER 10001
EXPOSE 50051 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD ["relhealth", "probe", "--address", "127.0.0.1:50051"]
ENTRYPOINT ["relhealth"]
CMD ["serve"]
