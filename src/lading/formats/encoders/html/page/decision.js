// What stands above all: the images, and what was decided on them.

function heading(report) {
  const lines = report.targets.map((target) => {
    const { image, distribution, extent } = target;
    return make(
      "p",
      { class: "soft" },
      [
        report.targets.length > 1 ? image.name : "",
        distribution ? distribution.pretty || [distribution.id, distribution.version_id].filter(Boolean).join(" ") : "",
        counted(extent.packages, "package") +
          (extent.matched < extent.packages ? ", " + number(extent.matched) + " matched" : ""),
        extent.programs
          ? number(extent.programs) +
            (extent.programs === 1 ? " program or archive" : " programs and archives") +
            " of no package"
          : "",
        image.digest,
      ]
        .filter(Boolean)
        .join(" · "),
    );
  });
  return [
    make("h1", null, report.targets.map((one) => one.image.name).join(", ")),
    ...lines,
    report.starter
      ? make(
          "p",
          { class: "card banner incomplete" },
          make("strong", null, "Starter set: a few dozen famous vulnerabilities, not the full database."),
        )
      : "",
  ].filter(Boolean);
}

const isStale = (report) => report.decision.diagnostics.some((one) => one.code === "data-stale");

const nothingFound = (report) => {
  const isMatched = report.targets.some((one) => one.extent.matched);
  if (report.incomplete || (isMatched && !isWhole(report)))
    return "No vulnerability was found in what was matched; not everything could be, see below.";
  if (!isMatched) return "Nothing was matched, so nothing is known.";
  if (isStale(report)) return "No vulnerability was found in what was matched, by old data.";
  return "No known vulnerability in what was matched.";
};

const isWhole = (report) =>
  report.targets.every(({ extent }) => extent.packages && extent.matched === extent.packages && !extent.programs);

/** What can be done, as one sentence: the first part alone says what is counted. */
function advice(rows) {
  const open = rows.filter((row) => row.state !== "suppressed");
  const fixable = open.filter((row) => row.section === "fixable");
  const upgrades = counted(new Set(fixable.map(GROUPS.package)).size, "package");
  const parts = [
    ["fixable", "can be fixed by upgrading " + upgrades, "can be fixed by upgrading " + upgrades],
    ["unfixed", "has no fix yet", "have no fix yet"],
    ["under_investigation", "is under investigation", "are under investigation"],
    ["hidden", "is hidden by default", "are hidden by default"],
  ]
    .map(([section, one, many]) => [open.filter((row) => row.section === section).length, one, many])
    .filter(([count]) => count)
    .map(
      ([count, one, many], place) =>
        (place ? number(count) : counted(count, "vulnerability")) + " " + (count === 1 ? one : many),
    );
  return parts.length ? parts.join("; ") + "." : "";
}

/** Where on the page what stands, in the order of the page. */
function contents(report, rows) {
  const issues = report.targets
    .flatMap((target) => target.issues)
    .filter((one) => !one.hidden_reason && !(one.suppressions ?? []).length);
  const links = [
    ["findings", counted(rows.filter((row) => row.state === "open").length, "vulnerability")],
    ...(report.targets.some((one) => one.compliance) ? [["benchmark", "benchmark"]] : []),
    ...(report.targets.some((one) => one.checks.length)
      ? [["checks", counted(issues.length, "issue") + " of checks"]]
      : []),
    ...(diagnosticsOf(report).length ? [["diagnostics", counted(diagnosticsOf(report).length, "diagnostic")]] : []),
    ["coverage", "what was matched"],
  ];
  return make(
    "nav",
    { "aria-label": "On this page" },
    links.map(([id, text]) => make("a", { href: "#" + id }, text)),
  );
}

const diagnosticsOf = (report) => [
  ...report.decision.diagnostics,
  ...report.targets.flatMap((target) => target.diagnostics),
];

/** What was decided, by which rules, and what to do. */
function verdict(report, rows) {
  const { decision } = report;
  const issues = new Set(report.targets.flatMap((target) => target.issues.map((one) => one.occurrence)));
  const failed = decision.rules.filter(
    (rule) =>
      (rule.failing ?? []).length || rule.unmanaged || (rule.images ?? []).length || (rule.problems ?? []).length,
  );
  const text = decision.failed
    ? "Failed"
    : report.incomplete
      ? "Incomplete: not everything could be read or matched"
      : decision.rules.length
        ? "Passed"
        : isStale(report)
          ? "Matched by old data"
          : isWhole(report)
            ? "Everything found was matched"
            : "No rule was set";
  const also = decision.failed && report.incomplete ? " · not everything could be read or matched" : "";
  const items = decision.rules.map((rule) => {
    const wrong = (rule.failing ?? []).filter((one) => issues.has(one)).length,
      vulnerable = (rule.failing ?? []).length - wrong;
    const by = [
      vulnerable ? counted(vulnerable, "vulnerability") : "",
      wrong ? counted(wrong, "issue") : "",
      rule.unmanaged ? counted(rule.unmanaged, "file") + " of no package" : "",
      ...(rule.images ?? []),
      ...(rule.problems ?? []),
    ]
      .filter(Boolean)
      .join(", ");
    const word = !failed.includes(rule) ? "passed" : rule.action === "warn" ? "warns" : "failed";
    return make(
      "li",
      null,
      make("code", null, rule.rule),
      " " + word + (by ? ": " + by : "") + (rule.message ? " – " + rule.message : ""),
    );
  });
  return make(
    "section",
    {
      class:
        "card banner " +
        (decision.failed ? "failed" : report.incomplete ? "incomplete" : decision.rules.length ? "" : "unasked"),
      "aria-label": "Decision",
    },
    make("strong", null, text),
    make("span", { class: "soft" }, also + " · exit status " + decision.exit_status),
    make("p", null, rows.length ? advice(rows) : nothingFound(report)),
    items.length ? make("ul", null, items) : "",
    contents(report, rows),
  );
}
