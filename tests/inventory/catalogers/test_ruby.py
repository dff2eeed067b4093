"""Gems by the specifications that RubyGems and Bundler wrote."""

import json
import random
from pathlib import Path

import pytest

from lading.inventory.catalogers import ruby
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.reader import WantedFile
from tests.inventory.catalogers.parsing import left_out, unread

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fixtures"
HOME = "usr/local/lib/ruby/gems/3.3.0"
INSTALLED = """# -*- encoding: utf-8 -*-
# stub: nokogiri 1.16.0 x86_64-linux lib ext

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.16.0"
  s.platform = "x86_64-linux".freeze

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.description = "Reads s.name = \\"x\\" and more.\\n".freeze
  s.licenses = ["MIT".freeze, "Apache-2.0".freeze]
  s.installed_by_version = "3.5.3" if s.respond_to? :installed_by_version
end
"""


def facts(path: str, text: str) -> CatalogerResult:
    return ruby.CATALOGER.parse(WantedFile(path=path, mode=0o644, content=text.encode()))


def test_what_was_compiled_for_a_gem_is_its_own() -> None:
    """By the file that RubyGems leaves when it has compiled it."""
    built, bundle = "x86_64-linux/3.3.0", "srv/vendor/bundle/ruby/3.3.0/bundler/gems"
    files = {
        "usr/local/bundle/specifications/puma-6.4.0.gemspec": "# stub: puma 6.4.0 ruby lib\n",
        f"usr/local/bundle/extensions/{built}/puma-6.4.0/gem.build_complete": "",
        f"usr/local/bundle/extensions/{built}/gone-1.0/gem.build_complete": "",
        f"{bundle}/own-0123456789ab/own.gemspec": "# stub: own 1.0 ruby lib\n",
        f"{bundle}/extensions/{built}/own-0123456789ab/gem.build_complete": "",
    }
    assert ruby.CATALOGER.combine is not None
    found = ruby.CATALOGER.combine({path: facts(path, text) for path, text in files.items()})
    assert {one.name: one.files for result in found.values() for one in result.packages} == {
        "puma": ("usr/local/bundle/gems/puma-6.4.0/", f"usr/local/bundle/extensions/{built}/puma-6.4.0/"),
        "own": (f"{bundle}/own-0123456789ab/", f"{bundle}/extensions/{built}/own-0123456789ab/"),
    }


def test_an_installed_gem() -> None:
    assert facts(f"{HOME}/specifications/nokogiri-1.16.0-x86_64-linux.gemspec", INSTALLED) == CatalogerResult(
        packages=(
            FoundPackage(
                type="gem",
                name="nokogiri",
                version="1.16.0",
                licenses=("MIT", "Apache-2.0"),
                files=(f"{HOME}/gems/nokogiri-1.16.0-x86_64-linux/",),
                properties={"platform": "x86_64-linux"},
            ),
        )
    )


def test_a_default_gem() -> None:
    text = '# stub: json 2.7.1 ruby lib\nGem::Specification.new do |s|\n  s.name = "json".freeze\nend\n'
    assert facts(f"{HOME}/specifications/default/json-2.7.1.gemspec", text).packages == (
        FoundPackage(
            type="gem",
            name="json",
            version="2.7.1",
            files=(f"{HOME}/gems/json-2.7.1/",),
            properties={"default": "true"},
        ),
    )
    assert facts("specifications/default/json-2.7.1.gemspec", text).packages[0].files == ("gems/json-2.7.1/",)


@pytest.mark.parametrize(
    ("body", "name", "version", "licenses"),
    [
        ("s.name = %q{rake}\ns.version = %q(0.9.2)\ns.license = 'MIT'", "rake", "0.9.2", ("MIT",)),
        ('s.name="a"\ns.version = Gem::Version.new("1.2.b1".freeze)', "a", "1.2.b1", ()),
        (
            "spec.name = 'a'\nspec.version = Gem::Version.create '3'\nspec.licenses = %w[MIT Ruby]",
            "a",
            "3",
            ("MIT", "Ruby"),
        ),
        (
            's.name = "a"\ns.version = "1"\ns.licenses = [\n  "MIT",\n  "BSD-2-Clause"\n]',
            "a",
            "1",
            ("MIT", "BSD-2-Clause"),
        ),
        ('s.name = "a#{x}"\ns.version = A::VERSION\ns.license = LICENSE', "file", "1.0.pre", ()),
        ('s.name = "a" + "b"\ns.version = File.read("VERSION").strip', "file", "1.0.pre", ()),
        ("# stub: real-name 2.0.0 ruby lib\ns.version = VERSION", "real-name", "2.0.0", ()),
        ("", "file", "1.0.pre", ()),
    ],
)
def test_what_is_written_out_and_what_is_not(body: str, name: str, version: str, licenses: tuple[str, ...]) -> None:
    (package,) = facts("specifications/file-1.0.pre.gemspec", body).packages
    assert (package.name, package.version, package.licenses) == (name, version, licenses)
    assert package.files == ("gems/file-1.0.pre/",)


