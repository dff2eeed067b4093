// A row of findings, and what opens below it.

const ROOM = 140; // characters of a summary that a row shows
const QUIET = ["hidden", "suppressed", "in use"];

function rowElement(row) {
  const { finding } = row;
  const button = make("button", { class: "open", type: "button", "aria-expanded": "false" }, finding.id);
  const tags = [
    row.state !== "open" ? row.state : "",
    finding.kind === "malware" ? "malware" : "",
    finding.known_exploited ? "exploited" : "",
    row.use === "yes" ? "in use" : "",
    row.rules.some((rule) => rule.action !== "warn") ? "fails gate" : "",
  ].filter(Boolean);
  const element = make(
    "tr",
    { class: "row" },
    make(
      "td",
      { class: "id" },
      button,
      tags.length
        ? make(
            "div",
            { class: "tags" },
            tags.map((tag) => make("span", { class: "tag " + (QUIET.includes(tag) ? "soft" : "critical") }, tag)),
          )
        : "",
    ),
    make(
      "td",
      null,
      make(
        "span",
        { class: "level " + row.level },
        row.level === "unknown"
          ? "unrated"
          : row.level + (finding.severity?.score ? " " + finding.severity.score.toFixed(1) : ""),
      ),
    ),
    make(
      "td",
      { class: "package" },
      make(
        "div",
        { class: "name" },
        make("strong", null, row.source),
        " ",
        make("span", { class: "soft" }, row.version + " (" + row.type + ")"),
      ),
      finding.summary ? make("div", { class: "soft" }, shortened(finding.summary, ROOM)) : null,
    ),
    make(
      "td",
      null,
      row.fixed
        ? make("span", { class: "fix" }, "→\u00a0" + row.fixed)
        : make(
            "span",
            { class: "soft" },
            words(finding.fix_state === "fixed" ? "partly" : (finding.fix_state ?? "unknown")),
          ),
    ),
    make(
      "td",
      { class: "from soft" },
      row.layer ? row.layer + (row.origin === "base" ? " (" + baseWord(row) + ")" : "") : "–",
      row.line ? make("div", { class: "line" }, row.line) : "",
    ),
    make("td", { class: "number risk" }, finding.risk === undefined ? "–" : Math.round(finding.risk)),
  );
  button.addEventListener("click", () => {
    const opened = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!opened));
    if (opened) element.nextElementSibling.remove();
    else element.after(make("tr", { class: "detail" }, make("td", { colspan: 6 }, detail(row))));
  });
  return element;
}

function detail(row) {
  const { finding } = row;
  const exploited = finding.known_exploited;
  const link = /^https?:\/\//i.test(finding.url ?? "")
    ? make("a", { href: finding.url, rel: "noopener noreferrer", target: "_blank" }, finding.url)
    : finding.url;
  return [
    (finding.summary ?? "").length > ROOM ? make("p", null, finding.summary) : "",
    terms([
      ["Status", words(finding.status) + (finding.reason ? ": " + finding.reason : "")],
      [
        "Fix",
        [row.fixed, finding.fix_date ? "since " + finding.fix_date : "", finding.note].filter(Boolean).join(", ") ||
          words(finding.fix_state ?? "unknown"),
      ],
      ["Also known as", joined(finding.aliases)],
      ["Notices", joined(finding.notices)],
      ["Weaknesses", joined(finding.cwes)],
      [
        "Severities",
        (finding.severities ?? []).map((one) =>
          make(
            "div",
            null,
            [one.label, one.score, one.source && "(" + one.source + ")", one.text].filter(Boolean).join(" "),
          ),
        ),
      ],
      [
        "Exploitation",
        [
          exploited ? "known to be exploited" : "",
          finding.epss !== undefined && finding.epss !== null ? "EPSS " + (100 * finding.epss).toFixed(1) + " %" : "",
        ]
          .filter(Boolean)
          .join(", "),
      ],
      ["Hidden because", words(finding.hidden_reason ?? "")],
      ["More", link],
      ["Fails", joined([...new Set(row.rules.map((rule) => rule.rule + (rule.message ? ": " + rule.message : "")))])],
    ]),
    ...row.members.map((member, index) => evidence(member, row.held[index])),
  ];
}

function evidence(finding, held) {
  const { basis } = finding;
  const from = finding.introduced_by;
  const suppressed = (finding.suppressions ?? []).map((one) =>
    make(
      "div",
      null,
      [
        one.source + (one.where ? " " + one.where : ""),
        one.reason || "no reason given",
        one.author && "by " + one.author,
        one.expires && "until " + one.expires,
      ]
        .filter(Boolean)
        .join(", "),
    ),
  );
  const stated = (finding.vex ?? []).map((one) =>
    make(
      "div",
      null,
      [
        words(one.status) + " (" + words(one.outcome) + ")",
        words(one.justification ?? ""),
        one.text,
        one.author && "by " + one.author,
        one.where,
        one.note,
      ]
        .filter(Boolean)
        .join(", "),
    ),
  );
  return make(
    "div",
    null,
    make("h3", null, held.name + " " + held.version),
    terms([
      ["Package URL", held.purl ? make("code", null, held.purl) : ""],
      ["Found in", (held.locations ?? []).map((one) => make("div", null, make("code", null, one.path)))],
      ["Use", used(held.usage)],
      [
        "Layer",
        from
          ? [
              String(from.layer) +
                (from.origin
                  ? " (" + ORIGINS[from.origin].toLowerCase() + (from.verified ? "" : ", unverified") + ")"
                  : "") +
                " ",
              from.line ? from.line + " " : "",
              from.instruction ? make("code", null, from.instruction) : "",
            ]
          : "",
      ],
      [
        "Decided by",
        [basis.advisory, basis.shard && "of " + basis.shard, basis.name && "for " + basis.name]
          .filter(Boolean)
          .join(" "),
      ],
      ["Compared", compared(basis)],
      ["Suppressed", suppressed],
      ["VEX", stated],
      ["Fingerprint", make("code", null, finding.fingerprint)],
    ]),
  );
}

function used(usage) {
  if (!usage) return "";
  return [
    usage.in_use ? "in use" : "not in use",
    joined(usage.by),
    usage.evidence && words(usage.evidence),
    joined(usage.paths),
  ]
    .filter(Boolean)
    .join(", ");
}

function compared(basis) {
  if (basis.listed) return basis.version + " is listed as affected";
  const { range } = basis;
  if (!range) return "";
  const bounds = [
    range.introduced && "from " + range.introduced,
    range.after && "after " + range.after,
    range.fixed && "before " + range.fixed,
    range.last_affected && "up to " + range.last_affected,
    range.before && "before " + range.before,
  ]
    .filter(Boolean)
    .join(", ");
  return (
    (basis.version ? basis.version + " lies in: " : "") +
    (bounds || "all versions") +
    (basis.scheme ? " (" + basis.scheme + ")" : "")
  );
}
