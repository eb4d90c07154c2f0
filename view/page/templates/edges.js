// A table that is wider than its box shows at which side it goes on.
const mark = (scroll) => {
  const rest = scroll.scrollWidth - scroll.clientWidth;
  scroll.parentElement.classList.toggle("more-right", rest - scroll.scrollLeft > 2);
  scroll.parentElement.classList.toggle("more-left", scroll.scrollLeft > 2);
};
const watch = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
for (const scroll of document.querySelectorAll(".box > .scroll")) {
  scroll.addEventListener("scroll", () => mark(scroll), { passive: true });
  watch.observe(scroll);
}
