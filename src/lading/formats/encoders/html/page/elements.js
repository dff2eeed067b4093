"use strict";
// Texts and elements. Every text of a report reaches the page as text, never as markup.

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
    if (child !== null && child !== undefined && child !== "")
      element.append(child instanceof Node ? child : clean(child));
  }
  return element;
}

const shortened = (text, room) => (text.length > room ? text.slice(0, room - 1) + "…" : text);

/** A list of terms; pairs without a value are left out. */
function terms(pairs) {
  return make(
    "dl",
    null,
    pairs
      .filter(([, value]) =>
        Array.isArray(value) ? value.length : value !== undefined && value !== null && value !== "",
      )
      .flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)]),
  );
}

const joined = (values) => (values ?? []).join(", ");

/** A table that scrolls by itself where it is wider than the page. */
function sheet(label, columns, rows) {
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    make(
      "table",
      null,
      make(
        "thead",
        null,
        make(
          "tr",
          null,
          columns.map((one) => make("th", { scope: "col" }, one)),
        ),
      ),
      make(
        "tbody",
        null,
        rows.map((row) =>
          make(
            "tr",
            null,
            row.map((cell) => make("td", null, cell)),
          ),
        ),
      ),
    ),
  );
}

const FEW = 5;

/** Some elements, and the others behind a button where there are many. */
function folded(elements) {
  if (elements.length <= FEW) return elements;
  return [
    ...elements.slice(0, FEW),
    make("details", null, make("summary", null, "and " + number(elements.length - FEW) + " more"), elements.slice(FEW)),
  ];
}
