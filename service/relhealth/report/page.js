"use strict";
(() => {
  // What is pointed at or focused lights up with everything it is linked to, in both directions.
  const lit = new Set();
  const clear = () => {
    for (const node of lit) node.classList.remove("lit");
    lit.clear();
  };
  const light = (node) => {
    node.classList.add("lit");
    lit.add(node);
  };
  const show = (source) => {
    clear();
    for (const id of source.dataset.links.split(" ")) {
      const target = document.getElementById(id);
      if (target) light(target);
    }
    const own = source.id || source.dataset.links.split(" ")[0];
    for (const node of document.querySelectorAll(`[data-links~="${CSS.escape(own)}"]`)) {
      if (node.matches(".mention, svg *")) light(node);
    }
  };
  // Beside evidence, the list of messages turns to the first that the evidence rests on.
  const turn = (source) => {
    const list = document.getElementById("message-list");
    if (!source.closest(".ledger li") || list.scrollHeight <= list.clientHeight) return;
    const target = document.getElementById(source.dataset.links.split(" ")[0]);
    if (!target) return;
    const top = target.offsetTop;
    const isShown = top >= list.scrollTop && top + target.offsetHeight <= list.scrollTop + list.clientHeight;
    if (!isShown) list.scrollTop = top;
  };
  const sourceOf = (event) => event.target.closest?.("[data-links]");
  const follow = (event) => {
    const source = sourceOf(event);
    if (!source) return clear();
    show(source);
    turn(source);
  };
  document.addEventListener("pointerover", follow);
  document.addEventListener("focusin", follow);
  document.addEventListener("click", (event) => {
    const mark = event.target.closest?.("svg [data-links]");
    if (mark) document.getElementById(mark.dataset.links)?.focus();
  });

  // A timeline that does not fit begins with the newest message, and leaves room for what came of it.
  for (const scroller of document.querySelectorAll("figure > .scroller")) {
    const newest = [...scroller.querySelectorAll("[data-links]")].at(-1);
    const place = newest.getBoundingClientRect().left - scroller.getBoundingClientRect().left;
    scroller.scrollLeft += place - 0.75 * scroller.clientWidth;
  }

  // Tables whose headings hold buttons sort by the column's `data-sort` values.
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const numbers = [Number(a), Number(b)];
    if (numbers.some(Number.isNaN)) return a < b ? -1 : a > b ? 1 : 0;
    return numbers[0] - numbers[1];
  };
  for (const button of document.querySelectorAll("th > button")) {
    button.addEventListener("click", () => {
      const heading = button.parentElement;
      const body = heading.closest("table").tBodies[0];
      const up = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[heading.cellIndex].dataset.sort;
      const rows = [...body.rows].sort((a, b) => {
        const [left, right] = [value(a), value(b)];
        const order = compare(left, right);
        return left === "" || right === "" || up ? order : -order;
      });
      body.append(...rows);
    });
  }
})();
