// What a word means, shown while the pointer or the keyboard's focus is on it: a title alone is
// for the pointer only. It goes by Escape, and stays while the pointer is on it.
const setUpWords = () => {
  const bubble = document.createElement("div");
  bubble.id = "word-meaning";
  bubble.setAttribute("role", "tooltip");
  bubble.hidden = true;
  document.body.append(bubble);
  let holder = null;

  const hide = () => {
    if (holder) holder.removeAttribute("aria-describedby");
    holder = null;
    bubble.hidden = true;
  };
  const show = (next, word) => {
    if (holder === next) return;
    hide();
    holder = next;
    bubble.textContent = word.dataset.meaning;
    bubble.hidden = false;
    holder.setAttribute("aria-describedby", bubble.id);
    const place = word.getBoundingClientRect();
    const own = bubble.getBoundingClientRect();
    const left = Math.min(place.left, document.documentElement.clientWidth - own.width - 8);
    const isRoom = place.bottom + own.height + 8 < window.innerHeight;
    bubble.style.left = `${Math.max(8, left) + window.scrollX}px`;
    bubble.style.top = `${(isRoom ? place.bottom + 4 : place.top - own.height - 4) + window.scrollY}px`;
  };
  for (const word of document.querySelectorAll("abbr[title]")) {
    word.dataset.meaning = word.title;
    word.removeAttribute("title");
    // The header that sorts is a button, or becomes one, which takes the focus for its word.
    if (!word.closest("table.data thead tr:last-child")) word.tabIndex = 0;
  }
  // A button of a header holds its word.
  const wordOf = (target) => target.closest("abbr[data-meaning]") ??
    (target.closest("th button")?.querySelector("abbr[data-meaning]") || null);
  document.addEventListener("focusin", ({ target }) => {
    const word = target.matches(":focus-visible") ? wordOf(target) : null;
    if (word) show(target, word);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("pointerover", ({ target }) => {
    const word = wordOf(target);
    if (word) show(word, word);
    else if (!bubble.contains(target) && !holder?.contains(document.activeElement)) hide();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
};
setUpWords();
