// The form above the pairs: a choice, kept in the address, and the list that it gives.
// An address "#pairs?model=…&slice=…" sets the form, and "#pair-…" shows one pair.
const STEP = 25;

const setUpPairs = () => {
  const source = document.getElementById("pair-data");
  if (!source) return;
  const section = document.getElementById("pairs");
  const details = section.querySelector("details.pairs");
  const form = document.getElementById("pair-form");
  const list = section.querySelector("ol.pair-list");
  const count = document.getElementById("pair-count");
  const more = document.getElementById("pair-more");
  const field = (name) => form.elements.namedItem(name);
  let data = null;
  let found = { count: 0, groups: [] };
  let shown = 0;

  const hide = (name, isHidden = true) => (field(name).closest("label").hidden = isHidden);
  const choices = (name, values, titles = values) => {
    const select = field(name);
    values.forEach((value, place) => {
      const option = element("option", titles[place]);
      option.value = value;
      select.append(option);
    });
    hide(name, select.options.length < 2);
  };
  const fill = () => {
    data = readPairs(JSON.parse(source.textContent));
    const terms = new Set(data.pairs.filter((pair) => pair.edit === "identity")
      .flatMap((pair) => pair.terms.map((term) => term.toLowerCase())));
    const edits = new Set(data.pairs.map((pair) => pair.edit));
    const outputs = [...new Set(data.outputs)];
    const hasMatched = data.totals.some((slices) => slices.some((one) => one && one[4]));
    hide("edit", edits.size < 2);
    hide("outcome", edits.size < 2 && data.pairs.every((pair) => pair.scores.some((scores) =>
      data.thresholds.some((threshold) => flipOf(scores, threshold)))));
    choices("output", outputs.length > 1 ? outputs : []);
    choices("model", data.models.length > 1 ? data.models : []);
    choices("slice", data.slices.slice(1));
    choices("term", [...terms].sort((a, b) => a.localeCompare(b)));
    choices("way", [...new Set(data.pairs.map((pair) => pair.way))].filter(Boolean).sort());
    if (field("classes")) {
      const changes = data.pairs.flatMap((pair) => pair.scores.map(changeOf)).filter(Boolean);
      choices("classes", [...new Set(changes)].sort((a, b) => a.localeCompare(b)));
      hide("direction");
    }
    const values = data.thresholds.map(String);
    choices("threshold", hasMatched ? [...values, "matched"] : values,
      [...values, "the baseline's positive rate"]);
    field("threshold").value = values[0];
    hide("change", data.models.length === outputs.length);
  };
  const choice = () => {
    const made = chosenByForm();
    return { ...made, thresholds: thresholdsOf(data, made) };
  };
  const chosenByForm = () => ({
    edit: field("edit").value,
    outcome: field("outcome").value,
    output: field("output").value,
    model: data.models.indexOf(field("model").value),
    slice: data.slices.indexOf(field("slice").value),
    term: field("term").value.toLowerCase(),
    way: field("way").value,
    classes: field("classes")?.value ?? "",
    direction: { negative_to_positive: 1, positive_to_negative: -1 }[field("direction").value] ?? 0,
    change: field("change").value,
    threshold: field("threshold").value,
    least: Number(field("least").value) || 0,
    search: field("search").value.trim().toLowerCase(),
    sort: field("sort").value,
    apart: field("apart").checked,
  });
  const showMore = () => {
    const next = found.groups.slice(shown, shown + STEP);
    const asked = choice();
    list.append(...next.map((group) => groupItem(data, group, asked)));
    shown += next.length;
    more.hidden = shown >= found.groups.length;
  };
  const update = () => {
    const asked = choice();
    found = choosePairs(data, asked);
    shown = 0;
    list.replaceChildren();
    showMore();
    const texts = found.groups.length;
    const total = totalOf(data, asked);
    const number = (value) => value.toLocaleString("en-US");
    count.textContent = (total === null ? `${number(found.count)} of the pairs in this page`
      : `${number(found.count)} of ${number(total)} shown`) +
      (texts < found.count ? `, ${number(texts)} different texts` : "");
  };
  const addressOf = () => {
    const query = new URLSearchParams();
    for (const control of form.elements) {
      const usual = control.name === "threshold" ? String(data.thresholds[0]) : control.dataset.usual ?? "";
      const value = control.type === "checkbox" ? (control.checked ? "yes" : "") : control.value;
      if (control.name && value !== usual) query.set(control.name, value);
    }
    return `#pairs${query.size ? `?${query}` : ""}`;
  };
  const ready = () => {
    if (data) return;
    fill();
    update();
  };
  const open = () => {
    ready();
    details.open = true;
  };
  const showOne = (anchor) => {
    open();
    const pair = data.pairs.find((one) => one.anchor === anchor);
    if (!pair) return;
    if (!document.getElementById(anchor)) {
      list.prepend(pairItem(data, pair, choice()));
    }
    const item = document.getElementById(anchor);
    item.classList.add("target");
    item.scrollIntoView({ block: "center" });
  };
  const follow = () => {
    if (location.hash.startsWith("#pair-") && !document.querySelector(`section${CSS.escape(location.hash)}`)) {
      showOne(location.hash.slice(1));
    } else if (location.hash.startsWith("#pairs?")) {
      open();
      const query = new URLSearchParams(location.hash.slice(7));
      form.reset();
      field("threshold").value = String(data.thresholds[0]);
      for (const [name, value] of query) {
        const control = field(name);
        if (!control) continue;
        if (control.type === "checkbox") control.checked = value === "yes";
        else control.value = name === "term" ? value.toLowerCase() : value;
        // What the page does not know leaves the choice as wide as it was.
        if (control.selectedIndex === -1) control.selectedIndex = 0;
      }
      update();
      section.scrollIntoView();
    }
  };

  form.addEventListener("input", () => {
    ready();
    update();
    history.replaceState(null, "", addressOf());
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", showMore);
  details.addEventListener("toggle", ready);
  window.addEventListener("hashchange", follow);
  follow();
};
setUpPairs();
