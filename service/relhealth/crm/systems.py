"""The systems that have an adapter; an adapter is imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, cast

from relhealth.errors import ConfigurationError

if TYPE_CHECKING:
    from relhealth.crm.adapter import Adapter

_ADAPTERS: Final = {
    "chatwoot": ("relhealth.crm.chatwoot", "Chatwoot"),
    "csv": ("relhealth.crm.table", "Table"),
    "email": ("relhealth.crm.mail", "Mail"),
    "freshdesk": ("relhealth.crm.freshdesk", "Freshdesk"),
    "hubspot": ("relhealth.crm.hubspot", "HubSpot"),
    "intercom": ("relhealth.crm.intercom", "Intercom"),
    "salesforce": ("relhealth.crm.salesforce", "Salesforce"),
    "twitter": ("relhealth.crm.twitter", "Twitter"),
    "zendesk": ("relhealth.crm.zendesk", "Zendesk"),
}
SYSTEMS: Final = tuple(_ADAPTERS)


def adapter_of(system: str) -> Adapter:
    """The adapter of a system, by the name that the command line uses.

    Raises:
        ConfigurationError: There is no such system.
    """
    if system not in _ADAPTERS:
        raise ConfigurationError(f"system {system}: not one of {', '.join(SYSTEMS)}")
    module, name = _ADAPTERS[system]
    return cast("Adapter", getattr(importlib.import_module(module), name)())
