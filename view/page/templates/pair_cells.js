// A record of a table: its cells, those that changed first. Text of data only becomes text nodes.
const cellsOf = (parts) => {
  const cells = [];
  for (const part of parts) {
    if (part[0] === "#") cells.push({ name: part.slice(1), same: "", removed: null, added: null });
    else cells.at(-1)[{ "=": "same", "-": "removed", "+": "added" }[part[0]]] = part.slice(1);
  }
  return cells;
};

const recordTable = (pair) => {
  const box = element("div", "", "record");
  const table = element("table", "", "cells");
  const [head, row] = [element("tr"), element("tr")];
  for (const cell of cellsOf(pair.parts)) {
    const changed = cell.removed !== null;
    const title = element("th", cell.name, changed ? "changed" : "");
    title.scope = "col";
    head.append(title);
    const value = element("td", changed ? "" : cell.same, changed ? "changed" : "");
    if (changed) value.append(element("del", cell.removed), " → ", element("ins", cell.added));
    row.append(value);
  }
  table.append(element("thead"), element("tbody"));
  table.tHead.append(head);
  table.tBodies[0].append(row);
  box.append(table);
  return box;
};
