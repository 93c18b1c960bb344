"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const find = document.getElementById("find");
const kind = document.getElementById("kind");
const rows = document.getElementById("rows");
const shots = document.getElementById("shots");
const card = (row) => document.getElementById("shot-" + row.dataset.row);

// --- the wipe
function wipe(stack, percent) {
  stack.style.setProperty("--at", percent + "%");
  stack.querySelector("input").value = percent;
}
function flip(shot) {
  const stacks = all(".stack", shot);
  const to = stacks.some((stack) => +stack.querySelector("input").value > 0) ? 0 : 100;
  stacks.forEach((stack) => wipe(stack, to));
  shot.querySelectorAll(".flip b").forEach((word) => (word.textContent = to ? "before" : "after"));
}
function turn(shot) {
  const views = all(".wipe", shot);
  const next = (views.findIndex((view) => !view.hidden) + 1) % views.length;
  views.forEach((view, index) => (view.hidden = index !== next));
  all(".frame", shot).forEach((button, index) => button.setAttribute("aria-pressed", index === next));
}
// One pixel of the render is one pixel of the screen, whatever the screen's density or the page's zoom.
function actualPixels() {
  for (const stack of all(".stack")) stack.style.width = stack.dataset.width / devicePixelRatio + "px";
}
for (const stack of all(".stack")) {
  const slider = stack.querySelector("input");
  slider.addEventListener("input", () => wipe(stack, slider.value));
}
for (const button of all(".flip")) button.addEventListener("click", () => flip(button.closest(".card")));
for (const button of all(".frame"))
  button.addEventListener("click", () => button.getAttribute("aria-pressed") === "true" || turn(button.closest(".card")));
addEventListener("resize", actualPixels);
actualPixels();

// --- the table
function narrow() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows.rows) {
    const fits =
      words.every((word) => row.dataset.text.includes(word)) &&
      (!kind.value || row.dataset.kinds.split("|").includes(kind.value));
    row.hidden = card(row).hidden = !fits;
    shown += fits;
  }
  document.getElementById("count").textContent = shown + " of " + rows.rows.length;
}
function sort(heading) {
  const down = heading.getAttribute("aria-sort") === "ascending";
  all("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => row.cells[heading.cellIndex].dataset.key;
  const compare = (one, other) => key(one).localeCompare(key(other), undefined, { numeric: true });
  const ordered = [...rows.rows].sort((one, other) => (down ? -1 : 1) * compare(one, other));
  rows.append(...ordered);
  shots.append(...ordered.map(card));
}
find.addEventListener("input", narrow);
kind.addEventListener("change", narrow);
for (const heading of all("#overview thead th"))
  heading.querySelector("button").addEventListener("click", () => sort(heading));
narrow();

// --- keys
function current() {
  const focused = document.activeElement.closest(".card");
  if (focused) return focused;
  const middle = innerHeight / 2;
  const far = (shot) => {
    const box = shot.getBoundingClientRect();
    return Math.max(box.top - middle, middle - box.bottom, 0);
  };
  return all(".card:not([hidden])").sort((one, other) => far(one) - far(other))[0];
}
function go(step) {
  const visible = all(".card:not([hidden])");
  const focused = visible.indexOf(document.activeElement.closest(".card"));
  const shot = visible[focused < 0 ? 0 : Math.min(Math.max(focused + step, 0), visible.length - 1)];
  const slider = shot && shot.querySelector(".wipe:not([hidden]) input");
  (slider || shot)?.focus({ preventScroll: true });
  shot?.scrollIntoView({ block: "start" });
}
const keys = {
  b: () => { const shot = current(); if (shot) flip(shot); },
  m: () => { const shot = current(); if (shot) turn(shot); },
  j: () => go(1),
  k: () => go(-1),
  "/": () => find.focus(),
};
addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=range]), select");
  if (typing && event.key === "Escape") event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key.toLowerCase() in keys)) return;
  event.preventDefault();
  keys[event.key.toLowerCase()]();
});
