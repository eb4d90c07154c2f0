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
  matched_flips: { threshold: "matched" },
  changed: { change: "changed" },
  changed_negative_to_positive: { change: "changed", direction: "negative_to_positive" },
  changed_positive_to_negative: { change: "changed", direction: "positive_to_negative" },
  matched_changed: { change: "changed", threshold: "matched" },
  control_changed: { edit: "control", change: "changed" },
  all_changed: { edit: "any", change: "changed" },
  called_positive: { outcome: "any", answer: "positive" },
  false_positives: { outcome: "any", answer: "false_positive" },
  false_negatives: { outcome: "any", answer: "false_negative" },
  right: { outcome: "any", answer: "right" },
  top_changes: { outcome: "top" },
};
const NEEDS_LABELS = ["false_positive", "false_negative", "right"];

const linkTo = (number, address) => {
  const link = document.createElement("a");
  link.setAttribute("href", address);
  link.className = "to-pairs";
  number.replaceWith(link);
  link.append(number);
};
const linkNumber = (number, query) => {
  const pairs = document.getElementById("pair-data");
  if (!pairs) return;
  if (NEEDS_LABELS.includes(query.answer) && !("labels" in pairs.dataset)) return;
  linkTo(number, `#pairs?${new URLSearchParams(query)}`);
};

const linkPairs = (table) => {
  if (!table.dataset.rows) return;
  const header = [...table.tHead.rows].at(-1).cells;
  const modelColumn = [...header].findIndex((cell) => "model" in cell.dataset && !cell.dataset.leads);
  for (const row of table.tBodies[0].rows) {
    const key = row.cells[0].dataset.key ?? row.cells[0].querySelector("bdi").textContent;
    for (let column = 1; column < row.cells.length; column += 1) {
      const { leads, model } = header[column].dataset;
      const number = row.cells[column].firstChild;
      if (!number || number.nodeType !== Node.TEXT_NODE || !/[1-9]/.test(number.textContent)) continue;
      if (leads === "rejects") linkTo(number, "#audit");
      if (!LEADS[leads]) continue;
      const query = { ...LEADS[leads] };
      const name = model || table.dataset.model ||
        (modelColumn > 0 ? row.cells[modelColumn].textContent : "");
      if (name) query.model = name;
      if (table.dataset.slice) query.slice = table.dataset.slice;
      if (key !== "Overall") query[table.dataset.rows] = key;
      if (table.dataset.threshold && query.outcome !== "any") query.threshold ??= table.dataset.threshold;
      linkNumber(number, query);
    }
  }
};
