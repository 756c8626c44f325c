// Writes moments in the reader's own time zone; the title keeps UTC.
const options = {
  day: { day: "numeric", month: "short", year: "numeric" },
  moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};

for (const element of document.querySelectorAll("time[data-form]")) {
  const wanted = options[element.dataset.form];
  if (wanted) {
    element.textContent = new Date(element.dateTime).toLocaleString("en-GB", wanted);
  }
}
