// Charts of the rows, whose bars filter them.

/** A chart of each thing to filter by, for the rows that the search leaves; none of what is not known of any row. */
function charts(page, near) {
  const chart = (title, filter, names) => {
    const counts = new Map();
    for (const row of near)
      if (page.matches(row, filter)) counts.set(String(row[filter]), (counts.get(String(row[filter])) ?? 0) + 1);
    const most = Math.max(1, ...counts.values());
    const chosen = page.filters[filter];
    const bars = names
      .filter(([value]) => counts.get(value) || value === chosen)
      .map(([value, name]) => {
        const count = counts.get(value) ?? 0;
        const fill = make("span", { class: "fill " + (filter === "level" ? value : "") });
        fill.style.width = (100 * count) / most + "%";
        return make(
          "button",
          {
            class: "bar",
            type: "button",
            "aria-pressed": String(value === chosen),
            "data-key": filter + value,
            title: clean(name),
            onclick: () => page.toggle(filter, value),
          },
          make("span", { class: "name" }, name),
          make("span", { class: "track", "aria-hidden": "true" }, fill),
          make("span", { class: "count" }, number(count)),
        );
      });
    return make(
      "section",
      { class: "card" },
      make("h2", null, title),
      make("div", { class: "bars" }, bars.length ? bars : make("p", { class: "soft" }, "none")),
    );
  };
  const layers = new Map();
  for (const row of page.rows) if (!layers.has(row.layer)) layers.set(row.layer, layerName(row));
  return [
    chart(
      "By severity",
      "level",
      LEVELS.map((one) => [one, one === "unknown" ? "unrated" : one]),
    ),
    chart("By fix", "section", [...Object.entries(SECTIONS), ["hidden", "Hidden by default"]]),
    ...(page.rows.some((row) => row.origin !== "unknown")
      ? [chart("Base image or application", "origin", Object.entries(ORIGINS))]
      : []),
    ...(page.rows.some((row) => row.use !== "unknown") ? [chart("By use", "use", Object.entries(USES))] : []),
    chart(
      "By layer",
      "layer",
      [...layers].sort((a, b) => a[0] - b[0]).map(([layer, name]) => [String(layer), name]),
    ),
  ];
}
