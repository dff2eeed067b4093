"""On which platforms a pod may run.

Source: Kubernetes documentation, "Assigning Pods to Nodes"; the well-known labels kubernetes.io/os and
kubernetes.io/arch.
"""

from collections.abc import Mapping
from typing import Final

from lading.runtime.kubernetes.objects import Node, PodSpec, Requirement

_OS, _ARCHITECTURE = "kubernetes.io/os", "kubernetes.io/arch"
_LINUX: Final = "linux"


def platforms_of(pod: PodSpec, nodes: Mapping[str, Node]) -> tuple[str, ...]:
    """The platform of the node that a pod is on; where it is on none yet, those of the nodes that it may come to,
    sorted, or what it asks for itself. Empty where nothing tells."""
    if pod.node_name:
        node = nodes.get(pod.node_name)
        return (node.platform,) if node is not None and node.platform else ()
    fit = {one.platform for one in nodes.values() if one.platform and _may_run(pod, one.metadata.labels or {})}
    if fit:
        return tuple(sorted(fit))
    selector = pod.node_selector or {}
    if architecture := selector.get(_ARCHITECTURE):
        return (f"{selector.get(_OS, _LINUX)}/{architecture}",)
    return tuple(sorted({one.platform for one in nodes.values() if one.platform}))


def _may_run(pod: PodSpec, labels: Mapping[str, str]) -> bool:
    if any(labels.get(key) != value for key, value in (pod.node_selector or {}).items()):
        return False
    if pod.os is not None and pod.os.name and labels.get(_OS, pod.os.name) != pod.os.name:
        return False
    affinity = pod.affinity.node_affinity if pod.affinity is not None else None
    terms = affinity.required.node_selector_terms if affinity is not None and affinity.required is not None else None
    return not terms or any(all(_holds(one, labels) for one in term.match_expressions or ()) for term in terms)


def _holds(one: Requirement, labels: Mapping[str, str]) -> bool:
    """Whether labels are as required; numbers are not compared, and count as fit."""
    match one.operator:
        case "In":
            return labels.get(one.key) in (one.values or ())
        case "NotIn":
            return labels.get(one.key) not in (one.values or ())
        case "Exists":
            return one.key in labels
        case "DoesNotExist":
            return one.key not in labels
    return True
