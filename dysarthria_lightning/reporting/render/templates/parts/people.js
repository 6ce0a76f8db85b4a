(() => {
  "use strict";
  const source = document.getElementById("people-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const chart = document.getElementById("people-chart");
  const panel = document.getElementById("people-one");
  const choice = document.getElementById("people-model");
  const NS = "http://www.w3.org/2000/svg";
  const TOP = 22, BOTTOM = 34, HIGHEST_ROW = 16, TALLEST = 1100, MOST_ROWS = 275;
  const [singular, plural] = data.nouns;
  let model = data.models[0], number = 0, grouped = false, order = [], chosen = -1, drawn = null;

  const add = (parent, name, attributes = {}, text = null) => {
    const svg = parent.namespaceURI === NS || name === "svg";
    const element = svg ? document.createElementNS(NS, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== null) element.textContent = text;
    parent.append(element);
    return element;
  };
  const minus = (text) => text.replace("-", "−");
  const short = (text, n) => ([...text].length > n ? `${[...text].slice(0, n - 1).join("")}…` : text);
  const className = (person) => (data.label[person] ? "dysarthric" : "healthy");
  const isWrong = (person) => model.called[person] !== null && model.called[person] !== data.label[person];
  const isScored = (person) => model.score[person] !== null;
  const verdict = (person) => {
    if (!isScored(person)) return "without a score";
    if (data.label[person]) return model.called[person] ? "found" : "missed";
    return model.called[person] ? "called dysarthric" : "not called dysarthric";
  };
  const summary = (person) => {
    const kind = data.label[person] ? "with dysarthria" : "healthy";
    const score = isScored(person) ? `, score ${model.score[person].toFixed(2)}` : "";
    return `${data.ids[person]}, ${kind}${score}, ${verdict(person)}`;
  };

  const decode = (person) => {
    const text = data.p[number]?.[person] ?? "";
    const shares = [];
    for (let i = 0; i < text.length; i += 2) {
      const two = text.slice(i, i + 2);
      shares.push(two === "--" ? null : parseInt(two, 36) / 1000);
    }
    return shares;
  };

  const describeOne = (person) => {
    panel.replaceChildren();
    add(add(panel, "p", { "aria-live": "polite" }), "strong", {}, summary(person));
    if (isScored(person) && model.repeats[person] > 1) {
      const ends = [model.smallest[person], model.largest[person]].map((it) => it.toFixed(2));
      const times = `above the threshold in ${model.repeats_called[person]} of ${model.repeats[person]} repeats`;
      add(panel, "p", {}, `Repeats: ${ends.join(" to ")}, ${times}.`);
    }
    const about = [
      data.sex[person],
      data.age[person] === null ? "" : `${data.age[person]} years`,
      data.severity[person] === null ? "" : `severity ${data.severity[person]}`,
    ].filter(Boolean);
    if (about.length) add(panel, "p", { class: "footnote" }, about.join(", "));
    listRecordings(person);
    panel.scrollTop = 0;
  };

  const listRecordings = (person) => {
    const shares = decode(person);
    if (!shares.some((it) => it !== null)) return;
    // The speaker's own id, which stands above, need not stand before each.
    const own = `${data.ids[person]}/`;
    const names = data.recordings[person]
      .map((it) => data.prefixes[person] + it)
      .map((it) => (it.startsWith(own) ? it.slice(own.length) : it));
    const prompts = data.prompt[person].map((it) => data.prompts[it] ?? "–");
    const known = shares.flatMap((it, i) => (it === null ? [] : [i])).sort((a, b) => shares[b] - shares[a]);
    const n = model.n[person];
    const table = add(panel, "table");
    add(table, "caption", { class: "visually-hidden" }, `${plural} of ${data.ids[person]}`);
    const head = add(add(table, "thead"), "tr");
    const columns = [singular[0].toUpperCase() + singular.slice(1)];
    if (prompts.length) columns.push("Prompt");
    for (const name of [...columns, "Probability", "Adds to the score"]) add(head, "th", { scope: "col" }, name);
    const body = add(table, "tbody");
    for (const i of known) {
      const row = add(body, "tr");
      add(row, "th", { scope: "row" }, names[i]);
      if (prompts.length) add(row, "td", {}, prompts[i]);
      add(row, "td", { class: "bar", style: `--share: ${shares[i]}` }, shares[i].toFixed(3));
      const change = (100 * (shares[i] - model.score[person])) / (n - 1);
      const text = n > 1 && isScored(person) ? change.toFixed(1) : "–";
      add(row, "td", {}, Number(text) === 0 ? "0.0" : change > 0 ? `+${text}` : minus(text));
    }
    add(panel, "p", { class: "footnote" }, "“Adds to the score”: points of 100 by which the score would be lower without it.");
  };

  const draw = () => {
    const width = Math.max(260, Math.floor(chart.clientWidth));
    const n = order.length;
    const high = Math.min(HIGHEST_ROW, Math.max(TALLEST / n, 0.5));
    const labelled = high >= 9, dotted = high >= 4;
    const longest = Math.max(...data.ids.map((id) => [...id].length));
    const room = width < 500 ? 12 : 22;
    const left = labelled ? 20 + 6.6 * Math.min(longest, room) : 10;
    const worst = Math.max(0, ...data.severity.map((it) => it ?? 0));
    const right = labelled && worst > 0 ? 40 : 10;
    const height = TOP + n * high + BOTTOM;
    const x = (share) => left + share * (width - left - right);
    const y = (place) => TOP + (place + 0.5) * high;
    chart.replaceChildren();
    const svg = add(chart, "svg", {
      width, height, viewBox: `0 0 ${width} ${height}`, role: "listbox", tabindex: 0,
      "aria-labelledby": "people-chart-title", "aria-describedby": "people-description",
    });
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const [at, end] = [x(share), TOP + n * high];
      add(svg, "line", { class: share === data.threshold ? "threshold" : "grid", x1: at, x2: at, y1: TOP, y2: end });
      for (const beside of [TOP - 7, end + 14]) add(svg, "text", { class: "muted", x: at, y: beside, "text-anchor": "middle" }, String(share));
    }
    add(svg, "text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, "score; right of the line: called dysarthric");
    const over = add(svg, "rect", { class: "over", x: 0, width, height: 0 });
    const mark = add(svg, "rect", { class: "chosen", x: 0.5, width: width - 1, height: 0 });
    order.forEach((person, place) => {
      const at = y(place), of = className(person), wrong = isWrong(person);
      const group = add(svg, "g", { id: `person-${place}`, role: "option", "aria-label": summary(person), "aria-selected": "false" });
      if (labelled) {
        const name = short(data.ids[person], room);
        const sex = data.sex[person] ? data.sex[person][0] : "";
        add(svg, "text", { "aria-hidden": "true", class: "muted", x: 4, y: at + 4 }, sex);
        add(svg, "text", { "aria-hidden": "true", class: wrong ? "missed" : "", x: 18, y: at + 4 }, name);
        const severity = data.severity[person];
        if (worst > 0 && severity > 0) {
          add(group, "line", { class: "severity", x1: width - 30, x2: width - 30 + (26 * severity) / worst, y1: at, y2: at });
        }
      }
      if (!isScored(person)) {
        add(svg, "text", { "aria-hidden": "true", class: "muted", x: x(0) + 4, y: at + 4 }, labelled ? "no score" : "");
        return;
      }
      if (dotted) {
        // The golden section spreads the dots, so that those of like scores do not hide each other.
        const dots = decode(person).flatMap((share, i) =>
          share === null ? [] : [`M${x(share).toFixed(1)} ${(at + (((i * 0.618) % 1) - 0.5) * high * 0.55).toFixed(1)}h0`]);
        if (dots.length > 1) add(group, "path", { class: `sounds ${of}`, d: dots.join("") });
      }
      if (model.repeats[person] > 1 && high >= 2) {
        add(group, "line", { class: "repeats", x1: x(model.smallest[person]), x2: x(model.largest[person]), y1: at, y2: at });
      }
      const [cx, r] = [x(model.score[person]), high >= 8 ? 4.5 : high >= 3 ? 3 : 2.2];
      const shape = `${of} person${grouped ? " dense" : wrong ? " wrong" : ""}`;
      if (data.label[person]) add(group, "circle", { class: shape, cx, cy: at, r });
      else add(group, "path", { class: shape, d: `M${cx} ${at - r * 1.2}l${r * 1.2} ${r * 1.2}l${-r * 1.2} ${r * 1.2}l${-r * 1.2} ${-r * 1.2}z` });
    });
    if (grouped) {
      const healthy = order.filter((person) => !data.label[person]).length;
      const titles = [["with dysarthria", 0], ["healthy", n - healthy]];
      for (const [title, place] of titles) if (place < n) add(svg, "text", { class: "shown-name", x: left + 6, y: TOP + place * high + 14 }, title);
    }
    const name = add(svg, "text", { class: "shown-name", "aria-hidden": "true" });
    drawn = { svg, mark, over, name, x, y, high, width, left, labelled };
    svg.addEventListener("click", (event) => choose(placeOf(event)));
    svg.addEventListener("pointermove", (event) => hover(placeOf(event)));
    svg.addEventListener("pointerleave", () => hover(-1));
    svg.addEventListener("keydown", move);
    show(order.indexOf(chosen));
  };

  const placeOf = (event) => {
    const box = drawn.svg.getBoundingClientRect();
    const place = Math.floor(((event.clientY - box.top) * (drawn.svg.viewBox.baseVal.height / box.height) - TOP) / drawn.high);
    return Math.min(order.length - 1, Math.max(0, place));
  };
  const band = (rect, place) => {
    const high = Math.max(drawn.high, 6);
    rect.setAttribute("height", place < 0 ? 0 : high);
    rect.setAttribute("y", place < 0 ? 0 : drawn.y(place) - high / 2);
  };
  const hover = (place) => {
    band(drawn.over, place);
    const shown = place < 0 ? order.indexOf(chosen) : place;
    if (drawn.labelled || shown < 0) return;
    const person = order[shown], share = model.score[person] ?? 0;
    drawn.name.textContent = short(summary(person), Math.floor(drawn.width / 8));
    drawn.name.setAttribute("x", share > 0.5 ? drawn.x(share) - 10 : drawn.x(share) + 10);
    drawn.name.setAttribute("text-anchor", share > 0.5 ? "end" : "start");
    drawn.name.setAttribute("y", drawn.y(shown) + 4);
  };
  const show = (place) => {
    drawn.svg.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    band(drawn.mark, place);
    if (place < 0) return;
    document.getElementById(`person-${place}`).setAttribute("aria-selected", "true");
    drawn.svg.setAttribute("aria-activedescendant", `person-${place}`);
    hover(-1);
  };
  const choose = (place) => {
    chosen = order[place];
    show(place);
    describeOne(chosen);
  };
  const move = (event) => {
    const place = order.indexOf(chosen), page = 10, last = order.length - 1;
    const to = { ArrowUp: place - 1, ArrowDown: place + 1, PageUp: place - page, PageDown: place + page, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(last, Math.max(0, to)));
    const box = drawn.svg.getBoundingClientRect();
    const at = box.top + drawn.y(order.indexOf(chosen));
    const covered = panel.getBoundingClientRect();
    const end = covered.left < box.right && covered.top > at - 40 ? covered.top : innerHeight;
    if (at < 30 || at > end - 20) scrollBy({ top: at - end / 2, behavior: "instant" });
  };

  const start = () => {
    number = choice ? Number(choice.value) : 0;
    model = data.models[number];
    order = data.ids.map((_, person) => person).filter((person) => model.repeats[person] !== null);
    // So many that rows run together: one curve per class.
    grouped = order.length > MOST_ROWS;
    order.sort((a, b) => (grouped ? data.label[b] - data.label[a] : 0) || (model.score[b] ?? -1) - (model.score[a] ?? -1) || a - b);
    // Whoever was missed by most is what the reader asks for.
    const missed = order.filter((person) => verdict(person) === "missed");
    if (!order.includes(chosen)) chosen = missed.at(-1) ?? order[0];
    document.getElementById("people-description").textContent = `${model.name}: ${model.description}.`;
    document.getElementById("people-lists").replaceChildren();
    for (const line of model.lists) add(document.getElementById("people-lists"), "li", {}, line);
    draw();
    describeOne(chosen);
  };
  choice?.addEventListener("change", start);
  let width = 0;
  new ResizeObserver(() => {
    if (chart.clientWidth === width || !chart.clientWidth) return;
    width = chart.clientWidth;
    draw();
  }).observe(chart);
  start();
})();
