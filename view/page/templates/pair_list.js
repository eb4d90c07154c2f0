// Pairs as items of a list. Text of data only ever becomes text nodes.
const element = (tag, text, className) => {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
};

const FLIP_WORDS = { 1: "negative to positive", "-1": "positive to negative" };

const pairText = (pair) => {
  if ((pair.parts[0] || "")[0] === "#") return recordTable(pair);
  const text = element("p", "", "text");
  text.dir = "auto";
  const tags = { "-": "del", "+": "ins" };
  for (const part of pair.parts) {
    const content = part.slice(1);
    text.append(part[0] in tags ? element(tags[part[0]], content) : content);
  }
  if (!pair.parts.length) text.append(element("em", "text was left out of this run"));
  return text;
};

const named = (label, name) => {
  const part = element("span", `${label} `);
  part.append(element("bdi", name));
  return part;
};

const EDIT_WORDS = { control: "control: another word", same_group: "swap within one group" };
const TABLE_WORDS = { control: "control: other cells" };
const IMAGE_WORDS = { control: "control: another part of the image" };

const pairItem = (data, pair, asked) => {
  const shown = modelsOf(data, { ...asked, model: -1 });
  const item = element("li", "", "pair");
  item.id = pair.anchor;
  const facts = element("p", "", "facts");
  const edits = data.images ? IMAGE_WORDS : data.table ? TABLE_WORDS : EDIT_WORDS;
  if (pair.edit in edits) facts.append(element("span", edits[pair.edit], "edit"));
  if (pair.terms.length) {
    const term = named(data.table ? "column" : pair.edit === "identity" ? "term" : "word", pair.terms.join(", "));
    if (pair.replacement) term.append(" → ", element("bdi", pair.replacement));
    facts.append(term);
  }
  if (pair.way) facts.append(named("group", pair.way));
  pair.scores.forEach((scores, model) => {
    if (!scores) return;
    const flip = flipOf(scores, asked.thresholds[model]);
    // Of several outputs only those that are asked for, or that flip.
    if (!shown.includes(model) && !flip) return;
    const part = element("span", "", flip ? "score flipped" : "score");
    const [before, after] = scores.slice(0, 2).map((score) => score.toFixed(3));
    part.append(element("bdi", data.models[model]), " ");
    if (areClasses(scores)) {
      part.append(element("bdi", scores[2]), ` ${before} → `, element("bdi", scores[3]), ` ${after} `);
      part.append(flip ? element("b", "another class") : "same class");
    } else {
      part.append(`${before} → ${after} `);
      part.append(flip ? element("b", FLIP_WORDS[flip]) : "no flip");
    }
    facts.append(part);
  });
  facts.append(named("ID", pair.id));
  const link = element("a", "#", "anchor");
  link.setAttribute("href", `#${pair.anchor}`);
  link.setAttribute("aria-label", "link to this pair");
  facts.append(link);
  item.append(pairText(pair), facts);
  return item;
};

// A group of near-duplicates: its first pair, and a button for the others.
const groupItem = (data, group, asked) => {
  const item = pairItem(data, group[0], asked);
  if (group.length === 1) return item;
  const button = element("button", `${group.length - 1} nearly the same`, "alike");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const others = element("ol", "", "pair-list");
    others.append(...group.slice(1).map((pair) => pairItem(data, pair, asked)));
    button.replaceWith(others);
  });
  item.append(button);
  return item;
};
