// Tables sort, and narrow by the name of a row. The page reads without it.
document.documentElement.classList.add("js");

const numberOf = (text) => {
  const found = text.replace(/\u2212/g, "-").replace(/,/g, "").match(/^[+<]?(-?[\d.]+)/);
  return found ? parseFloat(found[1]) : null;
};
const keyOf = (row, column) => {
  const cell = row.cells[column];
  const text = (cell.firstChild ? cell.firstChild.textContent : "").trim();
  const value = column === 0 ? null : numberOf(text);
  // A dash, where there is no number, goes last whichever way is sorted.
  return { value, text: text === "\u2013" ? null : text };
};
const compareKeys = (a, b, sign) => {
  if (a.value !== null && b.value !== null) return sign * (a.value - b.value);
  if (a.value !== null) return -1;
  if (b.value !== null) return 1;
  if (a.text === null || b.text === null) return (a.text === null) - (b.text === null);
  return sign * a.text.localeCompare(b.text);
};
const sortBy = (table, header) => {
  const column = header.cellIndex;
  const ascending = header.getAttribute("aria-sort") === "descending" ||
    (!header.hasAttribute("aria-sort") && column === 0);
  for (const other of table.tHead.rows[table.tHead.rows.length - 1].cells) {
    other.removeAttribute("aria-sort");
  }
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, column) }));
  rows.sort((a, b) => compareKeys(a.key, b.key, ascending ? 1 : -1));
  body.append(...rows.map((entry) => entry.row));
};
const enhance = (table) => {
  if (table.dataset.ready) return;
  table.dataset.ready = "yes";
  linkPairs(table);
  for (const header of table.tHead.rows[table.tHead.rows.length - 1].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sortBy(table, header));
    header.append(button);
  }
  if (table.tBodies[0].rows.length <= 15) return;
  const label = document.createElement("label");
  const input = document.createElement("input");
  label.className = "filter";
  label.textContent = "Only rows with ";
  input.type = "search";
  label.append(input);
  table.closest(".box").before(label);
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of table.tBodies[0].rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    }
  });
};
for (const table of document.querySelectorAll("table.data")) {
  const closed = table.closest("details:not([open])");
  if (closed) closed.addEventListener("toggle", () => enhance(table), { once: true });
  else enhance(table);
}
