"""What an image's variables support, and what they speak of in vain."""

from lading.inventory.environment import with_environment
from lading.model.diagnostic import Diagnostic
from lading.model.package import Package


def test_variables_support_what_was_found_and_name_what_was_not() -> None:
    held = (
        Package("nginx", "1.25.3-1~bookworm", "deb"),
        Package("node", "20.1.0", "generic"),
        Package("python", "3.12.1", "generic", properties={"a": "b"}),
    )
    variables = ("PATH=/bin", "NODE_VERSION=20.1.0", "PYTHON_VERSION=3.11.4", "RUBY_VERSION=3.3.0", "GOLANG_VERSION=")
    packages, remarks = with_environment(held, variables)
    assert [package.properties for package in packages] == [
        {},
        {"environment": "NODE_VERSION=20.1.0"},
        {"a": "b"},
    ]
    assert remarks == (
        Diagnostic(
            "warning",
            "version-in-environment",
            "the image's variable RUBY_VERSION=3.3.0 speaks of ruby, of which nothing was found",
        ),
    )


def test_without_such_variables_nothing_changes() -> None:
    held = (Package("node", "20.1.0", "generic"),)
    assert with_environment(held, ("LANG=C", "broken")) == (held, ())
