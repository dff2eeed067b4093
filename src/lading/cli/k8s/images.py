"""The images of clusters, looked up and scanned by workers, each with the accounts that it may be had by."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from lading.cli.accounts import prepare
from lading.cli.many import Item
from lading.cli.processes.pool import Task, side_by_side
from lading.cli.processes.worker import Done
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.image.reference import parse_registry_reference
from lading.model.errors import ImageError, LadingError, NetError
from lading.net.accounts import Accounts
from lading.net.credentials import CredentialProvider, Credentials
from lading.runtime.kubernetes.finding import look_up
from lading.runtime.kubernetes.plan import Attempt, Identity, ImageTask, LookUp, Place
from lading.runtime.kubernetes.pull_secrets import PullSecrets
from lading.store.result import Result
from lading.store.scanning import scan_to_keep

Equip = Callable[[Environment], Environment]
_Kind = TypeVar("_Kind")


class Way(Struct, frozen=True):
    """A name by which an image may be had, and by whose accounts."""

    target: str
    credentials: CredentialProvider


def look_up_all(look_ups: Sequence[LookUp], settings: Settings, secrets: PullSecrets) -> dict[Place, Identity]:
    """What each name means on each of its platforms, or why that is not known."""
    found: dict[Place, Identity] = {}
    with closing(side_by_side(_look_up_tasks(look_ups, settings, secrets), settings)) as every:
        for task, ended in every:
            asked = look_ups[task.number]
            if isinstance(ended, str):
                identities = (Identity(error=f"{ended}{_troubles(asked.attempts, secrets)}"),) * len(asked.platforms)
            else:
                data = b"".join(ended.outputs[0])
                identities = msgspec.msgpack.decode(data, type=tuple[Identity, ...])
            found.update(zip(((asked.reference, one) for one in asked.platforms), identities, strict=True))
    return found


def item_of(task: ImageTask, settings: Settings, equip: Equip, secrets: PullSecrets) -> Item:
    """An image as something to scan."""
    ways = ways_of(task.attempts, settings, secrets)
    options = structs.replace(settings, platform=task.platform or settings.platform)

    def scan(environment: Environment) -> tuple[Result, ...]:
        found = _first_of(ways, environment, lambda way, one: scan_to_keep(way.target, options, equip(one)))
        if isinstance(found, LadingError):
            raise type(found)(f"{found}{_troubles(task.attempts, secrets)}")
        return found

    targets = tuple(dict.fromkeys(one.target for one in ways))
    return Item(task.name, targets[0], scan, tuple(map(Path, settings.check_file)), targets[1:])


def ways_of(attempts: Sequence[Attempt], settings: Settings, secrets: PullSecrets) -> tuple[Way, ...]:
    """The ways in which an image may be had: each name with each pull secret of its own namespace that has an account
    for it, then with the user's own accounts."""
    return tuple(dict.fromkeys(way for attempt in attempts for way in _ways(attempt, settings, secrets)))


def _ways(attempt: Attempt, settings: Settings, secrets: PullSecrets) -> Iterator[Way]:
    target = attempt.reference if settings.image_from else f"registry:{attempt.reference}"
    own = settings.network.credentials
    reference = None
    with suppress(ImageError):
        reference = parse_registry_reference(attempt.reference)
    if reference is not None and isinstance(own, Accounts):
        for secret in secrets.of(attempt):
            if isinstance(secret.look(reference.host, reference.repository), Credentials):
                accounts = structs.replace(own, files=(secret, *own.files))
                network = structs.replace(settings.network, credentials=accounts)
                yield Way(target, _had(structs.replace(settings, network=network), target))
    yield Way(target, _had(settings, target))


def _had(settings: Settings, target: str) -> CredentialProvider:
    return prepare(settings, target).network.credentials


def _look_up_tasks(look_ups: Sequence[LookUp], settings: Settings, secrets: PullSecrets) -> Iterator[Task]:
    for number, asked in enumerate(look_ups):
        ways = ways_of(asked.attempts, settings, secrets)
        targets = tuple(dict.fromkeys(one.target for one in ways))
        yield Task(number, targets[0], partial(_look_up, asked, ways, settings), further=targets[1:])


def _look_up(asked: LookUp, ways: Sequence[Way], settings: Settings, environment: Environment) -> Done:
    platforms = [one or settings.platform for one in asked.platforms]
    found = _first_of(ways, environment, lambda way, one: look_up(way.target, platforms, settings, one))
    if isinstance(found, LadingError):
        raise found
    return Done(0, ((msgspec.msgpack.encode(found),),))


def _first_of(
    ways: Sequence[Way], environment: Environment, ask: Callable[[Way, Environment], _Kind]
) -> _Kind | LadingError:
    """What the first way gives that gives anything, or why the first one does not."""
    failure: LadingError | None = None
    for way in ways:
        network = structs.replace(environment.network, credentials=way.credentials)
        try:
            return ask(way, structs.replace(environment, network=network))
        except (NetError, ImageError) as error:
            failure = failure or error
    assert failure is not None  # there is always a way
    return failure


def _troubles(attempts: Sequence[Attempt], secrets: PullSecrets) -> str:
    """What could not be read of the secrets that would have been for an image."""
    lines = dict.fromkeys(line for one in attempts for line in secrets.troubles(one))
    return "".join(f"; {line}" for line in lines)
