"""The versions that packages accept of those they need."""

from lading.inventory.catalogers import node, php, python, ruby
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.dependencies import with_dependencies
from lading.model.package import Location, Package
from tests.inventory.catalogers.parsing import facts

METADATA = (
    "Metadata-Version: 2.1\nName: app\nVersion: 1\nRequires-Dist: urllib3 (<3,>=1.21.1)\n"
    'Requires-Dist: requests[socks] >=2\nRequires-Dist: old <2 ; python_version < "3"\nRequires-Dist: any\n'
    "Requires-Dist: local @ file:///srv/local\nRequires-Dist: extra>1; extra == 'x'\n"
)


def test_each_ecosystem_states_them_in_its_own_words() -> None:
    (package,) = facts(python.CATALOGER, "site-packages/app-1.dist-info/METADATA", METADATA).packages
    assert package.requires == ("urllib3", "requests", "old", "any", "local")
    assert package.constraints == {"urllib3": "<3,>=1.21.1", "requests": ">=2"}
    manifest = (
        '{"name": "app", "version": "1", "peerDependencies": {"a": ">=1", "g": "1.x || >=2"},'
        ' "dependencies": {"a": "^1.2.0", "b": "*", "c": "git+https://x/y", "d": "file:../d", "e": "latest", "f": 3}}'
    )
    (package,) = facts(node.CATALOGER, "srv/node_modules/app/package.json", manifest).packages
    assert package.requires == ("a", "b", "c", "d", "e", "f", "g")
    assert package.constraints == {"a": "^1.2.0", "g": "1.x || >=2"}
    gem = (
        "# stub: app 1 ruby lib\nGem::Specification.new do |s|\n  s.add_runtime_dependency(%q<rack>.freeze, "
        '["~> 2.0".freeze, ">= 2.0.1"])\n  s.add_dependency "json"\nend\n'
    )
    (package,) = facts(ruby.CATALOGER, "usr/lib/ruby/gems/3.1.0/specifications/app-1.gemspec", gem).packages
    assert (package.requires, package.constraints) == (("rack", "json"), {"rack": "~> 2.0, >= 2.0.1"})
    composer = '{"packages": [{"name": "a/app", "version": "1", "require": {"php": ">=8", "B/c": "^1 || ^2"}}]}'
    (package,) = facts(php.CATALOGERS[0], "srv/vendor/composer/installed.json", composer).packages
    assert (package.requires, package.constraints) == (("b/c",), {"b/c": "^1 || ^2"})


def test_they_follow_the_package_that_meets_the_need() -> None:
    where = (Location("site-packages/x", 1),)
    packages = [Package(name, "1", "pypi", locations=where) for name in ("app", "b", "c")]
    app = FoundPackage("pypi", "app", "1", requires=("b", "c"), constraints={"b": "<2"})
    stated = [app, *(FoundPackage("pypi", name, "1") for name in ("b", "c"))]
    linked = with_dependencies(packages, [("site-packages/x", one) for one in stated])
    assert linked[0].constraints == {packages[1].id: "<2"}
    assert set(linked[0].depends_on) == {packages[1].id, packages[2].id}
