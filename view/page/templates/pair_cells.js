// A record of a table: its cells, those that changed first. Text of data only becomes text nodes.
const cellsOf = (parts) => {
  const cells = [];
  for (const part of parts) {
    if (part[0] === "#") cells.push({ name: part.slice(1), same: "", removed: null, added: null });
    else cells.at(-1)[{ "=": "same", "-": "removed", "+": "added", "@": "picture" }[part[0]]] = part.slice(1);
  }
  return cells;
};

// Only what is an image's data becomes the source of one.
const IMAGE_DATA = /^data:image\/jpeg;base64,[A-Za-z0-9+/]+=*$/;

const imageOf = (source, words, area) => {
  const frame = element("span", "", "picture");
  const image = element("img");
  if (IMAGE_DATA.test(source)) image.setAttribute("src", source);
  image.alt = words;
  frame.append(image);
  if (area) {
    const box = element("span", "", "area");
    const [left, top, width, height] = area.split(",").map((share) => `${Number(share)}%`);
    Object.assign(box.style, { left, top, width, height });
    frame.append(box);
  }
  return frame;
};

// Both sides of an image, and a frame around what changed.
const picturesOf = (picture, name) => {
  const [before, after, area] = picture.split(" ");
  const both = element("span", "", "pictures");
  both.append(imageOf(before, `${name}, original`, area));
  if (after) both.append(" → ", imageOf(after, `${name}, counterfactual`, area));
  return both;
};

const recordTable = (pair) => {
  const box = element("div", "", "record");
  const table = element("table", "", "cells");
  const [head, row] = [element("tr"), element("tr")];
  for (const cell of cellsOf(pair.parts)) {
    const changed = cell.removed !== null || Boolean(cell.picture && cell.picture.includes(" "));
    const title = element("th", cell.name, changed ? "changed" : "");
    title.scope = "col";
    head.append(title);
    const value = element("td", changed ? "" : cell.same, changed ? "changed" : "");
    if (cell.picture) value.append(picturesOf(cell.picture, cell.name));
    else if (changed) value.append(element("del", cell.removed), " → ", element("ins", cell.added));
    row.append(value);
  }
  table.append(element("thead"), element("tbody"));
  table.tHead.append(head);
  table.tBodies[0].append(row);
  box.append(table);
  return box;
};
