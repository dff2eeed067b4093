// What checks found, and what a benchmark says of it.

const MANY = 12; // names of one license that are shown at once

/** The line of the Dockerfile that states an issue, or that made its layer. */
function lineOf(target, issue) {
  return issue.dockerfile_line && target.image.dockerfile
    ? target.image.dockerfile + ":" + issue.dockerfile_line
    : (issue.introduced_by?.line ?? "");
}

/** What checks found, what counts first, all that one check found together; nothing where none were run. */
function checked(report) {
  const targets = report.targets.filter((target) => target.checks.length);
  const groups = new Map();
  for (const target of targets) {
    const packages = new Map(target.packages.map((one) => [one.id, one]));
    for (const issue of target.issues) {
      const state = (issue.suppressions ?? []).length
        ? "suppressed"
        : issue.hidden_reason
          ? "hidden: " + words(issue.hidden_reason)
          : "";
      const key = [issue.id, issue.severity, state].join("\n");
      if (!groups.has(key)) groups.set(key, { issue, state, places: [] });
      const held = packages.get(issue.package);
      groups.get(key).places.push(issue.kind === "license" ? placeName(issue, held) : placeOf(target, issue, held));
    }
  }
  const sorted = [...groups.values()].sort(
    (a, b) =>
      (a.state ? 1 : 0) - (b.state ? 1 : 0) || LEVELS.indexOf(a.issue.severity) - LEVELS.indexOf(b.issue.severity),
  );
  const level = (label) => make("span", { class: "level " + label }, label === "unknown" ? "unrated" : label);
  return targets.length
    ? [
        make("h2", { id: "checks" }, "Checks"),
        sorted.length
          ? sheet(
              "Checks",
              ["Severity", "What", "Where", "What to do"],
              sorted.map(({ issue, state, places }) => [
                level(issue.severity),
                [
                  make("div", null, issue.title),
                  make("div", { class: "soft" }, [issue.id, state].filter(Boolean).join(" · ")),
                ],
                issue.kind === "license" ? licensed(places) : folded(places),
                issue.fix ?? "",
              ]),
            )
          : make("p", null, "Nothing found."),
      ]
    : [];
}

/** What is under a license, in one line: for many packages the same is to be said. */
function licensed(names) {
  const different = [...new Set(names)];
  if (different.length <= MANY) return joined(different);
  const more = "and " + number(different.length - MANY) + " more";
  return [
    joined(different.slice(0, MANY)),
    make("details", null, make("summary", null, more), joined(different.slice(MANY))),
  ];
}

/** Where an issue is: the package, the file and its line, or the instruction. */
function placeName(issue, held) {
  if (held) return held.name + " " + held.version;
  if (issue.path) return "/" + issue.path + (issue.line ? ":" + issue.line : "");
  return issue.instruction || words(issue.place ?? "configuration");
}

/** Where an issue is, and what was found there. */
function placeOf(target, issue, held) {
  const said = [issue.message, issue.evidence, issue.layer ? "layer " + issue.layer : "", lineOf(target, issue)]
    .filter(Boolean)
    .join(" · ");
  return make("div", null, placeName(issue, held), said ? make("span", { class: "soft" }, " " + said) : "");
}

/** What an image breaks of a benchmark; nothing where none was asked for. */
function compliance(target, place) {
  if (!target.compliance) return [];
  const issues = new Map(target.issues.map((one) => [one.occurrence, one.id]));
  const why = (one) =>
    [
      one.vulnerabilities ? counted(one.vulnerabilities, "vulnerability") + " with a fix" : "",
      ...new Set((one.issues ?? []).map((name) => issues.get(name))),
    ]
      .filter(Boolean)
      .join(", ");
  return [
    make("h2", place ? null : { id: "benchmark" }, target.compliance.title),
    sheet(
      target.compliance.title,
      ["Rule", "Status", "What it asks", "Broken by"],
      target.compliance.controls.map((one) => [
        one.id,
        make("span", { class: "status " + one.status.split(" ")[0] }, one.status),
        one.title,
        why(one),
      ]),
    ),
  ];
}
