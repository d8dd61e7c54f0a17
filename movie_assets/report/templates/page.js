// Draws the charts, answers the question of the two chosen brands, sorts the table. Text enters the page as text only.
(() => {
  "use strict";
  const report = JSON.parse(document.getElementById("report").textContent);

  const records = ({ columns, rows }) =>
    rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
  const datasets = Object.fromEntries(Object.entries(report.data).map(([name, table]) => [name, records(table)]));

  const options = {
    renderer: "svg",
    // Expressions are interpreted, so that the page's policy need not allow code made from text.
    ast: true,
    actions: { export: { svg: true, png: true }, source: false, compiled: false, editor: false },
    downloadFileName: "movie-assets",
  };

  async function draw() {
    for (const element of document.querySelectorAll("[data-chart]")) {
      const chart = report.charts[element.dataset.chart];
      const specification = { ...chart, datasets: { ...chart.datasets, ...datasets } };
      await vegaEmbed(element, specification, options);
      // A hidden element has no width to draw in, so each is hidden after it was drawn.
      element.hidden = element.dataset.measure !== undefined && element.dataset.measure !== "rating";
    }
    document.documentElement.dataset.drawn = "true";
  }

  for (const button of document.querySelectorAll("button[data-show]")) {
    button.addEventListener("click", () => {
      for (const other of document.querySelectorAll("button[data-show]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      for (const element of document.querySelectorAll("[data-measure]")) {
        element.hidden = element.dataset.measure !== button.dataset.show;
      }
    });
  }

  const number = (value, digits, signed) =>
    value === null
      ? "unknown"
      : value.toLocaleString("en-US", {
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
          signDisplay: signed ? "exceptZero" : "auto",
        });

  const measures = {
    rating: { label: "Mean rating (points of 10)", digits: 2, factor: 1, n: ["rated_films", "other_rated_films"] },
    votes: { label: "Median number of ratings per film", digits: 0, factor: 1, n: ["films", "other_films"] },
    popularity: {
      label: "Mean popularity percentile (points of 100)",
      digits: 1,
      factor: 100,
      n: ["popularity_films", "other_popularity_films"],
    },
  };

  function sentence(pair) {
    const films = `${pair.rated_films} and ${pair.other_rated_films} rated films`;
    const left = `${pair.shared_films} shared ${pair.shared_films === 1 ? "film" : "films"} left out`;
    if (pair.rating_difference === null) return `Unknown: ${films}; ${left}.`;
    const size = number(Math.abs(pair.rating_difference), 2);
    const side = pair.rating_difference < 0 ? "below" : "above";
    const names = `The films of ${pair.brand} are rated ${size} points ${side} those of ${pair.other_brand}`;
    if (pair.rating_verdict === null) {
      return `${names}, of ${films}: too few for an interval; ${left}.`;
    }
    const interval = `95% interval of the difference ${number(pair.rating_low, 2, true)} to ${number(pair.rating_high, 2, true)}`;
    const verdict = pair.rating_verdict === "undecided" ? "chance alone could do that" : "more than chance would do";
    return `${names} (${interval}; ${films}; ${left}): ${verdict}.`;
  }

  function compare() {
    const first = document.getElementById("first");
    if (first === null) return;
    const second = document.getElementById("second");
    const body = document.getElementById("differences");
    const answer = document.getElementById("answer");
    const show = () => {
      const pair = datasets.pairs.find((one) => one.brand === first.value && one.other_brand === second.value);
      body.replaceChildren();
      answer.textContent = pair ? sentence(pair) : "Choose two different brands.";
      if (!pair) return;
      for (const [name, { label, digits, factor, n }] of Object.entries(measures)) {
        const scaled = (column) => (pair[column] === null ? null : pair[column] * factor);
        const unknown = pair[`${name}_low`] === null;
        const cells = [
          label,
          number(scaled(`${name}_difference`), digits, true),
          unknown
            ? "unknown"
            : `${number(scaled(`${name}_low`), digits, true)} to ${number(scaled(`${name}_high`), digits, true)}`,
          pair[`${name}_verdict`] ?? "unknown",
          pair[n[0]],
          pair[n[1]],
        ];
        const row = body.insertRow();
        cells.forEach((cell, i) => {
          const place = row.insertCell();
          place.textContent = cell;
          if (i > 0 && i !== 3) place.className = "number";
        });
      }
    };
    first.addEventListener("change", show);
    second.addEventListener("change", show);
    show();
  }

  function sortBy(header) {
    const table = header.closest("table");
    const column = [...header.parentElement.children].indexOf(header);
    const ascending = header.getAttribute("aria-sort") !== "ascending";
    const key = (row) => row.children[column].dataset.value ?? row.children[column].textContent;
    const numeric = header.classList.contains("number");
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => {
      const [left, right] = [key(a), key(b)];
      // What is unknown stands last in either order.
      if (left === "" || right === "") return (left === "") - (right === "");
      const order = numeric ? Number(left) - Number(right) : left.localeCompare(right);
      return ascending ? order : -order;
    });
    for (const other of header.parentElement.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    body.append(...rows);
  }

  for (const header of document.querySelectorAll("table.sortable thead th")) {
    header.querySelector("button").addEventListener("click", () => sortBy(header));
  }

  compare();
  draw();
})();
