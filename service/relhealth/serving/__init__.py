"""The gRPC server and what runs it."""
