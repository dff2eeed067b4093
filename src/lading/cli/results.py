"""Results to compare with, as what they are kept as: of hostile content, that is for workers to read."""

from lading.cli.output import TOOL
from lading.cli.worker import Done, do_work
from lading.engine.environment import Environment
from lading.engine.results import read_kept
from lading.engine.scan import scan
from lading.engine.settings import Settings


def result_bytes(name: str, settings: Settings) -> bytes:
    """The result that a name stands for as JSON: the report it is the path of, or what a scan gives. Raises
    LadingError."""
    kept = read_kept(name, settings)
    if kept is not None:
        return kept

    def work(environment: Environment) -> Done:
        from lading.formats.documents.report import encode_report
        from lading.formats.view import View
        from lading.model.decision import Decision, Evaluated

        report = scan(name, settings, environment)
        return Done(0, (encode_report(Evaluated(report, Decision()), View(tool=TOOL)),))

    return do_work(work, name, settings).outputs[0]
