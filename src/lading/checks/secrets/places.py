"""Where examples and test keys lie that somebody else has published: documentation and tests in packages."""

import re
from typing import Final

_PACKAGES: Final = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|gems|vendor|bower_components|perl5?|perl-base"
    r"|[.]cargo/registry|pkg/mod|[.]m2/repository|[.]gradle/caches|php/pear|lib/python\d[.]\d+|lib/ruby|lib/go|lib/node)/"
    r"|^usr/(?:share|include|lib|lib64|libexec|src)/"
)
_EXAMPLES: Final = re.compile(
    r"(?:^|[/!])(?:tests?|testing|test[-_]?data|test[-_]?fixtures|__tests__|specs?|fixtures|examples?|samples?|demos?"
    r"|docs?|doc-src|documentation|man\d?|tutorials?|benchmarks?|e2e|mocks?|__mocks__|testkeys|testcases|snakeoil|molecule|website|quickstarts?)(?=[/!])"
    r"|(?:^|[/!_.-])(?:test_[^/!]*|(?:[^/!]*[_.-])?(?:test|testing|spec|example|sample|mock|fixture)s?)[.][a-z0-9]{1,5}$"
    r"|[.](?:mdx?|rst|markdown|adoc|1|3|5|7|8|pod|html?|po|pot|map|d[.]ts|pyi)(?:[.]gz)?$"
    r"|(?:^|/)[^/]+[.](?:dist|egg)-info/(?:METADATA|PKG-INFO)$|(?:^|[/!])(?:README|CHANGES|CHANGELOG|NEWS|HISTORY)[^/!]*$",
    re.IGNORECASE,
)


def is_published_example(path: str, member: str) -> bool:
    """Whether a file is documentation or a test inside of what a package manager installs: whoever has the package has
    what is in it."""
    if _PACKAGES.search(path) is None:
        return False
    return _EXAMPLES.search(f"{path}!{member}" if member else path) is not None
