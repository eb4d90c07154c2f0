// Which of the page's pairs a choice asks for, and in which order. Nothing is drawn here.
const readPairs = (data) => {
  const names = ["anchor", "id", "terms", "replacement", "way", "slices", "leader", "parts", "scores", "edit",
    "labels"];
  const pairs = data.pairs.map((entry, position) => {
    const pair = { position };
    names.forEach((name, place) => (pair[name] = entry[place]));
    return pair;
  });
  return { ...data, pairs };
};

// 1 to positive, -1 to negative, 0 for no flip; "positive" is score > threshold.
// Of classes the scores are the greatest of each side, with both classes and how far all moved.
const areClasses = (scores) => Boolean(scores) && scores.length > 2;
const flipOf = (scores, threshold) => {
  if (areClasses(scores)) return Number(scores[2] !== scores[3]);
  return scores ? (scores[1] > threshold) - (scores[0] > threshold) : 0;
};
const moveOf = (scores) => {
  if (areClasses(scores)) return scores[4];
  return scores ? scores[1] - scores[0] : 0;
};
const changeOf = (scores) => (areClasses(scores) ? `${scores[2]} → ${scores[3]}` : "");

const labelOf = (pair, model) => (Array.isArray(pair.labels) ? pair.labels[model] : pair.labels) || "";

// What the original is called, and whether that is its label: null where nobody says.
const isCalled = (pair, model, answer, threshold) => {
  const scores = pair.scores[model];
  const label = labelOf(pair, model);
  if (!scores) return false;
  if (areClasses(scores)) return answer === (label && (scores[2] === label ? "right" : "wrong"));
  const isPositive = scores[0] > threshold;
  const called = isPositive ? "positive" : "negative";
  if (answer === called) return true;
  if (!label) return false;
  const isRight = isPositive === (label === "1");
  return answer === (isRight ? "right" : "wrong") || answer === `${isRight ? "true" : "false"}_${called}`;
};

const searchable = (pair) => {
  pair.text ??= [pair.id, ...pair.parts.filter((part) => part[0] !== "@").map((part) => part.slice(1)), pair.terms.join(" "),
    pair.replacement, pair.way].join("\n").toLowerCase();
  return pair.text;
};

// The models whose flips a choice is about, as positions.
const modelsOf = (data, choice) => {
  const all = data.models.map((_, place) => place);
  if (choice.model >= 0) return [choice.model];
  return choice.output ? all.filter((place) => data.outputs[place] === choice.output) : all;
};

// The threshold of each model. At the matched one a candidate says yes as often as the baseline
// on the chosen slice; where it never does, it has none, and nothing flips there.
const thresholdsOf = (data, choice) => data.models.map((_, model) => {
  if (choice.threshold !== "matched") return Number(choice.threshold);
  if (data.baselines[model] === model) return data.thresholds[0];
  const counted = data.totals[model][Math.max(choice.slice, 0)];
  return counted && counted[4] ? counted[4][0] : NaN;
});

// How many pairs of the run a choice is of; null where the report does not count it.
const totalOf = (data, choice) => {
  const isNarrower = choice.unknown || choice.term || choice.way || choice.search || choice.least ||
    choice.change || choice.classes || ["none", "top"].includes(choice.outcome);
  if (isNarrower) return null;
  const models = modelsOf(data, choice);
  const of = (model) => data.totals[model][Math.max(choice.slice, 0)];
  if (choice.answer) {
    const place = { positive: 4, negative: 5 }[choice.answer];
    const counted = models.length === 1 && choice.edit === "identity" && choice.outcome === "any" && of(models[0]);
    const at = counted && !choice.direction && counted[3][data.thresholds.map(String).indexOf(choice.threshold)];
    return at && at[place] >= 0 ? at[place] : null;
  }
  if (choice.outcome === "any") {
    const [pairs, controls, swaps] = of(models[0]) || [null];
    if (pairs === null || choice.direction) return null;
    return { identity: pairs, control: controls, same_group: swaps }[choice.edit] ??
      pairs + controls + swaps;
  }
  if (models.length > 1) {
    const isFirst = choice.threshold === String(data.thresholds[0]) && choice.slice < 0 &&
      choice.edit === "identity" && !choice.direction && new Set(data.outputs).size === 1;
    return isFirst ? data.flipped : null;
  }
  const model = models[0];
  const counted = of(model);
  if (!counted) return null;
  const isMatched = choice.threshold === "matched" && data.baselines[model] !== model;
  const place = choice.threshold === "matched" ? 0 : data.thresholds.map(String).indexOf(choice.threshold);
  const at = isMatched ? counted[4] && counted[4].slice(1) : counted[3][place];
  if (!at) return null;
  const [flips, rises, falls, controls] = at;
  if (choice.edit === "identity") return choice.direction ? (choice.direction > 0 ? rises : falls) : flips;
  if (choice.edit !== "control" || choice.direction || controls < 0) return null;
  return controls;
};

