"""apk versions: the comment and the token order in apk-tools' src/version.c."""

ASCENDING = [
    "0.1_alpha", "0.1_beta2", "0.1_rc1-r1", "0.1", "0.1-r1", "0.1_cvs", "0.1_p1", "0.1a", "0.1.001", "0.1.0",
    "0.1.01", "0.1.1", "1.002", "1.02", "1.2", "1.10", "1.10.1", "10",
]  # fmt: skip
EQUAL = [("1.2", "1.2")]
JUNK = ["", " ", "-1", "1-1", "1_unknown", "1.A", "1-r1.2", "1.0 ", "1_p1.2", "1ab", "\u0661", "1:2"]
PIECES = [*"019a._-r~pbeta"]
CONSTRAINTS = [("1.2.3-r1", "< 1.2.3-r2", True), ("1.2_rc1", ">=1.2", False), ("1.2", "> 1.1, != 1.2", False)]
