// The form above the pairs: a choice, kept in the address, and the list that it gives.
// An address "#pairs?model=…&slice=…" sets the form, and "#pair-…" shows one pair.
const STEP = 25;
const ERRORS = ["false_positive", "false_negative", "true_positive", "true_negative"];
const ANSWERS = {
  positive: "called positive",
  negative: "called negative",
  false_positive: "false positive",
  false_negative: "false negative",
  true_positive: "true positive",
  true_negative: "true negative",
  right: "called as its label says",
  wrong: "called otherwise than its label",
};

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
  let chosen = { count: 0, groups: [] };
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
    choices("output", outputs.length > 1 ? outputs : []);
    choices("model", data.models.length > 1 ? data.models : []);
    const slices = data.slices.slice(1);
    choices("slice", slices, slices.map((name) => data.titles[name] ?? name));
    choices("term", [...terms].sort((a, b) => a.localeCompare(b)));
    choices("way", [...new Set(data.pairs.map((pair) => pair.way))].filter(Boolean).sort());
    const changes = data.pairs.flatMap((pair) => pair.scores.map(changeOf)).filter(Boolean);
    choices("classes", [...new Set(changes)].sort((a, b) => a.localeCompare(b)));
    const isOfClasses = changes.length > 0;
    hide("direction", data.pairs.every((pair) => pair.scores.every((scores) => !scores || areClasses(scores))));
    const hasLabels = data.pairs.some((pair) => pair.labels);
    const answers = isOfClasses ? [] : ["positive", "negative"];
    if (hasLabels) answers.push(...(isOfClasses ? [] : ERRORS), "right", "wrong");
    choices("answer", answers, answers.map((answer) => ANSWERS[answer]));
    if (isOfClasses) {
      const option = element("option", "the greatest scores change");
      option.value = "top";
      field("outcome").append(option);
    }
    hide("outcome", edits.size < 2 && !isOfClasses && data.pairs.every((pair) => pair.scores.some((scores) =>
      data.thresholds.some((threshold) => flipOf(scores, threshold)))));
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
    classes: field("classes").value,
    answer: field("answer").value,
    // A name that stands in no pair of the page.
    unknown: [...form.querySelectorAll("select")].some((one) => one.selectedOptions[0]?.dataset.unknown),
    direction: { negative_to_positive: 1, positive_to_negative: -1 }[field("direction").value] ?? 0,
    change: field("change").value,
    threshold: field("threshold").value,
    least: Number(field("least").value) || 0,
    search: field("search").value.trim().toLowerCase(),
    sort: field("sort").value,
    apart: field("apart").checked,
  });
  const showMore = () => {
    const next = chosen.groups.slice(shown, shown + STEP);
    const asked = choice();
    list.append(...next.map((group) => groupItem(data, group, asked)));
    shown += next.length;
    more.hidden = shown >= chosen.groups.length;
  };
  // A number may be of a term, a slice or a change of class that no pair of the page has.
  const addUnknown = (select, value) => {
    const option = element("option", `${value} (none in this page)`);
    option.value = value;
    option.dataset.unknown = "yes";
    select.append(option);
    option.selected = true;
    select.closest("label").hidden = false;
  };
  const update = () => {
    const asked = choice();
    chosen = choosePairs(data, asked);
    shown = 0;
    list.replaceChildren();
    showMore();
    const texts = chosen.groups.length;
    const total = totalOf(data, asked);
    const number = (value) => value.toLocaleString("en-US");
    count.textContent = (total === null
      ? `${number(chosen.count)} of the ${number(data.pairs.length)} pairs in this page`
      : `${number(chosen.count)} of ${number(total)} shown`) +
      (texts < chosen.count ? `, ${number(texts)} different texts` : "");
    const isPart = total === null ? data.pairs.length < runSize() : chosen.count < total;
    if (isPart) {
      count.append(element("small", "The others are in the run's scored_pairs; " +
        "fairflip report OUT --page_pairs N shows more of them."));
    }
  };
  // Pairs and controls of the run, of which the page holds some.
  const runSize = () => {
    const counted = data.totals.map((slices) => slices[0]).find(Boolean);
    return counted ? counted[0] + counted[1] + counted[2] : 0;
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
        if (control.selectedIndex === -1) addUnknown(control, value);
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
