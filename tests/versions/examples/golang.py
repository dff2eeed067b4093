"""Go modules and toolchains: the Go Modules Reference."""

ASCENDING = [
    "v0.0.0-20180116102854-5a71ef0e047d", "v0.0.0-20190116102854-8a3f0e047d5a", "v0.0.0", "0.10.0",
    "v1.2.3-0.20190116102854-8a3f0e047d5a", "v1.2.3-pre", "v1.2.3-pre.0.20190116102854-8a3f0e047d5a", "v1.2.3",
    "v1.2.4-0.20190116102854-8a3f0e047d5a", "v1.2.4", "1.21.0-0", "go1.21beta1", "go1.21rc2", "1.21.0-rc.3", "go1.21.0",
    "go1.21.1 X:boringcrypto", "go1.21.9 (Red Hat 1.21.9-1.el9)", "1.22.0-0", "go1.22rc1", "go1.22.1-bigcorp",
    "go1.26.1-X:jsonv2", "v2.0.0+incompatible", "v10.0.0",
]  # fmt: skip
EQUAL = [
    ("1", "1.0"), ("v1.2.3", "1.2.3"), ("v2.0.0+incompatible", "v2.0.0"), ("v1.2.3+dirty", "v1.2.3"),
    ("go1.21rc2", "1.21.0-rc.2"), ("v1.21rc2", "1.21.0-rc.2"), ("go1.21", "1.21.0"), ("go1.22.1", "v1.22.1"),
    ("go1.22.1-1.el9", "1.22.1"), ("go1.22.1 X:a,b", "1.22.1"), ("1.26.1-X:jsonv2", "1.26.1"),
    ("1.22.1 X:boringcrypto", "1.22.1"),
]  # fmt: skip
JUNK = [
    "", " ", "(devel)", "devel go1.23-abc", "go", "gopher", "go1.", "1.2.3foo", "go1.22-devel_abc", "v1.2.3 beta",
    "v", "latest", "1.2.3\n", "\u0661.0",
]  # fmt: skip
PIECES = ["0", "1", "9", "a", "rc1", ".", "-", "+", "-0.2019", " X:a"]
CONSTRAINTS = [
    ("v1.2.3", ">=1.0.0 <1.2.3||=1.2.3", True),
    ("v0.0.0-20250520060011-aaaaaaaaaaaa", "<0.0.0-20250520060012-d0380305ef7a", True),
    ("go1.21rc2", "< 1.21.0-rc.3", True),
    ("go1.21.5", ">= 1.21.0-0, < 1.21.5", False),
    ("(devel)", ">= 0", None),
]
