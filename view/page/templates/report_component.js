// The component at the end of the report; loaded when it comes near the screen.
(() => {
  "use strict";
  const host = document.getElementById("fairness-host");
  const said = document.getElementById("fairness-status");
  const choice = document.getElementById("fairness-compare");
  const payload = JSON.parse(document.getElementById("fairness-payload").textContent);
  const bundle = document.getElementById("fairness-bundle");
  const show = async () => {
    try {
      await loadFairnessComponent(() => base64Bytes(bundle.textContent));
      const base = payload.models[0];
      const compare = choice ? choice.value : payload.models[1];
      const models = compare === undefined ? [base] : [base, compare];
      mountFairnessComponent(host, { ...payload, models }, (slice) => {
        said.textContent = `Selected: ${slice}`;
      });
      said.textContent = "";
    } catch (error) {
      said.textContent = `The component could not be shown: ${error.message}`;
    }
  };
  if (choice) choice.addEventListener("change", show);
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    show();
  }, { rootMargin: "600px" });
  watch.observe(host);
})();
