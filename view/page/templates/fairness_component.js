// Shows a compact payload in the real fairness-nb-container. Shared by the
// report, the notebook widget and the notebook's fallback output.

// Runs the bundle once per page, as a classic script, without outside requests.
async function loadFairnessComponent(getCompressed) {
  if (customElements.get("fairness-nb-container")) return;
  // Several widgets of one page may ask at the same time.
  window.fairflipBundle ??= (async () => {
    const bytes = await getCompressed();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    // The bundle fetches Roboto and Google Charts unless these are there, and
    // would register itself with a module loader that it finds.
    window.polymerSkipLoadingFontRoboto = true;
    window.google ??= {};
    window.google.charts ??= {};
    window.google.charts.load ??= () => Promise.resolve();
    window.google.charts.setOnLoadCallback ??= () => {};
    const define = window.define;
    if (define) window.define = undefined;
    try {
      document.head.append(script);
    } finally {
      if (define) window.define = define;
      script.remove();
    }
    await customElements.whenDefined("fairness-nb-container");
  })();
  await window.fairflipBundle;
}

function base64Bytes(text) {
  const raw = atob(text.trim());
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}

// One model's rows in the component's own form; a new object every time, since
// the component changes what it is given.
function expandRows(payload, model) {
  const metric = (value) => {
    if (value === null) return { doubleValue: NaN };
    if (typeof value === "number") return { doubleValue: value };
    return { boundedValue: { value: value[0], lowerBound: value[1], upperBound: value[2] } };
  };
  return payload.values[model].map((row, number) => {
    const slice = payload.slices[number];
    const metrics = {};
    payload.metrics.forEach((name, column) => {
      metrics[name] = metric(row[column]);
    });
    return { slice, sliceValue: slice.slice(slice.indexOf(":") + 1), metrics };
  });
}

// The component was made for pages of its own: beside a file browser its list of metrics gives
// way, so that the chart, which is as wide as it is, stays whole. Names break instead.
const FITTING = `
paper-card{margin:4px!important;padding:6px!important}
.flex-column{flex:0 1 370px;min-width:0}
#metrics-and-slice-selector{box-sizing:border-box}
#metrics{width:auto!important;flex:1 0 600px;padding-right:9px!important}
paper-listbox{width:auto!important}
.metric-name{max-width:none!important;white-space:normal;overflow-wrap:anywhere}`;

function makeFit(element) {
  const list = element.shadowRoot?.querySelector("fairness-metric-and-slice-selector");
  for (const root of [element.shadowRoot, list?.shadowRoot]) {
    if (!root) continue;
    const style = document.createElement("style");
    style.textContent = FITTING;
    root.append(style);
  }
}

// Puts the component into `host`. `onSlice(name)` hears of a pressed bar.
function mountFairnessComponent(host, payload, onSlice) {
  const element = document.createElement("fairness-nb-container");
  const [base, compare] = payload.models;
  // The order matters: setting slicingMetrics draws.
  if (compare !== undefined) {
    element.slicingMetricsCompare = expandRows(payload, compare);
    element.evalNameCompare = compare;
  }
  element.evalName = base;
  element.slicingMetrics = expandRows(payload, base);
  element.addEventListener("select", (event) => {
    const source = event.composedPath()[0];
    if (source.tagName === "FAIRNESS-BOUNDED-VALUE-BAR-CHART" && onSlice) onSlice(event.detail);
  });
  host.replaceChildren(element);
  makeFit(element);
  return element;
}
