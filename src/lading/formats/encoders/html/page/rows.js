// The rows of a report: one vulnerability and source package each, with what filters and columns need.

const LEVELS = ["critical", "high", "medium", "low", "negligible", "unknown"];
const SECTIONS = { fixable: "Fix available", unfixed: "No fix yet", under_investigation: "Under investigation" };
const USES = { yes: "In use", no: "Not in use", unknown: "Not known" };
const ORIGINS = { base: "Base image", application: "Application", unknown: "Not known" };

/** Whether any of the packages is in use; "unknown" where none is known to be, and not all are known not to be. */
function useOf(held) {
  const known = held.map((one) => one.usage?.in_use);
  return known.includes(true) ? "yes" : known.includes(undefined) ? "unknown" : "no";
}

/** The rows of all targets with what filters and columns need worked out once. */
function rowsOf(report) {
  const rules = new Map();
  for (const rule of report.decision.rules) {
    for (const one of rule.failing ?? []) rules.set(one, [...(rules.get(one) ?? []), rule]);
  }
  return report.targets.flatMap((target) => {
    const packages = new Map(target.packages.map((one) => [one.id, one]));
    return target.rows.map((row) => {
      const finding = target.findings[row.finding];
      const members = row.members.map((index) => target.findings[index]);
      const held = members.map((one) => packages.get(one.package));
      const main = packages.get(finding.package);
      const source = main.source || main.name;
      return {
        target,
        finding,
        members,
        held,
        source,
        type: main.type,
        section: row.section,
        fixed: row.fixed_version,
        upgrade: row.upgrade,
        state: row.suppressed ? "suppressed" : row.section === "hidden" ? "hidden" : "open",
        version: main.source_version || main.version,
        level: finding.severity?.label ?? "unknown",
        origin: finding.introduced_by?.origin ?? "unknown",
        layer: finding.introduced_by?.layer ?? 0,
        line: finding.introduced_by?.line ?? "",
        use: useOf(held),
        rules: members.flatMap((one) => rules.get(one.occurrence) ?? []),
        text: [
          finding.id,
          finding.aliases ?? [],
          finding.notices ?? [],
          source,
          main.type,
          held.map((one) => [one.name, one.version, one.purl ?? "", (one.locations ?? []).map((place) => place.path)]),
          finding.summary ?? "",
          finding.cwes ?? [],
          finding.introduced_by?.line ?? "",
        ]
          .flat(3)
          .join("\n")
          .toLowerCase(),
      };
    });
  });
}

const ORDER = {
  risk: (a, b) => (b.finding.risk ?? 0) - (a.finding.risk ?? 0),
  severity: (a, b) =>
    LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || (b.finding.risk ?? 0) - (a.finding.risk ?? 0),
  package: (a, b) =>
    (a.source < b.source ? -1 : a.source > b.source ? 1 : 0) || (b.finding.risk ?? 0) - (a.finding.risk ?? 0),
  name: (a, b) => a.finding.id.localeCompare(b.finding.id, "en", { numeric: true }),
};
/** By what rows are put together: a word that is the same for those of one group. */
const GROUPS = {
  none: null,
  package: (row) => [row.type, row.source, row.version].join("\n"),
  severity: (row) => (row.level === "unknown" ? "unrated" : row.level),
  layer: (row) => layerName(row),
  fix: (row) => SECTIONS[row.section] ?? "Hidden by default",
};

/** In which order groups stand; others stand where their first row stood. */
const PLACES = {
  severity: (row) => LEVELS.indexOf(row.level),
  layer: (row) => row.layer,
  fix: (row) => [...Object.keys(SECTIONS), "hidden"].indexOf(row.section),
};

/** What stands above the rows of a group: of a package, what an upgrade does. */
function groupTitle(group, rows) {
  const [first] = rows;
  if (group !== "package")
    return [make("strong", null, GROUPS[group](first)), " · " + counted(rows.length, "vulnerability")];
  const fixable = rows.filter((row) => row.fixed).length;
  return [
    make("strong", null, first.source),
    " " + first.version + " (" + first.type + ") ",
    fixable ? make("span", { class: "fix" }, "→\u00a0" + first.upgrade) : "",
    fixable
      ? " · clears " + number(fixable) + (rows.length > 1 ? " of " + number(rows.length) : "")
      : " · " + counted(rows.length, "vulnerability"),
  ];
}

/** What is said of a layer of the base: whether its content shows it, or only the image itself says so. */
function baseWord(row) {
  return row.finding.introduced_by.verified ? "base" : "base, unverified";
}

function layerName(row) {
  if (!row.layer) return "No layer known";
  const made = row.finding.introduced_by.instruction;
  return (
    "Layer " +
    row.layer +
    (row.origin === "base" ? " (" + baseWord(row) + ")" : "") +
    (row.line || made ? ": " + [row.line, made].filter(Boolean).join(" ") : "")
  );
}

/** Rows by group. */
function grouped(rows, group) {
  const key = GROUPS[group];
  const place = PLACES[group] ?? (() => 0);
  const groups = new Map();
  for (const row of rows) {
    const name = key(row);
    if (groups.has(name)) groups.get(name).push(row);
    else groups.set(name, [row]);
  }
  return [...groups.values()].sort(([a], [b]) => place(a) - place(b));
}
