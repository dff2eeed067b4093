"""`lading rematch`."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

import click
from msgspec import structs

from lading.cli.environment import Fetching, provider_of
from lading.cli.exposure import store_of
from lading.cli.log import say
from lading.cli.many_progress import ManyProgress
from lading.cli.options import DATABASE, KEEPING, VEX, with_settings
from lading.cli.output import TOOL, formats_text, outputs_of, write_outputs
from lading.cli.processes.pool import Task, side_by_side
from lading.cli.processes.worker import Done, Work
from lading.cli.progress import progress_on_terminal
from lading.engine.before import before_work
from lading.engine.environment import utc_now
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER
from lading.model.decision import FAILED, INCOMPLETE, PASSED
from lading.model.rematch import NewFinding, Rematch
from lading.policy.fail_on import parse_fail_on

if TYPE_CHECKING:
    from lading.database.provider import Advisories
    from lading.engine.environment import Environment
    from lading.model.advisory import ShardName
    from lading.store.rematch import Kept, News, Plan
    from lading.store.store import ResultStore

_CHUNK: Final = 200
"""How many results a worker matches."""
_BROKEN: Final = 2
_KEY: Final = b"rematch"


@click.command()
@with_settings(
    "output", "all", "fail_on", "severity_source", *VEX, *DATABASE, *KEEPING, "sandbox",
    "ca_cert", "insecure", "timeout",
    formats=formats_text("rematch"),
)  # fmt: skip
def rematch(settings: Settings) -> int:
    """Match the results of the store again against the data as it is now, and show what is new.

    The data is brought up to date as a scan does it. Only what rests on a row that has changed is matched again; the
    store then has what scans of all images would give, as long as the images are the same.

    \b
    Exit status: 0 done, 1 something new is as severe as --fail-on says, 2 usage
    or operational error, or a result could not be matched again, 3 results rest
    on data that is not downloaded any more, and stay as they are.
    """
    from lading.store.rematch import News, keep_refreshed, plan_rematch, shards_needed, tidy
    from lading.store.store import ResultStore

    outputs = outputs_of(settings, "rematch")
    store = ResultStore(store_of(settings), create=False)
    try:
        shards = shards_needed(store)
        advisories = _advisories(settings, shards)
        plan = plan_rematch(store, advisories, settings)
        keep_refreshed(store, plan.same, advisories.store, advisories.database, _now())
        news, cut_off = News(), store.cut_off(_KEY)
        run = cut_off.id if cut_off is not None else store.start_run(_KEY, len(plan.again), _now())
        _match_again(store, plan, shards, settings, news)
        if cut_off is not None:  # what that has kept was never told
            news.add_since(store, cut_off.started)
        store.end_run(run, _now())
        found = news.found(store)
        tidy(store)
        (results,) = store.connection.execute("SELECT count(*) FROM result").fetchone()
    finally:
        store.close()
    passed = INCOMPLETE if plan.held else PASSED
    status = _BROKEN if news.failed else FAILED if _is_failing(found, settings) else passed
    result = Rematch(
        TOOL, advisories.database, results, len(plan.again), news.changed, plan.rows, found, news.gone,
        tuple(news.failed), len(plan.held), plan.missing, status,
    )  # fmt: skip
    write_outputs(outputs, {"rematch": result}, View(show_all=settings.all))
    return status


def _advisories(settings: Settings, shards: "Sequence[ShardName]") -> "Advisories":
    """The data as it is now, brought up to date where that is wanted; what cannot be is told."""
    provider = provider_of(settings)
    with progress_on_terminal() as progress:
        failures = provider.fetch(shards, progress) if isinstance(provider, Fetching) else ()
        for line in failures:
            say("warning", line)
        if isinstance(provider, Fetching):
            from lading.database.provider import with_failures

            return with_failures(provider.places, failures, progress)
        return provider.provide(shards, progress)


def _match_again(
    store: "ResultStore", plan: "Plan", shards: "Sequence[ShardName]", settings: Settings, news: "News"
) -> None:
    """Matches results again, and keeps what that gives as it comes."""
    from lading.store.rematch import decode_updates, keep_updates, kept_results

    equip, ids = before_work(settings), plan.again
    settings = structs.replace(settings, offline=True)  # all that could be had is there
    chunks = (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
    tasks = (
        Task(number, "", _work_on(kept_results(store, chunk, plan), shards, settings, equip))
        for number, chunk in enumerate(chunks)
    )
    progress = ManyProgress(len(ids), 0, noun="result")
    with closing(side_by_side(tasks, settings)) as every:
        for task, ended in every:
            chunk = ids[task.number * _CHUNK : (task.number + 1) * _CHUNK]
            if isinstance(ended, str):
                news.failed += [(one.name, ended) for one in kept_results(store, chunk, plan)]
            else:
                keep_updates(store, decode_updates(b"".join(ended.outputs[0])), plan.changed, news, _now())
            progress.step(len(chunk), failed=isinstance(ended, str))
    progress.end()


def _work_on(
    kept: "Sequence[Kept]",
    shards: "Sequence[ShardName]",
    settings: Settings,
    equip: "Callable[[Environment], Environment]",
) -> Work:
    from lading.store.rematch import match_again

    def work(environment: "Environment") -> Done:
        return Done(0, ((match_again(kept, shards, settings, equip(environment)),),))

    return work


def _is_failing(found: Sequence[NewFinding], settings: Settings) -> bool:
    """Whether something new is as severe as the settings say."""
    level = parse_fail_on(settings.fail_on)
    if level.lowest is None and not level.unrated:
        return False
    labels = {"unknown"} if level.unrated or level.lowest == "any" else set[str]()
    if level.lowest is not None:
        labels.update(SEVERITY_ORDER[1 if level.lowest == "any" else SEVERITY_ORDER.index(level.lowest) :])
    return any(one.severity in labels for one in found)


def _now() -> int:
    return int(utc_now().timestamp())
