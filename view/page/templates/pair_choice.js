// Which of the page's pairs a choice asks for, and in which order. Nothing is drawn here.
const readPairs = (data) => {
  const names = ["anchor", "id", "terms", "replacement", "way", "slices", "leader", "parts", "scores"];
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

const searchable = (pair) => {
  pair.text ??= [pair.id, ...pair.parts.map((part) => part.slice(1)), pair.terms.join(" "),
    pair.replacement, pair.way].join("\n").toLowerCase();
  return pair.text;
};

// The models whose flips a choice is about, as positions.
const modelsOf = (data, choice) =>
  choice.model >= 0 ? [choice.model] : data.models.map((_, place) => place);

const isChosen = (data, pair, choice) => {
  if (choice.slice >= 0 && !pair.slices.includes(choice.slice)) return false;
  if (choice.term && !pair.terms.some((term) => term.toLowerCase() === choice.term)) return false;
  if (choice.way && pair.way !== choice.way) return false;
  if (choice.search && !searchable(pair).includes(choice.search)) return false;
  let models = modelsOf(data, choice);
  if (choice.classes && !models.some((m) => changeOf(pair.scores[m]) === choice.classes)) return false;
  if (choice.change) {
    // Against the baseline: what it flips and the candidate does not is fixed.
    const last = data.models.length - 1;
    const candidate = choice.model >= 0 && choice.model !== data.baseline ? choice.model : last;
    const was = flipOf(pair.scores[data.baseline], choice.threshold) !== 0;
    const is = flipOf(pair.scores[candidate], choice.threshold) !== 0;
    const change = was ? (is ? "still" : "fixed") : is ? "broken" : "";
    if (change !== choice.change) return false;
    models = [data.baseline, candidate];
  }
  const flips = models.map((model) => flipOf(pair.scores[model], choice.threshold));
  if (!flips.some((flip) => flip && (!choice.direction || flip === choice.direction))) return false;
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
