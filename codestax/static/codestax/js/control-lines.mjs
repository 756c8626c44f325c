// Adds a control's line in place, and shows each check type's default pass condition.
const list = document.querySelector("[data-lines]");
const template = document.querySelector("template[data-line]");
const total = document.querySelector(`[name="${list.dataset.lines}-TOTAL_FORMS"]`);
const most = Number(document.querySelector(`[name="${list.dataset.lines}-MAX_NUM_FORMS"]`).value);

function defaultOf(checkType) {
  const row = [...document.querySelectorAll("[data-check-type]")].find((one) => one.dataset.checkType === checkType);
  return row ? row.dataset.default : "Its default";
}

function showDefault(line) {
  const checkType = line.querySelector('[name$="-check_type"]').value;
  line.querySelector('[name$="-pass_condition"]').placeholder = defaultOf(checkType);
}

function addLine() {
  const number = Number(total.value);
  if (number >= most) return;
  list.insertAdjacentHTML("beforeend", template.innerHTML.replaceAll("__prefix__", number));
  total.value = String(number + 1);
  const line = list.lastElementChild;
  line.querySelector("legend").textContent = `Control ${number + 1}`;
  line.querySelector("input").focus();
}

list.addEventListener("change", (event) => {
  const line = event.target.closest("[data-control]");
  if (event.target.name.endsWith("-check_type")) showDefault(line);
  if (event.target.name.endsWith("-DELETE")) line.classList.toggle("line--removed", event.target.checked);
});

document.querySelector("[data-more-lines]").addEventListener("click", (event) => {
  event.preventDefault();
  addLine();
});

for (const line of list.querySelectorAll("[data-control]")) showDefault(line);
