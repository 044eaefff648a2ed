"use strict";
// Sorts and filters the tables, chooses the column that a narrow screen shows beside rank and run, draws the charts, shows the sample playlists. Names become text nodes, never markup.
(() => {
  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const compare = (a, b, direction) => {
    if (a === "" || b === "") return (a === "") - (b === ""); // unknown values are always last
    const numbers = [Number(a), Number(b)];
    const order = numbers.some(Number.isNaN) ? a.localeCompare(b, "en", { numeric: true }) : numbers[0] - numbers[1];
    return order * direction;
  };

  const sortBy = (table, heading) => {
    const falling = heading.querySelector("button").dataset.falling === "yes";
    const now = heading.getAttribute("aria-sort");
    const next = now ? (now === "ascending" ? "descending" : "ascending") : falling ? "descending" : "ascending";
    for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", next);
    const value = (row) => row.cells[heading.cellIndex].dataset.value;
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => compare(value(a), value(b), next === "ascending" ? 1 : -1));
    table.tBodies[0].append(...rows);
  };

  const themed = (width) => {
    const style = getComputedStyle(document.documentElement);
    const [ink, faint, line] = ["--ink", "--faint", "--line"].map((name) => style.getPropertyValue(name).trim());
    return {
      background: "transparent",
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: {
        labelColor: ink, titleColor: ink, gridColor: line, domainColor: faint, tickColor: faint,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: Math.max(90, width / 3),
      },
      legend: {
        orient: "bottom", columns: Math.max(1, Math.floor(width / 230)), labelColor: ink, titleColor: ink,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 200,
      },
      rect: { fill: style.getPropertyValue("--accent").trim() },
    };
  };

  const start = (leaderboard) => {
    const data = JSON.parse(leaderboard.querySelector("script.data").textContent);
    const one = (selector) => leaderboard.querySelector(selector);
    const views = new Map();
    let shown = null;

    const draw = async (place) => {
      const charts = data.charts[place.dataset.view];
      const spec = charts[""] ?? charts[one(".metric").value]; // "": the same for every metric
      views.get(place)?.finalize();
      if (!spec) {
        views.delete(place);
        place.replaceChildren(element("p", "No run has values of this metric and this cost."));
        return;
      }
      const drawn = await vegaEmbed(place, structuredClone(spec), {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, logLevel: 1,
        tooltip: { disableDefaultStyle: true }, config: themed(place.clientWidth),
      });
      views.set(place, drawn);
      await drawn.view.signal("shown", shown).runAsync();
    };
    const drawAll = async () => {
      for (const place of leaderboard.querySelectorAll(".chart")) await draw(place);
      leaderboard.dataset.drawn = one(".metric")?.value ?? "";
    };

    let drawing = Promise.resolve();
    const redraw = () => {
      drawing = drawing.then(drawAll); // in sequence, so that a slow earlier drawing never replaces a later one
    };

    const filter = () => {
      const words = one(".filter").value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = [...one(".ranking").tBodies[0].rows];
      const matching = new Set();
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) matching.add(row.dataset.run);
      }
      for (const other of leaderboard.querySelectorAll("figure tr[data-run], details.run")) {
        other.hidden = !matching.has(other.dataset.run);
      }
      one(".count").textContent = words.length ? `${matching.size} of ${rows.length} runs` : `${rows.length} runs`;
      shown = words.length ? [...matching] : null;
      for (const { view } of views.values()) view.signal("shown", shown).runAsync();
    };

    const choose = () => {
      for (const row of one(".ranking").rows) {
        for (const [i, cell] of [...row.cells].entries()) {
          const always = i === 0 || i === Number(one(".ranking").dataset.run);
          cell.classList.toggle("unchosen", !always && i !== Number(one(".column").value));
        }
      }
    };

    const explore = () => {
      const { tracks, playlists, depth } = data.explorer;
      const playlist = playlists[one(".playlist").value];
      const list = playlist.lists[one(".of").value];
      const ranks = new Map([...list.top.map((track, i) => [track, i + 1]), ...list.later.map(([i, track]) => [track, i])]);
      const hidden = new Set(playlist.withheld ?? []);
      const item = (track, mark, rank) => {
        const [name, artist] = tracks[track];
        const made = element("li", "");
        if (rank) made.value = rank;
        made.append(element("span", name || "(no name)"));
        if (artist) made.append(" ", element("span", artist, "artist"));
        if (mark) {
          made.className = "hit";
          made.append(" ", element("span", mark, "mark"));
        }
        return made;
      };
      const fill = (where, items, none) => {
        one(where).replaceChildren(...(items.length ? items : [element("li", none, "none")]));
        one(where).scrollTop = 0;
      };
      fill(".seeds", playlist.seeds.map((track) => item(track)), "none: only the title is shown");
      fill(
        ".withheld",
        (playlist.withheld ?? []).map((track) => item(track, ranks.has(track) ? `✓ rank ${ranks.get(track)}` : "")),
        "unknown",
      );
      const mark = (track) => (hidden.has(track) ? "✓ hit" : "");
      const later = list.later.map(([rank, track]) => item(track, mark(track), rank));
      const gap = later.length ? [element("li", `hits after rank ${depth}:`, "none")] : [];
      fill(".recommended", [...list.top.map((track, i) => item(track, mark(track), i + 1)), ...gap, ...later], "nothing");
      const nHits = [...hidden].filter((track) => ranks.has(track)).length;
      const title = playlist.title === null ? "Title hidden" : `“${playlist.title}”`;
      const verdict = playlist.withheld ? `${nHits} of ${hidden.size} withheld tracks found` : "withheld tracks unknown";
      one(".verdict").textContent = [`${title}: ${verdict}`, ...list.values].join(" · ");
    };

    for (const heading of leaderboard.querySelectorAll(".ranking thead th")) {
      heading.firstElementChild.addEventListener("click", () => sortBy(one(".ranking"), heading));
    }
    one(".filter").addEventListener("input", filter);
    one(".column").addEventListener("change", choose);
    leaderboard.classList.add("scripted");
    choose();
    if (data.explorer) {
      for (const select of leaderboard.querySelectorAll(".explorer select")) select.addEventListener("change", explore);
      explore();
    }
    if (one(".metric")) {
      one(".metric").addEventListener("change", redraw);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
      redraw();
    }
  };

  const openTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
  };

  for (const leaderboard of document.querySelectorAll("section.leaderboard")) start(leaderboard);
  addEventListener("hashchange", openTarget);
  openTarget();
})();
