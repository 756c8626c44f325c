// Writes times in the reader's zone, which a moment names; titles keep UTC.
const day = { day: "numeric", month: "short", year: "numeric" };
const options = {
  day,
  moment: { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" },
};

for (const element of document.querySelectorAll("time[data-form]")) {
  const wanted = options[element.dataset.form];
  if (wanted) {
    element.textContent = new Date(element.dateTime).toLocaleString("en-GB", wanted);
  }
}
