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

  const choices = (name, values) => {
    const select = field(name);
    for (const value of values) {
      const option = element("option", value);
      option.value = value;
      select.append(option);
    }
    select.closest("label").hidden = select.options.length < 2;
  };
  const fill = () => {
    data = readPairs(JSON.parse(source.textContent));
    const terms = new Set(data.pairs.flatMap((pair) => pair.terms.map((t) => t.toLowerCase())));
    choices("model", data.models.length > 1 ? data.models : []);
    choices("slice", data.slices.slice(1));
    choices("term", [...terms].sort((a, b) => a.localeCompare(b)));
    choices("way", [...new Set(data.pairs.map((pair) => pair.way))].filter(Boolean).sort());
    if (field("classes")) {
      const changes = data.pairs.flatMap((pair) => pair.scores.map(changeOf)).filter(Boolean);
      choices("classes", [...new Set(changes)].sort((a, b) => a.localeCompare(b)));
      field("direction").closest("label").hidden = true;
    }
    choices("threshold", data.thresholds.map(String));
    field("threshold").value = String(data.thresholds[0]);
    if (data.models.length < 2) field("change").closest("label").hidden = true;
  };
  const choice = () => ({
    model: data.models.indexOf(field("model").value),
    slice: data.slices.indexOf(field("slice").value),
    term: field("term").value.toLowerCase(),
    way: field("way").value,
    classes: field("classes")?.value ?? "",
    direction: { negative_to_positive: 1, positive_to_negative: -1 }[field("direction").value] ?? 0,
    change: field("change").value,
    threshold: Number(field("threshold").value),
    least: Number(field("least").value) || 0,
    search: field("search").value.trim().toLowerCase(),
    sort: field("sort").value,
    apart: field("apart").checked,
  });
  const showMore = () => {
    const threshold = Number(field("threshold").value);
    const next = found.groups.slice(shown, shown + STEP);
    list.append(...next.map((group) => groupItem(data, group, threshold)));
    shown += next.length;
    more.hidden = shown >= found.groups.length;
  };
  const update = () => {
    found = choosePairs(data, choice());
    shown = 0;
    list.replaceChildren();
    showMore();
    const texts = found.groups.length;
    count.textContent = `${found.count} of ${data.pairs.length} pairs in this page` +
      (texts < found.count ? `, ${texts} different texts` : "");
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
      list.prepend(pairItem(data, pair, Number(field("threshold").value)));
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
