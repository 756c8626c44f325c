// Narrows a table that is on one page while a name is typed.
const input = document.querySelector("[data-filters]");
input?.addEventListener("input", () => {
  const wanted = input.value.trim().toLowerCase();
  for (const row of document.querySelectorAll(`#${input.dataset.filters} tbody tr`)) {
    row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
  }
});
