from serving.conftest import service

__all__ = ["service"]
