// SPDX-License-Identifier: Apache-2.0
// What a page can do without, and is better with: focus on a summary of errors, a
// field that opens when its file is dropped on it, a search that waits for the end of
// composing, a button that is not pressed twice.
"use strict";

function focusMarked(root) {
  const marked = root.querySelector("[data-focus]");
  if (marked) marked.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  focusMarked(document);
  // A button that only a script can answer is shown only where scripts run.
  for (const button of document.querySelectorAll("[data-print][hidden]")) button.hidden = false;
});
document.addEventListener("htmx:afterSwap", (event) => focusMarked(event.target));

// An input method fires `input` for each key; what is searched for is the word.
document.addEventListener("input", (event) => {
  if (event.isComposing) event.stopImmediatePropagation();
}, true);
document.addEventListener("compositionend", (event) => {
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
});

// A form is sent once; after ten seconds, or on the way back, it may be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
  setTimeout(() => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }, 10000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest && event.target.closest("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind !== "drop" || !event.dataTransfer.files.length) return;
    const input = zone.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
document.addEventListener("change", (event) => {
  const zone = event.target.closest && event.target.closest("[data-drop]");
  if (!zone || event.target.type !== "file") return;
  const name = zone.querySelector("[data-name]");
  if (name) name.textContent = Array.from(event.target.files, (f) => f.name).join(", ");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest && event.target.closest("[data-print]");
  if (button) window.print();
});
