"""What a command reads of its user's before it gives up the rights to: the policy, VEX documents, keys."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs

from lading.engine.environment import Environment, utc_now
from lading.engine.settings import Settings
from lading.engine.trust import keys_of
from lading.model.checks import CheckInputs
from lading.model.finding import VexTrust
from lading.model.licenses import NO_TERMS
from lading.safeio.trust import Trust

if TYPE_CHECKING:
    from lading.engine.vex.gather import NamedVex
    from lading.policy.policy import Policy
    from lading.policy.suppression import Suppressor

Equip = Callable[[Environment], Environment]
"""Puts into an environment what was read."""


def before_deciding(settings: Settings) -> "tuple[Policy, Equip]":
    """The policy of a command that matches, and what `before_work` gives. Raises LadingError."""
    from lading.engine.policies import policy_of

    policy, equip = policy_of(settings), before_work(settings)
    terms = NO_TERMS
    if policy.licenses:
        from lading.policy.licenses import terms_of

        terms = terms_of(policy.licenses)
    given = CheckInputs(secret_tables=policy.secrets, secret_values=policy.values, license_terms=terms)
    return policy, lambda environment: structs.replace(equip(environment), given=given)


def before_work(settings: Settings) -> Equip:
    """Puts into the environment of a command what it reads before it gives up the rights to: the VEX documents that the
    settings name, and the keys for those and for images. Raises LadingError."""
    vex, with_keys = _vex_of(settings), before_listing(settings)
    return lambda environment: structs.replace(with_keys(environment), vex=vex)


def before_listing(settings: Settings) -> Equip:
    """The same for a command that matches nothing: the keys and identities for images. Raises LadingError."""
    trust = Trust(image=keys_of("image", settings))
    if settings.image_identity:
        from lading.engine.attached.keyless import keyless_of

        trust = structs.replace(trust, keyless=keyless_of(settings))
    return lambda environment: structs.replace(environment, trust=trust)


def stated_in(settings: Settings) -> "tuple[Suppressor, ...]":
    """What the VEX documents that the settings name state, for results that were kept. Raises LadingError."""
    named = _vex_of(settings)
    if named is None or not named.documents:
        return ()
    from lading.engine.vex.stated import NamedStatements

    return (NamedStatements(named),)


def _vex_of(settings: Settings) -> "NamedVex | None":
    """The VEX documents that the settings name, and the keys that are trusted; None where there are neither. A command
    reads them before it gives up the rights to. Raises LadingError."""
    keys = keys_of("vex", settings)
    if not (settings.vex or keys):
        return None
    from lading.engine.vex.gather import read_named_vex
    from lading.engine.vex.opening import open_vex_web

    web = partial(open_vex_web, settings, settings.network, utc_now, settings.places.vex, offline=settings.offline)
    said: Mapping[VexTrust, str] = {"named": "vex", "signed": "vex_key"}
    approved = frozenset(trust for trust, name in said.items() if settings.origins[name].level == "organisation")
    return structs.replace(read_named_vex(settings.vex, keys, web), approved=approved)
