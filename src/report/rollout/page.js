"use strict";
// Sorts tables, filters and zooms the lanes. The page is complete without it.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;

  // "1h 05m", "×1.50", "8.1k" and plain text.
  const units = { s: 1, m: 60, h: 3600, d: 86400 };
  const scales = { k: 1e3, M: 1e6, B: 1e9 };
  const value = (cell) => {
    const text = cell.textContent.trim();
    const parts = text.match(/\d+[smhd](?![a-z])/g);
    if (parts && /^[\dsmhd ]+$/.test(text)) {
      return parts.reduce((sum, part) => sum + parseInt(part, 10) * units[part.slice(-1)], 0);
    }
    const number = text.match(/^×?(-?[\d.]+)([kMB])?$/);
    return number ? parseFloat(number[1]) * (scales[number[2]] || 1) : text;
  };
  const compare = (a, b) => {
    if ((a === "") !== (b === "")) return a === "" ? 1 : -1;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if ("fixed" in head.dataset) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const body = table.tBodies[0];
        const first = [...body.rows].filter((row) => !row.classList.contains("more")).length;
        const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
        rows.sort(([a], [b]) => (descending && a !== "" && b !== "" ? compare(b, a) : compare(a, b)));
        rows.forEach(([, row], index) => row.classList.toggle("more", index >= first));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  const lanes = document.getElementById("lanes");
  let zoom = 1;
  const setZoom = (wanted) => {
    const region = lanes.parentElement;
    const center = (region.scrollLeft + region.clientWidth / 2) / region.scrollWidth;
    zoom = Math.min(32, Math.max(1, wanted));
    lanes.style.setProperty("--zoom", zoom);
    lanes.classList.toggle("zoomed", zoom >= 4);
    region.scrollLeft = center * region.scrollWidth - region.clientWidth / 2;
  };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    const factor = { in: 2, out: 0.5, reset: 0 }[button.dataset.zoom];
    button.addEventListener("click", () => setZoom(zoom * factor));
  }
  for (const button of document.querySelectorAll("[data-more]")) {
    button.addEventListener("click", () => {
      lanes.classList.add("all");
      button.hidden = true;
    });
  }
  for (const input of document.querySelectorAll("[data-filter]")) {
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      lanes.classList.toggle("filtered", wanted !== "");
      for (const row of lanes.tBodies[0].rows) {
        row.classList.toggle("off", !row.cells[0].textContent.toLowerCase().includes(wanted));
      }
    });
  }
})();
