// SPDX-License-Identifier: Apache-2.0
// Keys in the lists of the desk: inside a list, j and k (or the arrows) go from row to
// row. They act only where the focus is in a list, so nobody who types is surprised.
"use strict";

document.addEventListener("keydown", (event) => {
  const list = event.target.closest && event.target.closest("[data-rows]");
  if (!list || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const links = Array.from(list.querySelectorAll("tbody tr"), (row) => row.querySelector("a")).filter(Boolean);
  if (!links.length) return;
  const row = event.target.closest("tr");
  const at = links.findIndex((link) => link.closest("tr") === row);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
