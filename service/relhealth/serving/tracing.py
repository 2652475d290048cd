"""OpenTelemetry traces, for those who ask for them: one span a call, without contents."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import grpc

from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.serving.guard import Tracer
from relhealth.serving.metrics import Method
from relhealth.serving.refusals import Refusal
from relhealth.serving.settings import Settings

_INVALID_ARGUMENT: Final = grpc.StatusCode.INVALID_ARGUMENT.value[0]
_INTERNAL: Final = grpc.StatusCode.INTERNAL.value[0]


def tracer_of(settings: Settings) -> Tracer | None:
    """What makes a span for each call, or None where traces are not asked for.

    The exporter and resource are configured by the standard ``OTEL_`` variables.

    Raises:
        ConfigurationError: The extra `otel` is not installed.
    """
    if not settings.trace:
        return None
    try:
        trace = importlib.import_module("opentelemetry.trace")
        propagate = importlib.import_module("opentelemetry.propagate")
        sdk = importlib.import_module("opentelemetry.sdk.trace")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        raise ConfigurationError("trace: wants the extra `otel` installed") from error
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    return make_tracer(provider.get_tracer("relhealth"), propagate.extract, trace.SpanKind.SERVER)


def make_tracer(tracer: Any, extract: Any, server: Any) -> Tracer:  # noqa: ANN401 - optional types
    """Spans by OpenTelemetry's conventions for RPC servers."""

    @contextmanager
    def span(method: Method, context: grpc.ServicerContext) -> Iterator[object]:
        carrier = dict(context.invocation_metadata())
        attributes = {
            "rpc.system": "grpc",
            "rpc.service": method.service,
            "rpc.method": method.name,
        }
        with tracer.start_as_current_span(
            f"{method.service}/{method.name}",
            context=extract(carrier),
            kind=server,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as current:
            try:
                yield current
            except InvalidInputError:
                current.set_attribute("rpc.grpc.status_code", _INVALID_ARGUMENT)
                raise
            except Refusal as refusal:
                current.set_attribute("rpc.grpc.status_code", refusal.status.code)
                raise
            except Exception:
                current.set_attribute("rpc.grpc.status_code", _INTERNAL)
                raise
            current.set_attribute("rpc.grpc.status_code", 0)

    return span