def test_the_file_name_knows_the_platform() -> None:
    (package,) = facts("specifications/google-protobuf-3.25.1-x86_64-linux-musl.gemspec", "").packages
    assert (package.name, package.version) == ("google-protobuf", "3.25.1")
    assert package.properties == {"platform": "x86_64-linux-musl"}


def test_a_gem_from_git() -> None:
    where = "usr/local/bundle/bundler/gems/rails-0123456789ab"
    text = "# stub: activesupport 7.1.0.alpha ruby lib\nGem::Specification.new do |s|\nend\n"
    assert facts(f"{where}/activesupport/activesupport.gemspec", text).packages == (
        FoundPackage(
            type="gem",
            name="activesupport",
            version="7.1.0.alpha",
            files=(f"{where}/activesupport/",),
            properties={"revision": "0123456789ab"},
        ),
    )
    assert facts(f"{where}/rails.gemspec", 's.name = "rails"\ns.version = "7"') == CatalogerResult()


def test_nothing_to_go_by_is_told() -> None:
    assert facts("specifications/odd.gemspec", "garbage").diagnostics == (
        left_out("specifications/odd.gemspec", "the specification names no gem"),
    )
    assert facts("specifications/odd.gemspec", 's.name = "odd"').diagnostics == (
        left_out("specifications/odd.gemspec", "gem odd has no version"),
    )


def test_only_what_was_installed_is_wanted() -> None:
    router = Router((ruby.CATALOGER,))
    assert router.routes(f"{HOME}/specifications/a-1.gemspec")
    assert router.routes(f"{HOME}/specifications/default/a-1.gemspec")
    assert router.routes("usr/local/bundle/bundler/gems/a-0123456/a.gemspec")
    assert not router.routes(f"{HOME}/gems/a-1/a.gemspec")


def test_damaged_files_never_raise_and_never_hang() -> None:
    chance = random.Random(1)
    for _ in range(400):
        damaged = list(INSTALLED)
        damaged[chance.randrange(len(damaged))] = chr(chance.randrange(256))
        facts("specifications/a-1.gemspec", "".join(damaged[: chance.randrange(len(damaged))]))
    for hostile in ("s.licenses = [\n", "\n", " ", 's.name = "', "%w[", "# stub: "):
        facts("specifications/a-1.gemspec", hostile * 100_000)


def test_the_shared_fixtures_are_exact() -> None:
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    for case in sorted((SHARED / "ruby").glob("gemspec*")):
        found = [
            {"name": one.name, "version": one.version, "type": one.type, "licenses": list(one.licenses)}
            for path in sorted((case / "input").rglob("*.gemspec"))
            for one in facts(str(path.relative_to(case / "input")), path.read_text()).packages
        ]
        assert found == json.loads((case / "expected.json").read_text())


def test_a_stub_line_that_says_something_else() -> None:
    path = "specifications/rack-2.0.gemspec"
    found = facts(path, '# stub: rack 1.0 ruby lib\ns.name = "rack"\ns.version = "2.0"\n')
    assert [(one.name, one.version) for one in found.packages] == [("rack", "2.0")]
    assert found.diagnostics == (unread(path, "RubyGems", "the stub line says rack 1.0 ruby"),)
    assert facts(path, '# stub: rack 2.0 ruby lib\ns.name = "rack"\ns.version = "2.0"\n').diagnostics == ()


def test_what_a_gem_needs() -> None:
    text = (
        "# stub: a 1.0 ruby lib\nGem::Specification.new do |s|\n"
        "  s.add_runtime_dependency(%q<rack>.freeze, [\">= 2\"])\n  s.add_dependency 'json', '~> 2'\n"
        '  s.add_dependency("b".freeze)\n  s.add_development_dependency(%q<rake>, [">= 0"])\nend\n'
    )
    (gem,) = facts("usr/lib/ruby/gems/3.1.0/specifications/a-1.0.gemspec", text).packages
    assert gem.requires == ("rack", "json", "b")
