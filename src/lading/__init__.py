"""Lading: a container image scanner.

    import lading

    report = lading.scan("debian:12")
    decision = lading.decide(report, lading.Policy(fail_on="high"))

Importing this costs next to nothing: each name is loaded when it is first asked for. docs/python-api.md tells more.
"""

import sys

__version__ = "0.1.0.dev0"

TYPE_CHECKING = False  # as type checkers know it; importing typing would take longer than all else here

_NAMES = {
    "AdvisoryError": "model.errors",
    "Cancellation": "engine.cancellation",
    "Comparison": "model.comparison",
    "Coverage": "model.report",
    "Credentials": "net.credentials",
    "Decision": "model.decision",
    "Diagnostic": "model.diagnostic",
    "DockerConfig": "net.docker_config",
    "EngineError": "model.errors",
    "Environment": "engine.environment",
    "Evaluated": "model.decision",
    "Explanation": "model.explanation",
    "FeedError": "model.errors",
    "Finding": "model.finding",
    "FormatError": "model.errors",
    "Image": "model.image",
    "ImageError": "model.errors",
    "Inventory": "model.package",
    "InventoryError": "model.errors",
    "InventoryResult": "model.report",
    "Keyless": "safeio.trust",
    "LadingError": "model.errors",
    "NetError": "model.errors",
    "Network": "net.network",
    "Package": "model.package",
    "Policy": "policy.policy",
    "PolicyError": "model.errors",
    "Proxies": "net.proxies",
    "Report": "model.report",
    "ResultChanges": "model.changes",
    "Row": "model.rows",
    "SafeIOError": "model.errors",
    "ScanOptions": "engine.options",
    "StarterDatabase": "database.provider",
    "Target": "model.report",
    "Trust": "safeio.trust",
    "TrustedKeys": "safeio.trusted_keys",
    "UsageError": "model.errors",
    "decide": "policy.gate",
    "diff": "policy.diff",
    "evaluate": "policy.gate",
    "explain": "engine.scan",
    "explain_against": "engine.scan",
    "inventory": "engine.scan",
    "match": "engine.scan",
    "read_policy": "engine.policies",
    "read_report": "engine.results",
    "read_trusted_keys": "safeio.trusted_keys",
    "rows_of": "model.rows",
    "scan": "engine.scan",
}
"""Every public name, and the module that has it."""

if TYPE_CHECKING:
    from types import ModuleType

    from lading.database.provider import StarterDatabase
    from lading.engine.cancellation import Cancellation
    from lading.engine.environment import Environment
    from lading.engine.options import ScanOptions
    from lading.engine.policies import read_policy
    from lading.engine.results import read_report
    from lading.engine.scan import explain, explain_against, inventory, match, scan
    from lading.model.changes import ResultChanges
    from lading.model.comparison import Comparison
    from lading.model.decision import Decision, Evaluated
    from lading.model.diagnostic import Diagnostic
    from lading.model.errors import (
        AdvisoryError,
        EngineError,
        FeedError,
        FormatError,
        ImageError,
        InventoryError,
        LadingError,
        NetError,
        PolicyError,
        SafeIOError,
        UsageError,
    )
    from lading.model.explanation import Explanation
    from lading.model.finding import Finding
    from lading.model.image import Image
    from lading.model.package import Inventory, Package
    from lading.model.report import Coverage, InventoryResult, Report, Target
    from lading.model.rows import Row, rows_of
    from lading.net.credentials import Credentials
    from lading.net.docker_config import DockerConfig
    from lading.net.network import Network
    from lading.net.proxies import Proxies
    from lading.policy.diff import diff
    from lading.policy.gate import decide, evaluate
    from lading.policy.policy import Policy
    from lading.safeio.trust import Keyless, Trust
    from lading.safeio.trusted_keys import TrustedKeys, read_trusted_keys
else:
    ModuleType = type(sys)

__all__ = [
    "AdvisoryError",
    "Cancellation",
    "Comparison",
    "Coverage",
    "Credentials",
    "Decision",
    "Diagnostic",
    "DockerConfig",
    "EngineError",
    "Environment",
    "Evaluated",
    "Explanation",
    "FeedError",
    "Finding",
    "FormatError",
    "Image",
    "ImageError",
    "Inventory",
    "InventoryError",
    "InventoryResult",
    "Keyless",
    "LadingError",
    "NetError",
    "Network",
    "Package",
    "Policy",
    "PolicyError",
    "Proxies",
    "Report",
    "ResultChanges",
    "Row",
    "SafeIOError",
    "ScanOptions",
    "StarterDatabase",
    "Target",
    "Trust",
    "TrustedKeys",
    "UsageError",
    "__version__",
    "decide",
    "diff",
    "evaluate",
    "explain",
    "explain_against",
    "inventory",
    "match",
    "read_policy",
    "read_report",
    "read_trusted_keys",
    "rows_of",
    "scan",
]


class _Package(ModuleType):
    """The rooms `lading.inventory` and `lading.match` are called like the functions. Python would bind a room to this
    module when it is first imported; the functions stay, and rooms are reached by import statements alone."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _NAMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    module = _NAMES.get(name)
    if module is None:
        raise AttributeError(f"module 'lading' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"lading.{module}"), name)
    return value


def __dir__() -> list[str]:
    return __all__


sys.modules[__name__].__class__ = _Package
