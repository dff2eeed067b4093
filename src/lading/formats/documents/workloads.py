"""What runs in clusters, as JSON (docs/schema/workloads-1.json)."""

from typing import Final

from msgspec import Struct

from lading.formats.view import View
from lading.model.cluster import ClusterRead, ClusterSummary, NamespaceResult, WorkloadResult
from lading.model.decision import ExitStatus
from lading.model.fleet import ImageSummary, LayerCounts
from lading.safeio.json_text import encode_document

WORKLOADS_SCHEMA: Final = "https://lading.dev/schema/workloads-1.json"


class WorkloadsDocument(Struct, frozen=True):
    """Clusters by namespace, workload and image, each the worst first. A container's `digest` and `platform` are those
    of one of the `images`. `database` is the digest of the set of shards that all were matched against, empty where it
    was not one; `vulnerabilities` counts different ones in all images together; `unkept` are the names of those whose
    results could not be kept in the `store`."""

    schema: str
    tool: str
    exit_status: ExitStatus
    database: str
    vulnerabilities: int
    layers: LayerCounts
    clusters: tuple[ClusterRead, ...]
    namespaces: tuple[NamespaceResult, ...]
    workloads: tuple[WorkloadResult, ...]
    images: tuple[ImageSummary, ...]
    store: str = ""
    unkept: tuple[str, ...] = ()


def encode_workloads(summary: ClusterSummary, view: View) -> bytes:
    """The summary as JSON (UTF-8, indented, ending in a newline)."""
    fleet = summary.fleet
    return encode_document(
        WorkloadsDocument(
            schema=WORKLOADS_SCHEMA,
            tool=summary.tool,
            exit_status=summary.exit_status,
            database=fleet.database,
            vulnerabilities=fleet.vulnerabilities,
            layers=fleet.layers,
            clusters=summary.clusters,
            namespaces=summary.namespaces,
            workloads=summary.workloads,
            images=fleet.images,
            store=fleet.store,
            unkept=fleet.unkept,
        )
    )
