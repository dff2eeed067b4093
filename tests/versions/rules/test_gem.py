"""RubyGems' order and requirements, held against RubyGems."""

import random

from lading.versions.constraints import ranges_of, satisfies
from lading.versions.rules import gem
from tests.versions.rules.native import drawn, lines_of, order

PROGRAM = """
STDIN.each_line do |line|
  kind, left, right = line.chomp.split("\t", -1)
  begin
    if kind == "order"
      puts(Gem::Version.new(left) <=> Gem::Version.new(right))
    else
      puts Gem::Requirement.new(right.split(",").map(&:strip)).satisfied_by?(Gem::Version.new(left))
    end
  rescue ArgumentError, Gem::Requirement::BadRequirementError
    puts "None"
  end
end
"""


def version(source: random.Random) -> str:
    parts = [
        source.choice(["0", "1", "2", "10", "00", "a", "b", "rc1", "1a2", "x"]) for _ in range(source.randint(1, 4))
    ]
    return ".".join(["1", *parts][source.random() < 0.3 :]) + source.choice(["", "", "", "-1", "-x86", "-", "_1"])


def requirement(source: random.Random) -> str:
    operators = ["", "=", "!=", ">", "<", ">=", "<=", "~>", "~> ", "==", "=>"]
    return ",".join(source.choice(operators) + version(source) for _ in range(source.randint(1, 2)))


def test_order_and_requirements_agree_with_rubygems() -> None:
    pairs = [["order", *row] for row in drawn(1500, version, version)]
    needs = [["satisfies", *row] for row in drawn(1500, version, requirement)]
    answers = lines_of(["ruby", "-e", PROGRAM], pairs + needs)
    wrong = []
    for (kind, left, right), answer in zip(pairs + needs, answers, strict=True):
        if kind == "order":
            told: object = order(gem.parse(left), gem.parse(right))
        else:
            told = satisfies("gem", left, right) if gem.alternatives(right) is not None else None
        if str(told).lower() != answer.lower():
            wrong.append((kind, left, right, answer, told))
    assert wrong == []


def test_the_ranges_of_a_pessimistic_requirement_leave_out_the_next_prereleases() -> None:
    ranges = ranges_of("gem", "~> 1.2.9")
    assert ranges is not None
    assert [(span.introduced, span.fixed) for span in ranges] == [("1.2.9", "1.3.A")]


def test_zeros_within_count_by_what_comes_behind_them() -> None:
    assert order(gem.parse("1.a.0.b"), gem.parse("1.a")) == -1
    assert order(gem.parse("1.a.0.1"), gem.parse("1.a")) == 1
    assert order(gem.parse("1.a.0"), gem.parse("1.a")) == 0
    assert order(gem.parse("1.0.a"), gem.parse("1.a")) == 0
