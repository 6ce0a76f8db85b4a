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
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll(".chart")];
  const screenTheme = () => THEMES[dark.matches ? "dark" : "light"];

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

  for (const element of charts) {
    const source = document.getElementById(element.id.replace("chart-", "data-"));
    const { data, layout } = JSON.parse(source.textContent);
    layout.font = { family: "system-ui, sans-serif", size: 12 };
    Plotly.newPlot(element, data, layout, CONFIG).then(() =>
      Plotly.relayout(element, themed(screenTheme())),
    );
  }

  dark.addEventListener("change", () => {
    for (const element of charts) Plotly.relayout(element, themed(screenTheme()));
  });
  addEventListener("beforeprint", () => {
    for (const element of charts) {
      const width = element.parentElement.classList.contains("columns-1") ? 660 : 325;
      Plotly.relayout(element, { ...themed(THEMES.light), autosize: false, width });
    }
  });
  addEventListener("afterprint", () => {
    for (const element of charts) {
      Plotly.relayout(element, { ...themed(screenTheme()), autosize: true, width: null });
    }
  });

  for (const button of document.querySelectorAll(".keys button")) {
    button.addEventListener("click", () => {
      const visible = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(visible));
      for (const element of button.parentElement.nextElementSibling.querySelectorAll(".chart")) {
        const traces = element.data.flatMap((trace, i) => (trace.meta === button.dataset.key ? [i] : []));
        if (traces.length) Plotly.restyle(element, { visible }, traces);
      }
    });
  }

  for (const details of document.querySelectorAll("details")) {
    details.addEventListener("toggle", () => {
      for (const element of details.querySelectorAll(".chart")) Plotly.Plots.resize(element);
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
