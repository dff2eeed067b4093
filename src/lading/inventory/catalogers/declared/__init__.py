"""Lock files and manifests: what a project asks to have installed."""

from lading.inventory.catalogers.cataloger import Cataloger
from lading.inventory.catalogers.declared import (
    beam,
    bun,
    conan,
    dart,
    dotnet,
    golang,
    gradle,
    maven,
    npm,
    php,
    pnpm,
    python,
    requirements,
    ruby,
    rust,
    scala,
    swift,
    yarn,
)

CATALOGERS: tuple[Cataloger, ...] = (
    *beam.CATALOGERS,
    bun.CATALOGER,
    *conan.CATALOGERS,
    dart.CATALOGER,
    *dotnet.CATALOGERS,
    golang.CATALOGER,
    *gradle.CATALOGERS,
    maven.CATALOGER,
    npm.CATALOGER,
    php.CATALOGER,
    pnpm.CATALOGER,
    *python.CATALOGERS,
    requirements.CATALOGER,
    ruby.CATALOGER,
    rust.CATALOGER,
    scala.CATALOGER,
    *swift.CATALOGERS,
    yarn.CATALOGER,
)
