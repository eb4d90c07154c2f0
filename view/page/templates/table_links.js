// A number in a table is a link to its pairs. Its column says which model, edit and direction
// it is of, its row which slice, term, way or output, its table which threshold.
const LEADS = {
  pairs: { outcome: "any" },
  flips: {},
  negative_to_positive: { direction: "negative_to_positive" },
  positive_to_negative: { direction: "positive_to_negative" },
  controls: { edit: "control", outcome: "any" },
  control_flips: { edit: "control" },
  same_group_flips: { edit: "same_group" },
  all_flips: { edit: "any" },
};
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
  const modelColumn = [...header].findIndex((cell) => "model" in cell.dataset && !cell.dataset.leads);
  for (const row of table.tBodies[0].rows) {
    const key = row.cells[0].querySelector("bdi").textContent;
    for (let column = 1; column < row.cells.length; column += 1) {
      const { leads, model } = header[column].dataset;
      const number = row.cells[column].firstChild;
      if (!LEADS[leads] || !number || !/[1-9]/.test(number.textContent)) continue;
      const query = { ...LEADS[leads] };
      const name = model || table.dataset.model ||
        (modelColumn > 0 ? row.cells[modelColumn].textContent : "");
      if (name) query.model = name;
      if (key !== "Overall") query[table.dataset.rows] = key;
      if (table.dataset.threshold && query.outcome !== "any") query.threshold = table.dataset.threshold;
      linkNumber(number, query);
    }
  }
};
