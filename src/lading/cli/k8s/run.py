"""A run over clusters: their images scanned, each once, and told by workload; once, or for as long as it is wanted."""

import sys
from collections.abc import Iterator, Sequence

from lading.cli.accounts import bind
from lading.cli.k8s.clusters import Clusters
from lading.cli.k8s.images import item_of, look_up_all
from lading.cli.many import scan_many
from lading.cli.many_results import Outcome
from lading.cli.output import TOOL, encode_outputs, write_encoded
from lading.cli.scan import PreparedRun
from lading.engine.settings import Settings
from lading.formats.encoders.registry import Subject
from lading.model.cluster import ClusterSummary
from lading.model.diagnostics import diagnostic
from lading.model.errors import UsageError
from lading.model.image import Image
from lading.model.report import Target
from lading.runtime.kubernetes.plan import Identity, Place, Plan, look_ups_of, plan_of
from lading.runtime.kubernetes.selectors import Term
from lading.runtime.kubernetes.summary import summary_of
from lading.runtime.kubernetes.workloads import Found, Want


class ClusterRun:
    """Scans what is found in clusters, and remembers what it has scanned."""

    def __init__(self, run: PreparedRun, clusters: Clusters, selector: Sequence[Term], asked: Sequence[str]) -> None:
        self.run = run
        self.clusters = clusters
        self.selector = selector
        self._asked = asked
        self._collected = run.collected()
        self._numbers: dict[str, int] = {}
        self._next = 0
        self._identities: dict[Place, Identity] = {}
        self._current: set[int] = set()

    def once(self, *, resume: bool) -> int:
        """Scans everything, writes the results and gives the exit status. Raises LadingError, also where no workload is
        there to be scanned."""
        summary = self.scan(resume=resume)
        if not summary.workloads and not any(one.error or one.gaps for one in summary.clusters):
            where = ", ".join(self.clusters.names)
            raise UsageError(f"{where}: no workload that is wanted is there")
        self.write(summary)
        return summary.exit_status

    def scan(self, *, resume: bool = False) -> ClusterSummary:
        """Scans what was not scanned yet of what is there now."""
        found, read = self.clusters.found(self.selector)
        wants = [want for one in found for want in one.wants if want is not None]
        settings = bind(self.run.settings, *(f"registry:{one.reference}" for one in wants))
        plan = self._plan(wants, settings)
        keeper = self.run.keeper(self._asked, resume=resume)
        new = [one for one in plan.tasks if self._is_new(one.name)]
        items = [item_of(one, settings, self.run.equip, self.clusters.secrets) for one in new]
        first, self._next = self._next, self._next + len(new)
        self._numbers.update((one.name, first + place) for place, one in enumerate(new))
        scan_many(items, settings, self._collected, keeper, resume=resume, noun="image", first=first)
        numbers = [self._numbers[one.name] for one in plan.tasks]
        self._current = {*numbers, *self._add_unnamed(found, plan)}
        fleet = self._collected.summary(keeper, self._current)
        return summary_of(TOOL, read, found, plan, lambda number: self._collected.images(numbers[number]), fleet)

    def write(self, summary: ClusterSummary, *, files_alone: bool = False) -> None:
        """Writes the results to every output, or to those that are files."""
        run = self.run
        outputs = [one for one in run.outputs if one.path is not None or not files_alone]
        values: dict[Subject, object] = {"cluster": summary}
        if any(one.format.subject == "report" for one in outputs):
            values["report"] = self._collected.evaluated(self._current, _unread(summary))
        write_encoded(outputs, encode_outputs(outputs, values, run.view), run.signing)
        sys.stdout.flush()

    def _add_unnamed(self, found: Sequence[Found], plan: Plan) -> Iterator[int]:
        """Adds what cannot be scanned as it names no image that is there, each once; gives the numbers."""
        failed = {(reference, trouble) for (reference, _), trouble in plan.troubles.items()}
        failed |= {
            (one.image or f"container {one.name}", one.trouble)
            for each in found
            for one in each.workload.containers
            if one.trouble
        }
        for name, trouble in sorted(failed):
            self._collected.add(self._next, Outcome(name, error=trouble))
            yield self._next
            self._next += 1

    def _plan(self, wants: Sequence[Want], settings: Settings) -> Plan:
        look_ups = [
            one
            for one in look_ups_of(wants)
            if any((one.reference, platform) not in self._identities for platform in one.platforms)
        ]
        self._identities.update(look_up_all(look_ups, settings, self.clusters.secrets))
        return plan_of(wants, self._identities)

    def _is_new(self, name: str) -> bool:
        """Whether an image was not scanned, or could not be."""
        number = self._numbers.get(name)
        return number is None or any(one.state == "failed" for one in self._collected.images(number))


def _unread(summary: ClusterSummary) -> tuple[Target, ...]:
    """What of clusters was not read, as a report has it."""
    return tuple(
        Target(Image(f"cluster {one.name}", ""), diagnostics=(diagnostic("cluster-not-read", gap, one.name),))
        for one in summary.clusters
        for gap in (*one.gaps, *filter(None, (one.error,)))
    )
