"""The health of the relationship between a brand and a customer, with evidence that adds up."""


def __getattr__(name: str) -> str:
    """`__version__`, looked up when it is asked for: what finds it takes long to import."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - see above

        return version("relhealth")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
