(() => {
  "use strict";
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };
  const compare = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    const difference = Number(one) - Number(other);
    return Number.isNaN(difference) ? one.localeCompare(other) : difference;
  };
  for (const header of document.querySelectorAll(".sortable thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const upward = header.getAttribute("aria-sort") !== "ascending";
      for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", upward ? "ascending" : "descending");
      const body = header.closest("table").tBodies[0];
      const rows = [...body.rows].sort((one, other) => {
        const [a, b] = [value(one, header.cellIndex), value(other, header.cellIndex)];
        return a === "" || b === "" ? compare(a, b) : (upward ? 1 : -1) * compare(a, b);
      });
      body.append(...rows);
    });
  }
})();
