"""Software inside other packages, of which both its package and its own content tell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from lading.inventory.nested.expand import paths_around
from lading.inventory.ownership import owners_of
from lading.model.names import advisory_name
from lading.model.package import DISTRIBUTED, Package
from lading.model.properties import BUNDLED_IN, PYTHON_NAME
from lading.model.shipping import is_same_software, name_fit


def joined_copies(packages: Sequence[Package], links: Mapping[str, str]) -> Iterator[Package]:
    """The packages, with all that is told of one copy under one name, so that it merges. `links` as in owners_of.

    A program or library that was recognised inside a package is a copy bundled in it, or the package itself when that
    is a component of Bitnami's of its name and version: what is recognised has advisories under its own name, and a
    list of files is a claim. What the package states of the same file goes by what the file says, unless it states
    another version, or the package of a distribution that the file was taken from, in that version, which says more.
    A package that is recorded in the very file by which a product of its name, or of a name that begins with it
    (RabbitMQ's application is called rabbit), was recognised, in the same version, is that product.
    """
    recognised = [one for one in packages if _is_recognised(one)]
    told = {_place(one): one for one in recognised if one.evidence == "binary"}
    packages = [one for one in packages if not (_is_host(one) and _is_version_of(told.get(_place(one)), one))]
    hosts = _hosts(recognised, [one for one in packages if _is_host(one)], links)
    stated = {file: one for one in packages if one.evidence == "bundled" for file in one.files}
    for one in packages:
        if _is_recognised(one):
            host = hosts.get(_place(one))
            if not _is_said_already(one, host, stated):
                yield (
                    one if host is None else structs.replace(one, properties={**one.properties, BUNDLED_IN: host.name})
                )
        elif one.type == "generic" and one.evidence == "bundled":
            yield _renamed(one, (told[file] for file in one.files if file in told))
        else:
            yield one


def with_python_names(packages: Sequence[Package], links: Mapping[str, str]) -> Iterator[Package]:
    """The packages, those of conda with the name of the Python package that each installs, where it is another one.
    `links` as in owners_of."""
    conda = [one for one in packages if one.type == "conda" and one.files]
    python = {_place(one): one for one in packages if one.type == "pypi"} if conda else {}
    owners = owners_of(python, conda, links) if python else {}
    names = {
        (owner.name, owner.version, _place(owner)): python[path].name
        for path, owner in owners.items()
        if python[path].version == owner.version
        and advisory_name("pypi", owner.name) != advisory_name("pypi", python[path].name)
    }
    for one in packages:
        name = names.get((one.name, one.version, _place(one))) if one.type == "conda" else None
        yield one if name is None else structs.replace(one, properties={**one.properties, PYTHON_NAME: name})


def _hosts(recognised: Sequence[Package], hosts: Sequence[Package], links: Mapping[str, str]) -> dict[str, Package]:
    """By the place of what was recognised, the package that owns it, or is the archive that it lies in."""
    archives = {one.properties.get("path") or _place(one): one for one in hosts}
    found = {
        place: archives[path] for place in map(_place, recognised) for path in paths_around(place) if path in archives
    }
    return found | owners_of(map(_place, recognised), hosts, links)


def _is_recognised(package: Package) -> bool:
    if package.type == "cargo":
        return package.evidence == "static"
    return package.type == "generic" and package.evidence in ("binary", "static")


def _is_host(package: Package) -> bool:
    return package.evidence == "installed" and package.type != "generic"


def _is_version_of(product: Package | None, package: Package) -> bool:
    if product is None or product.version != package.version:
        return False
    return product.name.startswith(package.name) or name_fit((product.name,), package) != ""


def _place(package: Package) -> str:
    return package.locations[0].path


def _is_said_already(recognised: Package, host: Package | None, stated: Mapping[str, Package]) -> bool:
    if host is not None and host.type == "bitnami":
        return (host.name, host.version) == (recognised.name, recognised.version)
    same = stated.get(_place(recognised))
    if same is None or recognised.evidence != "binary":
        return False
    return same.type in DISTRIBUTED and is_same_software(same, recognised)


def _renamed(stated: Package, told: Iterable[Package]) -> Package:
    for one in told:
        if stated.version in ("", one.version):
            return structs.replace(stated, name=one.name, version=one.version, purl=one.purl)
    return stated
