"""`lading k8s`."""

from pathlib import Path

import click

from lading.cli.options import DATABASE, IMAGE, KEEPING, VEX, sign_files_option, with_settings
from lading.cli.output import formats_text
from lading.cli.scan import GATE, prepared_run
from lading.cli.selection import with_selection
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.errors import UsageError


@click.command()
@click.option(
    "--kubeconfig",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Where clusters are named; default: the files of the variable KUBECONFIG, else ~/.kube/config, else the "
    "cluster in which the command itself runs.",
)
@click.option(
    "--context",
    "contexts",
    multiple=True,
    metavar="NAME",
    help="Read the cluster of this context; default: of the current one. Repeatable.",
)
@click.option("--all-contexts", "every", is_flag=True, help="Read the clusters of all contexts.")
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    multiple=True,
    metavar="NAME",
    help="Only workloads of this namespace, in which * may stand; with ! in front, of all but this. Default: of all "
    "namespaces. Repeatable.",
)
@click.option("--all-namespaces", is_flag=True, help="Workloads of all namespaces, which is the default.")
@click.option(
    "-l",
    "--selector",
    metavar="LABELS",
    default="",
    help='Only workloads whose labels, or whose pods\' labels, are so: "app=web,tier in (a, b),!old".',
)
@click.option(
    "--watch",
    is_flag=True,
    help="Go on: tell what changes, scan images that are new, and write the files of -o again each time.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Of a run over the same clusters that was cut off, take what it has done, and scan the others.",
)
@sign_files_option
@with_settings(
    "output",
    "all",
    "group_by",
    "template",
    "checks",
    "check_file",
    "fingerprint_key",
    *GATE,
    *VEX,
    *DATABASE,
    *IMAGE,
    *KEEPING,
    formats=formats_text("cluster", "report"),
)
@with_selection
def k8s(
    kubeconfig: Path | None,
    contexts: tuple[str, ...],
    every: bool,
    namespaces: tuple[str, ...],
    all_namespaces: bool,
    selector: str,
    watch: bool,
    resume: bool,
    sign: Path | None,
    settings: Settings,
    view: View,
) -> int:
    """Show what runs in Kubernetes clusters: the known vulnerabilities of the images of every workload, by namespace,
    workload and image, those first that are the worst where they run.

    Images are taken by the digest and the platform that nodes have, with the pull secrets of their namespaces. What
    no pod runs now (a CronJob, what is scaled to 0) is scanned by its template. Nothing in a cluster is changed.

    \b
    Exit status: 0 done, and no rule failed, 1 a rule (--fail-on, or a policy's)
    failed, 2 usage or operational error, or an image could not be scanned,
    3 coverage is incomplete, or something of a cluster could not be read.
    """
    from lading.cli.k8s.clusters import Clusters
    from lading.cli.k8s.run import ClusterRun
    from lading.cli.k8s.watch import follow
    from lading.runtime.kubernetes.selectors import parse_namespaces, parse_selector

    if every and contexts:
        raise UsageError("--all-contexts and --context exclude each other")
    if all_namespaces and namespaces:
        raise UsageError("--all-namespaces and --namespace exclude each other")
    wanted, terms = parse_namespaces(namespaces), parse_selector(selector)
    run = prepared_run(settings, view, sign, "cluster", "report")
    with Clusters(kubeconfig, contexts, settings, every=every) as clusters:
        asked = ("k8s", *clusters.names, *namespaces, selector)
        scans = ClusterRun(run, clusters, terms, asked)
        clusters.read(wanted)
        return follow(scans, wanted) if watch else scans.once(resume=resume)
