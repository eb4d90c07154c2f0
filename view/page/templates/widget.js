// The notebook widget. Python sends the bundle once per page, on request, and
// the flipped pairs of a slice when its bar is pressed.
const WORDS = {
  negative_to_positive: "negative to positive",
  positive_to_negative: "positive to negative",
};

function node(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text !== null) made.textContent = text;
  made.append(...children);
  return made;
}

// Text of data only ever becomes text nodes.
function showPairs(place, message) {
  const title = node("p", null, node("strong", message.slice), `: ${message.summary}`);
  place.replaceChildren(title);
  if (!message.pairs.length) return;
  const list = node("ol", null);
  for (const pair of message.pairs) {
    const text = node("p", null);
    text.dir = "auto";
    const tags = { removed: "del", added: "ins", same: "span" };
    for (const [kind, part] of pair.changes) text.append(node(tags[kind], part));
    const facts = node("p", null);
    facts.className = "fairflip-facts";
    facts.append(`ID ${pair.example_id}`);
    if (pair.term) facts.append(` · term ${pair.term}`);
    if (pair.group) facts.append(` · group ${pair.group}`);
    for (const [name, scores] of Object.entries(pair.scores)) {
      const flip = WORDS[scores.flip] ?? "no flip";
      const moved = `${scores.original.toFixed(3)} → ${scores.counterfactual.toFixed(3)}`;
      facts.append(` · ${name} ${moved} ${flip}`);
    }
    list.append(node("li", null, text, facts));
  }
  const summary = node("summary", "Show the pairs. Content warning: they may hold offensive text.");
  place.append(node("details", null, summary, list));
}

async function render({ model, el }) {
  el.classList.add("fairflip-widget");
  const status = node("p", "Loading Fairness Indicators…");
  status.setAttribute("role", "status");
  const host = node("div", null);
  host.className = "fairflip-host";
  const pairs = node("div", null);
  pairs.className = "fairflip-pairs";
  pairs.setAttribute("aria-live", "polite");
  el.replaceChildren(status, host, pairs);

  const fallback = () =>
    document.querySelectorAll(`[data-fairflip-fallback="${model.get("fallback_id")}"]`);
  for (const element of fallback()) element.style.display = "none";

  let deliver;
  const bundle = new Promise((resolve) => (deliver = resolve));
  const hear = (message, buffers) => {
    if (message.type === "bundle") deliver(new Uint8Array(buffers[0].buffer ?? buffers[0]));
    if (message.type === "pairs") showPairs(pairs, message);
  };
  model.on("msg:custom", hear);
  const draw = () => {
    pairs.replaceChildren();
    mountFairnessComponent(host, model.get("payload"), (slice) => {
      model.send({ type: "slice-selected", slice });
    });
  };
  try {
    await loadFairnessComponent(() => {
      model.send({ type: "bundle" });
      return bundle;
    });
    status.textContent = model.get("note");
    draw();
    model.on("change:payload", draw);
  } catch (error) {
    status.textContent = `Fairness Indicators could not be shown: ${error.message}`;
  }
  return () => {
    model.off("msg:custom", hear);
    model.off("change:payload", draw);
    for (const element of fallback()) element.style.display = "";
  };
}

export default { render };
