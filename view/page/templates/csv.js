// Any table as a CSV file: what stands in its cells, small print in a column of its own.
const csvField = (text) => {
  // What begins like a formula, and is no plain number, is not to be run by who opens the file.
  const plain = text.replace(/\u2212/g, "-").trim().replace(/^\+(?=[\d.])/, "");
  const safe = /^[=+@\t\r-]/.test(plain) && !/^-[\d.]+%?$/.test(plain) ? `'${plain}` : plain;
  return /[",\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
};

const csvOf = (table) => {
  const parts = (cell) => {
    const small = cell.querySelector("small");
    const whole = cell.cloneNode(true);
    for (const note of whole.querySelectorAll("small")) note.remove();
    return [whole.textContent, small ? small.textContent.replace(/\n/g, "; ") : ""];
  };
  const heads = table.tHead ? [...table.tHead.rows] : [];
  const titles = [];
  for (const row of heads) {
    let column = 0;
    for (const cell of row.cells) {
      for (let span = 0; span < cell.colSpan; span += 1, column += 1) {
        titles[column] = [titles[column], parts(cell)[0].trim()].filter(Boolean).join(", ");
      }
    }
  }
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map(parts));
  const width = Math.max(titles.length, ...rows.map((row) => row.length));
  const noted = Array.from({ length: width }, (_, column) => rows.some((row) => row[column]?.[1]));
  const spread = (cells) => cells.flatMap((cell, column) => (noted[column] ? cell : [cell[0]]));
  const lines = rows.map(spread);
  if (titles.length) lines.unshift(spread(titles.map((title) => [title, `${title}: note`])));
  return `${lines.map((line) => line.map(csvField).join(",")).join("\r\n")}\r\n`;
};

for (const table of document.querySelectorAll("main .box table")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "csv";
  button.textContent = "CSV";
  button.title = "This table as a CSV file";
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    const name = table.caption.textContent.trim().toLowerCase().replace(/[^a-z0-9.]+/g, "_");
    const address = URL.createObjectURL(new Blob(["\ufeff", csvOf(table)], { type: "text/csv" }));
    link.setAttribute("href", address);
    link.download = `${name.slice(0, 60)}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });
  table.closest(".box").prepend(button);
}
