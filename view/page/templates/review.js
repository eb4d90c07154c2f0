"use strict";
(() => {
  const store = "fairflip-review-" + document.body.dataset.sample;
  const pairs = [...document.querySelectorAll(".review .pair")];
  const reviewer = document.getElementById("reviewer");
  const questions = ["valid", "same_decision"];
  let answers = {};
  let current = 0;

  // A browser may refuse storage to a local file: then the saved CSV is what is left.
  const remember = () => {
    try {
      localStorage.setItem(store, JSON.stringify({ name: reviewer.value, answers }));
    } catch (refused) { /* said by the page: save the answers as CSV */ }
  };
  const answerOf = (pair) => (answers[pair.dataset.key] ??= { valid: "", same_decision: "", note: "" });
  const isDone = (answer) => answer.valid === "no" || (answer.valid && answer.same_decision);
  const asked = (pair) => {
    const answer = answerOf(pair);
    return answer.valid === "yes" ? "same_decision" : "valid";
  };

  const show = (pair) => {
    const answer = answerOf(pair);
    for (const question of questions) {
      const field = pair.querySelector(`[data-question=${question}]`);
      field.classList.toggle("asked", pair === pairs[current] && asked(pair) === question);
      for (const button of field.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", String(answer[question] === button.value));
      }
    }
    pair.querySelector("[data-note]").value = answer.note;
    pair.classList.toggle("done", Boolean(isDone(answer)));
    pair.classList.toggle("current", pair === pairs[current]);
  };
  const count = () => {
    const done = pairs.filter((pair) => isDone(answerOf(pair))).length;
    document.getElementById("progress").textContent = `${done} of ${pairs.length} judged`;
  };
  const moveTo = (index, scroll = true) => {
    const before = pairs[current];
    current = Math.min(Math.max(index, 0), pairs.length - 1);
    show(before);
    show(pairs[current]);
    if (scroll) {
      pairs[current].scrollIntoView({ block: "center" });
      pairs[current].focus({ preventScroll: true });
    }
  };
  const give = (pair, question, value) => {
    const answer = answerOf(pair);
    answer[question] = value;
    if (question === "valid" && value !== "yes") answer.same_decision = "";
    show(pair);
    count();
    remember();
    if (isDone(answer) && pair === pairs[current]) moveTo(current + 1);
  };

  // RFC 4180; what a spreadsheet would run as a formula gets an apostrophe.
  const cell = (text) => {
    const inert = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
    return /[",\r\n]/.test(inert) ? '"' + inert.replaceAll('"', '""') + '"' : inert;
  };
  const asCsv = () => [
    ["key", "valid", "same_decision", "note", "reviewer"],
    ...pairs.map((pair) => {
      const answer = answerOf(pair);
      return [pair.dataset.key, answer.valid, answer.same_decision, answer.note, reviewer.value];
    }),
  ].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  const parse = (text) => {
    const rows = [[""]];
    let quoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const row = rows.at(-1);
      const sign = text[at];
      if (quoted && sign === '"' && text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
      else if (sign === '"') quoted = !quoted;
      else if (!quoted && sign === ",") row.push("");
      else if (!quoted && sign === "\n") rows.push([""]);
      else if (quoted || sign !== "\r") row[row.length - 1] += sign;
    }
    return rows;
  };
  const load = (text) => {
    const [header, ...rows] = parse(text.replace(/^\uFEFF/, ""));
    const known = new Set(pairs.map((pair) => pair.dataset.key));
    for (const row of rows) {
      const value = (name) => row[header.indexOf(name)] ?? "";
      if (!known.has(value("key"))) continue;
      const word = (name) => (["yes", "no"].includes(value(name)) ? value(name) : "");
      answers[value("key")] = { valid: word("valid"), same_decision: word("same_decision"), note: value("note") };
      if (value("reviewer")) reviewer.value = value("reviewer");
    }
  };
  const showAll = () => { pairs.forEach(show); count(); };
  const firstOpen = () => Math.max(pairs.findIndex((pair) => !isDone(answerOf(pair))), 0);

  document.getElementById("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = "data:text/csv;charset=utf-8," + encodeURIComponent(asCsv());
    link.download = (reviewer.value.replace(/[^\w-]+/g, "_") || "answers") + ".csv";
    link.click();
  });
  document.getElementById("load").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    load(await file.text());
    remember();
    showAll();
    moveTo(firstOpen());
  });
  reviewer.addEventListener("input", remember);
  for (const [index, pair] of pairs.entries()) {
    pair.addEventListener("focusin", () => { if (index !== current) moveTo(index, false); });
    pair.querySelector("[data-note]").addEventListener("input", (event) => {
      answerOf(pair).note = event.target.value;
      remember();
    });
    for (const button of pair.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        moveTo(index, false);
        give(pair, button.parentElement.dataset.question, button.value);
      });
    }
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const value = { y: "yes", n: "no", u: "" }[event.key];
    if (value !== undefined) give(pairs[current], asked(pairs[current]), value);
    else if (event.key === "ArrowRight") moveTo(current + 1);
    else if (event.key === "ArrowLeft") moveTo(current - 1);
    else return;
    event.preventDefault();
  });

  try {
    const earlier = JSON.parse(localStorage.getItem(store) ?? "null");
    if (earlier) { answers = earlier.answers; reviewer.value = earlier.name; }
  } catch (refused) { /* no storage: nothing to go on with */ }
  if (pairs.length) { showAll(); moveTo(firstOpen(), false); }
})();
