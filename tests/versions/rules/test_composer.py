"""Composer's versions and constraints, held against composer/semver."""

import random

import pytest

from lading.model.advisory import Range
from lading.versions.constraints import ranges_of, satisfies
from lading.versions.rules import composer
from lading.versions.schemes import against, compare
from tests.versions.rules.native import drawn, lines_of, order

PROGRAM = r"""
(@include '/usr/share/php/Composer/Semver/autoload.php') or exit(1);
$parser = new Composer\Semver\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    [$kind, $left, $right] = explode("\t", rtrim($line, "\n"));
    try {
        if ($kind === 'normal') {
            echo $parser->normalize($left);
        } elseif ($kind === 'order') {
            echo version_compare($parser->normalize($left), $parser->normalize($right));
        } else {
            echo Composer\Semver\Semver::satisfies($left, $right) ? 'True' : 'False';
        }
    } catch (Throwable $wrong) {
        echo 'None';
    }
    echo "\n";
}
"""
DATES = ["20230101", "2010-01-02", "2010.1.555", "20100102-203040", "201903.0-p2", "2010-01-02.5-beta2"]
STABILITIES = ["alpha", "a", "beta", "b", "RC", "rc", "p", "pl", "patch", "stable", "dev", "STABLE", "Beta", "foo"]
ENDS = ["-dev", ".dev", "dev", "@dev", "+build.1", ".x-dev", ".*-dev", " as 2.0"]


def version(source: random.Random) -> str:
    if source.random() < 0.1:
        return source.choice(DATES)
    text = source.choice(["", "", "v"]) + ".".join(source.choice("0123") for _ in range(source.randint(1, 5)))
    if source.random() < 0.5:
        text += (
            source.choice(["", "-", ".", "_"]) + source.choice(STABILITIES) + source.choice(["", "1", ".2", "-1", "10"])
        )
    return text + (source.choice(ENDS) if source.random() < 0.2 else "")


def any_version(source: random.Random) -> str:
    return source.choice(["dev-main", "dev-foo", "master", "1.x-dev"]) if source.random() < 0.1 else version(source)


def constraint(source: random.Random) -> str:
    kind = source.random()
    if kind < 0.35:
        return source.choice("^~") + version(source)
    if kind < 0.5:
        return source.choice(["1.*", "1.2.x", "*", "x", "v*", "*.*", "0.*", "1.2.3.*", "v1.*", "1.0.*.*"])
    if kind < 0.6:
        return f"{version(source)} - {version(source)}"
    operator = source.choice(["", "=", "==", "!=", "<>", "<", "<=", ">", ">=", "< ", ">= "])
    text = operator + any_version(source)
    return text if "@" in text or " " in text else text + source.choice(["", "", "", "@dev", "@beta", "@stable"])


def constraints(source: random.Random) -> str:
    joint = source.choice([",", " ", ", ", "||", " || "])
    return joint.join(constraint(source) for _ in range(source.randint(1, 2)))


def test_versions_and_constraints_agree_with_composer() -> None:
    rows = [["normal", *row, ""] for row in drawn(1000, any_version)]
    rows += [["order", *row] for row in drawn(1500, version, version)]
    rows += [["satisfies", *row] for row in drawn(3000, any_version, constraints)]
    wrong = []
    for (kind, left, right), answer in zip(rows, lines_of(["php", "-r", PROGRAM], rows), strict=True):
        if kind == "normal":
            told: object = composer.normalize(left)
        elif kind == "order":
            told = order(composer.parse(left), composer.parse(right))
        else:
            told = satisfies("packagist", left, right)
            if answer == "None":  # one sound part may be enough for an answer here
                told = None if "||" in right else composer.satisfies(left, right)
        if str(told) != answer:
            wrong.append((kind, left, right, answer, told))
    assert wrong == []


def test_branches_come_before_versions_but_no_bound_tells_where_they_stand() -> None:
    assert compare("packagist", "dev-main", "0.0.1-dev") == -1
    assert against("packagist", "dev-main", "1.0") is None
    assert against("packagist", "dev-main", "dev-main") == 0
    assert against("packagist", "1.0", "dev-main") is None
    assert against("packagist", "1.0", "1.0.0") == 0


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        (">=2.0.0,<2.0.17", (Range(introduced="2.0.0", fixed="2.0.17"),)),
        ("<1.1|>=1.4 <=1.6", (Range(fixed="1.1"), Range(introduced="1.4", last_affected="1.6"))),
        ("^1.2", (Range(introduced="1.2.0.0-dev", fixed="2.0.0.0-dev"),)),
        ("*", (Range(),)),
        ("foo", None),
    ],
)
def test_ranges_keep_versions_as_they_are_written(text: str, ranges: tuple[Range, ...] | None) -> None:
    assert ranges_of("packagist", text) == ranges
