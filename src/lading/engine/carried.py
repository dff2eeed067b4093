"""What an exported database has to hold for images, and what it carries besides, as the settings name it: VEX
documents and policies."""

from functools import partial
from pathlib import Path

from lading.advisories.carried import CarriedDocument, carried_name
from lading.engine.environment import Environment, utc_now
from lading.engine.options import ScanOptions
from lading.engine.policies import named_policies, parse_policy_file
from lading.engine.scan import inventory
from lading.engine.settings import Settings
from lading.engine.vex.files import ENDINGS
from lading.engine.vex.gather import read_named_vex
from lading.engine.vex.opening import open_vex_web
from lading.match.groups import shards_for
from lading.model.advisory import ShardName
from lading.safeio.trust import SIGNATURE
from lading.safeio.trusted_keys import TrustedKeys


def provide_needed(target: str, options: ScanOptions, environment: Environment) -> tuple[ShardName, ...]:
    """The shards that a scan of a target asks for; those that are missing or a day old are fetched. Raises LadingError
    as `scan`."""
    shards = shards_for(inventory(target, options, environment).inventory)
    environment.database.provide(shards, environment.progress)
    return shards


def documents_to_carry(settings: Settings) -> tuple[CarriedDocument, ...]:
    """The VEX documents and policies that the settings name, wherever they are, with the signatures beside them. Raises
    LadingError for one that cannot be had, and for a policy that is none."""
    web = partial(open_vex_web, settings, settings.network, utc_now, settings.places.vex, offline=settings.offline)
    documents = []
    for number, raw in enumerate(read_named_vex(settings.vex, TrustedKeys(), web).documents if settings.vex else (), 1):
        path = carried_name("vex", number, raw.where)
        path = path if path.lower().endswith(ENDINGS) else f"{path}.json"
        documents.append(CarriedDocument(path, raw.data))
        if raw.signature is not None:
            documents.append(CarriedDocument(f"{path}{SIGNATURE}", raw.signature))
    for number, (name, data) in enumerate(named_policies(settings), 1):
        parse_policy_file(data, name, "flag")
        path = carried_name("policy", number, name.partition("@")[0])
        documents.append(CarriedDocument(path if Path(path).suffix == ".toml" else f"{path}.toml", data))
    return tuple(documents)
