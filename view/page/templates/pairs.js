// The flipped pairs are searched.
(() => {
  "use strict";
  const search = document.getElementById("pair-search");
  if (search) {
    const pairs = [...document.querySelectorAll(".pair")];
    const shown = document.getElementById("pair-count");
    search.addEventListener("input", () => {
      const wanted = search.value.toLowerCase();
      let count = 0;
      for (const pair of pairs) {
        pair.hidden = !pair.textContent.toLowerCase().includes(wanted);
        count += !pair.hidden;
      }
      shown.textContent = wanted ? `${count} of ${pairs.length}` : "";
    });
  }
})();
