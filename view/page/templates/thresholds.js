// A slider over thresholds: the table below it shows all slices at the one that is chosen.
// Texts of cells come from the page, written as in the report's other tables.
const setUpThresholds = () => {
  const source = document.getElementById("threshold-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const slider = document.getElementById("threshold-slider");
  const shown = document.getElementById("threshold-shown");
  const table = document.getElementById("table-thresholds");
  const body = table.tBodies[0];
  const leads = ["flips", "negative_to_positive", "positive_to_negative", "control_flips", "all_flips", "all_flips"];

  const head = (text) => {
    const cell = document.createElement("th");
    cell.scope = "row";
    const name = document.createElement("bdi");
    // As elsewhere, a name may be broken between its words.
    for (const part of text.split(/(?<=[:_])(?=\w)/)) name.append(part, document.createElement("wbr"));
    cell.append(name);
    return cell;
  };
  const plain = (text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  };
  const rows = data.rows.map(([slice, model, pairs, cells]) => {
    const row = document.createElement("tr");
    const columns = Array.from({ length: table.tHead.rows[0].cells.length - 3 }, () => plain(""));
    const number = plain(pairs);
    row.append(head(slice), plain(model), number, ...columns);
    linkNumber(number.firstChild, { model, outcome: "any", ...(slice === "Overall" ? {} : { slice }) });
    return { row, slice, model, cells, columns };
  });
  body.append(...rows.map((entry) => entry.row));

  const show = () => {
    const place = Number(slider.value);
    const threshold = data.thresholds[place];
    const isKept = data.kept.includes(place);
    shown.textContent = isKept ? `${threshold}, as in the report` : threshold;
    slider.setAttribute("aria-valuetext", threshold);
    for (const { slice, model, cells, columns } of rows) {
      const texts = cells[place] ? cells[place].split("|") : [];
      columns.forEach((cell, column) => {
        const [text, note] = (texts[column] ?? "\u2013").split("\n");
        cell.replaceChildren(text);
        if (note) {
          const small = document.createElement("small");
          small.textContent = note;
          cell.append(small);
        }
        if (isKept && /[1-9]/.test(text)) {
          const query = { model, threshold, ...LEADS[leads[column]] };
          if (slice !== "Overall") query.slice = slice;
          linkNumber(cell.firstChild, query);
        }
      });
    }
  };
  slider.max = data.thresholds.length - 1;
  slider.value = data.first;
  slider.addEventListener("input", show);
  for (const place of data.kept) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = data.thresholds[place];
    button.addEventListener("click", () => {
      slider.value = place;
      show();
    });
    document.getElementById("threshold-kept").append(button);
  }
  show();
};
setUpThresholds();
