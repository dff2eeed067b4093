"""The command line's edge: start-up, errors, exit statuses.

0: done, and clean of what was asked; 1: a gate failed; 2: usage or operational error; 3: incomplete coverage;
130: interrupted; 143: asked to end (SIGTERM). Nothing heavy is imported before it is needed.
"""

import gc
import sys
from collections.abc import Sequence

from lading import __version__
from lading.cli.closed_output import discard_output, flush_errors, wait_for_readers

OPERATIONAL_ERROR = 2
INTERRUPTED = 130
TERMINATED = 143
_SOON = 0.02
"""Seconds."""


def run() -> None:
    """The `lading` program. A defect of Lading's own shows its traceback and exits with 2, not with Python's 1, which
    would say that a gate failed."""
    # Inventories are many small values that live to the end: looking for cycles among them takes a quarter of a scan.
    gc.set_threshold(200_000, 50, 50)
    wait_for_readers()
    _stand_in_for_closed_streams()
    _clean_up_when_asked_to_end()
    try:
        status = main(sys.argv[1:])
    except Exception as error:
        from lading.cli.processes.child import shortage

        if not (message := shortage(error)):
            import traceback

            flush_errors()
            traceback.print_exc()
            message = "this is a defect of Lading itself; please report it with the lines above"
        status = _fail(message)
    flush_errors()
    gc.freeze()  # or Python looks for cycles among all that is left before it ends
    sys.exit(status)


def main(arguments: Sequence[str]) -> int:
    """Run one command and give the exit status. Errors are told in one line on standard error."""
    status = 0
    try:
        if list(arguments) == ["--version"]:
            print(f"lading {__version__}")
        else:
            status = _dispatch(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Who read our output has seen enough.
        discard_output()
        return status
    except OSError as error:
        from lading.cli.processes.child import shortage

        discard_output()
        what = f"{error.filename}: " if error.filename else "standard output: "
        return _fail(shortage(error) or f"{what}{error.strerror or error}")
    except _Terminated:
        return _fail("asked to end", TERMINATED)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)


class _Terminated(KeyboardInterrupt):
    """Ends a command as Ctrl-C does, with what it started and its temporary files."""


def _clean_up_when_asked_to_end() -> None:
    if sys.argv[1:] == ["--version"]:
        return
    import signal

    def terminate(_number: int, _frame: object) -> None:
        raise _Terminated

    signal.signal(signal.SIGTERM, terminate)
    sys.unraisablehook = _come_again


def _come_again(met: "sys.UnraisableHookArgs") -> None:
    """An interruption that was raised where nothing can be, as in the callback of a weak reference, comes once more: it
    would be printed, and the command go on."""
    if not isinstance(met.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(met)
        return
    import os
    import signal
    import threading

    number = signal.SIGTERM if isinstance(met.exc_value, _Terminated) else signal.SIGINT
    later = threading.Timer(_SOON, os.kill, (os.getpid(), number))
    later.daemon = True
    later.start()


def _dispatch(arguments: Sequence[str]) -> int:
    import os

    import click

    from lading.cli.commands import lading
    from lading.model.errors import LadingError

    if question := os.environ.get("_LADING_COMPLETE"):
        from lading.cli.completion import complete

        return complete(question, lading)
    try:
        with lading.make_context("lading", list(arguments)) as context:
            status = lading.invoke(context)
        status = status if isinstance(status, int) else 0
        if status:
            from lading.cli.log import say_end

            say_end(status)
        return status
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        return _fail("interrupted", INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return OPERATIONAL_ERROR
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "lading"
        return _fail(f"{error.format_message().rstrip('.')} (see {command} --help)")
    except click.ClickException as error:
        return _fail(error.format_message())
    except LadingError as error:
        return _fail(str(error))


def _fail(message: str, status: int = OPERATIONAL_ERROR) -> int:
    from lading.cli.log import say

    say("error", message)
    return status


def _stand_in_for_closed_streams() -> None:
    """Where standard output or error is closed (`>&-`), Python has None in its place: what is written there is dropped
    instead, and the exit status stays true."""
    import os
    from pathlib import Path

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
