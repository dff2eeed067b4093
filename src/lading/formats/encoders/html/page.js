"use strict";
// The page of a report. Every text of the report reaches the page as text, never as markup.
(() => {
  const FEW = 5;
  const STEP = 100; // rows drawn at once; scrolling to the end draws as many more
  const LEVELS = ["critical", "high", "medium", "low", "negligible", "unknown"];
  const SECTIONS = { fixable: "Fix available", unfixed: "No fix yet", under_investigation: "Under investigation" };
  const USES = { yes: "In use", no: "Not in use", unknown: "Not known" };
  const ORIGINS = { base: "Base image", application: "Application", unknown: "Not known" };
  const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

  const clean = (text) => String(text).replace(UNSEEN, (one) => "\\u" + one.codePointAt(0).toString(16).padStart(4, "0"));
  const words = (text) => clean(text).replaceAll("_", " ");
  const number = (value) => value.toLocaleString("en");
  const counted = (value, noun) => number(value) + " " + (value === 1 ? noun : noun.replace(/y$/, "ie") + "s");

  /** An element: attributes, then children (elements or texts; what is null or empty is left out). */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined && value !== "") element.setAttribute(key, value);
    }
    for (const child of children.flat()) {
      if (child !== null && child !== undefined && child !== "") element.append(child instanceof Node ? child : clean(child));
    }
    return element;
  }

  async function unpack() {
    const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (one) => one.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

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
          target, finding, members, held, source, section: row.section, fixed: row.fixed_version,
          state: row.suppressed ? "suppressed" : row.section === "hidden" ? "hidden" : "open",
          version: main.source_version || main.version,
          level: finding.severity?.label ?? "unknown",
          origin: finding.introduced_by?.origin ?? "unknown",
          layer: finding.introduced_by?.layer ?? 0,
          line: finding.introduced_by?.line ?? "",
          use: useOf(held),
          rules: members.flatMap((one) => rules.get(one.occurrence) ?? []),
          text: [finding.id, finding.aliases ?? [], finding.notices ?? [], source, held.map((one) => [one.name, one.version, one.purl ?? "",
            (one.locations ?? []).map((place) => place.path)]), finding.summary ?? "", finding.cwes ?? [], finding.introduced_by?.line ?? ""].flat(3).join("\n").toLowerCase(),
        };
      });
    });
  }

  const ORDER = {
    risk: (a, b) => (b.finding.risk ?? 0) - (a.finding.risk ?? 0),
    severity: (a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || (b.finding.risk ?? 0) - (a.finding.risk ?? 0),
    package: (a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0) || (b.finding.risk ?? 0) - (a.finding.risk ?? 0),
    name: (a, b) => a.finding.id.localeCompare(b.finding.id, "en", { numeric: true }),
  };
  const GROUPS = {
    none: null,
    package: (row) => row.source + " " + row.version,
    severity: (row) => row.level,
    layer: (row) => layerName(row),
    fix: (row) => SECTIONS[row.section] ?? "Hidden by default",
  };

  /** What is said of a layer of the base: whether its content shows it, or only the image itself says so. */
  function baseWord(row) {
    return row.finding.introduced_by.verified ? "base" : "base, unverified";
  }

  function layerName(row) {
    if (!row.layer) return "No layer known";
    const made = row.finding.introduced_by.instruction;
    return "Layer " + row.layer + (row.origin === "base" ? " (" + baseWord(row) + ")" : "") + (row.line || made ? ": " + [row.line, made].filter(Boolean).join(" ") : "");
  }

  class Page {
    constructor(report) {
      this.report = report;
      this.rows = rowsOf(report);
      this.filters = { level: "", section: "", origin: "", use: "", layer: "" };
      this.state = "open";
      this.query = "";
      this.order = "risk";
      this.group = "none";
      this.charts = make("div", { class: "cards" });
      this.body = make("tbody");
      this.status = make("p", { class: "soft", role: "status", "aria-live": "polite" });
      this.more = make("button", { class: "plain", type: "button", onclick: () => this.grow() }, "Show more");
      this.draw();
    }

    draw() {
      const page = document.getElementById("page");
      page.replaceChildren(...heading(this.report), verdict(this.report), this.charts,
        make("h2", { id: "findings", tabindex: "-1" }, "Findings"), this.tools(), this.status,
        make("table", { class: "findings", "aria-label": "Findings" },
          make("thead", null, make("tr", null, ["Vulnerability", "Severity", "Package", "Fix", "Layer"].map((one) => make("th", { scope: "col" }, one)),
            make("th", { scope: "col", class: "number" }, "Risk"))), this.body),
        make("div", { class: "more" }, this.more), ...rest(this.report));
      new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.grow()).observe(this.more);
      addEventListener("beforeprint", () => {
        while (this.shown < this.found.length) this.grow();
        for (const one of document.querySelectorAll("details")) one.open = true;
      });
      this.update();
    }

    tools() {
      const states = { open: "To look at", hidden: "Hidden by default", suppressed: "Suppressed", all: "All" };
      const pick = (label, entries, chosen, set) => make("label", null, label, make("select", { onchange: (event) => { set(event.target.value); this.update(); } },
        Object.entries(entries).map(([value, text]) => make("option", { value, selected: value === chosen ? "selected" : null }, text))));
      for (const state of Object.keys(states)) {
        const count = state === "all" ? this.rows.length : this.rows.filter((row) => row.state === state).length;
        states[state] += " (" + number(count) + ")";
      }
      return make("div", { class: "tools", role: "search" },
        make("label", { class: "wide" }, "Search", make("input", { type: "search", id: "query", placeholder: "CVE, package, path, words …", autocomplete: "off",
          oninput: (event) => { this.query = event.target.value; this.update(); } })),
        pick("Show", states, this.state, (value) => { this.state = value; }),
        pick("Group by", { none: "Nothing", package: "Package", severity: "Severity", layer: "Layer", fix: "Fix" }, this.group, (value) => { this.group = value; }),
        pick("Sort by", { risk: "Risk", severity: "Severity", package: "Package", name: "Name" }, this.order, (value) => { this.order = value; }),
        make("button", { class: "plain", type: "button", onclick: () => this.clear() }, "Clear filters"));
    }

    clear() {
      for (const key of Object.keys(this.filters)) this.filters[key] = "";
      this.query = document.getElementById("query").value = "";
      this.update();
    }

    matches(row, but) {
      return Object.entries(this.filters).every(([key, value]) => key === but || value === "" || String(row[key]) === value);
    }

    update() {
      const terms = this.query.toLowerCase().split(/\s+/).filter(Boolean);
      const near = this.rows.filter((row) => (this.state === "all" || row.state === this.state) && terms.every((term) => row.text.includes(term)));
      this.drawCharts(near);
      const found = near.filter((row) => this.matches(row)).sort(ORDER[this.order]);
      const key = GROUPS[this.group];
      this.found = key ? grouped(found, key) : found;
      this.count = found.length;
      this.shown = 0;
      this.last = null;
      this.body.replaceChildren();
      this.status.textContent = counted(found.length, "vulnerability") + (found.length < this.rows.length ? " of " + number(this.rows.length) : "");
      if (!found.length) {
        const text = this.rows.length ? "Nothing matches these filters." : nothingFound(this.report);
        this.body.append(make("tr", null, make("td", { colspan: 6, class: "empty soft" }, text)));
      }
      this.grow();
    }

    drawCharts(near) {
      const chart = (title, filter, names) => {
        const counts = new Map();
        for (const row of near) if (this.matches(row, filter)) counts.set(String(row[filter]), (counts.get(String(row[filter])) ?? 0) + 1);
        const most = Math.max(1, ...counts.values());
        const chosen = this.filters[filter];
        const bars = names.filter(([value]) => counts.get(value) || value === chosen).map(([value, name]) => {
          const count = counts.get(value) ?? 0;
          const fill = make("span", { class: "fill " + (filter === "level" ? value : "") });
          fill.style.width = (100 * count) / most + "%";
          return make("button", { class: "bar", type: "button", "aria-pressed": String(value === chosen), "data-key": filter + value, title: clean(name),
            onclick: () => this.toggle(filter, value) },
            make("span", { class: "name" }, name), make("span", { class: "track", "aria-hidden": "true" }, fill), make("span", { class: "count" }, number(count)));
        });
        return make("section", { class: "card" }, make("h2", null, title), make("div", { class: "bars" }, bars.length ? bars : make("p", { class: "soft" }, "none")));
      };
      const layers = new Map();
      for (const row of this.rows) if (!layers.has(row.layer)) layers.set(row.layer, layerName(row));
      this.charts.replaceChildren(
        chart("By severity", "level", LEVELS.map((one) => [one, one === "unknown" ? "unrated" : one])),
        chart("By fix", "section", [...Object.entries(SECTIONS), ["hidden", "Hidden by default"]]),
        chart("Base image or application", "origin", Object.entries(ORIGINS)),
        ...(this.rows.some((row) => row.use !== "unknown") ? [chart("By use", "use", Object.entries(USES))] : []),
        chart("By layer", "layer", [...layers].sort((a, b) => a[0] - b[0]).map(([layer, name]) => [String(layer), name])));
    }

    toggle(filter, value) {
      this.filters[filter] = this.filters[filter] === value ? "" : value;
      this.update();
      this.charts.querySelector('[data-key="' + filter + value + '"]')?.focus();
    }

    grow() {
      const key = GROUPS[this.group];
      const part = document.createDocumentFragment();
      for (const row of this.found.slice(this.shown, this.shown + STEP)) {
        if (key && key(row) !== this.last) {
          this.last = key(row);
          part.append(make("tr", { class: "group" }, make("td", { colspan: 6 }, this.last)));
        }
        part.append(rowElement(row));
      }
      this.shown = Math.min(this.shown + STEP, this.found.length);
      this.body.append(part);
      this.more.hidden = this.shown >= this.found.length;
    }
  }

  /** Rows with those of a group together; groups stand where their first row stood. */
  function grouped(rows, key) {
    const groups = new Map();
    for (const row of rows) {
      const name = key(row);
      if (groups.has(name)) groups.get(name).push(row);
      else groups.set(name, [row]);
    }
    return [...groups.values()].flat();
  }

  function rowElement(row) {
    const { finding } = row;
    const button = make("button", { class: "open", type: "button", "aria-expanded": "false" }, finding.id);
    const tags = [row.state !== "open" ? row.state : "", finding.kind === "malware" ? "malware" : "", finding.known_exploited ? "exploited" : "", row.use === "yes" ? "in use" : "",
      row.rules.some((rule) => rule.action !== "warn") ? "fails gate" : ""].filter(Boolean);
    const element = make("tr", { class: "row" },
      make("td", { class: "id" }, button, tags.map((tag) => make("span", { class: "tag " + (tag === "hidden" || tag === "suppressed" ? "soft" : "critical") }, tag))),
      make("td", null, make("span", { class: "level " + row.level }, row.level === "unknown" ? "unrated" : row.level + (finding.severity?.score ? " " + finding.severity.score : ""))),
      make("td", { class: "package" }, make("strong", null, row.source), " ", make("span", { class: "soft" }, row.version), finding.summary ? make("div", { class: "soft" }, shortened(finding.summary, 140)) : null),
      make("td", null, row.fixed ? make("span", { class: "fix" }, "→ " + row.fixed) : make("span", { class: "soft" }, words(finding.fix_state === "fixed" ? "partly" : finding.fix_state ?? "unknown"))),
      make("td", { class: "from soft" }, row.layer ? row.layer + (row.origin === "base" ? " (" + baseWord(row) + ")" : "") : "–", row.line ? make("div", { class: "line" }, row.line) : ""),
      make("td", { class: "number risk" }, finding.risk === undefined ? "–" : Math.round(finding.risk)));
    button.addEventListener("click", () => {
      const opened = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!opened));
      if (opened) element.nextElementSibling.remove();
      else element.after(make("tr", { class: "detail" }, make("td", { colspan: 6 }, detail(row))));
    });
    return element;
  }

  const shortened = (text, room) => (text.length > room ? text.slice(0, room - 1) + "…" : text);

  /** A list of terms; pairs without a value are left out. */
  function terms(pairs) {
    return make("dl", null, pairs.filter(([, value]) => (Array.isArray(value) ? value.length : value !== undefined && value !== null && value !== ""))
      .flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)]));
  }

  const joined = (values) => (values ?? []).join(", ");

  function detail(row) {
    const { finding } = row;
    const exploited = finding.known_exploited;
    const link = /^https?:\/\//i.test(finding.url ?? "") ? make("a", { href: finding.url, rel: "noopener noreferrer", target: "_blank" }, finding.url) : finding.url;
    return [
      make("p", null, finding.summary ?? ""),
      terms([
        ["Status", words(finding.status) + (finding.reason ? ": " + finding.reason : "")],
        ["Fix", [row.fixed, finding.fix_date ? "since " + finding.fix_date : "", finding.note].filter(Boolean).join(", ") || words(finding.fix_state ?? "unknown")],
        ["Also known as", joined(finding.aliases)], ["Notices", joined(finding.notices)], ["Weaknesses", joined(finding.cwes)],
        ["Severities", joined((finding.severities ?? []).map((one) => [one.label, one.score, one.source && "(" + one.source + ")", one.text].filter(Boolean).join(" ")))],
        ["Exploitation", [exploited ? "known to be exploited" : "", finding.epss !== undefined && finding.epss !== null ? "EPSS " + (100 * finding.epss).toFixed(1) + " %" : ""].filter(Boolean).join(", ")],
        ["Hidden because", words(finding.hidden_reason ?? "")], ["More", link],
        ["Fails", joined([...new Set(row.rules.map((rule) => rule.rule + (rule.message ? ": " + rule.message : "")))])],
      ]),
      ...row.members.map((member, index) => evidence(member, row.held[index])),
    ];
  }

  function evidence(finding, held) {
    const { basis } = finding;
    const from = finding.introduced_by;
    const suppressed = (finding.suppressions ?? []).map((one) => make("div", null, [one.source + (one.where ? " " + one.where : ""), one.reason || "no reason given",
      one.author && "by " + one.author, one.expires && "until " + one.expires].filter(Boolean).join(", ")));
    const stated = (finding.vex ?? []).map((one) => make("div", null, [words(one.status) + " (" + words(one.outcome) + ")", words(one.justification ?? ""), one.text, one.author && "by " + one.author,
      one.where, one.note].filter(Boolean).join(", ")));
    return make("div", null, make("h3", null, held.name + " " + held.version), terms([
      ["Package URL", held.purl ? make("code", null, held.purl) : ""],
      ["Found in", (held.locations ?? []).map((one) => make("div", null, make("code", null, one.path)))],
      ["Use", used(held.usage)],
      ["Layer", from ? [String(from.layer) + " (" + ORIGINS[from.origin ?? "unknown"].toLowerCase() + (!from.verified && from.origin ? ", unverified" : "") + ") ", from.line ? from.line + " " : "", from.instruction ? make("code", null, from.instruction) : ""] : ""],
      ["Decided by", [basis.advisory, basis.shard && "of " + basis.shard, basis.name && "for " + basis.name].filter(Boolean).join(" ")],
      ["Compared", compared(basis)], ["Suppressed", suppressed], ["VEX", stated],
      ["Fingerprint", make("code", null, finding.fingerprint)],
    ]));
  }

  function used(usage) {
    if (!usage) return "";
    return [usage.in_use ? "in use" : "not in use", joined(usage.by), usage.evidence && words(usage.evidence), joined(usage.paths)].filter(Boolean).join(", ");
  }

  function compared(basis) {
    if (basis.listed) return basis.version + " is listed as affected";
    const { range } = basis;
    if (!range) return "";
    const bounds = [range.introduced && "from " + range.introduced, range.after && "after " + range.after, range.fixed && "before " + range.fixed,
      range.last_affected && "up to " + range.last_affected, range.before && "before " + range.before].filter(Boolean).join(", ");
    return (basis.version ? basis.version + " lies in: " : "") + (bounds || "all versions") + (basis.scheme ? " (" + basis.scheme + ")" : "");
  }

  function heading(report) {
    const lines = report.targets.map((target) => {
      const { image, distribution, extent } = target;
      return make("p", { class: "soft" }, [report.targets.length > 1 ? image.name : "", distribution ? distribution.pretty || [distribution.id, distribution.version_id].filter(Boolean).join(" ") : "",
        counted(extent.packages, "package") + (extent.matched < extent.packages ? ", " + number(extent.matched) + " matched" : ""),
        extent.programs ? number(extent.programs) + (extent.programs === 1 ? " program or archive" : " programs and archives") + " of no package" : "", image.digest].filter(Boolean).join(" · "));
    });
    return [make("h1", null, report.targets.map((one) => one.image.name).join(", ")), ...lines,
      report.starter ? make("p", { class: "card banner incomplete" }, make("strong", null, "Starter set: a few dozen famous vulnerabilities, not the full database.")) : ""].filter(Boolean);
  }

  const isStale = (report) => report.decision.diagnostics.some((one) => one.code === "data-stale");

  const nothingFound = (report) => {
    const isMatched = report.targets.some((one) => one.extent.matched);
    if (report.incomplete || (isMatched && !isWhole(report))) return "No vulnerability was found in what was matched; not everything could be, see below.";
    if (!isMatched) return "Nothing was matched, so nothing is known.";
    if (isStale(report)) return "No vulnerability was found in what was matched, by old data.";
    return "No known vulnerability in what was matched.";
  };

  const isWhole = (report) => report.targets.every(({ extent }) => extent.packages && extent.matched === extent.packages && !extent.programs);

  function verdict(report) {
    const { decision } = report;
    const issues = new Set(report.targets.flatMap((target) => target.issues.map((one) => one.occurrence)));
    const failed = decision.rules.filter((rule) => (rule.failing ?? []).length || rule.unmanaged || (rule.images ?? []).length || (rule.problems ?? []).length);
    const text = decision.failed ? "Failed" : report.incomplete ? "Incomplete: not everything could be read or matched" : decision.rules.length ? "Passed" : isStale(report) ? "Matched by old data" : isWhole(report) ? "Everything found was matched" : "No rule was set";
    const also = decision.failed && report.incomplete ? " · not everything could be read or matched" : "";
    const items = decision.rules.map((rule) => {
      const wrong = (rule.failing ?? []).filter((one) => issues.has(one)).length, vulnerable = (rule.failing ?? []).length - wrong;
      const by = [vulnerable ? counted(vulnerable, "vulnerability") : "", wrong ? counted(wrong, "issue") : "", rule.unmanaged ? counted(rule.unmanaged, "file") + " of no package" : "",
        ...(rule.images ?? []), ...(rule.problems ?? [])].filter(Boolean).join(", ");
      const word = !failed.includes(rule) ? "passed" : rule.action === "warn" ? "warns" : "failed";
      return make("li", null, make("code", null, rule.rule), " " + word + (by ? ": " + by : "") + (rule.message ? " – " + rule.message : ""));
    });
    return make("section", { class: "card banner " + (decision.failed ? "failed" : report.incomplete ? "incomplete" : decision.rules.length ? "" : "unasked"), "aria-label": "Decision" },
      make("strong", null, text), make("span", { class: "soft" }, also + " · exit status " + decision.exit_status), items.length ? make("ul", null, items) : "");
  }

  function sheet(label, columns, rows) {
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, make("table", null, make("thead", null, make("tr", null, columns.map((one) => make("th", { scope: "col" }, one)))),
      make("tbody", null, rows.map((row) => make("tr", null, row.map((cell) => make("td", null, cell)))))));
  }

  /** The line of the Dockerfile that states an issue, or that made its layer. */
  function lineOf(target, issue) {
    return issue.dockerfile_line && target.image.dockerfile ? target.image.dockerfile + ":" + issue.dockerfile_line : issue.introduced_by?.line ?? "";
  }

  /** Some elements, and the others behind a button where there are many. */
  function folded(elements) {
    if (elements.length <= FEW) return elements;
    return [...elements.slice(0, FEW), make("details", null, make("summary", null, "and " + number(elements.length - FEW) + " more"), elements.slice(FEW))];
  }

  /** What checks found, what counts first, all that one check found together; nothing where none were run. */
  function checked(report) {
    const targets = report.targets.filter((target) => target.checks.length);
    const groups = new Map();
    for (const target of targets) {
      const packages = new Map(target.packages.map((one) => [one.id, one]));
      for (const issue of target.issues) {
        const state = (issue.suppressions ?? []).length ? "suppressed" : issue.hidden_reason ? "hidden: " + words(issue.hidden_reason) : "";
        const key = [issue.id, issue.severity, state].join("\n");
        if (!groups.has(key)) groups.set(key, { issue, state, places: [] });
        groups.get(key).places.push(placeOf(target, issue, packages.get(issue.package)));
      }
    }
    const sorted = [...groups.values()].sort((a, b) => (a.state ? 1 : 0) - (b.state ? 1 : 0) || LEVELS.indexOf(a.issue.severity) - LEVELS.indexOf(b.issue.severity));
    const level = (label) => make("span", { class: "level " + label }, label === "unknown" ? "unrated" : label);
    return targets.length ? [make("h2", null, "Checks"), sorted.length ? sheet("Checks", ["Severity", "What", "Where", "What to do"],
      sorted.map(({ issue, state, places }) => [level(issue.severity), [make("div", null, issue.title), make("div", { class: "soft" }, [issue.id, state].filter(Boolean).join(" · "))],
        folded(places), issue.fix ?? ""])) : make("p", null, "Nothing found.")] : [];
  }

  /** Where an issue is, and what was found there. */
  function placeOf(target, issue, held) {
    const place = held ? held.name + " " + held.version : issue.path ? "/" + issue.path + (issue.line ? ":" + issue.line : "") : issue.instruction || words(issue.place ?? "configuration");
    const said = [issue.message, issue.evidence, issue.layer ? "layer " + issue.layer : "", lineOf(target, issue)].filter(Boolean).join(" · ");
    return make("div", null, place, said ? make("span", { class: "soft" }, " " + said) : "");
  }

  /** What an image breaks of a benchmark; nothing where none was asked for. */
  function compliance(target) {
    if (!target.compliance) return [];
    const issues = new Map(target.issues.map((one) => [one.occurrence, one.id]));
    const why = (one) => [one.vulnerabilities ? counted(one.vulnerabilities, "vulnerability") + " with a fix" : "",
      ...new Set((one.issues ?? []).map((name) => issues.get(name)))].filter(Boolean).join(", ");
    return [make("h2", null, target.compliance.title), sheet(target.compliance.title, ["Rule", "Status", "What it asks", "Broken by"],
      target.compliance.controls.map((one) => [one.id, make("span", { class: "status " + one.status.split(" ")[0] }, one.status), one.title, why(one)]))];
  }

  /** What follows the findings: diagnostics, coverage, and how the report was made. */
  function rest(report) {
    const diagnostics = [...report.decision.diagnostics, ...report.targets.flatMap((target) => target.diagnostics)];
    const coverage = report.targets.flatMap((target) => target.coverage);
    return [
      ...report.targets.flatMap(compliance),
      ...checked(report),
      ...(diagnostics.length ? [make("h2", null, "Diagnostics"), sheet("Diagnostics", ["Level", "What", "Where"],
        diagnostics.map((one) => [words(one.level), one.message ?? one.code, one.where ?? ""]))] : []),
      make("h2", null, "Coverage"), sheet("Coverage", ["Kind", "Packages", "Matched", "Status", "Data"],
        coverage.map((one) => [one.kind, number(one.packages), number(one.matched), words(one.status) + (one.note ? ": " + one.note : ""),
          (one.sources ?? []).map((source) => make("div", null, source.shard + (source.confirmed ? " (" + source.confirmed.slice(0, 10) + ")" : "")))])),
      make("p", { class: "soft" }, "Made by " + report.tool + (report.database ? ", database " + report.database : "") + "."),
    ];
  }

  unpack().then((report) => new Page(report), (error) => {
    document.getElementById("page").append(make("p", { role: "alert" }, "The report could not be read: " + error.message));
  });
})();
