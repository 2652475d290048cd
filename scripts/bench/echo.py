"""The bare echo: a gRPC server that parses a request and answers with as many bytes as asked.

What it does is the least that any Python service with this contract can do: receive, parse, send.
The caller writes the size of the answer into `request_id`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from relhealth.v1 import relationship_health_pb2 as pb

_SERVICE = "relhealth.v1.RelationshipHealthService"
_THREADS = 16
_FOREVER_SECONDS = 3_600.0


def answer(raw: bytes, _: grpc.ServicerContext) -> bytes:
    """Bytes of the size that the request names."""
    return bytes(int(pb.ScoreRelationshipRequest.FromString(raw).request_id))


def answers(raws: Iterator[bytes], _: grpc.ServicerContext) -> Iterator[bytes]:
    """The same for a stream of requests."""
    for raw in raws:
        yield bytes(int(pb.StreamScoreRelationshipsRequest.FromString(raw).request.request_id))


def main(ready: Path) -> None:
    """Serves on a free port, whose address it writes to `ready`."""
    server = grpc.server(ThreadPoolExecutor(_THREADS))
    handlers = {
        "ScoreRelationship": grpc.unary_unary_rpc_method_handler(answer),
        "StreamScoreRelationships": grpc.stream_stream_rpc_method_handler(answers),
    }
    server.add_registered_method_handlers(_SERVICE, handlers)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    ready.write_text(f"127.0.0.1:{port}", encoding="ascii")
    time.sleep(_FOREVER_SECONDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
