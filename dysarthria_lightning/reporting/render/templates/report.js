(() => {
  "use strict";
  const THEMES = {
    light: { text: "#1b1f24", line: "#d5dbe1", strong: "#8b949e" },
    dark: { text: "#e6e9ed", line: "#39414b", strong: "#78828e" },
  };
  const CONFIG = {
    displaylogo: false,
    responsive: true,
    modeBarButtons: [["zoom2d", "resetScale2d", "toImage"]],
  };
  const SCREEN_HEIGHT = 360;
  const PRINTED_HEIGHT = 270;
  const DIMMED = 0.25;
  const NUMBERS = {
    ...{ xref: "paper", x: 0, xanchor: "left", yref: "paper", y: 1, yanchor: "bottom" },
    ...{ showarrow: false, font: { size: 11 } },
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll(".chart")];
  const screenTheme = () => THEMES[dark.matches ? "dark" : "light"];
  let drawings = null;

  const themed = (theme) => ({
    "font.color": theme.text,
    "modebar.color": theme.strong,
    "modebar.activecolor": theme.text,
    "modebar.bgcolor": "rgba(0,0,0,0)",
    ...Object.fromEntries(
      ["xaxis", "yaxis"].flatMap((axis) => [
        [`${axis}.gridcolor`, theme.line],
        [`${axis}.linecolor`, theme.strong],
        [`${axis}.tickcolor`, theme.strong],
      ]),
    ),
  });
  const setAll = (layout, changes) => {
    for (const [path, value] of Object.entries(changes)) {
      const [outer, inner] = path.split(".");
      layout[outer] = { ...layout[outer], [inner]: value };
    }
  };

  // Intervals are shown of one model at a time, the one that is pointed at, focused or pressed.
  const keysOf = (element) => {
    const before = element.parentElement.previousElementSibling;
    return before?.matches(".keys") ? before : null;
  };
  const isBand = (trace) => trace.fill === "toself";
  const emphasis = (data, key) => {
    const traces = data.flatMap((trace, i) => (trace.meta === undefined ? [] : [i]));
    const of = (look) => traces.map((i) => look(data[i], data[i].meta === key));
    return {
      traces,
      visible: of((trace, chosen) => (isBand(trace) ? chosen : true)),
      opacity: of((trace, chosen) => (key && !chosen ? DIMMED : 1)),
      bars: of((trace, chosen) => chosen && Boolean(trace.error_y)),
    };
  };
  const emphasise = (element, key) => {
    const { traces, visible, opacity, bars } = emphasis(element.data, key);
    const change = { visible, opacity };
    if (element.data.some((trace) => trace.error_y)) change["error_y.visible"] = bars;
    // The chosen model's numbers stand under the title.
    const chosen = element.data.find((trace) => trace.meta === key && trace.name);
    const annotations = chosen ? [{ ...NUMBERS, text: chosen.name }] : [];
    Plotly.update(element, change, { annotations }, traces);
  };

  const draw = (element) => {
    if (element.data || !drawings) return;
    const { data, layout } = drawings[element.id.replace("chart-", "")];
    setAll(layout, { "font.family": "system-ui, sans-serif", "font.size": 12 });
    setAll(layout, themed(screenTheme()));
    element.replaceChildren();
    Plotly.newPlot(element, data, layout, CONFIG);
    const keys = keysOf(element);
    if (keys?.dataset.chosen) emphasise(element, keys.dataset.chosen);
    for (const button of keys && !keys.matches(".of-bands") ? keys.children : []) {
      show(element, button.dataset.key, button.getAttribute("aria-pressed") === "true");
    }
  };
  const drawn = () => charts.filter((element) => element.data);
  const show = (element, key, visible) => {
    const traces = element.data.flatMap((trace, i) => (trace.meta === key ? [i] : []));
    const changed = traces.filter((i) => (element.data[i].visible ?? true) !== visible);
    if (changed.length) Plotly.restyle(element, { visible }, changed);
  };

  const unpack = async (id) => {
    const packed = atob(document.getElementById(id).textContent);
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  };
  const loadCharts = async () => {
    try {
      const [library, data] = await Promise.all([unpack("plotly"), unpack("chart-data")]);
      const script = document.createElement("script");
      script.textContent = library;
      document.head.append(script);
      drawings = JSON.parse(data);
    } catch {
      // Pictures and words stand in for the charts.
      document.documentElement.classList.remove("live");
      return;
    }
    const nearby = new IntersectionObserver(
      (entries) => {
        for (const entry of entries.filter((it) => it.isIntersecting)) {
          nearby.unobserve(entry.target);
          draw(entry.target);
        }
      },
      { rootMargin: "600px" },
    );
    for (const element of charts) nearby.observe(element);
    document.documentElement.dataset.charts = "ready";
  };
  // Once the page has been seen: two frames later.
  if (charts.length && document.documentElement.classList.contains("live")) {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(loadCharts)));
  }

  dark.addEventListener("change", () => {
    for (const element of drawn()) Plotly.relayout(element, themed(screenTheme()));
  });
  // Figures are printed as the pictures they have; what is folded away is not printed.
  const printed = () =>
    charts.filter((element) => !element.closest(".has-static, details:not([open])"));
  addEventListener("beforeprint", () => {
    for (const element of printed()) {
      draw(element);
      if (!element.data) continue;
      const width = element.parentElement.classList.contains("columns-1") ? 690 : 340;
      element.dataset.height = element.layout.height;
      const height = element.layout.height === SCREEN_HEIGHT ? PRINTED_HEIGHT : element.layout.height;
      Plotly.relayout(element, { ...themed(THEMES.light), autosize: false, width, height });
    }
  });
  addEventListener("afterprint", () => {
    for (const element of printed().filter((it) => it.data)) {
      const height = Number(element.dataset.height);
      Plotly.relayout(element, { ...themed(screenTheme()), autosize: true, width: null, height });
    }
  });

  for (const keys of document.querySelectorAll(".keys")) {
    const buttons = [...keys.querySelectorAll("button")];
    const group = () => [...keys.nextElementSibling.querySelectorAll(".chart")].filter((it) => it.data);
    const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));
    const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
    if (!keys.matches(".of-bands")) {
      for (const button of buttons) {
        button.addEventListener("click", () => {
          press(button, !isPressed(button));
          for (const element of group()) show(element, button.dataset.key, isPressed(button));
        });
      }
      continue;
    }
    let pointed = null;
    const update = () => {
      const focused = buttons.find((button) => button.matches(":focus-visible"));
      const chosen = (pointed ?? focused ?? buttons.find(isPressed))?.dataset.key ?? "";
      if (chosen === (keys.dataset.chosen ?? "")) return;
      keys.dataset.chosen = chosen;
      for (const element of group()) emphasise(element, chosen);
    };
    for (const button of buttons) {
      button.addEventListener("pointerenter", ({ pointerType }) => {
        if (pointerType !== "mouse") return;
        pointed = button;
        update();
      });
      button.addEventListener("pointerleave", () => {
        pointed = null;
        update();
      });
      button.addEventListener("focus", update);
      button.addEventListener("blur", update);
      button.addEventListener("click", () => {
        const pressed = !isPressed(button);
        for (const other of buttons) press(other, other === button && pressed);
        update();
      });
    }
  }

  for (const details of document.querySelectorAll("details")) {
    details.addEventListener("toggle", () => {
      for (const element of drawn()) if (details.contains(element)) Plotly.Plots.resize(element);
    });
  }
  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (const details of target?.matches(".cell") ? target.querySelectorAll("details") : []) {
      details.open = true;
    }
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        document.getElementById("status").textContent = "Copied";
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 1500);
      } catch {
        getSelection().selectAllChildren(code);
      }
    });
  }
})();
