// What makes pages better, never what makes them work.
"use strict";

// Blocks that are meant to be pasted get a button that copies them, where the browser lets pages do that: over https and on
// the machine itself.
for (const block of navigator.clipboard ? document.querySelectorAll("pre[data-copy]") : []) {
  const box = document.createElement("div");
  box.className = "copyable";
  block.replaceWith(box);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy quiet";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  box.append(block, button);
}

// What the crate patterns of a token cover, while they are being typed. The server says the same in patterns.rs.
const crateName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

function explain(pattern) {
  if (pattern === "*") return "all crates";
  if (crateName.test(pattern)) return `the crate ${pattern} and no other`;
  const prefix = pattern.endsWith("*") ? pattern.slice(0, -1) : "";
  return crateName.test(prefix) ? `all crates whose names begin with ${prefix}` : null;
}

for (const field of document.querySelectorAll("textarea[data-explained-by]")) {
  const list = document.getElementById(field.dataset.explainedBy);
  field.addEventListener("input", () => {
    const patterns = field.value.split("\n").map((line) => line.trim());
    const items = patterns.filter(Boolean).map((pattern) => {
      const item = document.createElement("li");
      const code = document.createElement("code");
      code.textContent = pattern;
      const words = explain(pattern);
      item.className = words ? "" : "problem";
      item.append(code, `: ${words ?? "no pattern; use a crate name, prefix* or *"}`);
      return item;
    });
    list.replaceChildren(...items);
  });
}

// What is wider than its box can be scrolled with the keyboard.
for (const block of document.querySelectorAll("pre")) {
  if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
}

// What a chart knows of a day stands below it while somebody points at the day, or goes through the days with the arrow keys.
for (const chart of document.querySelectorAll("svg.chart")) {
  const box = chart.parentElement;
  const tip = box.nextElementSibling;
  const days = [...chart.querySelectorAll("rect > title")].map((title) => title.parentElement);
  let shown = -1;
  const show = (index) => {
    days[shown]?.removeAttribute("class");
    shown = Math.min(Math.max(index, 0), days.length - 1);
    days[shown].setAttribute("class", "here");
    tip.textContent = days[shown].textContent;
  };
  chart.addEventListener("pointerover", (event) => {
    const day = days.indexOf(event.target);
    if (day >= 0) show(day);
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || days.length === 0) return;
    event.preventDefault();
    show(shown < 0 && step < 0 ? days.length - 1 : shown + step);
  });
}

// A menu closes with Escape and when something else is clicked.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// Suggests crates while a name is being typed (the combobox pattern of ARIA).
function suggest(input) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  input.after(list);
  const attributes = { role: "combobox", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  let chosen = -1;
  let asked = 0;

  const close = () => {
    // What is still on its way comes too late.
    asked += 1;
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (index) => {
    chosen = (index + list.children.length) % list.children.length;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
  };
  const open = (index) => location.assign(`/crates/${encodeURIComponent(list.children[index].dataset.name)}`);
  const show = (suggestions) => {
    list.replaceChildren(
      ...suggestions.map(({ name, description }, at) => {
        const item = document.createElement("li");
        item.id = `suggestion-${at}`;
        item.dataset.name = name;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        const about = document.createElement("span");
        about.textContent = description ?? "";
        item.append(name, about);
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          open(at);
        });
        return item;
      }),
    );
    close();
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(suggestions.length > 0));
  };

  input.addEventListener("input", async () => {
    const ticket = ++asked;
    const typed = input.value.trim();
    if (typed.length < 2) return close();
    const answer = await fetch(`/api/v1/suggest?per_page=7&q=${encodeURIComponent(typed)}`).catch(() => null);
    const found = answer?.ok ? (await answer.json()).suggestions : null;
    if (found && ticket === asked) show(found);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) open(chosen);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
}

const search = document.getElementById("q");
if (search) suggest(search);
