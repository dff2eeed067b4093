// The findings: filters and rows.

const STEP = 100; // rows drawn at once, and as many more on request
const MANY_STEPS = 2_000; // what a browser draws without a pause that is felt

/** The names of the columns. */
function columns() {
  return make(
    "thead",
    null,
    make(
      "tr",
      null,
      ["Vulnerability", "Severity", "Package", "Fix", "Layer"].map((one) => make("th", { scope: "col" }, one)),
      make("th", { scope: "col", class: "number" }, "Risk"),
    ),
  );
}

class Page {
  constructor(report) {
    this.report = report;
    this.rows = rowsOf(report);
    this.filters = { level: "", section: "", origin: "", use: "", layer: "" };
    this.state = "open";
    this.query = "";
    this.order = "risk";
    this.group = "package";
    this.charts = make("div", { class: "cards" });
    this.body = make("tbody");
    this.table = make("table", { class: "findings", "aria-label": "Findings" }, columns(), this.body);
    this.status = make("p", { class: "soft", role: "status", "aria-live": "polite" });
    this.more = make("div", { class: "more" });
    this.draw();
  }

  draw() {
    const page = document.getElementById("page");
    page.replaceChildren(
      ...heading(this.report),
      verdict(this.report, this.rows),
      this.rows.length ? this.charts : "",
      make("h2", { id: "findings", tabindex: "-1" }, "Findings"),
      this.rows.length ? this.tools() : "",
      this.status,
      this.table,
      this.more,
      ...rest(this.report),
    );
    addEventListener("beforeprint", () => {
      this.grow(this.found.length);
      for (const one of document.querySelectorAll("details")) one.open = true;
    });
    this.update();
  }

  tools() {
    const states = { open: "To look at", hidden: "Hidden by default", suppressed: "Suppressed", all: "All" };
    const pick = (label, entries, chosen, set) =>
      make(
        "label",
        null,
        label,
        make(
          "select",
          {
            onchange: (event) => {
              set(event.target.value);
              this.update();
            },
          },
          Object.entries(entries).map(([value, text]) =>
            make("option", { value, selected: value === chosen ? "selected" : null }, text),
          ),
        ),
      );
    for (const state of Object.keys(states)) {
      const count = state === "all" ? this.rows.length : this.rows.filter((row) => row.state === state).length;
      states[state] += " (" + number(count) + ")";
    }
    return make(
      "div",
      { class: "tools", role: "search" },
      make(
        "label",
        { class: "wide" },
        "Search",
        make("input", {
          type: "search",
          id: "query",
          placeholder: "CVE, package, path, words …",
          autocomplete: "off",
          oninput: (event) => {
            this.query = event.target.value;
            this.update();
          },
        }),
      ),
      pick("Show", states, this.state, (value) => {
        this.state = value;
      }),
      pick(
        "Group by",
        { none: "Nothing", package: "Package", severity: "Severity", layer: "Layer", fix: "Fix" },
        this.group,
        (value) => {
          this.group = value;
        },
      ),
      pick("Sort by", { risk: "Risk", severity: "Severity", package: "Package", name: "Name" }, this.order, (value) => {
        this.order = value;
      }),
      make("button", { class: "plain", type: "button", onclick: () => this.clear() }, "Clear filters"),
    );
  }

  clear() {
    for (const key of Object.keys(this.filters)) this.filters[key] = "";
    this.query = document.getElementById("query").value = "";
    this.update();
  }

  matches(row, but) {
    return Object.entries(this.filters).every(
      ([key, value]) => key === but || value === "" || String(row[key]) === value,
    );
  }

  update() {
    const terms = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const near = this.rows.filter(
      (row) => (this.state === "all" || row.state === this.state) && terms.every((term) => row.text.includes(term)),
    );
    this.charts.replaceChildren(...charts(this, near));
    const found = near.filter((row) => this.matches(row)).sort(ORDER[this.order]);
    this.found = GROUPS[this.group]
      ? grouped(found, this.group).flatMap((rows) =>
          rows.map((row, place) => ({ row, title: place ? null : () => groupTitle(this.group, rows) })),
        )
      : found.map((row) => ({ row }));
    this.shown = 0;
    this.table.classList.toggle("by-package", this.group === "package");
    this.body.replaceChildren();
    this.status.textContent =
      counted(found.length, "vulnerability") +
      (found.length < this.rows.length ? " of " + number(this.rows.length) : "");
    if (!found.length) {
      const text = this.rows.length ? "Nothing matches these filters." : nothingFound(this.report);
      this.body.append(make("tr", null, make("td", { colspan: 6, class: "empty soft" }, text)));
    }
    this.grow();
  }

  toggle(filter, value) {
    this.filters[filter] = this.filters[filter] === value ? "" : value;
    this.update();
    this.charts.querySelector('[data-key="' + filter + value + '"]')?.focus();
  }

  /** The next rows: of each group its title, and its rows. */
  grow(most = STEP) {
    const part = document.createDocumentFragment();
    for (const { row, title } of this.found.slice(this.shown, this.shown + most)) {
      if (title) part.append(make("tr", { class: "group" }, make("td", { colspan: 6 }, title())));
      part.append(rowElement(row));
    }
    this.shown = Math.min(this.shown + most, this.found.length);
    this.body.append(part);
    const left = this.found.length - this.shown;
    this.more.hidden = !left;
    this.more.replaceChildren(
      ...(left > STEP ? [this.button("Show " + number(STEP) + " more", () => this.grow())] : []),
      left > MANY_STEPS
        ? this.button("Show " + number(MANY_STEPS) + " more", () => this.grow(MANY_STEPS))
        : this.button("Show all " + number(this.found.length), () => this.grow(left)),
    );
  }

  button(text, onclick) {
    return make("button", { class: "plain", type: "button", onclick }, text);
  }
}
