"""The health of the relationship between a brand and a customer, with evidence that adds up."""

from importlib.metadata import version

__version__ = version("relhealth")
