"""Maven's order and ranges, held against Maven's library."""

import random
from pathlib import Path

from lading.versions.constraints import satisfies
from lading.versions.rules import maven
from tests.versions.rules.native import drawn, lines_of, order

PROGRAM = """
import java.util.*;
import org.apache.maven.artifact.versioning.*;

public class Held {
    public static void main(String[] arguments) {
        for (Scanner in = new Scanner(System.in); in.hasNextLine();) {
            String[] row = in.nextLine().split("\\t", -1);
            String answer = "None";
            if (row[0].equals("order")) {
                int order = new ComparableVersion(row[1]).compareTo(new ComparableVersion(row[2]));
                answer = String.valueOf(Integer.signum(order));
            } else {
                try {
                    VersionRange range = VersionRange.createFromVersionSpec(row[2]);
                    answer = range.containsVersion(new DefaultArtifactVersion(row[1])) ? "True" : "False";
                } catch (InvalidVersionSpecificationException wrong) {
                }
            }
            System.out.println(answer);
        }
    }
}
"""
LIBRARIES = "/usr/share/maven/lib/maven-artifact-3.x.jar:/usr/share/java/commons-lang3.jar"
WORDS = [
    "alpha",
    "beta",
    "m",
    "a",
    "b",
    "rc",
    "cr",
    "snapshot",
    "ga",
    "Final",
    "release",
    "sp",
    "foo",
    "jre",
    "RC",
    "z",
]


def version(source: random.Random) -> str:
    """Numbers with dots, and a qualifier with a number joined to it, as releases have them."""
    text = ".".join(source.choice(["0", "1", "2", "10", "01"]) for _ in range(source.randint(1, 4)))
    for _ in range(source.choice([0, 0, 1])):
        text += source.choice(["-", ".", ""]) + source.choice(WORDS) + source.choice(["1", "2", "10"])
    return text + source.choice(["", "-", "."]) + source.choice(["", *WORDS])


def span(source: random.Random) -> str:
    low, high = sorted((version(source), version(source)), key=lambda text: maven.parse(text) or ())
    return source.choice("[(") + source.choice([low, ""]) + "," + source.choice([high, ""]) + source.choice("])")


def test_order_and_ranges_agree_with_maven(tmp_path: Path) -> None:
    program = tmp_path / "Held.java"
    program.write_text(PROGRAM)
    rows = [["order", *row] for row in drawn(3000, version, version)]
    rows += [["satisfies", *row] for row in drawn(1000, version, span)]
    wrong = []
    for (kind, left, right), answer in zip(rows, lines_of(["java", "-cp", LIBRARIES, str(program)], rows), strict=True):
        if kind == "order":
            told: object = order(maven.parse(left), maven.parse(right))
        else:
            told = satisfies("maven", left, right)
        if str(told) != answer and answer != "None":
            wrong.append((kind, left, right, answer, told))
    assert wrong == []


def test_where_maven_goes_round_in_circles_the_comparison_with_the_plain_release_stands() -> None:
    for before, after in [("1-rc-1", "1"), ("1", "1.x-1"), ("1-rc-1", "1.x-1"), ("1.0.rc.1", "1"), ("1", "1-sp")]:
        assert order(maven.parse(before), maven.parse(after)) == -1
