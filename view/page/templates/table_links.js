// A number of flips in a table is a link to its pairs. Its column says which model and
// direction it is of, its row which slice, term or way, its table which threshold.
const linkNumber = (number, query) => {
  if (!document.getElementById("pair-data")) return;
  const link = document.createElement("a");
  link.setAttribute("href", `#pairs?${new URLSearchParams(query)}`);
  link.className = "to-pairs";
  number.replaceWith(link);
  link.append(number);
};

const linkPairs = (table) => {
  if (!table.dataset.rows) return;
  const header = [...table.tHead.rows].at(-1).cells;
  const modelColumn = [...header].findIndex((cell) => "model" in cell.dataset && !cell.dataset.flips);
  for (const row of table.tBodies[0].rows) {
    const key = row.cells[0].querySelector("bdi").textContent;
    for (let column = 1; column < row.cells.length; column += 1) {
      const { flips, model } = header[column].dataset;
      const number = row.cells[column].firstChild;
      if (flips === undefined || !number || !/[1-9]/.test(number.textContent)) continue;
      const query = {};
      const name = model || (modelColumn > 0 ? row.cells[modelColumn].textContent : "");
      if (name) query.model = name;
      if (key !== "Overall") query[table.dataset.rows] = key;
      if (flips !== "any") query.direction = flips;
      if (table.dataset.threshold) query.threshold = table.dataset.threshold;
      linkNumber(number, query);
    }
  }
};
