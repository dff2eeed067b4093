"""`lading k8s --watch`: what changes in clusters, told as it comes."""

import sys
import time
from typing import Final

from lading.cli.k8s.clusters import Clusters
from lading.cli.k8s.run import ClusterRun
from lading.cli.log import say
from lading.engine.environment import utc_now
from lading.runtime.kubernetes.changes import changes_of
from lading.runtime.kubernetes.selectors import Namespaces
from lading.runtime.kubernetes.watch import wait_for_changes

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0


def follow(scans: ClusterRun, namespaces: Namespaces) -> int:
    """Tells how clusters fare, and then what changes, until it is interrupted. Raises LadingError."""
    summary = scans.scan()
    scans.write(summary)
    is_table = any(one.path is None and one.format.id == "table" for one in scans.run.outputs)
    clusters = scans.clusters
    known, pause = clusters.found(scans.selector), _FIRST_PAUSE
    while True:
        pause = _wait(clusters, namespaces, pause)
        found = clusters.found(scans.selector)
        if found == known:
            continue
        known = found
        before, summary = summary, scans.scan()
        if is_table:
            moment = utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")
            sys.stdout.writelines(f"{moment} {line}\n" for line in changes_of(before, summary))
            sys.stdout.flush()
        scans.write(summary, files_alone=is_table)


def _wait(clusters: Clusters, namespaces: Namespaces, pause: float) -> float:
    """Waits for changes, and reads anew what must be; gives the pause to make before the next time that fails."""
    whole = clusters.is_whole
    stale = wait_for_changes(clusters.apis, clusters.states, None if whole else _LONGEST_PAUSE)
    clusters.open()
    troubles = [one for one in stale if one.trouble]
    for one in dict.fromkeys((one.cluster, one.trouble) for one in troubles):
        say("warning", f"cluster {one[0]}: {one[1]}; read again in {pause:.0f} s")
    if troubles:
        time.sleep(pause)
    clusters.read_again(stale)
    if not whole:
        clusters.read_missing(namespaces)
    return min(pause * 2, _LONGEST_PAUSE) if troubles else _FIRST_PAUSE
