// The whole page, from the report that stands in it.

async function unpack() {
  const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (one) => one.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** The day of some data: upstream's own, or when it was compared with upstream. */
const dateOf = (source) => (source.upstream_date || source.confirmed || "").slice(0, 10);

/** What follows the findings: diagnostics, coverage, and how the report was made. */
function rest(report) {
  const diagnostics = diagnosticsOf(report);
  const coverage = report.targets.flatMap((target) => target.coverage);
  return [
    ...report.targets.flatMap(compliance),
    ...checked(report),
    ...(diagnostics.length
      ? [
          make("h2", { id: "diagnostics" }, "Diagnostics"),
          sheet(
            "Diagnostics",
            ["Level", "What", "Where"],
            diagnostics.map((one) => [words(one.level), one.message ?? one.code, one.where ?? ""]),
          ),
        ]
      : []),
    make("h2", { id: "coverage" }, "Coverage"),
    sheet(
      "Coverage",
      ["Kind", "Packages", "Matched", "Status", "Data"],
      coverage.map((one) => [
        one.kind,
        number(one.packages),
        number(one.matched),
        words(one.status) + (one.note ? ": " + one.note : ""),
        (one.sources ?? []).map((source) =>
          make("div", { class: "data" }, source.shard + (dateOf(source) ? " of " + dateOf(source) : "")),
        ),
      ]),
    ),
    make(
      "p",
      { class: "soft" },
      "Made by " + report.tool + (report.database ? ", database " + report.database : "") + ".",
    ),
  ];
}

unpack().then(
  (report) => new Page(report),
  (error) => {
    document
      .getElementById("page")
      .append(make("p", { role: "alert" }, "The report could not be read: " + error.message));
  },
);