// Where one model flips a pair, and another does not.
const changeOfFlips = (was, is) => (was ? (is ? "still" : "fixed") : is ? "broken" : "");
const CHANGES = { changed: ["fixed", "broken"] };

const isChosen = (data, pair, choice) => {
  if (choice.unknown) return false;
  if (choice.edit !== "any" && pair.edit !== choice.edit) return false;
  if (choice.slice >= 0 && !pair.slices.includes(choice.slice)) return false;
  if (choice.term && !pair.terms.some((term) => term.toLowerCase() === choice.term)) return false;
  if (choice.way && pair.way !== choice.way) return false;
  if (choice.search && !searchable(pair).includes(choice.search)) return false;
  let models = modelsOf(data, choice);
  if (choice.classes && !models.some((m) => changeOf(pair.scores[m]) === choice.classes)) return false;
  if (choice.change) {
    // Against the baseline: what it flips and the candidate does not is fixed.
    const own = choice.model >= 0 ? choice.model : models[models.length - 1];
    const baseline = data.baselines[own];
    const same = data.baselines.lastIndexOf(baseline);
    const candidate = own === baseline ? same : own;
    const [was, is] = [baseline, candidate].map((model) => {
      const flip = flipOf(pair.scores[model], choice.thresholds[model]);
      return flip !== 0 && (!choice.direction || flip === choice.direction);
    });
    const wanted = CHANGES[choice.change] ?? [choice.change];
    if (!wanted.includes(changeOfFlips(was, is))) return false;
    models = [baseline, candidate];
  }
  if (choice.answer && !models.some((m) => isCalled(pair, m, choice.answer, choice.thresholds[m]))) return false;
  const flips = models.map((model) => flipOf(pair.scores[model], choice.thresholds[model]));
  const isFlip = flips.some((flip) => flip && (!choice.direction || flip === choice.direction));
  if (choice.outcome === "top") {
    if (!models.some((model) => areClasses(pair.scores[model]) && pair.scores[model][5])) return false;
  } else if (choice.outcome === "none" ? flips.some(Boolean) : !isFlip && choice.outcome !== "any") return false;
  return models.some((model) => Math.abs(moveOf(pair.scores[model])) >= choice.least);
};

const ORDERS = {
  move: (size) => (a, b) => size(b) - size(a) || a.position - b.position,
  smallest: (size) => (a, b) => size(a) - size(b) || a.position - b.position,
  term: () => (a, b) => a.terms.join().localeCompare(b.terms.join()) || a.position - b.position,
  id: () => (a, b) => a.id.localeCompare(b.id) || a.position - b.position,
};

// The chosen pairs in order; each with those that say nearly the same, unless they stand apart.
const choosePairs = (data, choice) => {
  const chosen = data.pairs.filter((pair) => isChosen(data, pair, choice));
  const models = modelsOf(data, choice);
  const size = (pair) => Math.max(...models.map((model) => Math.abs(moveOf(pair.scores[model]))));
  chosen.sort((ORDERS[choice.sort] ?? ORDERS.move)(size));
  if (choice.apart) return { count: chosen.length, groups: chosen.map((pair) => [pair]) };
  const groups = new Map();
  for (const pair of chosen) {
    if (!groups.has(pair.leader)) groups.set(pair.leader, []);
    groups.get(pair.leader).push(pair);
  }
  return { count: chosen.length, groups: [...groups.values()] };
};
